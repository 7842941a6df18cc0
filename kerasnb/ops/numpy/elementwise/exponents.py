"""Powers and roots, exponentials and logarithms."""

from __future__ import annotations

import math

from kerasnb.backend.tensor.dtypes import COMPLEX, FLOATS, INTEGERS
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import elementwise
from kerasnb.ops.arguments import dtype_of, floating, promoted, tensor
from kerasnb.ops.numpy.elementwise.common import scaled
from kerasnb.ops.operation import operation

__all__ = [
    "cbrt",
    "exp",
    "exp2",
    "expm1",
    "ldexp",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logaddexp2",
    "power",
    "sqrt",
    "square",
]  # fmt: skip


@operation("Exp")
def exp(x: TensorLike) -> Tensor:
    """Returns the exponential of each element.

    Args:
        x: Input tensor.

    Returns:
        Tensor of a float dtype.

    Example:

    >>> round(float(keras.ops.exp(1.0)), 4)
    2.7183
    """
    return elementwise.exp(floating(x))


@operation("Exp2")
def exp2(x: TensorLike) -> Tensor:
    """Returns 2 raised to the power of each element.

    Args:
        x: Input tensor.

    Returns:
        Tensor of a float dtype.

    Example:

    >>> float(keras.ops.exp2(3.0))
    8.0
    """
    return elementwise.exp2(floating(x))


@operation("Expm1")
def expm1(x: TensorLike) -> Tensor:
    """Returns `exp(x) - 1` of each element, accurate near 0.

    Args:
        x: Input tensor.

    Returns:
        Tensor of a float dtype.

    Example:

    >>> round(float(keras.ops.expm1(1.0)), 4)
    1.7183
    """
    return elementwise.expm1(floating(x))


@operation("Log")
def log(x: TensorLike) -> Tensor:
    """Returns the natural logarithm of each element.

    Args:
        x: Input tensor.

    Returns:
        Tensor of a float dtype.

    Example:

    >>> float(keras.ops.log(1.0))
    0.0
    """
    return elementwise.log(floating(x))


@operation("Log2")
def log2(x: TensorLike) -> Tensor:
    """Returns the logarithm to base 2 of each element.

    Args:
        x: Input tensor.

    Returns:
        Tensor of a float dtype.

    Example:

    >>> round(float(keras.ops.log2(8.0)), 4)
    3.0
    """
    return scaled(elementwise.log(floating(x)), 1 / math.log(2))


@operation("Log10")
def log10(x: TensorLike) -> Tensor:
    """Returns the logarithm to base 10 of each element.

    Args:
        x: Input tensor.

    Returns:
        Tensor of a float dtype.

    Example:

    >>> round(float(keras.ops.log10(100.0)), 4)
    2.0
    """
    return scaled(elementwise.log(floating(x)), 1 / math.log(10))


@operation("Log1p")
def log1p(x: TensorLike) -> Tensor:
    """Returns `log(1 + x)` of each element, accurate near 0.

    Args:
        x: Input tensor.

    Returns:
        Tensor of a float dtype.

    Example:

    >>> round(float(keras.ops.log1p(1.0)), 4)
    0.6931
    """
    return elementwise.log1p(floating(x))


