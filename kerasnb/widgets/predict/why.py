"""What an answer depends on: the gradient of the engine, and what happens when a part of the input is covered."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasnb import ops
from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.widgets.inspect.answers import Answers
from kerasnb.widgets.inspect.tap import array


def answer_of(model: Any, x: np.ndarray) -> Answers:
    """The answers of a model for a batch, in one call without a plan: batches here have all sizes."""
    made = model(ops.convert_to_tensor(x), training=False)
    return Answers(model, array(made))


def scores(answers: Answers) -> np.ndarray:
    """The numbers that can be asked about: shares of classes, or values."""
    return answers.shares if answers.is_of_classes else answers.values


def input_gradient(model: Any, x: np.ndarray, kind: str, column: int) -> np.ndarray | None:
    """The gradient of one share or value with respect to the input.

    Args:
        model: A model.
        x: Array of shape (samples, ...).
        kind: What the outputs are, as `Answers.kind`.
        column: Integer, which class or value.

    Returns:
        Array of the shape of `x`, or None where the output does not depend on the input smoothly, as with word ids.
    """
    if x.dtype.kind != "f":
        return None
    tensor = ops.convert_to_tensor(x)
    with GradientTape() as tape:
        total = ops.sum(_score(model(tensor, training=False), kind, column))
    gradient = tape.gradient(total, tensor)
    return None if gradient is None else array(gradient)


def _score(outputs: Any, kind: str, column: int) -> Any:
    """The share or value of a column, as the engine computes it."""
    if kind in ("binary", "binary logits"):
        one = outputs if kind == "binary" else ops.sigmoid(outputs)
        return one if column == 1 else 1 - one
    if kind == "logits":
        return ops.softmax(outputs)[:, column]
    return ops.reshape(outputs, (ops.shape(outputs)[0], -1))[:, column]


class Occlusion:
    """What happens to an answer when a patch of an image is covered.

    Args:
        model: A model.
        image: Array of one sample, (rows, columns) or (rows, columns, channels).
        side: Integer, rows and columns of the patch.
        first: Boolean, whether channels come first.
    """

    def __init__(self, model: Any, image: np.ndarray, side: int, first: bool = False) -> None:
        self.side = side
        spatial = image.shape[1:] if first else image.shape[:2]
        step = max(1, side // 2)
        self.rows, self.columns = (_starts(extent, side, step) for extent in spatial)
        axes = (1, 2) if first else (0, 1)
        fill = np.median(image, axis=axes, keepdims=True).astype(image.dtype)
        patches = np.repeat(image[None], len(self.rows) * len(self.columns), 0)
        for k, (row, column) in enumerate((r, c) for r in self.rows for c in self.columns):
            area = (slice(row, row + side), slice(column, column + side))
            patches[(k, slice(None), *area) if first else (k, *area)] = fill
        parts = [scores(answer_of(model, patches[i : i + 64])) for i in range(0, len(patches), 64)]
        self.scores = np.concatenate(parts).reshape(len(self.rows), len(self.columns), -1)
        self.spatial = spatial

    def falls(self, column: int, whole: float) -> np.ndarray:
        """How much the score falls for each patch.

        Args:
            column: Integer, which class or value.
            whole: Float, the score of the whole image.
        """
        return whole - self.scores[..., column]

    def map(self, column: int, whole: float) -> np.ndarray:
        """For each pixel the mean fall of the patches that cover it."""
        total, count = np.zeros(self.spatial), np.zeros(self.spatial)
        falls = self.falls(column, whole)
        for i, row in enumerate(self.rows):
            for j, place in enumerate(self.columns):
                area = (slice(row, row + self.side), slice(place, place + self.side))
                total[area] += falls[i, j]
                count[area] += 1
        return total / count


def _starts(extent: int, side: int, step: int) -> list[int]:
    """Where patches start, so that they cover everything."""
    made = list(range(0, max(1, extent - side + 1), step))
    last = max(0, extent - side)
    return made if made[-1] == last else [*made, last]
