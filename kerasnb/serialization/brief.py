"""Short forms of long values, for error messages: an argument or the config in a file may be of any length."""

from __future__ import annotations

import reprlib

LIMIT = 2000

_short = reprlib.Repr()
_short.maxdict = _short.maxlist = _short.maxtuple = 12
_short.maxstring = _short.maxother = 200
_short.maxlevel = 6


def brief(value: object) -> str:
    """A value as text of bounded length, computed without computing the whole text."""
    return cut(value if isinstance(value, str) else _short.repr(value))


def brief_with_type(value: object) -> str:
    """The same with the type of the value; None is its own type."""
    return "None" if value is None else f"{cut(_short.repr(value))} of type {type(value).__name__}"


def cut(text: str) -> str:
    """A text without its middle if it is long."""
    if len(text) <= LIMIT:
        return text
    half = LIMIT // 2
    return f"{text[:half]} ... ({len(text) - LIMIT} characters left out) ... {text[-half:]}"
