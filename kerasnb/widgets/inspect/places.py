"""How an array is laid out on the page: as maps, as a strip, or as a heat map of steps and features."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

STRIP = 64  # units of a vector in one line
MAPS, SIDE, UNITS = 64, 64, 2048  # what is drawn at most: maps of a layer, pixels of a side, units of a vector
KINDS = ("image", "maps", "vector", "sequence")


@dataclasses.dataclass
class Layout:
    """Where each number of an array stands.

    Args:
        kind: `"image"` (one map, or one of three colours), `"maps"`, `"vector"` or `"sequence"` (time x features).
        shape: Shape of the array, without the batch.
        first: Boolean, whether channels come first.
    """

    kind: str
    shape: tuple[int, ...]
    first: bool = False

    @property
    def maps(self) -> int:
        """How many maps there are."""
        if self.kind in ("vector", "sequence") or len(self.shape) == 2:
            return 1
        return int(np.prod(self._sizes()[2:]))

    @property
    def rows(self) -> int:
        """Rows of one map on the page."""
        if self.kind == "vector":
            return -(-min(int(np.prod(self.shape)), UNITS) // STRIP) or 1
        return self.shape[1] if self.kind == "sequence" else self._sizes()[0]

    @property
    def columns(self) -> int:
        """Columns of one map on the page."""
        if self.kind == "vector":
            return min(int(np.prod(self.shape)), STRIP)
        return self.shape[0] if self.kind == "sequence" else self._sizes()[1]

    def _sizes(self) -> tuple[int, ...]:
        """Height, width, channels, and the depth of volumes."""
        *spatial, channels = (*self.shape[1:], self.shape[0]) if self.first else self.shape
        return (*self.shape, 1) if len(self.shape) == 2 else (*spatial[-2:], channels, *spatial[:-2])

    def index(self, place: int, row: int, column: int) -> tuple[int, ...]:
        """The index into the array of a pixel of a map.

        Raises:
            ValueError: If there is none.
        """
        if not (0 <= place < self.maps and 0 <= row < self.rows and 0 <= column < self.columns):
            raise ValueError(f"There is no unit at map {place}, row {row}, column {column}")
        if self.kind == "sequence":
            return (column, row)
        if self.kind == "vector":
            unit = row * STRIP + column
            if unit >= np.prod(self.shape):
                raise ValueError(f"The last unit is {int(np.prod(self.shape)) - 1}. Received: {unit}")
            return tuple(int(i) for i in np.unravel_index(unit, self.shape)) if self.shape else ()
        if len(self.shape) == 2:
            return (row, column)
        deep = self._sizes()[3:]
        channel, rest = divmod(place, int(np.prod(deep))) if deep else (place, 0)
        spatial = (*((rest,) if deep else ()), row, column)
        return (channel, *spatial) if self.first else (*spatial, channel)

    def place(self, index: tuple[int, ...]) -> tuple[int, int, int]:
        """The map, the row and the column of an index: the other way round."""
        if self.kind == "sequence":
            return 0, index[1], index[0]
        if self.kind == "vector":
            row, column = divmod(int(np.ravel_multi_index(index, self.shape)) if self.shape else 0, STRIP)
            return 0, row, column
        if len(self.shape) == 2:
            return 0, index[0], index[1]
        channel, spatial = (index[0], index[1:]) if self.first else (index[-1], index[:-1])
        deep = self._sizes()[3:]
        return channel * deep[0] + spatial[0] if deep else channel, spatial[-2], spatial[-1]

    def words(self, index: tuple[int, ...]) -> str:
        """An index in words, as the axes of Keras count it."""
        if self.kind == "sequence":
            return f"step {index[0]}, feature {index[1]}"
        if self.kind == "vector":
            return "unit " + ", ".join(map(str, index or (0,)))
        place, row, column = self.place(index)
        return f"map {place}, row {row}, column {column}" if self.maps > 1 else f"row {row}, column {column}"

    def pictures(self, values: np.ndarray) -> np.ndarray:
        """The array as (maps, rows, columns), of what is drawn: large maps keep every n-th pixel."""
        values = np.asarray(values, np.float32)
        if self.kind == "vector":
            flat = np.full(self.rows * self.columns, np.nan, np.float32)
            shown = values.reshape(-1)[: flat.size]
            flat[: shown.size] = shown
            made = flat.reshape(1, self.rows, self.columns)
        elif self.kind == "sequence":
            made = values.T[None]
        elif values.ndim == 2:
            made = values[None]
        else:
            last = np.moveaxis(values, 0, -1) if self.first else values  # (..., height, width, channels)
            made = np.moveaxis(last, -1, 0).reshape(self.maps, self.rows, self.columns)
        rows, columns = self.steps
        return made[:MAPS, ::rows, ::columns]

    @property
    def steps(self) -> tuple[int, int]:
        """Every which row and column is drawn."""
        side = 4 * SIDE if self.kind == "sequence" else SIDE
        return -(-self.rows // side), -(-self.columns // side)


def layout(shape: tuple[int, ...], first: bool = False, kind: str | None = None) -> Layout:
    """Chooses the layout of an array.

    Args:
        shape: Shape, without the batch.
        first: Boolean, whether channels come first.
        kind: `"image"` for a picture that goes into the model, else None.
    """
    if kind == "image":
        return Layout("image", shape, first)
    found = {2: "sequence", 3: "maps", 4: "maps"}.get(len(shape), "vector")
    return Layout(found, shape, first and found == "maps")


def channels_first(layer: Any, before: bool) -> bool:
    """Whether the channels of a layer's output come first: as it says, else as those of what it was given."""
    said = getattr(layer, "data_format", None)
    return before if said is None else said == "channels_first"


def is_image(shape: tuple[int, ...]) -> bool:
    """Whether an input of this shape is a picture: (height, width) or with 1 or 3 channels."""
    if len(shape) == 2:
        return min(shape) >= 8
    return len(shape) == 3 and shape[-1] in (1, 3)
