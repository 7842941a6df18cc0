"""Checks of arguments of constructors: numbers, positive integers, sequences."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def positive(value: Any, name: str) -> int:
    """A size, such as a number of channels.

    Raises:
        ValueError: If it is no positive integer.
    """
    if not hasattr(value, "__index__") or isinstance(value, bool) or int(value) < 1:
        raise ValueError(
            f"Invalid value for argument `{name}`. Expected a strictly positive integer. Received: {name}={value}"
        )
    return int(value)


def number(value: Any, name: str) -> Any:
    """A number as it is.

    Raises:
        TypeError: If it is none.
    """
    if not hasattr(value, "__float__"):
        raise TypeError(f"Argument `{name}` must be a number. Received: {name}={value!r} (of type {_kind(value)})")
    return value


def entries(value: Any, name: str) -> tuple:
    """The entries of a sequence.

    Raises:
        TypeError: If it is none.
    """
    if not isinstance(value, Iterable):
        raise TypeError(
            f"Argument `{name}` must be a tuple of integers. Received: {name}={value!r} (of type {_kind(value)})"
        )
    return tuple(value)


def axis_number(value: Any, name: str = "axis") -> int:
    """An axis.

    Raises:
        TypeError: If it is no integer.
    """
    if not hasattr(value, "__index__"):
        raise TypeError(f"Argument `{name}` must be an integer. Received: {name}={value!r} (of type {_kind(value)})")
    return int(value)


def _kind(value: Any) -> str:
    return type(value).__name__
