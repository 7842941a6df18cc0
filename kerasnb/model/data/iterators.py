"""Iterators of batches: from arrays in memory, or from anything that can be iterated."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from kerasnb import tree
from kerasnb.backend.compile.codegen import on_cpu
from kerasnb.backend.runtime.program import WORTH, Program
from kerasnb.backend.tensor import device
from kerasnb.backend.tensor.tensor import from_host
from kerasnb.backend.warn import warn_user
from kerasnb.kernels.gather import take
from kerasnb.model.data.arrays import as_array, check_values, not_finite, slot_dtype

RAN_OUT = (
    "Your input ran out of data; interrupting training. Make sure that your dataset or generator can generate at least "
    "`steps_per_epoch * epochs` batches. You may need to use the `.repeat()` function when building your dataset."
)
PARTS = ("x", "y", "sample_weight")


def unpack(data: Any) -> tuple:
    """`(x, y, sample_weight)` of a batch; missing parts are None."""
    data = data if isinstance(data, tuple) else (data,)
    return (*data, None, None)[:3]


class Missing(tuple):
    """A missing part of a batch, such as the targets of `(x, None, weights)`.

    It has no leaves, and becomes None again when leaves are packed into the structure.
    """

    _fields = ()

    def __new__(cls, *_: Any) -> None:  # type: ignore[misc] # a structure that is packed gets None in its place
        """Returns None."""


MISSING = tuple.__new__(Missing)


def layout_of(structure: Any) -> tuple | None:
    """How a structure is nested, without its leaves; steps are recorded for each layout."""
    if isinstance(structure, dict):
        return tuple((key, layout_of(structure[key])) for key in sorted(structure))
    if isinstance(structure, (list, tuple)):
        return type(structure).__name__, *map(layout_of, structure)
    return None


class Batch(Protocol):
    """One batch: its shapes and structure, which a step is recorded for, and its values."""

    def signature(self) -> tuple:
        """Shapes and dtypes of the leaves."""

    def structure(self) -> tuple:
        """The parts, whose leaves are in the place of the batch's."""

    def layout(self) -> tuple | None:
        """How the parts are nested."""

    def into(self, slots: Sequence) -> None:
        """Copies the values into arrays of the engine."""


def as_tensors(batch: Batch) -> Any:
    """The parts of a batch as tensors on the current device, for calls that no step is recorded for.

    Args:
        batch: `Batch`.
    """
    arrays = [np.empty(shape, dtype) for shape, dtype in batch.signature()]
    batch.into(arrays)
    tensors = [from_host(a, d) for a, (_, d) in zip(arrays, batch.signature(), strict=True)]
    return tree.pack_sequence_as(batch.structure(), tensors)


class Batches:
    """Yields batches, epoch by epoch.

    Attributes:
        steps: Number of batches in an epoch, or None if unknown.
        batch_size: Size of the batches, or None if unknown.
        count: Number of samples in an epoch, or None if unknown.
        parts: The parts of the data, or of the last batch where the data is not in memory; empty before the first.
        ended: Whether the source is exhausted.
    """

    steps: int | None = None
    batch_size: int | None = None
    count: int | None = None
    parts: tuple = ()
    ended: bool = False

    def epoch(self) -> Iterator[Batch]:
        """Yields the batches of one epoch."""
        raise NotImplementedError


class ArrayBatches(Batches):
    """Batches of arrays that are in memory.

    Args:
        parts: Tuple `(x,)`, `(x, y)` or `(x, y, sample_weight)`, each a structure of arrays.
        batch_size: Integer.
        shuffle: Boolean, whether every epoch has its own order; `"batch"` shuffles whole batches.
    """

    steps: int
    batch_size: int
    count: int

    def __init__(self, parts: tuple, batch_size: int, shuffle: bool | str = False) -> None:
        self.parts, self.leaves = parts, tree.flatten(parts)
        self.count, self.batch_size, self.shuffle = len(self.leaves[0]), batch_size, shuffle
        self.steps = math.ceil(self.count / batch_size)
        self.layout = layout_of(parts)
        self.order: np.ndarray | None = None  # of the rows in this epoch; None for their own
        self.pickers: dict = {}
        self.signatures: dict = {}

    def signature(self, size: int) -> tuple:
        """Shapes and dtypes of the leaves of a batch of so many rows."""
        if size not in self.signatures:
            self.signatures[size] = tuple(((size, *a.shape[1:]), slot_dtype(a)) for a in self.leaves)
        return self.signatures[size]

    def picker(self, number: int, slot: np.ndarray) -> Picker:
        """Copies rows of a leaf into a slot; the last one is kept, because a plan's slots stay."""
        kept = self.pickers.get(number)
        if kept is None or kept.slot is not slot:
            kept = self.pickers[number] = Picker(self.leaves[number], slot)
        return kept

    def epoch(self) -> Iterator[ArrayBatch]:
        """Yields the batches of one epoch."""
        self.order = order = self._order()
        for number in range(self.steps):
            yield self.batch(number, order)

    def batch(self, number: int, order: np.ndarray | None) -> ArrayBatch:
        """One batch of an epoch that has an order."""
        start = number * self.batch_size
        stop = min(start + self.batch_size, self.count)
        return ArrayBatch(self, slice(start, stop) if order is None else order[start:stop], stop - start)

    def _order(self) -> np.ndarray | None:
        if self.shuffle == "batch":
            starts = np.random.permutation(self.steps) * self.batch_size
            rows = [np.arange(s, min(s + self.batch_size, self.count)) for s in starts]
            return np.concatenate(rows) if rows else None
        return np.random.permutation(self.count) if self.shuffle else None