@operation("Logaddexp")
def logaddexp(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Returns `log(exp(x1) + exp(x2))` element-wise, without overflow.

    Args:
        x1: First tensor.
        x2: Second tensor.

    Returns:
        Tensor of a float dtype.

    Example:

    >>> round(float(keras.ops.logaddexp(0.0, 0.0)), 4)
    0.6931
    """
    return _logadd(elementwise.exp, elementwise.log1p, *promoted(x1, x2, floating=True))


@operation("Logaddexp2")
def logaddexp2(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Returns `log2(2**x1 + 2**x2)` element-wise, without overflow.

    Args:
        x1: First tensor.
        x2: Second tensor.

    Returns:
        Tensor of a float dtype.

    Example:

    >>> float(keras.ops.logaddexp2(1.0, 1.0))
    2.0
    """
    return _logadd(elementwise.exp2, _log2_1p, *promoted(x1, x2, floating=True))


def _logadd(exponential, logarithm, x1, x2):
    """The larger plus the logarithm of `1 + ` the smaller's share: nothing overflows; equal infinities differ by 0."""
    larger = elementwise.maximum(x1, x2)
    gap = elementwise.where(elementwise.equal(x1, x2), elementwise.like(x1, 0), elementwise.subtract(x1, x2))
    return elementwise.add(larger, logarithm(exponential(elementwise.negative(elementwise.absolute(gap)))))


def _log2_1p(x):
    return scaled(elementwise.log1p(x), 1 / math.log(2))


@operation("Sqrt")
def sqrt(x: TensorLike) -> Tensor:
    """Returns the square root of each element.

    Args:
        x: Input tensor.

    Returns:
        Tensor of a float dtype.

    Example:

    >>> float(keras.ops.sqrt(9.0))
    3.0
    """
    return elementwise.sqrt(floating(x))


@operation("Cbrt")
def cbrt(x: TensorLike) -> Tensor:
    """Returns the cube root of each element.

    Args:
        x: Input tensor.

    Returns:
        Tensor of a float dtype.

    Example:

    >>> round(float(keras.ops.cbrt(8.0)), 4)
    2.0
    """
    return elementwise.cbrt(floating(x))


@operation("Square")
def square(x: TensorLike) -> Tensor:
    """Returns the square of each element.

    Args:
        x: Input tensor.

    Returns:
        The tensor of squares.

    Example:

    >>> keras.ops.square([2, 3]).tolist()
    [4, 9]
    """
    x = tensor(x)
    return elementwise.square(tensor(x, "int32") if x.dtype == "bool" else x)


@operation("Power")
def power(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Raises the first argument to the power of the second, element-wise.

    Args:
        x1: Bases.
        x2: Exponents.

    Returns:
        The tensor of powers; of integers with a negative exponent, rounded towards zero.

    Raises:
        ValueError: If `x1` holds integers and `x2` is a negative Python integer.

    Example:

    >>> keras.ops.power([2.0, 3.0], 2).tolist()
    [4.0, 9.0]
    """
    if isinstance(x2, int) and x2 == 2 and dtype_of(x1) != "bool":
        return elementwise.square(tensor(x1))
    bases, exponents = promoted(x1, x2)
    if isinstance(x2, int) and x2 < 0 and bases.dtype not in FLOATS + COMPLEX:
        raise ValueError(f"Integers have no negative integer powers; cast `x1` to a float dtype. Received: x2={x2}")
    return (elementwise.power_int if bases.dtype in INTEGERS else elementwise.power)(bases, exponents)


@operation("Ldexp")
def ldexp(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Returns `x1 * 2**x2` element-wise.

    Args:
        x1: Tensor of factors.
        x2: Integer tensor of exponents.

    Returns:
        Tensor of a float dtype.

    Raises:
        TypeError: If `x2` is not of an integer dtype.

    Example:

    >>> float(keras.ops.ldexp(1.5, 2))
    6.0
    """
    exponent = tensor(x2)
    if exponent.dtype in FLOATS or exponent.dtype == "bool":
        raise TypeError(f"Argument `x2` of `ldexp` must be of an integer dtype. Received: dtype={dtype_of(x2)}")
    x = floating(x1)
    half = elementwise.floor_divide_int(exponent, elementwise.like(exponent, 2))
    rest = elementwise.subtract(exponent, half)
    # in two steps, since 2**x2 alone may be out of range where the result is not
    return elementwise.multiply(elementwise.multiply(x, _power_of_two(half, x)), _power_of_two(rest, x))


def _power_of_two(exponent, x):
    return elementwise.exp2(elementwise.cast_to(exponent, x.dtype))
