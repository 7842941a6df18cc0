"""Quantiles, percentiles and medians, with NaN and without."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.tensor.dtypes import result_type
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Axis, TensorLike
from kerasnb.kernels import elementwise, gather
from kerasnb.kernels import sort as sorts
from kerasnb.kernels.sum import broadcast
from kerasnb.ops.arguments import axes_of, floating, tensor
from kerasnb.ops.numpy import reductions
from kerasnb.ops.numpy.elementwise.arithmetic import add, divide, multiply, subtract
from kerasnb.ops.numpy.elementwise.extremes import maximum
from kerasnb.ops.numpy.elementwise.predicates import isinf
from kerasnb.ops.numpy.half import in_float32
from kerasnb.ops.numpy.reductions import check_not_empty
from kerasnb.ops.numpy.shapes import reshape, transpose
from kerasnb.ops.operation import operation

__all__ = ["median", "nanmedian", "nanpercentile", "nanquantile", "percentile", "quantile"]

METHODS = ("linear", "lower", "higher", "midpoint", "nearest")


@operation("Quantile", "axis", "method", "keepdims", trials=True)
@in_float32
def quantile(x: TensorLike, q: TensorLike, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> Tensor:
    """Returns quantiles of the elements over axes.

    Args:
        x: Input tensor.
        q: Number or tensor of numbers from 0 to 1.
        axis: Integer or tuple of integers. Defaults to all axes.
        method: How to interpolate: `"linear"`, `"lower"`, `"higher"`, `"midpoint"` or `"nearest"`.
        keepdims: Boolean, whether reduced axes stay with extent 1.

    Returns:
        The tensor of quantiles; the axes of `q` come first.

    Raises:
        ValueError: If `method` is unknown.

    Example:

    >>> float(keras.ops.quantile([1.0, 2.0, 4.0], 0.25))
    1.5
    """
    return _quantile(x, q, axis, method, keepdims, skip=False)


@operation("Nanquantile", "axis", "method", "keepdims", trials=True)
@in_float32
def nanquantile(
    x: TensorLike, q: TensorLike, axis: Axis = None, method: str = "linear", keepdims: bool = False
) -> Tensor:
    """Returns quantiles of the elements over axes, without NaN.

    Args:
        x: Input tensor.
        q: Number or tensor of numbers from 0 to 1.
        axis: Integer or tuple of integers. Defaults to all axes.
        method: How to interpolate: `"linear"`, `"lower"`, `"higher"`, `"midpoint"` or `"nearest"`.
        keepdims: Boolean, whether reduced axes stay with extent 1.

    Returns:
        The tensor of quantiles; the axes of `q` come first.

    Raises:
        ValueError: If `method` is unknown.

    Example:

    >>> float(keras.ops.nanquantile([1.0, float("nan"), 2.0], 0.5))
    1.5
    """
    return _quantile(x, q, axis, method, keepdims, skip=True)


@operation("Percentile", "axis", "method", "keepdims")
@in_float32
def percentile(
    x: TensorLike, q: TensorLike, axis: Axis = None, method: str = "linear", keepdims: bool = False
) -> Tensor:
    """Returns percentiles of the elements over axes.

    Args:
        x: Input tensor.
        q: Number or tensor of numbers from 0 to 100.
        axis: Integer or tuple of integers. Defaults to all axes.
        method: How to interpolate: `"linear"`, `"lower"`, `"higher"`, `"midpoint"` or `"nearest"`.
        keepdims: Boolean, whether reduced axes stay with extent 1.

    Returns:
        The tensor of percentiles; the axes of `q` come first.

    Raises:
        ValueError: If `method` is unknown.

    Example:

    >>> float(keras.ops.percentile([1.0, 2.0, 4.0], 25))
    1.5
    """
    return quantile(x, divide(q, 100), axis, method, keepdims)


@operation("Nanpercentile", "axis", "method", "keepdims")
@in_float32
def nanpercentile(
    x: TensorLike, q: TensorLike, axis: Axis = None, method: str = "linear", keepdims: bool = False
) -> Tensor:
    """Returns percentiles of the elements over axes, without NaN.

    Args:
        x: Input tensor.
        q: Number or tensor of numbers from 0 to 100.
        axis: Integer or tuple of integers. Defaults to all axes.
        method: How to interpolate: `"linear"`, `"lower"`, `"higher"`, `"midpoint"` or `"nearest"`.
        keepdims: Boolean, whether reduced axes stay with extent 1.

    Returns:
        The tensor of percentiles; the axes of `q` come first.

    Raises:
        ValueError: If `method` is unknown.

    Example:

    >>> float(keras.ops.nanpercentile([1.0, float("nan"), 2.0], 50))
    1.5
    """
    return nanquantile(x, divide(q, 100), axis, method, keepdims)


@operation("Median", "axis", "keepdims")
@in_float32
def median(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Returns the median of elements over axes.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.
        keepdims: Boolean, whether reduced axes stay with extent 1.

    Returns:
        The tensor of medians.

    Example:

    >>> float(keras.ops.median([3.0, 1.0, 2.0]))
    2.0
    """
    return quantile(x, 0.5, axis, keepdims=keepdims)


