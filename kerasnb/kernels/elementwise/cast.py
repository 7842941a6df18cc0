"""Casts between dtypes."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.late_bound import Assignment
from kerasnb.backend.tensor.dtypes import FLOATS, INTEGERS, UNSIGNED, numpy_dtype
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.kernels.elementwise.definition import elementwise_op


def _cast(x):
    return x


def _cast_to_bool(x):
    return x != 0


def _cast_vjp(call, dy):
    dtype = call.ins[0].dtype
    return (cast_to(dy, dtype) if dtype in FLOATS and dy.dtype in FLOATS else None,)


cast = elementwise_op(_cast, lambda x, *, dtype: x.astype(dtype), _cast_vjp, dtype="attr")
cast_bool = elementwise_op(_cast_to_bool, lambda x: x.astype(bool), dtype="bool", name="cast_bool")

# --- floats to integers: what does not fit becomes the nearest integer that does, NaN becomes 0 -------
#
# A processor's own conversion gives anything there, another number in a loop of vectors than in a plain one.
# `end` is the first number above the range, a power of two, which every float dtype holds exactly.


def _cast_signed(x, end):
    lowest = np.int64(-end)
    outside = lowest if x < 0 else (~lowest if x > 0 else np.int64(0))
    return np.int64(x) if (x >= -end and x < end) else outside


def _cast_unsigned(x, end):
    half = np.uint64(end / 2)
    outside = half + (half - np.uint64(1)) if x > 0 else np.uint64(0)
    return np.uint64(x) if (x >= 0 and x < end) else outside


def _saturated(x, *, dtype, end):
    info, wide = np.iinfo(dtype), x.astype(np.float64)
    high, low = wide >= end, wide < float(info.min)
    inside = np.where(high | low | np.isnan(wide), 0, wide).astype(dtype)
    return np.where(high, info.max, np.where(low, info.min, inside)).astype(dtype)


cast_signed = elementwise_op(_cast_signed, _saturated, dtype="attr")
cast_unsigned = elementwise_op(_cast_unsigned, _saturated, dtype="attr")


def cast_to(x: Tensor, dtype: str) -> Tensor:
    """`x` with another dtype; a cast to integers or bool has no gradient."""
    if x.dtype == dtype:
        return x
    if x.dtype in FLOATS and dtype in INTEGERS:
        bits = 8 * numpy_dtype(dtype).itemsize
        if dtype in UNSIGNED:
            return cast_unsigned(x, dtype=dtype, end=2.0**bits)
        return cast_signed(x, dtype=dtype, end=2.0 ** (bits - 1))
    return cast_bool(x) if dtype == "bool" else cast(x, dtype=dtype)


Assignment.cast = cast_to
