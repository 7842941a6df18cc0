"""Rows brought to mean 0 and variance 1 (layer normalization), or to mean square 1, and the gradient.

The row is the last `axes` axes. The second result is the factor of each row, which the backward pass needs.
"""

from __future__ import annotations

import math

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.compile.jit import cpu, gpu
from kerasnb.backend.runtime.program import Tasks, cuts
from kerasnb.backend.tensor.tensor import Spec, Tensor, size_of
from kerasnb.kernels.blocked import carried, kept, row_dot, row_sum, slice_of
from kerasnb.kernels.common import BLOCK, flat, wide
from kerasnb.kernels.elementwise import add, divide, like, multiply, negative, subtract
from kerasnb.kernels.half import wide_half
from kerasnb.kernels.move import reshape
from kerasnb.kernels.sum import broadcast, total
from kerasnb.kernels.warp import row_factor, row_total, warp_grid, warp_rows, warp_sums

TASKS = 8
TASK = 50_000  # numbers that are worth another thread's while

# --- spec ------------------------------------------------------------------------------------------


def _spec(x: Spec, *, axes, epsilon, centered) -> tuple:
    return x, Spec(x.shape[: len(x.shape) - axes], x.dtype)


def _grad_spec(y: Spec, factor: Spec, dy: Spec, *, axes, centered) -> Spec:
    return y


# --- reference -------------------------------------------------------------------------------------


def _last(x, axes) -> tuple:
    return tuple(range(x.ndim - axes, x.ndim))


def _reference(x, *, axes, epsilon, centered):
    wide, last = x.astype(np.float64), _last(x, axes)
    if centered:
        wide = wide - np.mean(wide, last, keepdims=True)
    factor = 1 / np.sqrt(np.mean(wide * wide, last, keepdims=True) + epsilon)
    return (wide * factor).astype(x.dtype), factor.astype(x.dtype).reshape(x.shape[: x.ndim - axes])


def _grad_reference(y, factor, dy, *, axes, centered):
    last, dtype = _last(y, axes), y.dtype
    factor, y, dy = wide(factor).reshape(*factor.shape, *(1,) * axes), wide(y), wide(dy)
    lost = y * np.mean(y * dy, last, keepdims=True)
    if centered:
        lost = lost + np.mean(dy, last, keepdims=True)
    return (factor * (dy - lost)).astype(dtype)


# --- cpu -------------------------------------------------------------------------------------------


@cpu
def normalize_each(
    x: np.ndarray, y: np.ndarray, factors: np.ndarray, along: int, epsilon: float, centered: bool, lo: int, hi: int
) -> None:
    """Rows `lo` to `hi`."""
    inverse = x.dtype.type(1) / x.dtype.type(along)
    for row in range(lo, hi):
        xs = slice_of(x, row * along, (row + 1) * along)
        ys = slice_of(y, row * along, (row + 1) * along)
        middle = row_sum(xs) * inverse if centered else x.dtype.type(0)
        for i in range(along):
            ys[i] = xs[i] - middle
        factor = x.dtype.type(1) / math.sqrt(row_dot(ys, ys) * inverse + epsilon)
        factors[row] = factor
        for i in range(along):
            ys[i] *= factor


@cpu
def normalize_back(
    y: np.ndarray, factors: np.ndarray, dy: np.ndarray, dx: np.ndarray, along: int, centered: bool, lo: int, hi: int
) -> None:
    """The gradients of rows `lo` to `hi`."""
    inverse = y.dtype.type(1) / y.dtype.type(along)
    for row in range(lo, hi):
        ys = slice_of(y, row * along, (row + 1) * along)
        dys = slice_of(dy, row * along, (row + 1) * along)
        dxs = slice_of(dx, row * along, (row + 1) * along)
        middle = row_sum(dys) * inverse if centered else y.dtype.type(0)
        slope = row_dot(ys, dys) * inverse
        factor = factors[row]
        for i in range(along):
            dxs[i] = factor * (dys[i] - middle - ys[i] * slope)


def _extents(x, axes) -> tuple[int, int]:
    """How many rows, and how many elements in each."""
    return size_of(x.shape[: x.ndim - axes]), size_of(x.shape[x.ndim - axes :])


