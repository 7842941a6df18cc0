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
        A tensor; the shape of `q` comes first.

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
    """Returns quantiles of the elements over axes that are not NaN.

    Args:
        x: Input tensor.
        q: Number or tensor of numbers from 0 to 1.
        axis: Integer or tuple of integers. Defaults to all axes.
        method: How to interpolate: `"linear"`, `"lower"`, `"higher"`, `"midpoint"` or `"nearest"`.
        keepdims: Boolean, whether reduced axes stay with extent 1.

    Returns:
        A tensor; the shape of `q` comes first.

    Raises:
        ValueError: If `method` is unknown.

    Example:

    >>> float(keras.ops.nanquantile([1.0, float('nan'), 2.0], 0.5))
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
        A tensor; the shape of `q` comes first.

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
    """Returns percentiles of the elements over axes that are not NaN.

    Args:
        x: Input tensor.
        q: Number or tensor of numbers from 0 to 100.
        axis: Integer or tuple of integers. Defaults to all axes.
        method: How to interpolate: `"linear"`, `"lower"`, `"higher"`, `"midpoint"` or `"nearest"`.
        keepdims: Boolean, whether reduced axes stay with extent 1.

    Returns:
        A tensor; the shape of `q` comes first.

    Raises:
        ValueError: If `method` is unknown.

    Example:

    >>> float(keras.ops.nanpercentile([1.0, float('nan'), 2.0], 50))
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
        A tensor.

    Example:

    >>> float(keras.ops.median([3.0, 1.0, 2.0]))
    2.0
    """
    return quantile(x, 0.5, axis, keepdims=keepdims)


@operation("Nanmedian", "axis", "keepdims")
@in_float32
def nanmedian(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Returns the median of the elements over axes that are not NaN.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.
        keepdims: Boolean, whether reduced axes stay with extent 1.

    Returns:
        A tensor.

    Example:

    >>> float(keras.ops.nanmedian([3.0, 1.0, float('nan')]))
    2.0
    """
    return nanquantile(x, 0.5, axis, keepdims=keepdims)


METHODS = ("linear", "lower", "higher", "midpoint", "nearest")


def _quantile(x, q, axis, method, keepdims, skip):
    if method not in METHODS:
        raise ValueError(f"Argument `method` must be one of {METHODS}. Received: method={method!r}")
    x, q = floating(x), tensor(q)
    axes, q = axes_of(axis, x.ndim), elementwise.cast_to(q, result_type(x.dtype, "float32"))
    if not skip:
        check_not_empty(x, axes, "quantile")
    line = _some(_lines(x, axes))
    line = gather.take_along(line, sorts.argsort(line, axis=line.ndim - 1), axis=line.ndim - 1)
    bad = elementwise.isnan(line)
    numbers = elementwise.cast_to(
        reductions.sum(elementwise.cast_to(elementwise.logical_not(bad), "int32"), -1, True), q.dtype
    )
    last = maximum(subtract(numbers, 1), 0) if skip else elementwise.like(q, line.shape[-1] - 1)
    place = multiply(reshape(q, -1), last)
    place = place if place.ndim == line.ndim else add(place, multiply(numbers, 0))
    y = _between(line, place, method)
    lost = elementwise.equal(numbers, elementwise.like(q, 0)) if skip else reductions.any(bad, -1, True)
    y = elementwise.where(lost, elementwise.like(x, np.nan), y)
    return _placed(y, x, axes, q, keepdims)


def _lines(x, axes):
    """The tensor with the reduced axes as one, the last."""
    kept = [a for a in range(x.ndim) if a not in axes]
    count = int(np.prod([x.shape[a] for a in axes]))
    return reshape(transpose(x, [*kept, *axes]), [*(x.shape[a] for a in kept), count])


def _some(line):
    """Lines with an element at least: NaN where there is none."""
    if line.shape[-1] != 0:
        return line
    return broadcast(elementwise.like(line, np.nan), shape=(*line.shape[:-1], 1))


def _between(line, place, method):
    low, high = elementwise.floor(place), elementwise.ceil(place)
    if method == "nearest":
        return _picked(line, elementwise.rint(place))
    if method in ("lower", "higher"):
        return _picked(line, low if method == "lower" else high)
    share = elementwise.like(place, 0.5) if method == "midpoint" else subtract(place, low)
    a, b = (elementwise.cast_to(_picked(line, at), place.dtype) for at in (low, high))
    mixed = add(multiply(a, subtract(1, share)), multiply(b, share))
    # where there is nothing to mix, infinity stays
    alone = elementwise.logical_or(
        elementwise.equal(low, place), elementwise.logical_and(isinf(a), elementwise.equal(a, b))
    )
    return elementwise.cast_to(elementwise.where(alone, a, mixed), line.dtype)


def _picked(line, at):
    """Elements of sorted lines at places that are floats; at has the quantiles as its last axis."""
    return gather.take_along(line, elementwise.cast_to(at, "int32"), axis=line.ndim - 1)


def _placed(y, x, axes, q, keepdims):
    """The quantiles as the first axes, and the reduced axes with extent 1 where asked."""
    y = transpose(y, [y.ndim - 1, *range(y.ndim - 1)])
    kept = [1 if a in axes else e for a, e in enumerate(x.shape) if keepdims or a not in axes]
    return reshape(y, [*q.shape, *kept])