class Picker:
    """Copies rows of an array into an array of the engine, on several threads where they are large.

    Args:
        array: All rows.
        slot: The destination.
    """

    def __init__(self, array: np.ndarray, slot: np.ndarray) -> None:
        self.array, self.slot = array, slot
        self.program: Program | None = None
        same = array.dtype == slot.dtype and array.flags.c_contiguous and slot.flags.c_contiguous
        if same and slot.size >= 2 * WORTH and device.current() == "cpu" and on_cpu(slot.dtype.name):
            self.indices = np.empty(len(slot), np.int64)
            self.program = Program(take.implementations["cpu"]([array, self.indices], [slot], axis=0))

    def __call__(self, rows: np.ndarray) -> None:
        """Copies the rows with these indices."""
        if self.program is not None:
            self.indices[...] = rows
            self.program()
        elif self.array.dtype == self.slot.dtype:
            np.take(self.array, rows, axis=0, out=self.slot, mode="clip")
        else:
            self.slot[...] = self.array[rows]


class ArrayBatch:
    """Rows of arrays, not copied yet."""

    __slots__ = ("rows", "size", "source")

    def __init__(self, source: ArrayBatches, rows: Any, size: int) -> None:
        self.source, self.rows, self.size = source, rows, size

    def signature(self) -> tuple:
        """Shapes and dtypes of the batch's leaves."""
        return self.source.signature(self.size)

    def structure(self) -> tuple:
        """The parts of the whole data."""
        return self.source.parts

    def layout(self) -> tuple | None:
        """How the parts are nested."""
        return self.source.layout

    def into(self, slots: Sequence) -> None:
        """Copies the rows into arrays of the engine."""
        for number, (array, slot) in enumerate(zip(self.source.leaves, slots, strict=True)):
            if isinstance(self.rows, slice):
                slot[...] = array[self.rows]
            else:
                self.source.picker(number, slot)(self.rows)


class WholeBatch:
    """A batch in arrays of its own (`train_on_batch`, generators).

    Args:
        parts: Tuple `(x,)`, `(x, y)` or `(x, y, sample_weight)`; parts that are None stay so.

    Raises:
        ValueError: If it holds no numbers, or values that do not fit the dtype they are computed in.
    """

    def __init__(self, parts: tuple) -> None:
        arrays = [_named_arrays(part, name) for part, name in zip(parts, PARTS, strict=False)]
        self.parts = tuple(MISSING if part is None else part for part in arrays)
        self.leaves = tree.flatten(self.parts)
        if not self.leaves:
            raise ValueError(f"A batch must hold inputs `x`. Received: {parts}")
        self.size = len(self.leaves[0]) if self.leaves[0].ndim else 1

    def signature(self) -> tuple:
        """Shapes and dtypes of the batch's leaves."""
        return tuple((a.shape, slot_dtype(a)) for a in self.leaves)

    def structure(self) -> tuple:
        """The parts."""
        return self.parts

    def layout(self) -> tuple | None:
        """How the parts are nested."""
        return layout_of(self.parts)

    def into(self, slots: Sequence) -> None:
        """Copies the values into arrays of the engine."""
        for array, slot in zip(self.leaves, slots, strict=True):
            slot[...] = array


def _named_arrays(part: Any, name: str) -> Any:
    """A part of a batch with checked arrays as leaves."""
    if part is None:
        return None
    flat = tree.flatten(part)
    names = [f"{name}[{i}]" for i in range(len(flat))] if tree.is_nested(part) else [name]
    arrays = [as_array(leaf, at) for leaf, at in zip(flat, names, strict=True)]
    for array, at in zip(arrays, names, strict=True):
        check_values(array, at)
    return tree.pack_sequence_as(part, arrays)


