"""A function of numbers, or of small tensors, made to work on whole tensors."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable

from kerasnb import tree
from kerasnb.kernels.common import broadcast_shapes
from kerasnb.ops.arguments import tensor
from kerasnb.ops.control_flow.scan import vectorized_map
from kerasnb.ops.describe import shaped
from kerasnb.ops.numpy.shapes import broadcast_to, reshape

__all__ = ["vectorize"]


def vectorize(pyfunc: Callable, *, excluded: set[int] | None = None, signature: str | None = None) -> Callable:
    """Makes a function that works on whole tensors of one that works on numbers, calling it for each of them.

    Args:
        pyfunc: Function of tensors, made of `keras.ops`.
        excluded: Optional set of integers: positions of arguments that are handed on as they are.
        signature: Optional string such as `"(m,n),(n)->(m)"`: the axes that each argument keeps to itself. Defaults to none, so that the function gets scalars.

    Returns:
        A function whose arguments are broadcast against each other.

    Raises:
        ValueError: If `pyfunc` cannot be called.

    Example:

    >>> keras.ops.vectorize(lambda a, b: a + b)([1, 2, 3, 4], 2).tolist()
    [3, 4, 5, 6]
    """
    if not callable(pyfunc):
        raise ValueError(f"Expected argument `pyfunc` to be a callable. Received: pyfunc={pyfunc}")
    fixed = set(excluded or ())

    def call(*args, **kwargs):
        places = [i for i in range(len(args)) if i not in fixed]
        xs = [tensor(args[i]) for i in places]
        cores = _cores(signature, len(xs))
        _check_cores(xs, cores, signature)

        def one(*row):
            given = dict(zip(places, row, strict=True))
            return pyfunc(*(given.get(i, a) for i, a in enumerate(args)), **kwargs)

        return _over_batch(one, xs, cores)

    call.__name__ = getattr(pyfunc, "__name__", "vectorized")
    wrapped = shaped(call)
    return functools.update_wrapper(wrapped, pyfunc, assigned=("__doc__", "__name__"), updated=())


def _cores(signature: str | None, count: int) -> list[list[str]]:
    """The names of the axes that each argument keeps to itself.

    Raises:
        ValueError: If the signature is none, or is one of another number of arguments.
    """
    if signature is None:
        return [[] for _ in range(count)]
    text = signature.replace(" ", "")
    group = r"\((?:\w+(?:,\w+)*)?\)"
    if not re.fullmatch(rf"{group}(?:,{group})*->{group}(?:,{group})*", text):
        raise ValueError(f"Argument `signature` is not a valid gufunc signature. Received: signature={signature!r}")
    found = [re.findall(r"\w+", g) for g in re.findall(r"\(.*?\)", text.split("->")[0])]
    if len(found) != count:
        raise ValueError(f"Argument `signature` is one of {len(found)} arguments. Received: {count} arguments")
    return found


def _check_cores(xs: list, cores: list, signature) -> None:
    """Refuses arguments whose own axes are missing, or differ where they have one name."""
    known: dict = {}
    for x, names in zip(xs, cores, strict=True):
        if x.ndim < len(names):
            raise ValueError(f"An argument of shape {tuple(x.shape)} lacks axes {names} of signature={signature!r}")
        for name, extent in zip(names, x.shape[x.ndim - len(names) :], strict=True):
            if known.setdefault(name, extent) != extent:
                raise ValueError(
                    f"Axis {name!r} of signature={signature!r} stands for different extents: {known[name]} and {extent}"
                )


def _over_batch(function, xs: list, cores: list):
    """The function called for each element of the axes that are not the arguments' own."""
    own = [tuple(x.shape[x.ndim - len(names) :]) for x, names in zip(xs, cores, strict=True)]
    batch = broadcast_shapes(*(x.shape[: x.ndim - len(c)] for x, c in zip(xs, own, strict=True)))
    if not batch:
        return function(*xs)
    flat = [reshape(broadcast_to(x, batch + c), (math.prod(batch), *c)) for x, c in zip(xs, own, strict=True)]
    found = vectorized_map(lambda row: function(*row), flat)
    return tree.map_structure(lambda y: reshape(y, (*batch, *y.shape[1:])), found)
