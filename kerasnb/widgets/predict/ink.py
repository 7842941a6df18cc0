"""A drawing as the image that a model of digits expects: centred and scaled like MNIST."""

from __future__ import annotations

import numpy as np

BOX = 20 / 28  # the part of the side that the longer side of a digit takes in MNIST


def centred(drawing: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Scales the ink into the inner box, and moves its centre of mass to the middle.

    Args:
        drawing: Array of shape (rows, columns), ink above zero.
        size: Rows and columns of the image.

    Returns:
        Array of `size` with the range of the drawing, zero where there is no ink.

    Example:

    >>> from kerasnb.widgets.predict.ink import centred
    >>> drawing = np.zeros((100, 100))
    >>> drawing[10:50, 10:20] = 1.0
    >>> image = centred(drawing, (28, 28))
    >>> int((image > 0.5).any(1).sum())
    20
    """
    made = np.zeros(size)
    inked = drawing > 0.02 * drawing.max(initial=0.0)
    if not drawing.any() or not inked.any():
        return made
    rows, columns = np.flatnonzero(inked.any(1)), np.flatnonzero(inked.any(0))
    part = drawing[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = min(BOX * size[0] / part.shape[0], BOX * size[1] / part.shape[1])
    small = resized(part, [max(1, round(n * scale)) for n in part.shape])
    offsets = [_offset(small.sum(1 - axis), size[axis]) for axis in (0, 1)]
    made[offsets[0] : offsets[0] + small.shape[0], offsets[1] : offsets[1] + small.shape[1]] = small
    return made


def _offset(profile: np.ndarray, extent: int) -> int:
    """Where a profile starts so that its centre of mass is in the middle; it stays inside."""
    centre = float(profile @ (np.arange(len(profile)) + 0.5)) / float(profile.sum())
    return int(np.clip(round(extent / 2 - centre), 0, extent - len(profile)))


def resized(image: np.ndarray, size: list[int] | tuple[int, ...]) -> np.ndarray:
    """An image of another size: each pixel is the mean of the area that it covers."""
    rows, columns = (_overlaps(size[axis], image.shape[axis]) for axis in (0, 1))
    return rows @ image @ columns.T


def _overlaps(count: int, extent: int) -> np.ndarray:
    """How much of each of `count` equal parts of a side lies in each of its `extent` pixels; rows add up to one."""
    edges = np.linspace(0, extent, count + 1)
    low, high = np.arange(extent), np.arange(1, extent + 1)
    shared = np.clip(np.minimum(edges[1:, None], high) - np.maximum(edges[:-1, None], low), 0, None)
    return shared / shared.sum(1, keepdims=True)
