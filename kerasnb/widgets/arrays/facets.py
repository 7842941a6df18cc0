"""An array of any number of axes as facets: grids of two of its axes, one for each place on the others."""

from __future__ import annotations

import base64
from typing import Any, NamedTuple

import numpy as np

from kerasnb.widgets.kit import png as files
from kerasnb.widgets.kit.data import array as numbers

PAGE, VALUES = 12, 16_384  # facets, and numbers, that are shown at a time
POSITIVE, NEGATIVE, NOT_FINITE = (47, 127, 224), (212, 98, 15), (198, 40, 40)


class Facet(NamedTuple):
    """One grid.

    Args:
        place: Tuple of the indices on the other axes.
        values: Array of two axes.
    """

    place: tuple[int, ...]
    values: np.ndarray


class Facets:
    """The facets of an array.

    Args:
        array: Array of real numbers.
        rows: Integer, the axis that goes down; None where the array has fewer than two axes.
        columns: Integer, the axis that goes across.
    """

    def __init__(self, array: np.ndarray, rows: int | None = None, columns: int | None = None) -> None:
        self.array, rank = array, array.ndim
        self.columns = (rank - 1 if rank else None) if columns is None else columns
        self.rows = (rank - 2 if rank > 1 else None) if rows is None else rows
        self.others = [axis for axis in range(rank) if axis not in (self.rows, self.columns)]
        kept = [axis for axis in (self.rows, self.columns) if axis is not None]
        self.grid = np.transpose(array, [*self.others, *kept])
        self.extents = tuple(array.shape[axis] for axis in self.others)

    @property
    def count(self) -> int:
        """How many facets there are."""
        return int(np.prod(self.extents, dtype=int))

    @property
    def pages(self) -> int:
        """How many pages they fill."""
        return max(1, -(-self.count // PAGE))

    def page(self, number: int) -> list[Facet]:
        """The facets of one page."""
        places = range(number * PAGE, min(self.count, (number + 1) * PAGE))
        return [self._facet(tuple(int(i) for i in np.unravel_index(n, self.extents or (1,)))) for n in places]

    def _facet(self, place: tuple[int, ...]) -> Facet:
        place = place if self.extents else ()
        values = self.grid[place]
        return Facet(place, values.reshape(1, -1) if values.ndim < 2 else values)

    def step(self) -> int:
        """Every how many-th number of a facet is shown, in both directions."""
        shown = max(1, min(PAGE, self.count))
        rows, columns = (1, 1, *self.grid.shape)[-2:] if self.grid.ndim > len(self.extents) else (1, 1)
        rows = rows if self.rows is not None else 1
        step = 1
        while shown * -(-rows // step) * -(-columns // step) > VALUES:
            step += 1
        return step


def facts(array: np.ndarray) -> list[tuple[str, float]]:
    """The least, mean and largest number, the share of zeros, and how many are not finite, by name."""
    if not array.size:
        return []
    values = array.astype(np.float64)
    finite = values[np.isfinite(values)]
    some = finite if finite.size else np.array([np.nan])
    return [
        ("min", float(some.min())), ("mean", float(some.mean())), ("max", float(some.max())),
        ("zeros", float((values == 0).mean())), ("not finite", float(values.size - finite.size)),
    ]  # fmt: skip


def scale_of(array: np.ndarray) -> float:
    """The largest distance from zero, to which all colours are relative."""
    values = np.abs(array[np.isfinite(array)].astype(np.float64))
    return float(values.max()) if values.size and values.max() > 0 else 1.0


def png(values: np.ndarray, scale: float) -> bytes:
    """A grid as a PNG file: blue above zero, orange below, clear at zero, red where a number is not finite."""
    values = values.astype(np.float64)
    finite = np.isfinite(values)
    share = np.clip(np.where(finite, values, 0) / scale, -1, 1)
    pixels = np.zeros((*values.shape, 4), np.uint8)
    pixels[..., :3] = np.where((share >= 0)[..., None], POSITIVE, NEGATIVE)
    pixels[..., 3] = np.round(255 * np.abs(share))
    pixels[~finite] = (*NOT_FINITE, 255)
    return files.png(pixels)


def checked(value: Any) -> np.ndarray:
    """An array of real numbers.

    Raises:
        ValueError: If it holds anything else.
    """
    array = numbers(value.numpy() if hasattr(value, "numpy") else value, "a")
    if array.dtype.name == "bfloat16":
        array = array.astype(np.float32)
    if array.dtype.kind not in "buif":
        raise ValueError(f"Argument `a` must hold real numbers. Received: dtype {array.dtype}")
    return array


def encoded(values: np.ndarray) -> str:
    """Numbers as base64 of float32, for the browser."""
    return base64.b64encode(np.ascontiguousarray(values, "<f4").tobytes()).decode()
