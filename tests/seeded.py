"""Random numbers of tests: each test has a generator of its own, whatever runs before it and whatever is added.

`RANDOM` stands for the generator of the running test, which tests/conftest.py begins. Outside of tests, where tables of
samples are made, each line of a table has a generator of its own: a line that is added changes no other.
"""

from __future__ import annotations

import collections
import contextlib
import linecache
import sys
import zlib

import numpy as np

_stack: list[np.random.Generator] = []
_line: list = [None, None]  # the line of a table that drew last, and its generator
_visits: collections.Counter = collections.Counter()  # how often lines of one text were come to


def _begun(name: str) -> np.random.Generator:
    """A generator that depends on a name alone."""
    return np.random.default_rng(zlib.crc32(name.encode()))


class _OfNow:
    """Passes everything on to the generator of the running test, or of the line that is being made."""

    def __getattr__(self, name):
        return getattr(_stack[-1] if _stack else _of_line(), name)


def _of_line() -> np.random.Generator:
    frame = sys._getframe(2)
    while frame.f_code.co_name != "<module>":
        frame = frame.f_back
    place = frame.f_code.co_filename, frame.f_lineno
    if _line[0] != place:
        name = f"{frame.f_globals['__name__']} {linecache.getline(*place).strip()}"
        _visits[name] += 1
        _line[:] = place, _begun(f"{name} {_visits[name]}")
    return _line[1]


RANDOM = _OfNow()


@contextlib.contextmanager
def entry(name: str):
    """Begins a generator that depends on a name alone."""
    _stack.append(_begun(name))
    try:
        yield
    finally:
        _stack.pop()
