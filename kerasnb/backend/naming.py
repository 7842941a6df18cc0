"""Names: automatic ones for objects, and the scope that makes up a variable's path."""

from __future__ import annotations

import contextlib
import re
import threading

_counts: dict[str, int] = {}
_lock = threading.Lock()


class _Scopes(threading.local):
    def __init__(self):
        self.names = []


_scopes = _Scopes()


def to_snake_case(name: str) -> str:
    """`MaxPooling2D` becomes `max_pooling2d`."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def auto_name(prefix: str) -> str:
    """`prefix`, `prefix_1`, `prefix_2`, ... one after the other."""
    prefix = to_snake_case(prefix)
    with _lock:
        count = _counts.get(prefix, 0)
        _counts[prefix] = count + 1
    return f"{prefix}_{count}" if count else prefix


def reset_uids() -> None:
    """Starts the automatic names anew."""
    with _lock:
        _counts.clear()


@contextlib.contextmanager
def name_scope(name: str):
    """Variables created inside have `name/` in front of their path."""
    _scopes.names.append(name)
    try:
        yield
    finally:
        _scopes.names.pop()


def current_path(name: str) -> str:
    """The path of something called `name` in the open scopes."""
    return "/".join([*_scopes.names, name])
