"""Shapes of symbolic results: `shaped` infers those of composed functions with trial sizes for unknown extents."""

from __future__ import annotations

import functools
import itertools
import random
from collections.abc import Callable
from typing import Any

from kerasnb.backend.tensor import extents
from kerasnb.backend.tensor.keras_tensor import KerasTensor

# Sizes that stand for unknown extents: where results differ, an extent is unknown. They are small, because some
# operations create constants of these sizes; one large size at a time shows how often a window fits.
TRIED, LARGE = (2, 3, 6, 7, 8, 11, 12, 29), 420
FAR = (1, 60, 420, 2520)  # tried where fewer than two of those are accepted, as by a crop of a fixed size
APART = (41, 37, 31, 29, 23, 19, 17, 13, 11, 7)  # for unknown extents that differ


def _leaves(structure: Any) -> list[KerasTensor]:
    if isinstance(structure, KerasTensor):
        return [structure]
    values = structure.values() if isinstance(structure, dict) else structure
    return [leaf for value in values for leaf in _leaves(value)] if isinstance(structure, (dict, list, tuple)) else []


def _replaced(structure: Any, replacement: Callable) -> Any:
    """The same arguments with another tensor in place of each symbolic one."""
    if isinstance(structure, KerasTensor):
        return replacement(structure)
    if isinstance(structure, dict):
        return {k: _replaced(v, replacement) for k, v in structure.items()}
    if type(structure) in (list, tuple):
        return type(structure)(_replaced(v, replacement) for v in structure)
    return structure


def _merged(sizes: set, *results: Any) -> Any:
    """The result whose extents are unknown where trials disagree."""
    first = results[0]
    if isinstance(first, (list, tuple)):
        return type(first)(_merged(sizes, *parts) for parts in zip(*results, strict=True))
    if not isinstance(first, KerasTensor):
        return first if all(result == first for result in results) else None
    return KerasTensor(extents.merged([result.shape for result in results], sizes), first.dtype)


def _tried(function: Callable, args: tuple, kwargs: dict, size: Any) -> Any:
    """The result of the function where every unknown extent is of one size, or each takes the next of several."""
    rest = iter(size) if isinstance(size, tuple) else itertools.repeat(size)
    args, kwargs = _replaced((args, kwargs), lambda t: KerasTensor(extents.filled(t.shape, rest), t.dtype))
    return function(*args, **kwargs)


def _alike(accepted: list) -> list:
    """The trials without those of size 1 where that changes the structure of the result, as in `squeeze`."""
    kinds = [[len(x.shape) for x in _leaves(result)] for _, result in accepted]
    return [trial for trial, kind in zip(accepted, kinds, strict=True) if kind == kinds[-1]]


def _sizes(known: set, count: int) -> list:
    """The trials for unknown extents: one size for all, and a size for each; they are the same at every call."""
    alike = sorted({*known, *TRIED})
    if count == 1:
        return [*alike, LARGE]
    apart = tuple(itertools.islice(itertools.cycle(APART), count))
    large = [tuple(LARGE if i == at else TRIED[-1] for i in range(count)) for at in range(count)]
    drawn = random.Random(count)
    return [*alike, apart, apart[::-1], *large, *(tuple(drawn.choices(alike[:6], k=count)) for _ in range(24))]


def _trials(function: Callable, args: tuple, kwargs: dict, symbols: list[KerasTensor]) -> tuple[set, list]:
    """(sizes that prove nothing about an extent, results) of the trials that the function accepts."""
    known = {e for s in symbols for e in s.shape if e is not None}
    count = sum(s.shape.count(None) for s in symbols)
    sizes = _sizes(known, count)
    trials = extents.trials(lambda size: _tried(function, args, kwargs, size), sizes, FAR, (ValueError, IndexError))
    accepted = _alike(trials)
    alone = accepted[0][0] if len(accepted) == 1 else ()
    doubtful = set(alone) - known if isinstance(alone, tuple) else {alone} - known
    return doubtful, [result for _, result in accepted]


def shaped(function: Callable) -> Callable:
    """Wraps a function: symbolic arguments of unknown extents are replaced by trials of several sizes."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        symbols = _leaves((args, kwargs))
        if not any(None in s.shape for s in symbols):
            return function(*args, **kwargs)
        doubtful, results = _trials(function, args, kwargs, symbols)
        return _merged(doubtful, *results)

    return wrapper
