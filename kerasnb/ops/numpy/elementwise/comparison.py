"""Comparisons of two tensors, exact and within a tolerance."""

from __future__ import annotations

import operator

from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import elementwise
from kerasnb.ops.arguments import out_of_range, promoted, tensor
from kerasnb.ops.numpy import reductions
from kerasnb.ops.numpy.elementwise.arithmetic import add
from kerasnb.ops.numpy.elementwise.common import full_like_bool
from kerasnb.ops.operation import operation

__all__ = ["allclose", "equal", "greater", "greater_equal", "isclose", "less", "less_equal", "not_equal"]


@operation("Equal")
def equal(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Returns whether `x1 == x2`, element-wise.

    Args:
        x1: First tensor.
        x2: Second tensor.

    Returns:
        Boolean tensor.

    Example:

    >>> keras.ops.equal([1, 2], [1, 3]).tolist()
    [True, False]
    """
    return _compared(elementwise.equal, operator.eq, x1, x2)


@operation("NotEqual")
def not_equal(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Returns whether `x1 != x2`, element-wise.

    Args:
        x1: First tensor.
        x2: Second tensor.

    Returns:
        Boolean tensor.

    Example:

    >>> keras.ops.not_equal([1, 2], [1, 3]).tolist()
    [False, True]
    """
    return _compared(elementwise.not_equal, operator.ne, x1, x2)


@operation("Less")
def less(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Returns whether `x1 < x2`, element-wise.

    Args:
        x1: First tensor.
        x2: Second tensor.

    Returns:
        Boolean tensor.

    Example:

    >>> keras.ops.less([1, 2], [1, 3]).tolist()
    [False, True]
    """
    return _compared(elementwise.less, operator.lt, x1, x2)


@operation("LessEqual")
def less_equal(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Returns whether `x1 <= x2`, element-wise.

    Args:
        x1: First tensor.
        x2: Second tensor.

    Returns:
        Boolean tensor.

    Example:

    >>> keras.ops.less_equal([1, 2], [1, 3]).tolist()
    [True, True]
    """
    return _compared(elementwise.less_equal, operator.le, x1, x2)


@operation("Greater")
def greater(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Returns whether `x1 > x2`, element-wise.

    Args:
        x1: First tensor.
        x2: Second tensor.

    Returns:
        Boolean tensor.

    Example:

    >>> keras.ops.greater([1, 4], [1, 3]).tolist()
    [False, True]
    """
    return _compared(elementwise.greater, operator.gt, x1, x2)


@operation("GreaterEqual")
def greater_equal(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Returns whether `x1 >= x2`, element-wise.

    Args:
        x1: First tensor.
        x2: Second tensor.

    Returns:
        Boolean tensor.

    Example:

    >>> keras.ops.greater_equal([1, 2], [1, 3]).tolist()
    [True, False]
    """
    return _compared(elementwise.greater_equal, operator.ge, x1, x2)


def _compared(compare, compare_numbers, x1, x2):
    """The comparison; an integer that the tensor's dtype does not have is further from 0 than all that it has."""
    if out_of_range(x1, x2):
        return full_like_bool(tensor(x1), compare_numbers(0, x2))
    if out_of_range(x2, x1):
        return full_like_bool(tensor(x2), compare_numbers(x1, 0))
    return compare(*promoted(x1, x2))


@operation("Isclose", "equal_nan")
def isclose(
    x1: TensorLike, x2: TensorLike, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> Tensor:
    """Returns whether two tensors are close, element-wise: `|x1 - x2| <= atol + rtol * |x2|`.

    Args:
        x1: First tensor.
        x2: Second tensor.
        rtol: Float, the relative tolerance. Defaults to `1e-5`.
        atol: Float, the absolute tolerance. Defaults to `1e-8`.
        equal_nan: Boolean, whether NaN equals NaN. Defaults to `False`.

    Returns:
        Boolean tensor.

    Example:

    >>> bool(keras.ops.isclose(1.0, 1.0 + 1e-6))
    True
    """
    x1, x2 = promoted(x1, x2, floating=True)
    allowed = add(
        elementwise.like(x1, atol), elementwise.multiply(elementwise.like(x1, rtol), elementwise.absolute(x2))
    )
    near = elementwise.less_equal(elementwise.absolute(elementwise.subtract(x1, x2)), allowed)
    both = elementwise.logical_and(elementwise.isfinite(x1), elementwise.isfinite(x2))
    close = elementwise.logical_or(elementwise.equal(x1, x2), elementwise.logical_and(both, near))
    return (
        elementwise.logical_or(close, elementwise.logical_and(elementwise.isnan(x1), elementwise.isnan(x2)))
        if equal_nan
        else close
    )


@operation("AllClose", "rtol", "atol", "equal_nan")
def allclose(
    x1: TensorLike, x2: TensorLike, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> Tensor:
    """Returns whether all elements of two tensors are close: `|x1 - x2| <= atol + rtol * |x2|`.

    Args:
        x1: First tensor.
        x2: Second tensor.
        rtol: Float, the relative tolerance. Defaults to `1e-5`.
        atol: Float, the absolute tolerance. Defaults to `1e-8`.
        equal_nan: Boolean, whether NaN equals NaN. Defaults to `False`.

    Returns:
        Boolean scalar tensor.

    Example:

    >>> bool(keras.ops.allclose([1.0], [1.0 + 1e-6]))
    True
    """
    return reductions.all(isclose(x1, x2, rtol, atol, equal_nan))
