"""Rounding: down, up, towards zero, to a number of decimals."""

from __future__ import annotations

import builtins

from kerasnb.backend.tensor.dtypes import FLOATS, limits
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import elementwise
from kerasnb.kernels.identity import stop_gradient
from kerasnb.ops.arguments import floating, tensor
from kerasnb.ops.operation import operation

__all__ = ["ceil", "floor", "round", "trunc"]


@operation("Floor")
def floor(x: TensorLike) -> Tensor:
    """Rounds each element down.

    Args:
        x: Input tensor.

    Returns:
        The tensor of rounded values, of a float dtype.

    Example:

    >>> keras.ops.floor([1.4, -1.4]).tolist()
    [1.0, -2.0]
    """
    x = tensor(x)
    return elementwise.floor(x) if x.dtype in FLOATS else floating(x)


@operation("Ceil")
def ceil(x: TensorLike) -> Tensor:
    """Rounds each element up.

    Args:
        x: Input tensor.

    Returns:
        The tensor of rounded values, of a float dtype.

    Example:

    >>> keras.ops.ceil([1.4, -1.4]).tolist()
    [2.0, -1.0]
    """
    x = tensor(x)
    return elementwise.ceil(x) if x.dtype in FLOATS else floating(x)


@operation("Trunc")
def trunc(x: TensorLike) -> Tensor:
    """Rounds each element towards zero.

    Args:
        x: Input tensor.

    Returns:
        The tensor of rounded values.

    Example:

    >>> keras.ops.trunc([1.7, -1.7]).tolist()
    [1.0, -1.0]
    """
    x = tensor(x)
    return elementwise.truncated(x) if x.dtype in FLOATS else x


@operation("Round", "decimals")
def round(x: TensorLike, decimals: int = 0) -> Tensor:
    """Rounds each element to a number of decimals; halves become even.

    Args:
        x: Input tensor.
        decimals: Integer, the number of decimals; below 0, of digits before the point. Defaults to `0`.

    Returns:
        The tensor of rounded values.

    Example:

    >>> float(keras.ops.round(2.5))
    2.0
    """
    x = tensor(x)
    if x.dtype not in FLOATS:
        return x if decimals >= 0 or x.dtype == "bool" else _rounded_integers(x, 10**-decimals)
    return elementwise.rint(x) if decimals == 0 else _rounded_floats(x, decimals)


def _rounded_floats(x, decimals: int):
    # tens are whole numbers, tenths are not: one of the two ways has an exact factor
    scale = elementwise.like(x, 10.0 ** builtins.min(builtins.abs(decimals), 400))
    if decimals < 0:
        tens = elementwise.multiply(elementwise.rint(elementwise.divide(x, scale)), scale)
        zero = elementwise.multiply(stop_gradient(x), elementwise.like(x, 0))
        return elementwise.where(elementwise.isnan(tens), zero, tens)
    scaled = elementwise.multiply(x, scale)
    rounded = elementwise.divide(elementwise.rint(scaled), scale)
    # what the factor takes out of range has no digits there
    return elementwise.where(elementwise.isfinite(scaled), rounded, stop_gradient(x))


def _rounded_integers(x, unit: int):
    """Integers rounded to multiples of a power of ten; what rounds out of the dtype's range becomes its end."""
    ends = limits(x.dtype)
    lowest, highest = int(ends.min), int(ends.max)
    if unit > highest:
        over = elementwise.greater(x, elementwise.like(x, builtins.min(unit // 2, highest)))
        return elementwise.where(over, elementwise.like(x, highest), elementwise.like(x, 0))
    units, half = elementwise.floor_divide_int(x, elementwise.like(x, unit)), elementwise.like(x, unit // 2)
    rest = elementwise.mod_int(x, elementwise.like(x, unit))
    odd = elementwise.not_equal(elementwise.mod_int(units, elementwise.like(x, 2)), elementwise.like(x, 0))
    up = elementwise.logical_or(
        elementwise.greater(rest, half), elementwise.logical_and(elementwise.equal(rest, half), odd)
    )
    units = elementwise.add(units, elementwise.cast_to(up, x.dtype))
    y = elementwise.multiply(units, elementwise.like(x, unit))
    y = elementwise.where(
        elementwise.greater(units, elementwise.like(x, highest // unit)), elementwise.like(x, highest), y
    )
    return elementwise.where(
        elementwise.less(units, elementwise.like(x, -(-lowest // unit))), elementwise.like(x, lowest), y
    )
