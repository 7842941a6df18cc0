"""Shapes of symbolic results: `shaped` finds those of composed functions by trial sizes for unknown extents."""

from __future__ import annotations

import functools
import itertools
import random

from kerasnb.backend.tensor import extents
from kerasnb.backend.tensor.keras_tensor import KerasTensor

# Sizes that stand for unknown extents: where results differ, an extent is unknown. They are small, because some
# operations make constants of these sizes; one large size at a time shows how often a window fits.
TRIED, LARGE = (2, 3, 6, 7, 8, 11, 12, 29), 420
FAR = (1, 60, 420, 2520)  # tried where fewer than two of these are accepted, as by a crop of a given size
APART = (41, 37, 31, 29, 23, 19, 17, 13, 11, 7)  # for unknown extents that differ


def _leaves(thing) -> list:
    if isinstance(thing, KerasTensor):
        return [thing]
    parts = thing.values() if isinstance(thing, dict) else thing if isinstance(thing, (list, tuple)) else ()
    return [leaf for part in parts for leaf in _leaves(part)]


def _replaced(thing, new):
    """The same arguments with each symbolic tensor exchanged."""
    if isinstance(thing, KerasTensor):
        return new(thing)
    if isinstance(thing, dict):
        return {k: _replaced(v, new) for k, v in thing.items()}
    return type(thing)(_replaced(v, new) for v in thing) if type(thing) in (list, tuple) else thing


def _merged(sizes, *found):
    """The result whose extents are unknown where trials disagree."""
    if isinstance(found[0], (list, tuple)):
        return type(found[0])(_merged(sizes, *parts) for parts in zip(*found, strict=True))
    if not isinstance(found[0], KerasTensor):
        return found[0] if all(f == found[0] for f in found) else None
    return KerasTensor(extents.merged([f.shape for f in found], sizes), found[0].dtype)


def _tried(function, args, kwargs, size):
    """The result of the function where every unknown extent is of one size, or each takes the next of several."""
    rest = iter(size) if isinstance(size, tuple) else itertools.repeat(size)
    made = _replaced((args, kwargs), lambda t: KerasTensor(extents.filled(t.shape, rest), t.dtype))
    return function(*made[0], **made[1])


def _alike(accepted: list) -> list:
    """The trials without those of size 1 where that changes the structure of the result, as in `squeeze`."""
    kinds = [[len(x.shape) for x in _leaves(found)] for _, found in accepted]
    return [trial for trial, kind in zip(accepted, kinds, strict=True) if kind == kinds[-1]]


def _sizes(known: set, count: int) -> list:
    """What is tried for some unknown extents: one size for all, and sizes of their own, the same ones at every call."""
    alike = sorted({*known, *TRIED})
    if count == 1:
        return [*alike, LARGE]
    apart = tuple(itertools.islice(itertools.cycle(APART), count))
    large = [tuple(LARGE if i == at else TRIED[-1] for i in range(count)) for at in range(count)]
    drawn = random.Random(count)
    return [*alike, apart, apart[::-1], *large, *(tuple(drawn.choices(alike[:6], k=count)) for _ in range(24))]


def _trials(function, args, kwargs, symbols) -> tuple:
    """(sizes that prove nothing about an extent, results) of the trials that the function accepts."""
    known = {e for s in symbols for e in s.shape if e is not None}
    count = sum(s.shape.count(None) for s in symbols)
    sizes = _sizes(known, count)
    accepted = _alike(extents.trials(
        lambda size: _tried(function, args, kwargs, size), sizes, FAR, (ValueError, IndexError)))  # fmt: skip
    alone = accepted[0][0] if len(accepted) == 1 else ()
    doubtful = set(alone) - known if isinstance(alone, tuple) else {alone} - known
    return doubtful, [found for _, found in accepted]


def shaped(function):
    """Answers symbolic arguments of unknown extents by trying some."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        symbols = _leaves((args, kwargs))
        if not any(None in s.shape for s in symbols):
            return function(*args, **kwargs)

        doubtful, found = _trials(function, args, kwargs, symbols)
        return _merged(doubtful, *found)

    return wrapper
