"""Names: automatic ones for objects, and the scopes that make up a variable's path."""

from __future__ import annotations

import gc
import re
import threading
from typing import Any, Self

from kerasnb.backend.runtime.forks import forks

_counts: dict[str, int] = {}
_lock = forks.guard(threading.Lock())


class _Scopes(threading.local):
    def __init__(self) -> None:
        self.stack: list[name_scope] = []


_scopes = _Scopes()


def to_snake_case(name: str) -> str:
    """`MaxPooling2D` becomes `max_pooling2d`."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def get_uid(prefix: str = "") -> int:
    """Returns the next integer of a prefix, starting from 1.

    Args:
        prefix: String.

    Example:

    >>> keras.backend.get_uid("some_prefix")
    1
    >>> keras.backend.get_uid("some_prefix")
    2
    """
    with _lock:
        _counts[prefix] = _counts.get(prefix, 0) + 1
        return _counts[prefix]


def auto_name(prefix: str) -> str:
    """`prefix`, `prefix_1`, `prefix_2`, ... one after the other."""
    prefix = to_snake_case(prefix)
    count = get_uid(prefix) - 1
    return f"{prefix}_{count}" if count else prefix


def reset_uids() -> None:
    """Starts the automatic names anew.

    Example:

    >>> keras.backend.reset_uids()
    >>> keras.backend.get_uid("some_prefix")
    1
    """
    with _lock:
        _counts.clear()


def clear_session(free_memory: bool = True) -> None:
    """Resets what Keras keeps between models: automatic names start anew.

    Args:
        free_memory: Boolean, whether to collect what nothing refers to any more. Defaults to `True`.

    Example:

    >>> keras.backend.clear_session()
    >>> keras.Input((2,)).name
    'keras_tensor'
    """
    reset_uids()
    if free_memory:
        gc.collect()


class name_scope:
    """Variables created inside have `name/` in front of their path.

    A scope opened again by the same caller inside its own scope counts once: a layer's `__call__`
    opens its scope, and so does the `build` inside it.

    Args:
        name: String without `/`.
        caller: Optional object that opens the scope.
        deduplicate: Boolean, whether a scope that its caller opens again counts once. Defaults to `True`.
        override_parent: Optional path that stands in the place of the scopes around it.
    """

    def __init__(
        self, name: str, caller: Any = None, deduplicate: bool = True, override_parent: str | None = None
    ) -> None:
        if not isinstance(name, str) or "/" in name:
            raise ValueError(
                f"Argument `name` must be a string and cannot contain character `/`. Received: name={name}"
            )
        self.name, self.caller, self.opened = name, caller, False
        self.deduplicate, self.override_parent = deduplicate, override_parent

    def __enter__(self) -> Self:
        top = _scopes.stack[-1] if _scopes.stack else None
        same = top is not None and self.caller is not None and top.caller is self.caller and top.name == self.name
        self.opened = not (same and self.deduplicate)
        if self.opened:
            _scopes.stack.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        if self.opened:
            _scopes.stack.pop()


def current_path(name: str | None = None) -> str:
    """The path of something called `name` in the open scopes, or of the scopes themselves."""
    names: list[str] = []
    for scope in _scopes.stack:
        if scope.override_parent is not None:
            names = [part for part in scope.override_parent.split("/") if part]
        names.append(scope.name)
    return "/".join(names if name is None else [*names, name])
