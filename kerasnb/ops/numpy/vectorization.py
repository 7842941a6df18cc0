"""A function of numbers, or of small tensors, called for each element of whole tensors."""

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
    """Turns a function of numbers into a function of tensors that calls it for each element.

    Args:
        pyfunc: Function of tensors, composed of `keras.ops`.
        excluded: Optional set of integers, the positions of arguments that are passed on unchanged.
        signature: Optional string such as `"(m,n),(n)->(m)"`: the axes of each argument that one call receives.
            Defaults to none: calls receive scalars.

    Returns:
        A function whose arguments are broadcast against each other.

    Raises:
        ValueError: If `pyfunc` is not callable.

    Example:

    >>> keras.ops.vectorize(lambda a, b: a + b)([1, 2, 3, 4], 2).tolist()
    [3, 4, 5, 6]
    """
    if not callable(pyfunc):
        raise ValueError(f"Expected argument `pyfunc` to be a callable. Received: pyfunc={pyfunc}")
    fixed = set(excluded or ())

    def call(*args, **kwargs):
        positions = [i for i in range(len(args)) if i not in fixed]
        xs = [tensor(args[i]) for i in positions]
        cores = _cores(signature, len(xs))
        _check_cores(xs, cores, signature)

        def one(*elements):
            varying = dict(zip(positions, elements, strict=True))
            return pyfunc(*(varying.get(i, a) for i, a in enumerate(args)), **kwargs)

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
    cores = [re.findall(r"\w+", g) for g in re.findall(r"\(.*?\)", text.split("->")[0])]
    if len(cores) != count:
        raise ValueError(f"Argument `signature` is one of {len(cores)} arguments. Received: {count} arguments")
    return cores


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
    results = vectorized_map(lambda xs: function(*xs), flat)
    return tree.map_structure(lambda y: reshape(y, (*batch, *y.shape[1:])), results)
