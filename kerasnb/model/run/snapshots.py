"""Snapshots: the state of a model at the ends of epochs, in a ring under a memory budget."""

from __future__ import annotations

import threading
import weakref
from typing import Any, ClassVar

from kerasnb.backend.plan.plan import engine_lock
from kerasnb.backend.tensor.dtypes import numpy_dtype
from kerasnb.layers.base.weights import unique

MEGABYTE = 1e6
_budget = [256 * MEGABYTE]
_rings: list[weakref.ref] = []  # of all runs that are alive, the oldest first


def set_budget(megabytes: float) -> None:
    """Sets how much memory the snapshots of all runs may take together.

    Args:
        megabytes: Number of at least 0. Defaults to 256 when a process starts.

    Raises:
        ValueError: If it is negative, or no number.

    Example:

    >>> from kerasnb.model.run.snapshots import budget, set_budget
    >>> set_budget(64)
    >>> budget()
    64.0
    >>> set_budget(256)
    """
    if isinstance(megabytes, bool) or not isinstance(megabytes, (int, float)) or not megabytes >= 0:
        raise ValueError(f"Argument `megabytes` must be a number of at least 0. Received: megabytes={megabytes}")
    with Ring.lock:
        _budget[0] = megabytes * MEGABYTE
        for ring in _alive():
            ring.shrink()


def budget() -> float:
    """The memory that snapshots may take, in megabytes."""
    return _budget[0] / MEGABYTE


def _alive() -> list[Ring]:
    rings = [ring() for ring in _rings]
    return [ring for ring in rings if ring is not None]


def variables_of(model: Any) -> list:
    """All that training changes but the metrics: weights, seeds and the optimizer's state."""
    optimizer = [] if model.optimizer is None else model.optimizer.variables
    return unique([*model.variables, *optimizer])


def metrics_of(model: Any) -> list:
    """All that metrics keep, with what rounding took from their totals."""
    variables = model.metrics_variables
    return [*variables, *(v.lost for v in variables if hasattr(v, "lost"))]


def bytes_of(variables: list) -> int:
    """The memory that the values of variables take."""
    return sum(v.size * numpy_dtype(v.dtype).itemsize for v in variables)


class Snapshot:
    """The values of variables at one moment.

    Args:
        variables: List of variables.
    """

    def __init__(self, variables: list) -> None:
        with engine_lock:
            self.values = [(v, v.numpy()) for v in variables]
        self.bytes = sum(value.nbytes for _, value in self.values)

    def restore(self) -> None:
        """Puts the values back."""
        with engine_lock:
            for variable, value in self.values:
                variable.assign(value)

    def younger(self, variables: list) -> list:
        """The variables that are not in it."""
        kept = {id(variable) for variable, _ in self.values}
        return [variable for variable in variables if id(variable) not in kept]


class Ring:
    """The snapshots of one run, by epoch.

    All rings share one budget, so they share one lock: a training that keeps a state may drop those of another one.
    Whoever holds the lock waits for nothing else.

    Attributes:
        pinned: Epochs that stay whatever they cost.
        best: The best epoch so far, which stays longest beside the last one and the start.
        start: The number before the first epoch, under which the state before the training is kept.
    """

    lock: ClassVar[Any] = threading.RLock()

    def __init__(self) -> None:
        self.kept: dict[int, Snapshot] = {}
        self.pinned: set[int] = set()
        self.best: int | None = None
        self.start = -1
        self.bytes = 0  # the memory that all of them take
        with self.lock:
            _rings[:] = [*(ring for ring in _rings if ring() is not None), weakref.ref(self)]

    def epochs(self) -> list[int]:
        """The epochs whose end is kept, in order; any thread may ask."""
        with self.lock:
            return sorted(epoch for epoch in self.kept if epoch != self.start)

    def take(self, epoch: int, variables: list, best: int | None = None) -> None:
        """Keeps the state at the end of an epoch, and drops others where the memory is too small.

        Args:
            epoch: Integer, its number.
            variables: List of the variables to keep.
            best: The number of the best epoch so far, or None.
        """
        self.best = best
        if bytes_of(variables) > _budget[0] and epoch not in self.pinned:
            return
        snapshot = Snapshot(variables)
        with self.lock:
            self.kept[epoch] = snapshot
            self.bytes += snapshot.bytes
            _drop_others(self)
            self.shrink()

    def shrink(self) -> None:
        """Drops snapshots until all of them fit into the budget, so that the others lie evenly."""
        while self.bytes > _budget[0]:
            epoch = self._least_useful()
            if epoch is None:
                return
            self.bytes -= self.kept.pop(epoch).bytes

    def _least_useful(self) -> int | None:
        """The epoch whose neighbours are closest to each other; best and last only where nothing else is left."""
        epochs = sorted(self.kept)
        free = [e for e in epochs if e not in self.pinned]
        inside = [e for e in free if e not in (self.best, self.start, epochs[-1])]
        if not inside:
            return next((e for e in free if e != self.best), free[0] if free else None)
        places = {e: i for i, e in enumerate(epochs)}
        return min(inside, key=lambda e: (_gap(epochs, places[e]), e))

    def clear(self) -> None:
        """Forgets all that nobody waits for."""
        self.kept = {epoch: snapshot for epoch, snapshot in self.kept.items() if epoch in self.pinned}
        self.bytes = sum(snapshot.bytes for snapshot in self.kept.values())


def _gap(epochs: list[int], place: int) -> int:
    """How far apart the neighbours of an epoch are; before the first one is the start of training."""
    return epochs[place + 1] - (epochs[place - 1] if place else -1)


def _drop_others(ring: Ring) -> None:
    """Forgets the snapshots of the oldest runs, where all of them take too much."""
    rings = _alive()
    for other in rings:
        if sum(r.bytes for r in rings) <= _budget[0]:
            return
        if other is not ring:
            other.clear()
