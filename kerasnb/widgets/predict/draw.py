"""Draw something, and the model answers while you draw."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from kerasnb.widgets.inspect.answers import Answers
from kerasnb.widgets.inspect.pixels import stacked
from kerasnb.widgets.inspect.samples import class_names, input_shapes
from kerasnb.widgets.kit.card import card, headline, picture
from kerasnb.widgets.kit.tool import Tool
from kerasnb.widgets.predict import stills
from kerasnb.widgets.predict.ink import centred
from kerasnb.widgets.predict.why import answer_of

SIDE = 112  # pixels of the drawing that the browser sends
SURE = "Shares add up to 100 % whatever you draw: a scribble gets a sure answer too."
BARS = 12


class Draw(Tool):
    """The tool behind `kw.draw`."""

    name: ClassVar[str] = "Draw"
    scripts: ClassVar[tuple[str, ...]] = ("predict/js/things.js", "predict/js/draw.js")
    sheets: ClassVar[tuple[str, ...]] = ("predict/js/draw.css",)

    def __init__(self, model: Any, labels: Sequence[str] | None = None, high: float | None = None) -> None:
        super().__init__()
        self.model = model
        self.size, self.shape = _image_of(model)
        self.high = _high(model) if high is None else float(high)
        self.strokes: list[list[list[float]]] = []
        self.drawing = np.zeros((SIDE, SIDE), np.uint8)
        self.image = np.zeros(self.size, np.float32)
        self.seconds = 0.0
        answers = self._predict()
        if not answers.is_of_classes:
            raise ValueError(f"Argument `model` must answer with classes. Received a model of {answers.kind}")
        self.adds_up, self.labels = answers.adds_up, class_names(labels, answers.shares.shape[1])

    def _predict(self) -> Answers:
        """The model's answer for the image; the first call may compile, so that the first stroke need not wait."""
        start = time.perf_counter()
        x = self.model_input()
        answers = answer_of(self.model, x)
        self.seconds = time.perf_counter() - start
        self.shares = answers.shares[0]
        return answers

    def model_input(self) -> np.ndarray:
        """The image as a batch of one, in the shape of the model's input."""
        if len(self.shape) == 3 and self.shape[0] in (1, 3) and self.shape[-1] not in (1, 3):
            return np.repeat(self.image[None], self.shape[0], 0)[None]
        if len(self.shape) == 3:
            return np.repeat(self.image[..., None], self.shape[-1], -1)[None]
        return self.image.reshape(1, *self.shape)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is drawn."""
        return not self.drawing.any()

    @property
    def answer(self) -> str | None:
        """The name of the likeliest class, or None before anything is drawn."""
        return None if self.is_empty else self.labels[int(self.shares.argmax())]

    def shown(self) -> list[int]:
        """The classes that have a bar: all, or the likeliest of many."""
        if len(self.labels) <= BARS:
            return list(range(len(self.labels)))
        return np.argsort(-self.shares, kind="stable")[:BARS].tolist()

    def state(self) -> dict:
        """What is drawn, and the answer."""
        return {
            "title": "Draw a digit" if self.labels == list("0123456789") else "Draw", "size": list(self.size),
            "strokes": self.strokes, "note": SURE if self.adds_up else "", "side": SIDE,
            "many": max(0, len(self.labels) - BARS), **self._reply(),
        }  # fmt: skip

    def _reply(self) -> dict:
        best = int(self.shares.argmax())
        shown = self.shown()
        return {
            "empty": self.is_empty, "names": [self.labels[i] for i in shown],
            "values": [_finite(self.shares[i]) for i in shown],
            "answer": self.labels[best], "share": _finite(self.shares[best]), "seconds": self.seconds,
            "seen": np.round(255 * self.image / (self.high or 1)).astype(int).ravel().tolist(),
        }  # fmt: skip

    def on_draw(self, message: dict, buffers: list) -> dict:
        """Answers for a drawing: one byte for each pixel. `strokes` come with the end of a stroke."""
        drawing = np.frombuffer(bytes(buffers[0]), np.uint8) if buffers else np.zeros(0, np.uint8)
        if drawing.size != SIDE * SIDE:
            raise ValueError(f"A drawing has {SIDE} x {SIDE} bytes. Received {drawing.size}")
        strokes = _points(message["strokes"]) if "strokes" in message else None
        self.see(drawing.reshape(SIDE, SIDE))
        if strokes is not None:
            self.strokes = strokes
            self.refresh()
        return self._reply()

    def see(self, drawing: np.ndarray) -> None:
        """Takes a drawing, centres and scales it, and asks the model.

        Args:
            drawing: Array of shape (rows, columns) of bytes, 255 for ink.
        """
        self.drawing = np.asarray(drawing, np.uint8)
        self.image = (centred(self.drawing.astype(float) / 255, self.size) * self.high).astype(np.float32)
        self._predict()

    def html(self) -> str:
        """The static picture."""
        if self.is_empty:
            return card(headline("Draw", "Nothing is drawn yet: run the cell, and draw in the square."), self.text())
        best = f"Answer: {self.answer} · {stills.share(float(self.shares.max()))}"
        size = 28 * self.size[0] // max(self.size), 28 * self.size[1] // max(self.size)
        seen = np.round(255 * (1 - self.image / self.high)).astype(np.uint8)
        parts = [
            headline("Draw", best),
            '<div style="display:flex;flex-wrap:wrap;gap:16px;margin-top:6px">',
            f"<div>{picture(stacked(255 - self.drawing, 140, 140), 'the drawing', 140)}</div>",
            f"<div>{picture(stacked(seen, 3 * size[1], 3 * size[0]), 'what the model sees', 3 * size[1])}"
            '<div style="font-size:12px">what the model sees</div></div>',
            stills.bars(*self._lines()), "</div>",
        ]  # fmt: skip
        return card("".join(parts), self.text())

    def _lines(self) -> tuple[list[str], list[str]]:
        shown = self.shown()
        return [self.labels[i] for i in shown], [stills.share(float(self.shares[i])) for i in shown]

    def text(self) -> str:
        """The same as text."""
        if self.is_empty:
            return "Draw: nothing is drawn yet"
        lines = [f"  {n}: {v}" for n, v in zip(*self._lines(), strict=True)]
        return "\n".join([f"Draw: answer {self.answer}, {stills.share(float(self.shares.max()))}", *lines])


def _points(strokes: Any) -> list[list[list[float]]]:
    """Strokes as lists of points, each of two numbers."""
    try:
        return [[[float(x), float(y)] for x, y in stroke] for stroke in strokes]
    except (TypeError, ValueError):
        raise ValueError("Strokes are lists of points, each of two numbers") from None


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _image_of(model: Any) -> tuple[tuple[int, int], tuple[int, ...]]:
    """The size of the image that a model takes, and the shape of its input without the batch."""
    shapes = input_shapes(model)
    if not shapes:
        raise ValueError(
            "Argument `model` must know the shape of its input. Received a model that does not: begin it with "
            "`keras.Input((28, 28))`, or call a Sequential once with data. A class of one's own goes into one: "
            "`keras.Sequential([keras.Input((28, 28)), model])`"
        )
    if len(shapes) > 1:
        raise ValueError(f"Argument `model` must have one input. Received a model of {len(shapes)} inputs")
    shape = tuple(shapes[0][1:])
    if None not in shape:
        if len(shape) == 3 and shape[-1] in (1, 3):
            return (shape[0], shape[1]), shape
        if len(shape) == 3 and shape[0] in (1, 3):
            return (shape[1], shape[2]), shape
        if len(shape) == 2:
            return (shape[0], shape[1]), shape
        side = math.isqrt(shape[0]) if len(shape) == 1 else 0
        if side >= 4 and side * side == shape[0]:
            return (side, side), shape
    raise ValueError(
        "Argument `model` must take one image: (height, width), (height, width, 1 or 3), or a square of pixels in a "
        f"row. Received a model with inputs of shape {shape}"
    )


def _high(model: Any) -> float:
    """The value of ink: 255 where the model rescales bytes itself, else 1."""
    first = next(iter(getattr(model, "layers", [])), None)
    while first is not None and type(first).__name__ in ("InputLayer", "Reshape"):
        rest = model.layers[model.layers.index(first) + 1 :]
        first = rest[0] if rest else None
    scale = getattr(first, "scale", 1.0) if type(first).__name__ == "Rescaling" else 1.0
    return 255.0 if 0 < float(np.max(scale)) < 0.02 else 1.0


def draw(model: Any, labels: Sequence[str] | None = None, high: float | None = None) -> Draw:
    """Opens a square to draw in; the model answers while you draw.

    The drawing is centred and scaled like a digit of MNIST. With the keyboard: arrows move the pen, Space puts it
    down and lifts it, C clears, Z takes back the last stroke.

    Args:
        model: A classifier of images of one size.
        labels: Optional names of the classes.
        high: Optional float, the value of ink. Defaults to 1, or to 255 for a model that rescales bytes itself.

    Returns:
        A tool that a notebook shows; its `image` is what the model sees, as an array.

    Raises:
        ValueError: If the model does not take one image, or is no classifier.

    Example:

    >>> import kerasnb.widgets as kw
    >>> layers = [keras.Input((8, 8)), keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax")]
    >>> kw.draw(keras.Sequential(layers)).image.shape
    (8, 8)
    """
    return Draw(model, labels, high)
