"""Where batches come from: arrays in memory, or anything that can be iterated."""

from __future__ import annotations

import itertools
import math

import numpy as np

from kerasnb import tree
from kerasnb.backend import device
from kerasnb.backend.dtypes import floatx
from kerasnb.backend.loops import on_cpu
from kerasnb.backend.parts import WORTH, Program
from kerasnb.backend.tensor import Tensor
from kerasnb.kernels.gather import take


def as_array(value, name: str) -> np.ndarray:
    """An argument of fit as a NumPy array of numbers.

    Raises:
        ValueError: If it does not hold numbers, or rows of different lengths.
    """
    if isinstance(value, Tensor):
        return value.numpy()
    try:
        array = np.asarray(value)
    except ValueError as problem:
        raise ValueError(
            f"Argument `{name}` must hold rows of one shape. Received: {type(value).__name__} ({problem})"
        ) from None
    if array.dtype.kind not in "fiub":
        raise ValueError(
            f"Argument `{name}` must hold numbers. Received: {type(value).__name__} of dtype {array.dtype}"
        )
    return array


def slot_dtype(array: np.ndarray) -> str:
    """The dtype a batch has inside the engine: floats are `floatx`, integers int32."""
    return {"f": floatx(), "b": "bool"}.get(array.dtype.kind, "int32")


def layout_of(structure):
    """How a structure is nested, without its leaves: what a step was recorded for."""
    if isinstance(structure, dict):
        return tuple((key, layout_of(structure[key])) for key in sorted(structure))
    if isinstance(structure, (list, tuple)):
        return type(structure).__name__, *map(layout_of, structure)
    return None


class ArrayBatches:
    """Batches of arrays that are in memory.

    Args:
        parts: Tuple `(x,)`, `(x, y)` or `(x, y, sample_weight)`, each a structure of arrays.
        batch_size: Integer.
        shuffle: Boolean, whether every epoch has its own order; `"batch"` shuffles whole batches.
    """

    def __init__(self, parts: tuple, batch_size: int, shuffle=False):
        self.parts = parts
        self.leaves = tree.flatten(parts)
        self.count = len(self.leaves[0])
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.steps = math.ceil(self.count / batch_size)
        self.layout = layout_of(parts)
        self.pickers: dict = {}
        self.signatures: dict = {}

    def signature(self, size: int) -> tuple:
        """Shapes and dtypes of the leaves of a batch of so many rows."""
        if size not in self.signatures:
            self.signatures[size] = tuple(((size, *a.shape[1:]), slot_dtype(a)) for a in self.leaves)
        return self.signatures[size]

    def picker(self, number: int, slot) -> Picker:
        """What copies rows of a leaf into a slot; the last one is kept, because a plan's slots stay."""
        kept = self.pickers.get(number)
        if kept is None or kept.slot is not slot:
            kept = self.pickers[number] = Picker(self.leaves[number], slot)
        return kept

    def epoch(self):
        """Yields the batches of one epoch."""
        order = self._order()
        for start in range(0, self.count, self.batch_size):
            stop = min(start + self.batch_size, self.count)
            yield Batch(self, slice(start, stop) if order is None else order[start:stop], stop - start)

    def _order(self):
        if self.shuffle == "batch":
            starts = np.random.permutation(self.steps) * self.batch_size
            rows = [np.arange(s, min(s + self.batch_size, self.count)) for s in starts]
            return np.concatenate(rows) if rows else None
        return np.random.permutation(self.count) if self.shuffle else None


class Picker:
    """Copies chosen rows of an array into an array of the engine, on several threads where they are large.

    Args:
        array: The rows to choose from.
        slot: Where the chosen rows go.
    """

    def __init__(self, array, slot):
        self.array, self.slot, self.program = array, slot, None
        alike = array.dtype == slot.dtype and array.flags.c_contiguous and slot.flags.c_contiguous
        if alike and slot.size >= 2 * WORTH and device.current() == "cpu" and on_cpu(slot.dtype.name):
            self.chosen = np.empty(len(slot), np.int64)
            self.program = Program(take.walks["cpu"]([array, self.chosen], [slot], axis=0))

    def __call__(self, rows) -> None:
        if self.program is not None:
            self.chosen[...] = rows
            self.program()
        elif self.array.dtype == self.slot.dtype:
            np.take(self.array, rows, axis=0, out=self.slot, mode="clip")
        else:
            self.slot[...] = self.array[rows]


class Batch:
    """Some rows of arrays, not copied yet."""

    __slots__ = ("rows", "size", "source")

    def __init__(self, source, rows, size):
        self.source, self.rows, self.size = source, rows, size

    def signature(self) -> tuple:
        """Shapes and dtypes of the batch's leaves."""
        return self.source.signature(self.size)

    def structure(self):
        return self.source.parts

    def layout(self):
        return self.source.layout

    def into(self, slots) -> None:
        """Copies the rows into arrays of the engine."""
        for number, (array, slot) in enumerate(zip(self.source.leaves, slots, strict=True)):
            if isinstance(self.rows, slice):
                slot[...] = array[self.rows]
            else:
                self.source.picker(number, slot)(self.rows)


class WholeBatch:
    """A batch given as arrays (`train_on_batch`, generators)."""

    def __init__(self, parts: tuple):
        self.parts = parts
        self.leaves = [as_array(a, "batch") for a in tree.flatten(parts)]
        self.size = len(self.leaves[0]) if self.leaves[0].ndim else 1

    def signature(self) -> tuple:
        return tuple((a.shape, slot_dtype(a)) for a in self.leaves)

    def structure(self):
        return self.parts

    def layout(self):
        return layout_of(self.parts)

    def into(self, slots) -> None:
        for array, slot in zip(self.leaves, slots, strict=True):
            slot[...] = array


class IteratedBatches:
    """Batches from a generator, an iterable, or an object with `__len__` and `__getitem__` (`PyDataset`).

    Args:
        source: Yields `x`, `(x, y)` or `(x, y, sample_weight)`.
        steps: How many batches make an epoch; None for as many as come.
    """

    def __init__(self, source, steps: int | None = None):
        self.source = source
        self.indexed = hasattr(source, "__getitem__") and hasattr(source, "__len__")
        self.sized = steps is None
        self.steps = steps if steps is not None else (len(source) if hasattr(source, "__len__") else None)
        self.running = None
        self.batch_size = None
        self.count = None

    def epoch(self):
        """Yields the batches of one epoch; a generator goes on where it stopped."""
        for item in itertools.islice(self._items(), self.steps):
            parts = item if isinstance(item, tuple) else (item,)
            yield WholeBatch(tuple(p for p in parts if p is not None))
        if hasattr(self.source, "on_epoch_end"):
            self.source.on_epoch_end()

    def _items(self):
        if self.indexed:
            return (self.source[i] for i in range(len(self.source)))
        if hasattr(self.source, "__next__"):
            return self.source
        if self.running is None or self.sized:
            self.running = iter(self.source)
        return self.running


def is_iterated(x) -> bool:
    """Whether `x` gives batches itself rather than being the data."""
    if hasattr(x, "__array__") or isinstance(x, (list, tuple, dict, np.ndarray)):
        return False
    return hasattr(x, "__next__") or hasattr(x, "__iter__") or (hasattr(x, "__getitem__") and hasattr(x, "__len__"))
