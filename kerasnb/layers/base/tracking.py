"""Tracking: variables, layers, metrics and seed generators that are set as attributes are found."""

from __future__ import annotations

from collections import OrderedDict

from kerasnb.backend.tensor.variable import Variable
from kerasnb.metrics import Metric
from kerasnb.random import SeedGenerator

_LOCKED = (
    "You cannot add new elements of state (variables or sub-layers) to a layer that is already built. All state must "
    "be created in the `__init__()` method or in the `build()` method."
)


class Tracker:
    """Lists of everything with state that a layer owns.

    A class that wants to be found among attributes says so: `_tracked_as = "layers"`.
    """

    def __init__(self) -> None:
        self.trainable_variables: list = []
        self.non_trainable_variables: list = []
        self.layers: list = []
        self.metrics: list = []
        self.seed_generators: list = []
        self.locked = False

    def track(self, value):
        """Notes a value, or the values inside a container, and returns what to keep as the attribute."""
        store = self._store_of(value)
        if store is not None:
            if not self._is_kept(value):
                self.add(store, value)
            return value
        if isinstance(value, tuple):
            parts = [self.track(v) for v in value]
            return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
        if isinstance(value, (TrackedList, TrackedDict, TrackedSet)) and value.tracker is self:
            return value
        for plain, tracked in _CONTAINERS:
            if type(value) is plain:
                return tracked(value, self)
        return value

    def _store_of(self, value) -> list | None:
        if isinstance(value, Variable):
            return self.trainable_variables if value.trainable else self.non_trainable_variables
        if isinstance(value, Metric):
            return self.metrics
        if isinstance(value, SeedGenerator):
            return self.seed_generators
        return self.layers if getattr(type(value), "_tracked_as", None) == "layers" else None

    def _stores(self) -> tuple:
        return self.trainable_variables, self.non_trainable_variables, self.layers, self.metrics, self.seed_generators

    def _is_kept(self, value) -> bool:
        return any(value is kept for store in self._stores() for kept in store)

    def add(self, store: list, value) -> None:
        """Appends to one of the lists.

        Raises:
            ValueError: If the layer is built already.
        """
        if self.locked:
            raise ValueError(_LOCKED)
        store.append(value)

    def snapshot(self) -> list[list]:
        """What is tracked now, for `restore`."""
        return [list(store) for store in self._stores()]

    def restore(self, before: list[list]) -> None:
        """Tracks what was tracked when the snapshot was taken, and nothing else."""
        for store, kept in zip(self._stores(), before, strict=True):
            store[:] = kept

    def untrack(self, value) -> None:
        """Forgets a value."""
        for store in self._stores():
            store[:] = [kept for kept in store if kept is not value]


class TrackedList(list):
    """A list attribute whose members are found."""

    def __init__(self, values=(), tracker=None) -> None:
        self.tracker = tracker
        super().__init__([tracker.track(v) for v in values] if tracker else values)

    def _track(self, value):
        return self.tracker.track(value) if self.tracker else value

    def append(self, value):
        super().append(self._track(value))

    def insert(self, index, value):
        super().insert(index, self._track(value))

    def extend(self, values):
        super().extend([self._track(v) for v in values])

    def __iadd__(self, values):  # type: ignore[misc]
        self.extend(values)
        return self

    def __setitem__(self, index, value) -> None:
        super().__setitem__(index, [self._track(v) for v in value] if isinstance(index, slice) else self._track(value))

    def remove(self, value):
        at = next((i for i, v in enumerate(self) if v is value), None)
        del self[self.index(value) if at is None else at]

    def pop(self, index=-1):
        value = super().pop(index)
        self._forget([value])
        return value

    def clear(self):
        self._forget(list(self))
        super().clear()

    def __delitem__(self, index) -> None:
        gone = self[index] if isinstance(index, slice) else [self[index]]
        super().__delitem__(index)
        self._forget(gone)

    def _forget(self, values):
        for value in values:
            if self.tracker and not any(value is v for v in self):
                self.tracker.untrack(value)

    def __reduce__(self):
        return list, (list(self),)


class TrackedDict(OrderedDict):
    """A dict attribute whose values are found."""

    def __init__(self, values=(), tracker=None) -> None:
        self.tracker = tracker
        super().__init__()
        for key, value in dict(values).items():
            self[key] = value

    def __setitem__(self, key, value) -> None:
        super().__setitem__(key, self.tracker.track(value) if getattr(self, "tracker", None) else value)

    def __delitem__(self, key) -> None:
        value = self[key]
        super().__delitem__(key)
        if self.tracker:
            self.tracker.untrack(value)

    def pop(self, key, *default):
        if key not in self:
            return super().pop(key, *default)
        value = self[key]
        del self[key]
        return value

    def clear(self):
        for key in list(self):
            del self[key]

    def __repr__(self) -> str:
        return repr(dict(self))

    def __reduce__(self):
        return dict, (dict(self),)


class TrackedSet(set):
    """A set attribute whose members are found."""

    def __init__(self, values=(), tracker=None) -> None:
        self.tracker = tracker
        super().__init__(values)
        for value in values:
            tracker.track(value)

    def add(self, value):
        super().add(self.tracker.track(value))

    def update(self, *others):
        for other in others:
            for value in other:
                self.add(value)

    def remove(self, value):
        super().remove(value)
        self.tracker.untrack(value)

    def __reduce__(self):
        return set, (list(self),)


_CONTAINERS = ((list, TrackedList), (dict, TrackedDict), (OrderedDict, TrackedDict), (set, TrackedSet))
