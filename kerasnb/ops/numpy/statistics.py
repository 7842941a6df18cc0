"""Statistics of `keras.ops`: averages, quantiles, counts, correlation, and reductions that skip NaN."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.tensor.dtypes import FLOATS, result_type
from kerasnb.kernels import elementwise as rows
from kerasnb.kernels import gather
from kerasnb.kernels import sort as sorts
from kerasnb.kernels.sum import broadcast
from kerasnb.ops.arguments import axes_of, floating, one_axis, promoted, tensor
from kerasnb.ops.describe import described, shaped
from kerasnb.ops.numpy import arithmetic as ar
from kerasnb.ops.numpy import reductions as red
from kerasnb.ops.numpy.comparison import isnan
from kerasnb.ops.numpy.half import in_float32
from kerasnb.ops.numpy.numbers import isinf
from kerasnb.ops.numpy.shapes import reshape, squeeze, transpose

__all__ = [
    "amax", "amin", "average", "logsumexp", "median", "nanargmax", "nanargmin", "nanmax", "nanmean", "nanmedian",
    "nanmin", "nanpercentile", "nanprod", "nanquantile", "nanstd", "nansum", "nanvar", "percentile", "ptp", "quantile",
]  # fmt: skip

AXES = "Integer or tuple of integers. Defaults to all axes."


@described("Returns the largest element over axes.", "int(keras.ops.amax([3, 1]))", "3", axis=AXES)
def amax(x, axis=None, keepdims=False):
    return red.max(x, axis, keepdims)


@described("Returns the smallest element over axes.", "int(keras.ops.amin([3, 1]))", "1", axis=AXES)
def amin(x, axis=None, keepdims=False):
    return red.min(x, axis, keepdims)


@described(
    "Returns the largest less the smallest element over axes.", "int(keras.ops.ptp([3, 1]))", "2",
    raises="TypeError: If `x` is of booleans.", axis=AXES,
)  # fmt: skip
def ptp(x, axis=None, keepdims=False):
    x = tensor(x)
    if x.dtype == "bool":
        raise TypeError(f"`ptp` needs numbers that can be subtracted. Received: dtype={x.dtype}")
    return ar.subtract(red.max(x, axis, keepdims), red.min(x, axis, keepdims))


@described(
    "Averages elements over axes, each with its weight.", "float(keras.ops.average([1.0, 2.0], weights=[3, 1]))",
    "1.25", raises="ValueError: If the shape of the weights fits neither the tensor nor the axis.", axis=AXES,
    weights="Optional tensor of weights, of the shape of `x` or of the extents of `axis`.",
)  # fmt: skip
@in_float32
@shaped
def average(x, axis=None, weights=None):
    if weights is None:
        return red.mean(x, axis)
    x, weights = promoted(x, weights, floating=True)
    if tuple(weights.shape) != tuple(x.shape):
        given = axis if isinstance(axis, (list, tuple)) else axes_of(axis, x.ndim)
        places = [one_axis(a, x.ndim) for a in given]
        if tuple(weights.shape) != tuple(x.shape[a] for a in places):
            raise ValueError(
                "Argument `weights` must have the shape of `x`, or the extent of `axis`. "
                f"Received: weights.shape={weights.shape}, x.shape={x.shape}, axis={axis}"
            )
        weights = transpose(weights, sorted(range(len(places)), key=places.__getitem__))
        weights = reshape(weights, [e if a in places else 1 for a, e in enumerate(x.shape)])
    total = red.sum(ar.add(weights, ar.multiply(x, 0)), axis)
    return ar.divide(red.sum(ar.multiply(x, weights), axis), total)


@described(
    "Returns `log(sum(exp(x)))` over axes, without overflow.",
    "round(float(keras.ops.logsumexp([0.0, 0.0])), 4)", "0.6931", axis=AXES,
)  # fmt: skip
@in_float32
def logsumexp(x, axis=None, keepdims=False):
    x = floating(x)
    top = red.max(x, axis, keepdims=True, initial=-np.inf)
    top = rows.where(isinf(top), rows.like(top, 0), top)
    y = ar.add(rows.log(red.sum(rows.exp(ar.subtract(x, top)), axis, keepdims=True)), top)
    return y if keepdims else squeeze(y, axes_of(axis, x.ndim))


# --- without NaN -----------------------------------------------------------------------------------


def _filled(x, value):
    x = tensor(x)
    return rows.where(rows.isnan(x), rows.like(x, value), x) if x.dtype in FLOATS else x


def _all_nan(x, axis, keepdims):
    return red.all(isnan(x), axis, keepdims)


def _or_nan(y, empty):
    return rows.where(empty, rows.like(y, np.nan), y) if y.dtype in FLOATS else y


def _sum_like(name, reduce, neutral, summary, result):
    def function(x, axis=None, keepdims=False):
        return reduce(_filled(x, neutral), axis, keepdims)

    function.__name__ = function.__qualname__ = name
    described(summary, f"float(keras.ops.{name}([2.0, float('nan')]))", result, axis=AXES)(function)
    return function


def _extreme(name, reduce, neutral, summary):
    def function(x, axis=None, keepdims=False):
        return _or_nan(reduce(_filled(x, neutral), axis, keepdims), _all_nan(x, axis, keepdims))

    function.__name__ = function.__qualname__ = name
    described(summary, f"float(keras.ops.{name}([2.0, float('nan')]))", "2.0", axis=AXES)(function)
    return function


def _position(name, reduce, neutral, summary):
    def function(x, axis=None, keepdims=False):
        at = reduce(_filled(x, neutral), axis, keepdims)
        return rows.where(_all_nan(x, axis, keepdims), rows.like(at, -1), at)

    function.__name__ = function.__qualname__ = name
    described(
        summary, f"int(keras.ops.{name}([float('nan'), 2.0]))", "1", "Tensor of int32 indices; -1 where all are NaN.",
        axis="Integer. Defaults to all elements in order.",
    )(function)  # fmt: skip
    return function


nansum = _sum_like("nansum", red.sum, 0, "Sums elements over axes; NaN counts as 0.", "2.0")
nanprod = _sum_like("nanprod", red.prod, 1, "Multiplies elements over axes; NaN counts as 1.", "2.0")
nanmax = _extreme("nanmax", red.max, -np.inf, "Returns the largest element over axes that is not NaN.")
nanmin = _extreme("nanmin", red.min, np.inf, "Returns the smallest element over axes that is not NaN.")
nanargmax = _position("nanargmax", red.argmax, -np.inf, "Returns the index of the largest element that is not NaN.")
nanargmin = _position("nanargmin", red.argmin, np.inf, "Returns the index of the smallest element that is not NaN.")


def _numbers(x, axis, keepdims):
    """How many elements are not NaN."""
    return rows.cast_to(red.sum(rows.logical_not(isnan(x)), axis, keepdims), x.dtype)


@described(
    "Averages the elements over axes that are not NaN.", "float(keras.ops.nanmean([2.0, float('nan')]))", "2.0",
    axis=AXES,
)  # fmt: skip
@in_float32
def nanmean(x, axis=None, keepdims=False):
    x = floating(x)
    return ar.divide(nansum(x, axis, keepdims), _numbers(x, axis, keepdims))


@described(
    "Returns the variance of the elements over axes that are not NaN.",
    "float(keras.ops.nanvar([1.0, 3.0, float('nan')]))", "1.0", axis=AXES,
)  # fmt: skip
@in_float32
def nanvar(x, axis=None, keepdims=False):
    x = floating(x)
    gap = ar.subtract(x, nanmean(x, axis, keepdims=True))
    squares = rows.where(isnan(x), rows.like(x, 0), rows.square(gap))  # NaN out of infinities is not left out
    return ar.divide(red.sum(squares, axis, keepdims), _numbers(x, axis, keepdims))


@described(
    "Returns the standard deviation of the elements over axes that are not NaN.",
    "float(keras.ops.nanstd([1.0, 3.0, float('nan')]))", "1.0", axis=AXES,
)  # fmt: skip
@in_float32
def nanstd(x, axis=None, keepdims=False):
    return rows.sqrt(nanvar(x, axis, keepdims))


# --- quantiles -------------------------------------------------------------------------------------

METHODS = ("linear", "lower", "higher", "midpoint", "nearest")


def _lines(x, axes):
    """The tensor with the reduced axes as one, the last."""
    kept = [a for a in range(x.ndim) if a not in axes]
    count = int(np.prod([x.shape[a] for a in axes]))
    return reshape(transpose(x, [*kept, *axes]), [*(x.shape[a] for a in kept), count])


def _some(line):
    """Lines with an element at least: NaN where there is none."""
    if line.shape[-1] != 0:
        return line
    return broadcast(rows.like(line, np.nan), shape=(*line.shape[:-1], 1))


def _picked(line, at):
    """Elements of sorted lines at places that are floats; at has the quantiles as its last axis."""
    return gather.take_along(line, rows.cast_to(at, "int32"), axis=line.ndim - 1)


def _between(line, place, method):
    low, high = rows.floor(place), rows.ceil(place)
    if method == "nearest":
        return _picked(line, rows.rint(place))
    if method in ("lower", "higher"):
        return _picked(line, low if method == "lower" else high)
    share = rows.like(place, 0.5) if method == "midpoint" else ar.subtract(place, low)
    a, b = (rows.cast_to(_picked(line, at), place.dtype) for at in (low, high))
    mixed = ar.add(ar.multiply(a, ar.subtract(1, share)), ar.multiply(b, share))
    # where there is nothing to mix, infinity stays
    alone = rows.logical_or(rows.equal(low, place), rows.logical_and(isinf(a), rows.equal(a, b)))
    return rows.cast_to(rows.where(alone, a, mixed), line.dtype)


def _quantile(x, q, axis, method, keepdims, skip):
    if method not in METHODS:
        raise ValueError(f"Argument `method` must be one of {METHODS}. Received: method={method!r}")
    x, q = floating(x), tensor(q)
    axes, q = axes_of(axis, x.ndim), rows.cast_to(q, result_type(x.dtype, "float32"))
    if not skip:
        red.check_something(x, axes, "quantile")
    line = _some(_lines(x, axes))
    line = gather.take_along(line, sorts.argsort(line, axis=line.ndim - 1), axis=line.ndim - 1)
    bad = rows.isnan(line)
    numbers = rows.cast_to(red.sum(rows.cast_to(rows.logical_not(bad), "int32"), -1, True), q.dtype)
    last = ar.maximum(ar.subtract(numbers, 1), 0) if skip else rows.like(q, line.shape[-1] - 1)
    place = ar.multiply(reshape(q, -1), last)
    place = place if place.ndim == line.ndim else ar.add(place, ar.multiply(numbers, 0))
    y = _between(line, place, method)
    lost = rows.equal(numbers, rows.like(q, 0)) if skip else red.any(bad, -1, True)
    y = rows.where(lost, rows.like(x, np.nan), y)
    return _placed(y, x, axes, q, keepdims)


def _placed(y, x, axes, q, keepdims):
    """The quantiles as the first axes, and the reduced axes with extent 1 where asked."""
    y = transpose(y, [y.ndim - 1, *range(y.ndim - 1)])
    kept = [1 if a in axes else e for a, e in enumerate(x.shape) if keepdims or a not in axes]
    return reshape(y, [*q.shape, *kept])


@described(
    "Returns quantiles of the elements over axes.", "float(keras.ops.quantile([1.0, 2.0, 4.0], 0.25))", "1.5",
    "A tensor; the shape of `q` comes first.", "ValueError: If `method` is unknown.", axis=AXES,
    q="Number or tensor of numbers from 0 to 1.",
)  # fmt: skip
@in_float32
@shaped
def quantile(x, q, axis=None, method="linear", keepdims=False):
    return _quantile(x, q, axis, method, keepdims, skip=False)


@described(
    "Returns quantiles of the elements over axes that are not NaN.",
    "float(keras.ops.nanquantile([1.0, float('nan'), 2.0], 0.5))", "1.5", "A tensor; the shape of `q` comes first.",
    "ValueError: If `method` is unknown.", axis=AXES, q="Number or tensor of numbers from 0 to 1.",
)  # fmt: skip
@in_float32
@shaped
def nanquantile(x, q, axis=None, method="linear", keepdims=False):
    return _quantile(x, q, axis, method, keepdims, skip=True)


@described(
    "Returns percentiles of the elements over axes.", "float(keras.ops.percentile([1.0, 2.0, 4.0], 25))", "1.5",
    "A tensor; the shape of `q` comes first.", "ValueError: If `method` is unknown.", axis=AXES,
    q="Number or tensor of numbers from 0 to 100.",
)  # fmt: skip
@in_float32
def percentile(x, q, axis=None, method="linear", keepdims=False):
    return quantile(x, ar.divide(q, 100), axis, method, keepdims)


@described(
    "Returns percentiles of the elements over axes that are not NaN.",
    "float(keras.ops.nanpercentile([1.0, float('nan'), 2.0], 50))", "1.5", "A tensor; the shape of `q` comes first.",
    "ValueError: If `method` is unknown.", axis=AXES, q="Number or tensor of numbers from 0 to 100.",
)  # fmt: skip
@in_float32
def nanpercentile(x, q, axis=None, method="linear", keepdims=False):
    return nanquantile(x, ar.divide(q, 100), axis, method, keepdims)


@described("Returns the median of elements over axes.", "float(keras.ops.median([3.0, 1.0, 2.0]))", "2.0", axis=AXES)
@in_float32
def median(x, axis=None, keepdims=False):
    return quantile(x, 0.5, axis, keepdims=keepdims)


@described(
    "Returns the median of the elements over axes that are not NaN.",
    "float(keras.ops.nanmedian([3.0, 1.0, float('nan')]))", "2.0", axis=AXES,
)  # fmt: skip
@in_float32
def nanmedian(x, axis=None, keepdims=False):
    return nanquantile(x, 0.5, axis, keepdims=keepdims)