def row_cuts(rows: int, size: int) -> list[tuple[int, int]]:
    """Rows cut into tasks, of which each holds enough numbers to be worth another thread's while."""
    return cuts(rows, min(TASKS, size // TASK, rows))


def _tasks(kernel, arrays, rows, along, *attrs) -> list:
    parts = [(*map(flat, arrays), along, *attrs, lo, hi) for lo, hi in row_cuts(rows, rows * along)]
    return [(Tasks(kernel, parts), ())]


def _cpu(ins, outs, *, axes, epsilon, centered):
    x = ins[0]
    if x.dtype.name not in ("float32", "float64"):
        return normalize_rows.implementations["numpy"](ins, outs, axes=axes, epsilon=epsilon, centered=centered)
    if not x.size:
        return [(outs[1].fill, (1 / math.sqrt(epsilon) if epsilon else np.inf,))]
    rows, along = _extents(x, axes)
    return _tasks(normalize_each, (x, *outs), rows, along, x.dtype.type(epsilon), centered)


def _grad_cpu(ins, outs, *, axes, centered):
    y = ins[0]
    if y.dtype.name not in ("float32", "float64"):
        return normalize_rows_grad.implementations["numpy"](ins, outs, axes=axes, centered=centered)
    return _tasks(normalize_back, (*ins, *outs), *_extents(y, axes), centered) if y.size else []


# --- cuda: one warp a row --------------------------------------------------------------------------


@gpu
def normalize_gpu(
    rows: int, along: int, x: np.ndarray, y: np.ndarray, factors: np.ndarray, epsilon: float, centered: bool
) -> None:
    """Y and the factor of each row."""
    lane, row, step = warp_rows()
    count = x.dtype.type(np.int32(along))
    while row < rows:
        start = row * along
        middle = row_total(x, start, start + along if centered else start, lane) / count
        factor = row_factor(x, start, start + along, lane, middle, epsilon)
        if lane == 0:
            factors[row] = factor
        i = lane
        while i < along:
            y[start + i] = (x[start + i] - middle) * factor
            i += np.uint32(32)
        row += step


@gpu
def normalize_back_gpu(
    rows: int, along: int, y: np.ndarray, factors: np.ndarray, dy: np.ndarray, dx: np.ndarray, centered: bool
) -> None:
    """The gradient of x."""
    lane, row, step = warp_rows()
    count = y.dtype.type(np.int32(along))
    while row < rows:
        start = row * along
        middle = y.dtype.type(0)
        middle_lost = y.dtype.type(0)
        slope = y.dtype.type(0)
        slope_lost = y.dtype.type(0)
        i = lane
        while i < along:
            middle, middle_lost = carried(middle, middle_lost, dy[start + i])
            slope, slope_lost = carried(slope, slope_lost, y[start + i] * dy[start + i])
            i += np.uint32(32)
        middle = kept(middle, middle_lost)
        slope = kept(slope, slope_lost)
        middle, slope = warp_sums(middle, slope)
        middle = middle / count if centered else y.dtype.type(0)
        slope = slope / count
        i = lane
        while i < along:
            dx[start + i] = factors[row] * (dy[start + i] - middle - y[start + i] * slope)
            i += np.uint32(32)
        row += step


@wide_half
def _cuda(ins, outs, *, axes, epsilon, centered):
    x = ins[0]
    if not size_of(x.shape):
        return []
    rows, along = map(np.uint32, _extents(x, axes))
    args = rows, along, *map(flat, (x, *outs)), x.dtype.type(epsilon), np.bool_(centered)
    return [(normalize_gpu.on(warp_grid(int(rows)), BLOCK), args)]


@wide_half
def _grad_cuda(ins, outs, *, axes, centered):
    if not size_of(outs[0].shape):
        return []
    rows, along = map(np.uint32, _extents(ins[0], axes))
    args = rows, along, *map(flat, (*ins, *outs)), np.bool_(centered)
    return [(normalize_back_gpu.on(warp_grid(int(rows)), BLOCK), args)]


# --- vjp -------------------------------------------------------------------------------------------


def mean_over(x: Tensor, axes: int) -> Tensor:
    """The mean over the last axes, repeated along them."""
    shape = tuple(x.shape)
    kept = shape[: len(shape) - axes]
    s = total(x, axes=tuple(range(len(kept), len(shape))))
    s = divide(s, like(s, size_of(shape[len(kept) :])))
    return repeated(s, shape, axes)


def repeated(s: Tensor, shape: tuple, axes: int) -> Tensor:
    """A number of each row, repeated along the last axes."""
    return broadcast(reshape(s, shape=(*shape[: len(shape) - axes], *(1,) * axes)), shape=shape)


def _vjp(call, dy, dfactor):
    y, factor = call.outs
    axes, centered = call.attrs["axes"], call.attrs["centered"]
    dx = None if dy is None else normalize_rows_grad(y, factor, dy, axes=axes, centered=centered)
    if dfactor is None:
        return (dx,)
    # factor = (mean(v * v) + epsilon) ** -1/2 and y = v * factor, so d factor / d x = -y * factor ** 2 / count
    count = like(factor, size_of(tuple(y.shape[len(y.shape) - axes :])))
    slope = negative(divide(multiply(dfactor, multiply(factor, factor)), count))
    more = multiply(y, repeated(slope, tuple(y.shape), axes))
    return (more if dx is None else add(dx, more),)


def _grad_vjp(call, g):
    """From dx = factor * (dy - mean(dy) - y * mean(y * dy)); the mean of dy only where rows were centred."""
    y, factor, dy = call.ins
    axes, centered = call.attrs["axes"], call.attrs["centered"]
    wide = repeated(factor, tuple(y.shape), axes)
    scaled = multiply(g, wide)
    along_g, along_dy = mean_over(multiply(y, scaled), axes), mean_over(multiply(y, dy), axes)
    to_y = negative(add(multiply(scaled, along_dy), multiply(dy, along_g)))
    to_dy = subtract(scaled, multiply(y, along_g))
    inner = subtract(dy, multiply(y, along_dy))
    if centered:
        to_dy = subtract(to_dy, mean_over(scaled, axes))
        inner = subtract(inner, mean_over(dy, axes))
    last = tuple(range(len(y.shape) - axes, len(y.shape)))
    return to_y, total(multiply(g, inner), axes=last), to_dy


# --- record ----------------------------------------------------------------------------------------

normalize_rows = Op("normalize_rows", spec=_spec, reference=_reference, cpu=_cpu, cuda=_cuda, vjp=_vjp)
normalize_rows_grad = Op(
    "normalize_rows_grad", spec=_grad_spec, reference=_grad_reference, cpu=_grad_cpu, cuda=_grad_cuda, vjp=_grad_vjp
)
