"""Tracking: a layer notices variables, layers, metrics and seed generators that are set as its attributes."""

from __future__ import annotations

from typing import Any

from kerasnb.backend.tensor.variable import Variable
from kerasnb.layers.base.containers import CONTAINERS, TrackedDict, TrackedList, TrackedSet
from kerasnb.metrics import Metric
from kerasnb.random import SeedGenerator

_LOCKED = (
    "You cannot add new elements of state (variables or sub-layers) to a layer that is already built. All state must "
    "be created in the `__init__()` method or in the `build()` method."
)
_NOT_TRACKED = ("_tracker", "_losses", "_inbound_nodes", "_outbound_nodes", "_build_shapes_dict", "_call_context_args")


class Tracker:
    """Lists of everything with state that a layer owns."""

    def __init__(self) -> None:
        self.trainable_variables: list[Variable] = []
        self.non_trainable_variables: list[Variable] = []
        self.layers: list[Any] = []
        self.metrics: list[Metric] = []
        self.seed_generators: list[SeedGenerator] = []
        self.locked = False

    def track(self, value: Any) -> Any:
        """Tracks a value, or the values inside a container, and returns what to keep as the attribute."""
        store = self._store_of(value)
        if store is not None:
            if not self._is_tracked(value):
                self.add(store, value)
            return value
        if isinstance(value, tuple):
            values = [self.track(v) for v in value]
            return type(value)(*values) if hasattr(value, "_fields") else type(value)(values)
        if isinstance(value, (TrackedList, TrackedDict, TrackedSet)) and value.tracker is self:
            return value
        for plain, tracked in CONTAINERS:
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
        return self.layers if isinstance(value, Tracking) else None

    def _stores(self) -> tuple[list, ...]:
        return self.trainable_variables, self.non_trainable_variables, self.layers, self.metrics, self.seed_generators

    def _is_tracked(self, value) -> bool:
        return any(value is tracked for store in self._stores() for tracked in store)

    def add(self, store: list, value: Any) -> None:
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
        for store, values in zip(self._stores(), before, strict=True):
            store[:] = values

    def untrack(self, value: Any) -> None:
        """Forgets a value."""
        for store in self._stores():
            store[:] = [tracked for tracked in store if tracked is not value]


class Tracking:
    """What layers have of state: attributes that are variables, layers, metrics or seed generators are tracked."""

    _untracked: frozenset[str] = frozenset()
    _tracker: Tracker

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._untracked and name not in _NOT_TRACKED:
            if "_tracker" not in self.__dict__:
                object.__setattr__(self, "_tracker", Tracker())
            value = self._tracker.track(value)
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        value = getattr(self, name)
        if isinstance(value, Variable):
            self._tracker.untrack(value)
        super().__delattr__(name)

    @property
    def _layers(self) -> list:
        return self._tracker.layers

    def _flatten_layers(self, include_self: bool = True, recursive: bool = True) -> list:
        """The layers inside, and those inside of them."""
        layers: dict[int, Any] = {id(self): self} if include_self else {}
        waiting = list(self._layers)
        while waiting:
            layer = waiting.pop(0)
            if id(layer) not in layers:
                layers[id(layer)] = layer
                waiting = (list(layer._layers) if recursive else []) + waiting
        return list(layers.values())

    def _check_super_called(self) -> None:
        if not getattr(self, "_super_called", False):
            raise RuntimeError(
                f"In layer '{type(self).__name__}', you forgot to call `super().__init__()` as the first statement in "
                "the `__init__()` method. Go add it!"
            )

    def _lock_state(self) -> None:
        self._tracker.locked = True
