"""What kind of number each element is: NaN, infinite, finite, real, negative."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.tensor.dtypes import COMPLEX, FLOATS
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import elementwise
from kerasnb.kernels.complex import imaginary_part
from kerasnb.ops.arguments import tensor
from kerasnb.ops.numpy.elementwise.common import full_like_bool
from kerasnb.ops.operation import operation

__all__ = ["isfinite", "isinf", "isnan", "isneginf", "isposinf", "isreal", "signbit"]


@operation("Isnan")
def isnan(x: TensorLike) -> Tensor:
    """Returns whether each element is NaN.

    Args:
        x: Input tensor.

    Returns:
        Boolean tensor.

    Example:

    >>> keras.ops.isnan([1.0, float("nan")]).tolist()
    [False, True]
    """
    x = tensor(x)
    return elementwise.isnan(x) if x.dtype in FLOATS else full_like_bool(x, False)


@operation("Isinf")
def isinf(x: TensorLike) -> Tensor:
    """Returns whether each element is infinite.

    Args:
        x: Input tensor.

    Returns:
        Boolean tensor.

    Example:

    >>> keras.ops.isinf([1.0, float("-inf")]).tolist()
    [False, True]
    """
    x = tensor(x)
    if x.dtype not in FLOATS:
        return full_like_bool(x, False)
    return elementwise.equal(elementwise.absolute(x), elementwise.like(x, np.inf))


@operation("Isposinf")
def isposinf(x: TensorLike) -> Tensor:
    """Returns whether each element is positive infinity.

    Args:
        x: Input tensor.

    Returns:
        Boolean tensor.

    Example:

    >>> keras.ops.isposinf([float("inf"), float("-inf")]).tolist()
    [True, False]
    """
    x = tensor(x)
    return elementwise.equal(x, elementwise.like(x, np.inf)) if x.dtype in FLOATS else full_like_bool(x, False)


@operation("Isneginf")
def isneginf(x: TensorLike) -> Tensor:
    """Returns whether each element is negative infinity.

    Args:
        x: Input tensor.

    Returns:
        Boolean tensor.

    Example:

    >>> keras.ops.isneginf([float("inf"), float("-inf")]).tolist()
    [False, True]
    """
    x = tensor(x)
    return elementwise.equal(x, elementwise.like(x, -np.inf)) if x.dtype in FLOATS else full_like_bool(x, False)


@operation("Isfinite")
def isfinite(x: TensorLike) -> Tensor:
    """Returns whether each element is neither infinite nor NaN.

    Args:
        x: Input tensor.

    Returns:
        Boolean tensor.

    Example:

    >>> keras.ops.isfinite([1.0, float("inf")]).tolist()
    [True, False]
    """
    x = tensor(x)
    return elementwise.isfinite(x) if x.dtype in FLOATS else full_like_bool(x, True)


@operation("Isreal")
def isreal(x: TensorLike) -> Tensor:
    """Returns whether the imaginary part of each element is zero.

    Args:
        x: Input tensor.

    Returns:
        Boolean tensor.

    Example:

    >>> keras.ops.isreal([1.0 + 2.0j, 1.0 + 0.0j]).tolist()
    [False, True]
    """
    x = tensor(x)
    if x.dtype in COMPLEX:
        part = imaginary_part(x)
        return elementwise.equal(part, elementwise.like(part, 0))
    return elementwise.logical_or(full_like_bool(x, True), elementwise.not_equal(x, x))


@operation("Signbit")
def signbit(x: TensorLike) -> Tensor:
    """Returns whether the sign bit of each element is set: below zero, and for -0.0.

    Args:
        x: Input tensor.

    Returns:
        Boolean tensor.

    Example:

    >>> keras.ops.signbit([1.0, -0.0]).tolist()
    [False, True]
    """
    x = tensor(x)
    if x.dtype in FLOATS:
        return elementwise.signbit(x)
    x = elementwise.cast_to(x, "int32") if x.dtype == "bool" else x
    return elementwise.less(x, elementwise.like(x, 0))
