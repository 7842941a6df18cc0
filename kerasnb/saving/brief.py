"""Short forms of long values, for error messages: a file may hold a config of any length."""

from __future__ import annotations

import reprlib

LIMIT = 2000

_short = reprlib.Repr()
_short.maxdict = _short.maxlist = _short.maxtuple = 12
_short.maxstring = _short.maxother = 200
_short.maxlevel = 6


def brief(value) -> str:
    """A value as text of bounded length, made without making the whole text."""
    return cut(value if isinstance(value, str) else _short.repr(value))


def cut(text: str) -> str:
    """A text with its middle left out if it is long."""
    if len(text) <= LIMIT:
        return text
    half = LIMIT // 2
    return f"{text[:half]} ... ({len(text) - LIMIT} characters left out) ... {text[-half:]}"
