"""Unknown extents: trial sizes that stand for them, and what trials have in common.

Where only a call of a function shows the shape of its result, it is called with several sizes. An extent of the result
on which the trials differ is unknown, and so is a number of an error text: the sizes themselves never show.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from kerasnb.backend.tensor.tensor import Tensor


class Extent(int):
    """A trial size in place of an unknown extent. Its text is that of None; arithmetic with integers keeps the mark."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "None"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "None"

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """In NumPy's arithmetic it is a Python integer, which leaves the dtype of arrays as it is."""
        return getattr(ufunc, method)(*(int(x) if isinstance(x, Extent) else x for x in inputs), **kwargs)


def _marked(name: str):
    plain = getattr(int, name)

    def operation(self, *others):
        result = plain(self, *others)
        if isinstance(result, tuple):
            return tuple(map(Extent, result))
        return Extent(result) if type(result) is int else result

    operation.__name__ = name
    return operation


for _name in ("add", "sub", "mul", "floordiv", "mod", "divmod"):
    setattr(Extent, f"__{_name}__", _marked(f"__{_name}__"))
    setattr(Extent, f"__r{_name}__", _marked(f"__r{_name}__"))
for _name in ("neg", "pos", "abs"):
    setattr(Extent, f"__{_name}__", _marked(f"__{_name}__"))


def filled(shape: Iterable, sizes: Iterator) -> tuple:
    """The shape with the next trial size in place of each unknown extent."""
    return tuple(Extent(next(sizes)) if e is None else e for e in shape)


def unfilled(shape: Iterable) -> tuple:
    """The shape with None again where an extent comes from a trial size."""
    return tuple(None if isinstance(e, Extent) else e for e in shape)


def merged(shapes: list, doubtful: Iterable = ()) -> tuple:
    """What shapes from several trials have in common: an extent on which they differ is None.

    Args:
        shapes: List of shapes, one for each trial.
        doubtful: Sizes that may come from a trial. Of several trials none does where they agree.

    Raises:
        ValueError: If the ranks differ.
    """
    if len(set(map(len, shapes))) > 1:
        raise ValueError("The rank of a result depends on an unknown extent.")
    sizes = [set(extents) for extents in zip(*shapes, strict=True)]
    return tuple(int(min(e)) if len(e) == 1 and None not in e and min(e) not in doubtful else None for e in sizes)


UNSAID = "The call fails for every size that was tried for its unknown extents."
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def _merged_text(first: str, second: str, otherwise: str) -> str:
    """A text with None in place of the numbers on which two trials differ."""
    if _NUMBER.split(first) != _NUMBER.split(second):
        return otherwise
    theirs = iter(_NUMBER.findall(second))
    return _NUMBER.sub(lambda match: match[0] if match[0] == next(theirs) else "None", first)


def merged_error(problems: list) -> Exception:
    """The error of the first trial, with a text that names no trial size."""
    first = problems[0]
    others = [p for p in problems[1:] if type(p) is type(first)]
    text = _merged_text(str(first), str(others[0]), UNSAID) if others else UNSAID
    return like(first, text)


def like(problem: Exception, text: str) -> Exception:
    """An error of the same type with another text, where the type allows it."""
    try:
        error = type(problem)(text)
    except TypeError:
        error = ValueError(text)
    return error.with_traceback(problem.__traceback__)


def trials(function: Callable, sizes: Iterable, further: Iterable, caught: tuple = (Exception,)) -> list:
    """Calls a function with trial sizes.

    Args:
        function: Function of one size.
        sizes: The sizes to try.
        further: Those to try as well where fewer than two of `sizes` are accepted.
        caught: Types of errors that refuse a size.

    Returns:
        List of (size, result), one for each size that is accepted.

    Raises:
        Exception: If none is accepted: an error of the function's, which names no size.
    """
    accepted: list[tuple] = []
    refused: list[Exception] = []
    for group in (sizes, further):
        for size in group if len(accepted) < 2 else ():
            try:
                accepted.append((size, function(size)))
            except caught as problem:
                refused.append(problem)
    if not accepted:
        raise merged_error(refused)
    return accepted


def recorded(x: Any, size: int) -> Tensor:
    """A tensor without a value for a symbolic one, its unknown extents filled."""
    return Tensor(None, filled(x.shape, itertools.repeat(size)), x.dtype)
