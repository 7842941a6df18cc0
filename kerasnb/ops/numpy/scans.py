"""Running sums and products of `keras.ops`, differences of neighbours, and the trapezoid rule."""

from __future__ import annotations

from kerasnb.backend.tensor.dtypes import FLOATS, standardize_dtype
from kerasnb.kernels import elementwise as rows
from kerasnb.kernels import scan
from kerasnb.ops.arguments import floating, one_axis, tensor
from kerasnb.ops.describe import described, shaped
from kerasnb.ops.numpy import arithmetic as ar
from kerasnb.ops.numpy import reductions as red
from kerasnb.ops.numpy.half import in_float32
from kerasnb.ops.numpy.shapes import reshape

__all__ = ["cumprod", "cumsum", "diff", "nancumprod", "nancumsum", "trapezoid"]

WHOLE = "Integer. Defaults to the flattened tensor."


def _prepared(x, axis, dtype):
    """The tensor in the dtype in which it is summed, and the axis."""
    x = tensor(x, None if dtype is None else standardize_dtype(dtype))
    x = rows.cast_to(x, "int32") if x.dtype == "bool" else x
    return (reshape(x, -1), 0) if axis is None else (x, one_axis(axis, x.ndim))


@described("Returns running sums along an axis.", "keras.ops.cumsum([1, 2, 3]).tolist()", "[1, 3, 6]", axis=WHOLE)
@shaped
def cumsum(x, axis=None, dtype=None):
    x, axis = _prepared(x, axis, dtype)
    return scan.cumsum(x, axis=axis, reverse=False)


@described("Returns running products along an axis.", "keras.ops.cumprod([1, 2, 3]).tolist()", "[1, 2, 6]", axis=WHOLE)
@shaped
def cumprod(x, axis=None, dtype=None):
    x, axis = _prepared(x, axis, dtype)
    return scan.cumprod(x, axis) if x.shape[axis] else x


def _without_nan(x, value):
    x = tensor(x)
    return rows.where(rows.isnan(x), rows.like(x, value), x) if x.dtype in FLOATS else x


@described(
    "Returns running sums along an axis; NaN counts as 0.", "keras.ops.nancumsum([1.0, float('nan')]).tolist()",
    "[1.0, 1.0]", axis=WHOLE,
)  # fmt: skip
def nancumsum(x, axis=None, dtype=None):
    return cumsum(_without_nan(x, 0), axis, dtype)


@described(
    "Returns running products along an axis; NaN counts as 1.", "keras.ops.nancumprod([2.0, float('nan')]).tolist()",
    "[2.0, 2.0]", axis=WHOLE,
)  # fmt: skip
def nancumprod(x, axis=None, dtype=None):
    return cumprod(_without_nan(x, 1), axis, dtype)


def _neighbours(x, axis: int):
    """All elements but the first, and all but the last."""
    lead = (slice(None),) * axis
    return x[(*lead, slice(1, None))], x[(*lead, slice(0, max(x.shape[axis] - 1, 0)))]


@described(
    "Returns the differences of neighbours along an axis.", "keras.ops.diff([1, 4, 9]).tolist()", "[3, 5]",
    raises="ValueError: If `n` is negative.", a="Input tensor.", n="Integer, how many times. Defaults to `1`.",
)  # fmt: skip
@shaped
def diff(a, n=1, axis=-1):
    x = tensor(a)
    if n < 0:
        raise ValueError(f"Argument `n` must not be negative. Received: n={n}")
    axis = one_axis(axis, x.ndim)
    for _ in range(n):
        later, earlier = _neighbours(x, axis)
        x = rows.not_equal(later, earlier) if x.dtype == "bool" else rows.subtract(later, earlier)
    return x


@described(
    "Integrates along an axis by the trapezoid rule.", "float(keras.ops.trapezoid([1.0, 2.0, 3.0]))", "4.0",
    y="Tensor of values.", x="Optional tensor of the places of the values.",
    dx="Float, the distance of places where `x` is None.",
)  # fmt: skip
@in_float32
@shaped
def trapezoid(y, x=None, dx=1.0, axis=-1):
    y = floating(y)
    axis = one_axis(axis, y.ndim)
    later, earlier = _neighbours(y, axis)
    if x is None:
        return ar.multiply(red.sum(ar.add(later, earlier), axis), 0.5 * dx)
    x = floating(x)
    width = diff(x, axis=-1 if x.ndim == 1 else axis)
    width = reshape(width, (-1, *(1,) * (y.ndim - axis - 1))) if x.ndim == 1 else width
    return ar.multiply(red.sum(ar.multiply(ar.add(later, earlier), width), axis), 0.5)
