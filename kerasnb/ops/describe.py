"""How public operations say what they are: docstrings from one line each, and shapes of symbolic arguments.

`@described` writes the docstring of a function; an argument that many functions share is described once, here.
`@shaped` lets a function that is composed of steps with known extents answer for unknown ones.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import random

from kerasnb import tree
from kerasnb.backend.tensor import extents
from kerasnb.backend.tensor.keras_tensor import KerasTensor

ARGUMENTS = {
    "x": "Input tensor.",
    "x1": "First tensor.",
    "x2": "Second tensor.",
    "y": "Second tensor.",
    "axis": "Integer, the axis. Defaults to {default}.",
    "axes": "Integer or tuple of integers, the axes.",
    "keepdims": "Boolean, whether reduced axes stay with extent 1.",
    "dtype": "The dtype of the result. Defaults to that of the arguments.",
    "xs": "List of tensors.",
    "indices_or_sections": "Integer, the number of equal parts, or the list of places where to split.",
    "k": "Integer, which diagonal: above the main one where positive. Defaults to {default}.",
    "q": "Number or tensor of numbers from 0 to {top}.",
    "method": 'How to interpolate: `"linear"`, `"lower"`, `"higher"`, `"midpoint"` or `"nearest"`.',
    "data": "Tensor whose first axis is divided into segments.",
    "segment_ids": "Integer tensor of one axis: the segment of each row; rows out of range are dropped.",
    "num_segments": "Integer, the number of segments. Defaults to the largest id plus one.",
    "sorted": "Boolean, whether the order is ascending already; only a hint.",
    "start": "The first value.",
    "stop": "The last value.",
    "num": "Integer, how many values. Defaults to `50`.",
    "endpoint": "Boolean, whether the last value is part of the result.",
    "base": "The base of the logarithm. Defaults to `10`.",
    "offset": "Integer, which diagonal. Defaults to `0`, the main one.",
    "axis1": "Integer, the axis of rows. Defaults to `0`.",
    "axis2": "Integer, the axis of columns. Defaults to `1`.",
    "rtol": "Float, the difference allowed relative to `x2`.",
    "atol": "Float, the difference allowed in itself.",
    "equal_nan": "Boolean, whether NaN equals NaN.",
    "indices": "Integer tensor of positions.",
}


def _default(function, name: str) -> str:
    named = function.__code__.co_varnames[: function.__code__.co_argcount]
    defaults = dict(zip(reversed(named), reversed(function.__defaults__ or ()), strict=False))
    return f"`{defaults.get(name)!r}`"


def described(summary: str, example: str, result: str, returns: str = "A tensor.", raises: str = "", **arguments):
    """Writes the docstring of an operation.

    Args:
        summary: One sentence.
        example: An expression that runs, with `keras` and `np` at hand.
        result: What Python prints for it.
        returns: What is returned.
        raises: What raises an error, where something does.
        arguments: What arguments mean that `ARGUMENTS` does not describe.
    """

    def write(public):
        function = inspect.unwrap(public)
        code = function.__code__
        known = {**ARGUMENTS, **arguments}
        count = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 4) + bool(code.co_flags & 8)
        lines = [summary, ""]
        if count:
            lines.append("    Args:")
        for name in code.co_varnames[:count]:
            text = known[name].replace("{default}", _default(function, name))
            lines.append(f"        {name}: {text}")
        lines += ["", "    Returns:", f"        {returns}"]
        if raises:
            lines += ["", "    Raises:", f"        {raises}"]
        public.__doc__ = "\n".join([*lines, "", "    Example:", "", f"    >>> {example}", f"    {result}", "    "])
        return public

    return write


# --- shapes ----------------------------------------------------------------------------------------

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


def node(function, args: tuple, kwargs: dict, result):
    """The result as KerasTensors."""
    return tree.map_structure(lambda x: x if x is None else KerasTensor(x.shape, x.dtype), result)
