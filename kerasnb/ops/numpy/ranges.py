"""Evenly spaced numbers and window functions of `keras.ops`."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.tensor.dtypes import FLOATS, floatx, standardize_dtype
from kerasnb.backend.tensor.tensor import from_host
from kerasnb.kernels import elementwise as rows
from kerasnb.ops.arguments import one_axis, promoted
from kerasnb.ops.describe import described
from kerasnb.ops.numpy import arithmetic as ar
from kerasnb.ops.numpy import functions as fn
from kerasnb.ops.numpy.creation import zeros, zeros_like
from kerasnb.ops.numpy.rearranging import moveaxis
from kerasnb.ops.numpy.shapes import reshape

__all__ = [
    "bartlett", "blackman", "empty", "empty_like", "geomspace", "hamming", "hanning", "kaiser", "linspace", "logspace",
]  # fmt: skip


def _window(name: str, summary: str, result: str):
    def function(x):
        return from_host(getattr(np, name)(int(x)), floatx())

    function.__name__ = function.__qualname__ = name
    described(
        summary, f"[round(v, 2) for v in keras.ops.{name}(3).tolist()]", result, x="Integer, the number of points."
    )(function)
    return function


bartlett = _window("bartlett", "Returns the triangular window of Bartlett.", "[0.0, 1.0, 0.0]")
blackman = _window("blackman", "Returns the window of Blackman.", "[-0.0, 1.0, -0.0]")
hamming = _window("hamming", "Returns the window of Hamming.", "[0.08, 1.0, 0.08]")
hanning = _window("hanning", "Returns the window of von Hann.", "[0.0, 1.0, 0.0]")


@described(
    "Returns the window of Kaiser.", "[round(v, 2) for v in keras.ops.kaiser(3, 2.0).tolist()]", "[0.44, 1.0, 0.44]",
    x="Integer, the number of points.", beta="Float, how narrow the window is.",
)  # fmt: skip
def kaiser(x, beta):
    return from_host(np.kaiser(int(x), float(beta)), floatx())


@described(
    "Returns a tensor whose values do not matter: zeros.", "keras.ops.empty((2, 3)).shape", "(2, 3)",
    shape="Integer or tuple of integers.", dtype="The dtype. Defaults to `floatx`.",
)  # fmt: skip
def empty(shape, dtype=None):
    return zeros(shape, dtype)


@described("Returns a tensor like `x` whose values do not matter: zeros.", "keras.ops.empty_like([1, 2]).shape", "(2,)")
def empty_like(x, dtype=None):
    return zeros_like(x, dtype)


def _spaced(start, stop, num: int, endpoint: bool):
    """(values with the points as the first axis, step), in floats."""
    if num < 0:
        raise ValueError(f"Argument `num` must not be negative. Received: num={num}")
    start, stop = promoted(start, stop, floating=True)
    width = ar.subtract(stop, start)
    gaps = num - 1 if endpoint else num
    shares = reshape(from_host(np.arange(num) / max(gaps, 1), start.dtype), (num, *(1,) * width.ndim))
    values = ar.add(ar.multiply(start, ar.subtract(1, shares)), ar.multiply(stop, shares))
    return values, ar.divide(width, gaps) if gaps > 0 else ar.multiply(width, np.nan)


def _finished(values, dtype, axis: int):
    dtype = values.dtype if dtype is None else standardize_dtype(dtype)
    values = values if dtype in FLOATS else rows.floor(values)
    return moveaxis(rows.cast_to(values, dtype), 0, one_axis(axis, values.ndim))


@described(
    "Returns evenly spaced numbers.", "keras.ops.linspace(0.0, 1.0, 3).tolist()", "[0.0, 0.5, 1.0]",
    "A tensor, and the step where asked for.", "ValueError: If `num` is negative.",
    retstep="Boolean, whether to return the step, too.", axis="Integer, where the numbers run. Defaults to `0`.",
)  # fmt: skip
def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    values, step = _spaced(start, stop, num, endpoint)
    values = _finished(values, dtype, axis)
    return (values, step) if retstep else values


@described(
    "Returns numbers whose logarithms are evenly spaced: `base**start` to `base**stop`.",
    "[round(v, 4) for v in keras.ops.logspace(0.0, 2.0, 3).tolist()]", "[1.0, 10.0, 100.0]",
    raises="ValueError: If `num` is negative.", base="The base. Defaults to `10`.",
    axis="Integer, where the numbers run. Defaults to `0`.",
)  # fmt: skip
def logspace(start, stop, num=50, endpoint=True, base=10, dtype=None, axis=0):
    values, _ = _spaced(start, stop, num, endpoint)
    return _finished(ar.power(rows.like(values, base), values), dtype, axis)


@described(
    "Returns numbers of which each is the same multiple of the one before.",
    "[round(v, 4) for v in keras.ops.geomspace(1.0, 4.0, 3).tolist()]", "[1.0, 2.0, 4.0]",
    raises="ValueError: If `num` is negative.", axis="Integer, where the numbers run. Defaults to `0`.",
)  # fmt: skip
def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    start, stop = promoted(start, stop, floating=True)
    side = ar.sign(start)
    values, _ = _spaced(fn.log(ar.absolute(start)), fn.log(ar.absolute(stop)), num, endpoint)
    return _finished(ar.multiply(side, fn.exp(values)), dtype, axis)
