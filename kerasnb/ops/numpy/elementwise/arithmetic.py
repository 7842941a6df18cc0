"""Arithmetic: sums, products, quotients and remainders, signs and absolute values."""

from __future__ import annotations

from kerasnb.backend.tensor.dtypes import COMPLEX, FLOATS
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import elementwise
from kerasnb.kernels.complex import imaginary_part, real_part
from kerasnb.ops.arguments import floating, promoted, tensor
from kerasnb.ops.operation import operation

__all__ = [
    "abs", "absolute", "add", "divide", "divide_no_nan", "fabs", "floor_divide", "fmod", "mod", "multiply",
    "negative", "reciprocal", "sign", "subtract", "true_divide",
]  # fmt: skip


@operation("Add")
def add(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Adds two tensors element-wise.

    Args:
        x1: First input tensor.
        x2: Second input tensor.

    Returns:
        The tensor of sums.

    Example:

    >>> keras.ops.add([1, 4], [5, 6]).tolist()
    [6, 10]
    """
    return elementwise.add(*promoted(x1, x2))


@operation("Subtract")
def subtract(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Subtracts two tensors element-wise.

    Args:
        x1: First input tensor.
        x2: Second input tensor.

    Returns:
        The tensor of differences.

    Example:

    >>> keras.ops.subtract([1, 4], [5, 6]).tolist()
    [-4, -2]
    """
    return elementwise.subtract(*promoted(x1, x2))


@operation("Multiply")
def multiply(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Multiplies two tensors element-wise.

    Args:
        x1: First input tensor.
        x2: Second input tensor.

    Returns:
        The tensor of products.

    Example:

    >>> keras.ops.multiply([1, 4], [5, 6]).tolist()
    [5, 24]
    """
    return elementwise.multiply(*promoted(x1, x2))


@operation("Divide")
def divide(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Divides two tensors element-wise; quotients of integers are floats.

    Args:
        x1: Dividend.
        x2: Divisor.

    Returns:
        The tensor of quotients.

    Example:

    >>> keras.ops.divide([1.0, 4.0], 2.0).tolist()
    [0.5, 2.0]
    """
    return elementwise.divide(*promoted(x1, x2, floating=True))


@operation("TrueDivide")
def true_divide(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Divides two tensors element-wise; quotients of integers are floats.

    Args:
        x1: Dividend.
        x2: Divisor.

    Returns:
        The tensor of quotients.

    Example:

    >>> keras.ops.true_divide([1, 4], 2).tolist()
    [0.5, 2.0]
    """
    return elementwise.divide(*promoted(x1, x2, floating=True))


@operation("DivideNoNan")
def divide_no_nan(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Divides two tensors element-wise; the quotient is 0 where the divisor is 0.

    Args:
        x1: Dividend.
        x2: Divisor.

    Returns:
        The tensor of quotients.

    Example:

    >>> keras.ops.divide_no_nan([1.0, 4.0], [0.0, 2.0]).tolist()
    [0.0, 2.0]
    """
    return elementwise.divide_no_nan(*promoted(x1, x2, floating=True))


@operation("Reciprocal")
def reciprocal(x: TensorLike) -> Tensor:
    """Returns `1 / x` of each element.

    Args:
        x: Input tensor.

    Returns:
        The tensor of reciprocals, of a float dtype.

    Example:

    >>> float(keras.ops.reciprocal(4.0))
    0.25
    """
    return elementwise.reciprocal(floating(x))


@operation("FloorDivide")
def floor_divide(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Returns the largest integer that is not above the quotient, element-wise.

    Args:
        x1: Dividend.
        x2: Divisor.

    Returns:
        The tensor of quotients, of the inputs' dtype.

    Example:

    >>> keras.ops.floor_divide([7, -7], [2, 2]).tolist()
    [3, -4]
    """
    x1, x2 = promoted(x1, x2)
    return (elementwise.floor_divide if x1.dtype in FLOATS else elementwise.floor_divide_int)(x1, x2)


@operation("Mod")
def mod(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Returns the remainder of division element-wise, with the sign of the divisor.

    Args:
        x1: Dividend.
        x2: Divisor.

    Returns:
        The tensor of remainders.

    Example:

    >>> keras.ops.mod([7, -7], [3, 3]).tolist()
    [1, 2]
    """
    x1, x2 = promoted(x1, x2)
    if x1.dtype == "bool":
        x1, x2 = tensor(x1, "int32"), tensor(x2, "int32")
    return (elementwise.mod if x1.dtype in FLOATS else elementwise.mod_int)(x1, x2)


@operation("Fmod")
def fmod(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Returns the remainder of division element-wise, with the sign of the dividend.

    Args:
        x1: Dividend.
        x2: Divisor.

    Returns:
        The tensor of remainders.

    Example:

    >>> keras.ops.fmod([7, -7], [3, 3]).tolist()
    [1, -1]
    """
    x1, x2 = promoted(x1, x2)
    if x1.dtype == "bool":
        x1, x2 = tensor(x1, "int32"), tensor(x2, "int32")
    return (elementwise.fmod if x1.dtype in FLOATS else elementwise.fmod_int)(x1, x2)


@operation("Negative")
def negative(x: TensorLike) -> Tensor:
    """Returns the negative of each element.

    Args:
        x: Input tensor.

    Returns:
        The tensor of negatives.

    Example:

    >>> keras.ops.negative([1, -2]).tolist()
    [-1, 2]
    """
    return elementwise.negative(tensor(x))


@operation("Absolute")
def absolute(x: TensorLike) -> Tensor:
    """Returns the absolute value of each element.

    Args:
        x: Input tensor.

    Returns:
        The tensor of absolute values.

    Example:

    >>> keras.ops.absolute([-1.5, 2.0]).tolist()
    [1.5, 2.0]
    """
    x = tensor(x)
    if x.dtype in COMPLEX:
        return elementwise.hypot(real_part(x), imaginary_part(x))
    return x if x.dtype == "bool" else elementwise.absolute(x)


def abs(x: TensorLike) -> Tensor:
    """Returns the absolute value of each element.

    Args:
        x: Input tensor.

    Returns:
        The tensor of absolute values.

    Example:

    >>> keras.ops.abs([-1.5, 2.0]).tolist()
    [1.5, 2.0]
    """
    return absolute(x)


@operation("Fabs")
def fabs(x: TensorLike) -> Tensor:
    """Returns the absolute value of each element, as a float.

    Args:
        x: Input tensor.

    Returns:
        The tensor of absolute values, of a float dtype.

    Example:

    >>> float(keras.ops.fabs(-2))
    2.0
    """
    return elementwise.absolute(floating(x))


@operation("Sign")
def sign(x: TensorLike) -> Tensor:
    """Returns the sign of each element: -1, 0 or 1.

    Args:
        x: Input tensor.

    Returns:
        The tensor of signs.

    Example:

    >>> keras.ops.sign([-3.0, 0.0, 5.0]).tolist()
    [-1.0, 0.0, 1.0]
    """
    return elementwise.sign(tensor(x))