@operation("Nanmedian", "axis", "keepdims")
@in_float32
def nanmedian(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Returns the median of elements over axes, without NaN.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.
        keepdims: Boolean, whether reduced axes stay with extent 1.

    Returns:
        The tensor of medians.

    Example:

    >>> float(keras.ops.nanmedian([3.0, 1.0, float("nan")]))
    2.0
    """
    return nanquantile(x, 0.5, axis, keepdims=keepdims)


def _quantile(x, q, axis, method, keepdims, skip):
    if method not in METHODS:
        raise ValueError(f"Argument `method` must be one of {METHODS}. Received: method={method!r}")
    x, q = floating(x), tensor(q)
    axes, q = axes_of(axis, x.ndim), elementwise.cast_to(q, result_type(x.dtype, "float32"))
    if not skip:
        check_not_empty(x, axes, "quantile")
    line = _not_empty(_lines(x, axes))
    line = gather.take_along(line, sorts.argsort(line, axis=line.ndim - 1), axis=line.ndim - 1)
    nan = elementwise.isnan(line)
    count = elementwise.cast_to(
        reductions.sum(elementwise.cast_to(elementwise.logical_not(nan), "int32"), -1, True), q.dtype
    )
    last = maximum(subtract(count, 1), 0) if skip else elementwise.like(q, line.shape[-1] - 1)
    position = multiply(reshape(q, -1), last)
    position = position if position.ndim == line.ndim else add(position, multiply(count, 0))
    y = _between(line, position, method)
    no_value = elementwise.equal(count, elementwise.like(q, 0)) if skip else reductions.any(nan, -1, True)
    y = elementwise.where(no_value, elementwise.like(x, np.nan), y)
    return _arranged(y, x, axes, q, keepdims)


def _lines(x, axes):
    """The tensor with the reduced axes as one, the last."""
    kept = [a for a in range(x.ndim) if a not in axes]
    extent = int(np.prod([x.shape[a] for a in axes]))
    return reshape(transpose(x, [*kept, *axes]), [*(x.shape[a] for a in kept), extent])


def _not_empty(line):
    """The lines; NaN as the only element where they are empty."""
    if line.shape[-1] != 0:
        return line
    return broadcast(elementwise.like(line, np.nan), shape=(*line.shape[:-1], 1))


def _between(line, position, method):
    """The elements at positions between those of the sorted lines, interpolated."""
    low, high = elementwise.floor(position), elementwise.ceil(position)
    if method == "nearest":
        return _elements(line, elementwise.rint(position))
    if method in ("lower", "higher"):
        return _elements(line, low if method == "lower" else high)
    share = elementwise.like(position, 0.5) if method == "midpoint" else subtract(position, low)
    a, b = (elementwise.cast_to(_elements(line, at), position.dtype) for at in (low, high))
    mixed = add(multiply(a, subtract(1, share)), multiply(b, share))
    # where there is nothing to mix, infinity stays
    alone = elementwise.logical_or(
        elementwise.equal(low, position), elementwise.logical_and(isinf(a), elementwise.equal(a, b))
    )
    return elementwise.cast_to(elementwise.where(alone, a, mixed), line.dtype)


def _elements(line, at):
    """Elements of sorted lines at positions that are floats; the last axis of `at` is that of the quantiles."""
    return gather.take_along(line, elementwise.cast_to(at, "int32"), axis=line.ndim - 1)


def _arranged(y, x, axes, q, keepdims):
    """The quantiles as the first axes, and the reduced axes with extent 1 where they are kept."""
    y = transpose(y, [y.ndim - 1, *range(y.ndim - 1)])
    kept = [1 if a in axes else e for a, e in enumerate(x.shape) if keepdims or a not in axes]
    return reshape(y, [*q.shape, *kept])
