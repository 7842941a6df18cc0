"""Containers that are attributes of a layer: they track their members, those added later too."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from kerasnb.layers.base.tracking import Tracker


class TrackedList(list):
    """A list attribute whose members are tracked."""

    def __init__(self, values: Iterable = (), tracker: Tracker | None = None) -> None:
        self.tracker = tracker
        super().__init__([tracker.track(v) for v in values] if tracker else values)

    def _track(self, value):
        return self.tracker.track(value) if self.tracker else value

    def append(self, value: Any) -> None:
        """Adds a value at the end."""
        super().append(self._track(value))

    def insert(self, index: Any, value: Any) -> None:
        """Adds a value before an index."""
        super().insert(index, self._track(value))

    def extend(self, values: Iterable) -> None:
        """Adds several values at the end."""
        super().extend([self._track(v) for v in values])

    def __iadd__(self, values: Iterable) -> Self:  # type: ignore[misc]  # `+` of lists takes lists only
        self.extend(values)
        return self

    def __setitem__(self, index: Any, value: Any) -> None:
        super().__setitem__(index, [self._track(v) for v in value] if isinstance(index, slice) else self._track(value))

    def remove(self, value: Any) -> None:
        """Removes a value: the same object where it is in the list, else the first equal one."""
        at = next((i for i, v in enumerate(self) if v is value), None)
        del self[self.index(value) if at is None else at]

    def pop(self, index: Any = -1) -> Any:
        """Removes and returns the value at an index."""
        value = super().pop(index)
        self._forget([value])
        return value

    def clear(self) -> None:
        """Removes all values."""
        self._forget(list(self))
        super().clear()

    def __delitem__(self, index: Any) -> None:
        removed = self[index] if isinstance(index, slice) else [self[index]]
        super().__delitem__(index)
        self._forget(removed)

    def _forget(self, values: list) -> None:
        for value in values:
            if self.tracker and not any(value is v for v in self):
                self.tracker.untrack(value)

    def __reduce__(self) -> tuple:
        return list, (list(self),)


class TrackedDict(OrderedDict):
    """A dict attribute whose values are tracked."""

    def __init__(self, values: Any = (), tracker: Tracker | None = None) -> None:
        self.tracker = tracker
        super().__init__()
        for key, value in dict(values).items():
            self[key] = value

    def __setitem__(self, key: Any, value: Any) -> None:
        tracker = getattr(self, "tracker", None)
        super().__setitem__(key, tracker.track(value) if tracker else value)

    def __delitem__(self, key: Any) -> None:
        value = self[key]
        super().__delitem__(key)
        if self.tracker:
            self.tracker.untrack(value)

    def pop(self, key: Any, *default: Any) -> Any:
        """Removes a key and returns its value."""
        if key not in self:
            return super().pop(key, *default)
        value = self[key]
        del self[key]
        return value

    def clear(self) -> None:
        """Removes all keys."""
        for key in list(self):
            del self[key]

    def __repr__(self) -> str:
        return repr(dict(self))

    def __reduce__(self) -> tuple:
        return dict, (dict(self),)


class TrackedSet(set):
    """A set attribute whose members are tracked."""

    def __init__(self, values: Iterable, tracker: Tracker) -> None:
        self.tracker = tracker
        super().__init__(values)
        for value in values:
            tracker.track(value)

    def add(self, value: Any) -> None:
        """Adds a value."""
        super().add(self.tracker.track(value))

    def update(self, *others: Iterable) -> None:
        """Adds the values of other collections."""
        for other in others:
            for value in other:
                self.add(value)

    def remove(self, value: Any) -> None:
        """Removes a value."""
        super().remove(value)
        self.tracker.untrack(value)

    def __reduce__(self) -> tuple:
        return set, (list(self),)


CONTAINERS: tuple[tuple[type, Any], ...] = (
    (list, TrackedList), (dict, TrackedDict), (OrderedDict, TrackedDict), (set, TrackedSet),
)  # fmt: skip
