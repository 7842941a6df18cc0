"""Random numbers of tests: each test has a generator of its own, whatever runs before it and whatever is added.

`RANDOM` stands for the generator of the running test, which tests/conftest.py begins. Outside of tests, where tables of
samples are made, `entry` begins one by name.
"""

from __future__ import annotations

import contextlib
import zlib

import numpy as np

_stack: list[np.random.Generator] = []


class _OfNow:
    """Passes everything on to the generator that was begun last."""

    def __getattr__(self, name):
        if not _stack:
            raise RuntimeError("Random numbers are drawn outside of a test: begin with tests.seeded.entry(name)")
        return getattr(_stack[-1], name)


RANDOM = _OfNow()


@contextlib.contextmanager
def entry(name: str):
    """Begins a generator that depends on a name alone."""
    _stack.append(np.random.default_rng(zlib.crc32(name.encode())))
    try:
        yield
    finally:
        _stack.pop()
