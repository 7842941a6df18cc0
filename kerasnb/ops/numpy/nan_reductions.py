"""Reductions over axes that leave NaN out."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.tensor.dtypes import FLOATS
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Axis, TensorLike
from kerasnb.kernels import elementwise
from kerasnb.ops.arguments import floating, tensor
from kerasnb.ops.numpy import reductions
from kerasnb.ops.numpy.elementwise.arithmetic import divide, subtract
from kerasnb.ops.numpy.elementwise.predicates import isnan
from kerasnb.ops.numpy.half import in_float32
from kerasnb.ops.operation import operation

__all__ = ["nanargmax", "nanargmin", "nanmax", "nanmean", "nanmin", "nanprod", "nanstd", "nansum", "nanvar"]


@operation("Nansum", "axis", "keepdims")
def nansum(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Sums elements over axes; NaN counts as 0.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.
        keepdims: Boolean, whether reduced axes stay with extent 1.

    Returns:
        The tensor of sums.

    Example:

    >>> float(keras.ops.nansum([2.0, float("nan")]))
    2.0
    """
    return reductions.sum(without_nan(x, 0), axis, keepdims)


@operation("Nanprod", "axis", "keepdims")
def nanprod(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Multiplies elements over axes; NaN counts as 1.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.
        keepdims: Boolean, whether reduced axes stay with extent 1.

    Returns:
        The tensor of products.

    Example:

    >>> float(keras.ops.nanprod([2.0, float("nan")]))
    2.0
    """
    return reductions.prod(without_nan(x, 1), axis, keepdims)


def without_nan(x: TensorLike, value: float) -> Tensor:
    """The tensor with a number in place of NaN."""
    x = tensor(x)
    return elementwise.where(elementwise.isnan(x), elementwise.like(x, value), x) if x.dtype in FLOATS else x


@operation("Nanmax", "axis", "keepdims")
def nanmax(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Returns the largest element over axes, without NaN.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.
        keepdims: Boolean, whether reduced axes stay with extent 1.

    Returns:
        The tensor of maxima; NaN where all elements are NaN.

    Example:

    >>> float(keras.ops.nanmax([2.0, float("nan")]))
    2.0
    """
    return _or_nan(reductions.max(without_nan(x, -np.inf), axis, keepdims), _all_nan(x, axis, keepdims))


@operation("Nanmin", "axis", "keepdims")
def nanmin(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Returns the smallest element over axes, without NaN.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.
        keepdims: Boolean, whether reduced axes stay with extent 1.

    Returns:
        The tensor of minima; NaN where all elements are NaN.

    Example:

    >>> float(keras.ops.nanmin([2.0, float("nan")]))
    2.0
    """
    return _or_nan(reductions.min(without_nan(x, np.inf), axis, keepdims), _all_nan(x, axis, keepdims))


def _all_nan(x, axis, keepdims):
    return reductions.all(isnan(x), axis, keepdims)


def _or_nan(y, empty):
    return elementwise.where(empty, elementwise.like(y, np.nan), y) if y.dtype in FLOATS else y


@operation("Nanargmax", "axis", "keepdims")
def nanargmax(x: TensorLike, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Returns the index of the largest element, without NaN.

    Args:
        x: Input tensor.
        axis: Integer. Defaults to the flattened tensor.
        keepdims: Boolean, whether the reduced axis stays with extent 1.

    Returns:
        Tensor of int32 indices; -1 where all elements are NaN.

    Example:

    >>> int(keras.ops.nanargmax([float("nan"), 2.0]))
    1
    """
    return _or_minus_one(reductions.argmax(without_nan(x, -np.inf), axis, keepdims), _all_nan(x, axis, keepdims))


@operation("Nanargmin", "axis", "keepdims")
def nanargmin(x: TensorLike, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Returns the index of the smallest element, without NaN.

    Args:
        x: Input tensor.
        axis: Integer. Defaults to the flattened tensor.
        keepdims: Boolean, whether the reduced axis stays with extent 1.

    Returns:
        Tensor of int32 indices; -1 where all elements are NaN.

    Example:

    >>> int(keras.ops.nanargmin([float("nan"), 2.0]))
    1
    """
    return _or_minus_one(reductions.argmin(without_nan(x, np.inf), axis, keepdims), _all_nan(x, axis, keepdims))


def _or_minus_one(at, empty):
    return elementwise.where(empty, elementwise.like(at, -1), at)


@operation("Nanmean", "axis", "keepdims")
@in_float32
def nanmean(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Averages elements over axes, without NaN.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.
        keepdims: Boolean, whether reduced axes stay with extent 1.

    Returns:
        The tensor of means, of a float dtype.

    Example:

    >>> float(keras.ops.nanmean([2.0, float("nan")]))
    2.0
    """
    x = floating(x)
    return divide(nansum(x, axis, keepdims), _numbers(x, axis, keepdims))


@operation("Nanvar", "axis", "keepdims")
@in_float32
def nanvar(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Returns the variance of elements over axes, without NaN.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.
        keepdims: Boolean, whether reduced axes stay with extent 1.

    Returns:
        The tensor of variances.

    Example:

    >>> float(keras.ops.nanvar([1.0, 3.0, float("nan")]))
    1.0
    """
    x = floating(x)
    gap = subtract(x, nanmean(x, axis, keepdims=True))
    squares = elementwise.where(
        isnan(x), elementwise.like(x, 0), elementwise.square(gap)
    )  # NaN out of infinities is not left out
    return divide(reductions.sum(squares, axis, keepdims), _numbers(x, axis, keepdims))


@operation("Nanstd", "axis", "keepdims")
@in_float32
def nanstd(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Returns the standard deviation of elements over axes, without NaN.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.
        keepdims: Boolean, whether reduced axes stay with extent 1.

    Returns:
        The tensor of standard deviations.

    Example:

    >>> float(keras.ops.nanstd([1.0, 3.0, float("nan")]))
    1.0
    """
    return elementwise.sqrt(nanvar(x, axis, keepdims))


def _numbers(x, axis, keepdims):
    """How many elements are not NaN."""
    return elementwise.cast_to(reductions.sum(elementwise.logical_not(isnan(x)), axis, keepdims), x.dtype)
