"""What all looks at a training share."""

from __future__ import annotations

import base64
from typing import Any, ClassVar

import numpy as np

from kerasnb.widgets.kit.data import array as numbers

COLOURS = ("#2f7fe0", "#d4620f", "#0e8f80", "#a557b3", "#857a12", "#d84a7f")  # of classes, on light and on dark
MARKS = "●▲■◆▼✚"  # so that colour is never the only difference


class Look:
    """One thing that is looked at between two epochs.

    Args:
        model: The model.
        x: Inputs, or None.
        y: Targets, or None.
    """

    kind: ClassVar[str]
    title: ClassVar[str]

    def __init__(self, model: Any, x: Any = None, y: Any = None) -> None:
        self.model = model

    def look(self, epoch: int) -> None:
        """Looks at the model after so many epochs."""
        raise NotImplementedError

    def state(self) -> dict:
        """What the browser needs to draw it."""
        raise NotImplementedError

    def html(self) -> str:
        """A static picture."""
        raise NotImplementedError

    def text(self) -> str:
        """The same in words and numbers."""
        raise NotImplementedError


class Frames(list):
    """Looks, oldest first: (epoch, what was seen). When there are too many, every second one is dropped.

    Args:
        limit: Integer, the most that are kept.

    Example:

    >>> from kerasnb.widgets.watch.looks import Frames
    >>> frames = Frames(4)
    >>> for epoch in range(6):
    ...     frames.add(epoch, None)
    >>> frames.epochs
    [0, 2, 4, 5]
    """

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit

    def add(self, epoch: int, seen: Any) -> None:
        """Adds the newest look; the first one and the newest always stay."""
        if self and self[-1][0] == epoch:
            self.pop()
        if len(self) >= self.limit:
            self[:] = self[::2]
        self.append((epoch, seen))

    @property
    def epochs(self) -> list[int]:
        """Numbers of epochs that were complete at each look."""
        return [epoch for epoch, _ in self]


def packed(values: np.ndarray) -> str:
    """Bytes as text for JSON."""
    return base64.b64encode(np.ascontiguousarray(values, np.uint8).tobytes()).decode()


def array(value: Any, name: str, what: str) -> np.ndarray:
    """An argument as an array.

    Raises:
        ValueError: If it is none.
    """
    if value is None or isinstance(value, (dict, str)) or not hasattr(value, "__len__"):
        raise ValueError(
            f'watch="{what}" needs arrays of samples. Received: {name}={type(value).__name__}. '
            f'For other data use callbacks=[kw.Watch("{what}", x, y)].'
        )
    made = numbers(value, name)
    if not made.size or made.dtype.kind not in "biufV":
        raise ValueError(
            f'watch="{what}" needs arrays of numbers with at least one sample. '
            f"Received: {name} of dtype {made.dtype} and shape {made.shape}"
        )
    return made


def paired(samples: np.ndarray, targets: np.ndarray | None, what: str) -> None:
    """Refuses targets that are not as many as the samples.

    Raises:
        ValueError: If they are not.
    """
    if targets is not None and len(targets) != len(samples):
        raise ValueError(
            f'watch="{what}" needs a target for each sample. Received: {len(samples)} samples, {len(targets)} targets'
        )


def classes(y: np.ndarray | None, width: int) -> np.ndarray | None:
    """The class of each sample, from class numbers or one-hot rows; None where targets are no classes.

    Args:
        y: Targets, or None.
        width: Integer, how many values the model returns for a sample.
    """
    if y is None:
        return None
    flat = y.reshape(len(y), -1)
    if width > 1:
        if flat.shape[1] == width:
            return flat.argmax(1)
        return flat[:, 0].astype(int) if flat.shape[1] == 1 else None
    return flat[:, 0].astype(int) if flat.shape[1] == 1 and np.isin(flat, (0, 1)).all() else None


def probabilities(outputs: np.ndarray, of_classes: bool) -> np.ndarray:
    """Outputs as probabilities, also where the model returns logits.

    Args:
        outputs: Array of shape (samples, outputs).
        of_classes: Boolean, whether the targets are classes; else a single output stays as it is.
    """
    outputs = np.nan_to_num(outputs)
    if outputs.shape[1] == 1:
        inside = outputs.min() >= 0 and outputs.max() <= 1
        return outputs if inside or not of_classes else 1 / (1 + np.exp(-np.clip(outputs, -500, 500)))
    if outputs.min() >= 0 and np.allclose(outputs.sum(1), 1, atol=1e-3):
        return outputs
    grown = np.exp(outputs - outputs.max(1, keepdims=True))
    return grown / grown.sum(1, keepdims=True)