def first_not_finite(parts: tuple) -> str | None:
    """The first NaN or infinity in the parts of data, by the name of the argument."""
    for part, name in zip(parts, PARTS, strict=False):
        leaves = tree.flatten(part)
        for i, leaf in enumerate(leaves):
            place = not_finite(leaf)
            if place:
                return f"{name}[{i}]{place}" if tree.is_nested(part) else f"{name}{place}"
    return None


class IteratedBatches(Batches):
    """Batches from a generator, an iterable, or an object with `__len__` and `__getitem__` (`PyDataset`).

    Args:
        source: Yields `x`, `(x, y)` or `(x, y, sample_weight)`.
        steps: Number of batches in an epoch; None for all that the source yields.
        weigh: Optional function that returns the sample weights for targets.
        resume: Boolean, whether an epoch starts where the last one stopped.
    """

    def __init__(
        self, source: Any, steps: int | None = None, weigh: Callable | None = None, resume: bool = False
    ) -> None:
        self.source, self.weigh, self.resume = source, weigh, resume
        self.indexed = hasattr(source, "__getitem__") and hasattr(source, "__len__")
        self.sized = steps is None
        self.steps = steps if steps is not None else (len(source) if hasattr(source, "__len__") else None)
        self.running: Iterator | None = None

    def epoch(self) -> Iterator[WholeBatch]:
        """Yields the batches of one epoch; a generator continues where it stopped."""
        items, number = self._items(), 0
        for item in itertools.islice(items, self.steps):
            number += 1
            batch = WholeBatch(self._parts(item))
            self.parts = batch.parts
            yield batch
        short = self.steps is not None and number < self.steps
        if self.sized or short:
            self.running, self.ended = None, items is self.source  # a generator that has ended yields nothing more
        if number and not self.sized and short:
            warn_user(RAN_OUT)
        if hasattr(self.source, "on_epoch_end"):
            self.source.on_epoch_end()

    def _items(self) -> Iterator:
        if hasattr(self.source, "__next__"):
            return self.source
        running = self.running if self.resume and not self.sized else None
        rest = [] if running is None else list(itertools.islice(running, 1))
        if running is None or not rest:
            running = (self.source[i] for i in range(len(self.source))) if self.indexed else iter(self.source)
        self.running = running
        return itertools.chain(rest, running)

    def _parts(self, item: Any) -> tuple:
        """The parts of an item; only a source that has a length may yield them in a list."""
        if isinstance(item, list):
            if not hasattr(self.source, "__len__"):
                raise ValueError(
                    "When passing a Python generator to a Keras model, the generator must return a tuple, either "
                    "(input,) or (inputs, targets) or (inputs, targets, sample_weights). Received: a list of "
                    f"{len(item)} elements"
                )
            item = tuple(item)
        parts = item if isinstance(item, tuple) else (item,)
        if not 1 <= len(parts) <= 3:
            raise ValueError(
                "A batch must be a tuple (inputs,), (inputs, targets) or (inputs, targets, sample_weights). Received: "
                f"{len(parts)} parts"
            )
        while len(parts) > 1 and parts[-1] is None:
            parts = parts[:-1]
        if self.weigh is None:
            return parts
        x, y, sample_weight = unpack(parts)
        if sample_weight is not None:
            raise ValueError("You cannot `class_weight` and `sample_weight` at the same time.")
        return x, y, self.weigh(as_array(y, "y"))


class Limited(Batches):
    """The first batches of each epoch.

    Args:
        batches: The batches of the whole data.
        steps: Integer, how many.
    """

    steps: int

    def __init__(self, batches: ArrayBatches, steps: int) -> None:
        self.batches, self.steps = batches, steps
        self.batch_size, self.count, self.parts = batches.batch_size, batches.count, batches.parts

    def epoch(self) -> Iterator[Batch]:
        """Yields the batches of one epoch."""
        yield from itertools.islice(self.batches.epoch(), self.steps)
        if self.steps > self.batches.steps:
            warn_user(RAN_OUT)


class Continued(Limited):
    """A number of batches in each epoch, which starts where the last one stopped."""

    def __init__(self, batches: ArrayBatches, steps: int) -> None:
        super().__init__(batches, steps)
        self.running: Iterator[Batch] = iter(())
        self.left = 0

    def epoch(self) -> Iterator[Batch]:
        """Yields the batches of one epoch; it is shorter where the data ends."""
        if not self.left:
            self.running, self.left = self.batches.epoch(), self.batches.steps
        short = self.left < self.steps
        for batch in itertools.islice(self.running, min(self.steps, self.left)):
            self.left -= 1
            yield batch
        if short:
            warn_user(RAN_OUT)
