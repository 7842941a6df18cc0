"""A few samples with what the model predicts for them, epoch after epoch."""

from __future__ import annotations

import base64
import html
from typing import Any, ClassVar

import numpy as np

from kerasnb.model.run.facts import sparkline
from kerasnb.widgets.kit.card import BLUE, ORANGE
from kerasnb.widgets.kit.words import number
from kerasnb.widgets.lesson.pixels import grey, png
from kerasnb.widgets.watch.looks import Frames, Look, array, classes, packed, paired, probabilities

SAMPLES, FRAMES, TOP, SIDE = 8, 40, 3, 32


class Predictions(Look):
    """Predictions for a few samples: some of each class.

    Args:
        model: The model.
        x: Array of samples.
        y: Targets, or None.
    """

    kind: ClassVar[str] = "predictions"
    title: ClassVar[str] = "predictions"

    def __init__(self, model: Any, x: Any = None, y: Any = None) -> None:
        super().__init__(model)
        samples = array(x, "x", self.kind)
        targets = None if y is None else array(y, "y", self.kind)
        paired(samples, targets, self.kind)
        self.places = _some(targets, len(samples))
        self.samples = samples[self.places]
        self.targets = None if targets is None else targets[self.places]
        self.frames, self.width = Frames(FRAMES), 0

    def look(self, epoch: int) -> None:
        """Predicts the samples."""
        outputs = np.asarray(self.model.predict_on_batch(self.samples), "float64").reshape(len(self.samples), -1)
        self.width = outputs.shape[1]
        self.frames.add(epoch, probabilities(outputs, self.known is not None))

    @property
    def known(self) -> np.ndarray | None:
        """The classes of the samples, or None where targets are no classes."""
        return classes(self.targets, self.width) if self.width else None

    def thumbnails(self) -> list[np.ndarray] | None:
        """The samples as small grey or colour pictures; None if they are no images."""
        shape = self.samples.shape[1:]
        image = len(shape) == 2 or (len(shape) == 3 and shape[-1] in (1, 3))
        if not image or min(shape[:2]) < 4:
            return None
        step = max(1, -(-max(shape[:2]) // SIDE))
        low, high = float(self.samples.min()), float(self.samples.max())
        small = self.samples[:, ::step, ::step]
        return [grey(s if len(shape) == 2 or shape[-1] == 3 else s[..., 0], low, high) for s in small]

    def guesses(self, outputs: np.ndarray) -> list[list[list]]:
        """For each sample the most probable classes, or the value that is predicted: (name, share of the bar, text)."""
        if self.width == 1 and self.known is None:
            return [[["predicted", None, number(float(v[0]))]] for v in outputs]
        pairs = np.concatenate([1 - outputs, outputs], axis=1) if self.width == 1 else outputs
        best = np.argsort(-pairs, axis=1, kind="stable")[:, :TOP]
        rows = zip(pairs, best, strict=True)
        return [[[str(c), round(float(p[c]), 3), f"{p[c]:.2f}"] for c in row] for p, row in rows]

    def truths(self) -> list[str]:
        """What is right for each sample."""
        if self.known is not None:
            return [str(v) for v in self.known]
        if self.targets is None:
            return ["–"] * len(self.samples)
        return [number(float(np.ravel(v)[0])) for v in self.targets]

    def right(self, outputs: np.ndarray) -> list[bool | None]:
        """Whether each prediction is right; None where there are no classes."""
        if self.known is None:
            return [None] * len(outputs)
        guessed = outputs[:, 0] > 0.5 if self.width == 1 else outputs.argmax(1)
        return [bool(v) for v in guessed == self.known]

    def course(self) -> list[list[float]]:
        """For each sample the probability of its class, or the predicted value, look after look."""
        if self.known is None:
            return [[float(f[i, 0]) for _, f in self.frames] for i in range(len(self.samples))]
        known = self.known
        of = [(lambda f, i: f[i, 0] if known[i] else 1 - f[i, 0]), (lambda f, i: f[i, known[i]])][self.width > 1]
        return [[float(of(f, i)) for _, f in self.frames] for i in range(len(self.samples))]

    def state(self) -> dict:
        """The samples, and their predictions at each look."""
        pictures = self.thumbnails()
        return {
            "kind": self.kind, "title": self.title, "epochs": self.frames.epochs, "truths": self.truths(),
            "places": [int(p) for p in self.places], "line": self.line(),
            "images": [_image(p) for p in pictures] if pictures is not None else None,
            "features": None if pictures is not None else [_features(s) for s in self.samples],
            "frames": [{"guesses": self.guesses(f), "right": self.right(f)} for _, f in self.frames],
            "course": [sparkline(values) for values in self.course()],
        }  # fmt: skip

    def line(self) -> str:
        """How many are right."""
        right = self.right(self.frames[-1][1])
        return f"{sum(map(bool, right))} of {len(right)} are right" if None not in right else ""

    def html(self) -> str:
        """The samples with the newest predictions."""
        epoch, outputs = self.frames[-1]
        cells = "".join(self._cell(i, outputs) for i in range(len(self.samples)))
        line = " · ".join(part for part in (f"Predictions after epoch {epoch}", self.line()) if part)
        return (
            f'<div style="font-size:12px">{line}</div>'
            f'<div style="display:flex;flex-wrap:wrap;gap:8px 12px">{cells}</div>'
        )

    def _cell(self, i: int, outputs: np.ndarray) -> str:
        pictures, right = self.thumbnails(), self.right(outputs)[i]
        shown = ""
        if pictures is not None:
            data = base64.b64encode(png(pictures[i])).decode()
            shown = f'<img alt="" width="60" style="image-rendering:pixelated" src="data:image/png;base64,{data}">'
        else:
            shown = html.escape(_features(self.samples[i]))
        guess, _, value = self.guesses(outputs)[i][0]
        sign = {True: "✓", False: "✗", None: ""}[right]
        colour = BLUE if right else ORANGE
        told = f"{guess} ({value})" if right is not None else value
        return (
            f'<div style="min-width:76px;font-size:12px">{shown}<div>{html.escape(told)} '
            f'<b style="color:{colour}">{sign}</b></div><div>is {html.escape(self.truths()[i])}</div></div>'
        )

    def text(self) -> str:
        """A line for each sample."""
        epoch, outputs = self.frames[-1]
        lines = [f"predictions after epoch {epoch}: {self.line()}".rstrip(": ")]
        rows = zip(self.places, self.guesses(outputs), self.truths(), self.right(outputs), self.course(), strict=True)
        for place, guess, truth, right, values in rows:
            sign = {True: " ✓", False: " ✗", None: ""}[right]
            told = f"{guess[0][0]} ({guess[0][2]})" if right is not None else guess[0][2]
            lines.append(f"  sample {place}: {told}, is {truth}{sign}  {sparkline(values)}".rstrip())
        return "\n".join(lines)


def _some(targets: np.ndarray | None, count: int) -> np.ndarray:
    """Places of a few samples: where targets are few classes, in turn one of each."""
    if targets is None or (targets.ndim > 1 and targets.shape[1] > 1):
        found = targets.argmax(1) if targets is not None else np.zeros(count, int)
    else:
        found = targets.reshape(count, -1)[:, 0]
    kinds = np.unique(found)
    if len(kinds) > 100:
        return np.arange(min(SAMPLES, count))
    places = [np.flatnonzero(found == kind)[:SAMPLES] for kind in kinds]
    turns = [p[i] for i in range(SAMPLES) for p in places if i < len(p)]
    if not turns:  # no class is a number
        return np.arange(min(SAMPLES, count))
    return np.array(turns[: min(SAMPLES, count)], int)


def _image(pixels: np.ndarray) -> dict:
    return {"rows": len(pixels), "columns": pixels.shape[1], "channels": pixels.ndim, "data": packed(pixels)}


def _features(sample: np.ndarray) -> str:
    """The first values of a sample."""
    values = np.ravel(sample)[:4]
    return ", ".join(number(float(v)) for v in values) + (", …" if np.size(sample) > 4 else "")
