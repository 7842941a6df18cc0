"""Rows brought to mean 0 and variance 1, or to mean square 1, then scaled and moved: one pass in each direction.

`normalize_scaled(x, gamma, beta)` takes x of shape (rows, along) and vectors, and returns the result, and for the
backward pass each row's mean (0 where rows are not centred) and factor. It replaces `normalize_rows(x) * gamma + beta`
where both vectors stand along the row: a step moves less than half of the memory (`benchmarks/operations.py`).
"""

from __future__ import annotations

import math

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.compile.jit import cpu, gpu
from kerasnb.backend.plan.buffers import scratch
from kerasnb.backend.runtime.program import Tasks
from kerasnb.backend.tensor import device
from kerasnb.backend.tensor.tensor import Spec, size_of
from kerasnb.kernels.blocked import ROWS, add_or_begin, carried, kept, row_dot, row_sum, settle, slice_of
from kerasnb.kernels.common import BLOCK, check_channels, flat
from kerasnb.kernels.composed import second_order
from kerasnb.kernels.conv.columns import add_parts
from kerasnb.kernels.elementwise import add, divide, like, multiply, negative, subtract
from kerasnb.kernels.half import wide_half
from kerasnb.kernels.normalize import mean_over, repeated, row_cuts, served
from kerasnb.kernels.sum import total
from kerasnb.kernels.warp import row_factor, row_total, warp_grid, warp_rows, warp_sums

# --- spec ------------------------------------------------------------------------------------------


def _spec(x: Spec, gamma: Spec, beta: Spec, *, epsilon, centered) -> tuple:
    check_channels(x, gamma, beta)
    each = Spec(x.shape[:1], x.dtype)
    return x, each, each


def _grad_spec(x: Spec, gamma: Spec, mean: Spec, factor: Spec, dy: Spec, *, centered) -> tuple:
    return x, gamma, gamma


# --- reference -------------------------------------------------------------------------------------


def _reference(x, gamma, beta, *, epsilon, centered):
    wide = x.astype(np.float64)
    mean = wide.mean(1) if centered else np.zeros(len(x))
    rest = wide - mean[:, None]
    factor = 1 / np.sqrt((rest * rest).mean(1) + epsilon)
    return tuple(a.astype(x.dtype) for a in (rest * factor[:, None] * gamma + beta, mean, factor))


def _grad_reference(x, gamma, mean, factor, dy, *, centered):
    x, mean, factor, wide = (a.astype(np.float64) for a in (x, mean, factor, dy))
    normal, dnormal = (x - mean[:, None]) * factor[:, None], wide * gamma
    lost = normal * (normal * dnormal).mean(1, keepdims=True) + (dnormal.mean(1, keepdims=True) if centered else 0)
    gradients = factor[:, None] * (dnormal - lost), (wide * normal).sum(0), wide.sum(0)
    return tuple(g.astype(dy.dtype) for g in gradients)


# --- cpu -------------------------------------------------------------------------------------------


@cpu
def scaled_rows(
    x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, y: np.ndarray, means: np.ndarray, factors: np.ndarray,
    epsilon: float, centered: bool, lo: int, hi: int,
) -> None:  # fmt: skip
    """Rows `lo` to `hi`."""
    along = gamma.size
    inverse = x.dtype.type(1) / x.dtype.type(along)
    for row in range(lo, hi):
        xs, ys = slice_of(x, row * along, (row + 1) * along), slice_of(y, row * along, (row + 1) * along)
        middle = row_sum(xs) * inverse if centered else x.dtype.type(0)
        for i in range(along):
            ys[i] = xs[i] - middle
        factor = x.dtype.type(1) / math.sqrt(row_dot(ys, ys) * inverse + epsilon)
        means[row], factors[row] = middle, factor
        for i in range(along):
            ys[i] = ys[i] * factor * gamma[i] + beta[i]


@cpu
def normal_row(x: np.ndarray, middle: float, factor: float, normal: np.ndarray) -> None:
    """A row brought to mean 0 and variance 1."""
    for i in range(x.size):
        normal[i] = (x[i] - middle) * factor


@cpu
def times_row(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> None:
    """Z = x * y."""
    for i in range(x.size):
        z[i] = x[i] * y[i]


@cpu
def normal_row_vjp(
    dnormal: np.ndarray, normal: np.ndarray, factor: float, middle: float, slope: float, dx: np.ndarray
) -> None:
    """The gradient of a row from that of the normal row."""
    for i in range(dx.size):
        dx[i] = factor * (dnormal[i] - middle - normal[i] * slope)


@cpu
def add_to_vectors(dy: np.ndarray, normal: np.ndarray, sums: np.ndarray) -> None:
    """Adds the part of one row to the gradients of gamma and beta."""
    along = dy.size
    for i in range(along):
        sums[i] += dy[i] * normal[i]
    for i in range(along):
        sums[along + i] += dy[i]


@cpu
def scaled_rows_back(
    x: np.ndarray, gamma: np.ndarray, means: np.ndarray, factors: np.ndarray, dy: np.ndarray, dx: np.ndarray,
    sums: np.ndarray, space: np.ndarray, centered: bool, lo: int, hi: int,
) -> None:  # fmt: skip
    """The gradients of rows `lo` to `hi`; `sums` holds their part of the gradients of gamma and beta."""
    along = gamma.size
    inverse = x.dtype.type(1) / x.dtype.type(along)
    normal, dnormal = slice_of(space, 0, along), slice_of(space, along, 2 * along)
    run, lost = slice_of(space, 2 * along, 4 * along), slice_of(space, 4 * along, 6 * along)
    for start in range(lo, hi, ROWS):
        run[:] = x.dtype.type(0)
        for row in range(start, min(start + ROWS, hi)):
            dys = slice_of(dy, row * along, (row + 1) * along)
            normal_row(slice_of(x, row * along, (row + 1) * along), means[row], factors[row], normal)
            times_row(dys, gamma, dnormal)
            middle = row_sum(dnormal) * inverse if centered else x.dtype.type(0)
            slope = row_dot(normal, dnormal) * inverse
            normal_row_vjp(dnormal, normal, factors[row], middle, slope, slice_of(dx, row * along, (row + 1) * along))
            add_to_vectors(dys, normal, run)
        add_or_begin(start == lo, sums, lost, run)
    if hi - lo > ROWS:
        settle(sums, lost)


def _cpu(ins, outs, *, epsilon, centered):
    x = ins[0]
    if not served(x):
        return normalize_scaled.implementations["numpy"](ins, outs, epsilon=epsilon, centered=centered)
    arrays = [*map(flat, (*ins, *outs)), x.dtype.type(epsilon), centered]
    return [(Tasks(scaled_rows, [(*arrays, *cut) for cut in row_cuts(x.shape[0], x.size)]), ())]


def _grad_cpu(ins, outs, *, centered):
    x, gamma = ins[:2]
    if not served(x):
        return normalize_scaled_grad.implementations["numpy"](ins, outs, centered=centered)
    cuts, along, arrays = row_cuts(x.shape[0], x.size), gamma.size, [*map(flat, (*ins, outs[0]))]
    sums, space = (scratch((len(cuts), width * along), x.dtype) for width in (2, 6))
    tasks = [(*arrays, s, r, centered, *cut) for s, r, cut in zip(sums, space, cuts, strict=True)]
    halves = [(add_parts, (sums[:, k * along : (k + 1) * along], out)) for k, out in enumerate(outs[1:])]
    return [(Tasks(scaled_rows_back, tasks), ()), *halves]


# --- cuda: one warp a row --------------------------------------------------------------------------


@gpu
def scaled_gpu(
    rows: int, along: int, x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, y: np.ndarray, means: np.ndarray,
    factors: np.ndarray, epsilon: float, centered: bool,
) -> None:  # fmt: skip
    """Y, and the mean and factor of each row."""
    lane, row, step = warp_rows()
    count = x.dtype.type(np.int32(along))
    while row < rows:
        start = row * along
        middle = row_total(x, start, start + along if centered else start, lane) / count
        factor = row_factor(x, start, start + along, lane, middle, epsilon)
        if lane == 0:
            means[row] = middle
            factors[row] = factor
        i = lane
        while i < along:
            y[start + i] = (x[start + i] - middle) * factor * gamma[i] + beta[i]
            i += np.uint32(32)
        row += step


@gpu
def scaled_back_gpu(
    rows: int, along: int, x: np.ndarray, gamma: np.ndarray, means: np.ndarray, factors: np.ndarray, dy: np.ndarray,
    dx: np.ndarray, scaled: np.ndarray, centered: bool,
) -> None:  # fmt: skip
    """The gradient of x; `scaled` receives the terms of the gradient of gamma."""
    lane, row, step = warp_rows()
    count = x.dtype.type(np.int32(along))
    while row < rows:
        start = row * along
        factor = factors[row]
        middle = x.dtype.type(0)
        middle_lost = x.dtype.type(0)
        slope = x.dtype.type(0)
        slope_lost = x.dtype.type(0)
        i = lane
        while i < along:
            normal = (x[start + i] - means[row]) * factor
            dnormal = dy[start + i] * gamma[i]
            scaled[start + i] = dy[start + i] * normal
            middle, middle_lost = carried(middle, middle_lost, dnormal)
            slope, slope_lost = carried(slope, slope_lost, normal * dnormal)
            i += np.uint32(32)
        middle = kept(middle, middle_lost)
        slope = kept(slope, slope_lost)
        middle, slope = warp_sums(middle, slope)
        middle = middle / count if centered else x.dtype.type(0)
        slope = slope / count
        i = lane
        while i < along:
            normal = (x[start + i] - means[row]) * factor
            dx[start + i] = factor * (dy[start + i] * gamma[i] - middle - normal * slope)
            i += np.uint32(32)
        row += step


@wide_half
def _cuda(ins, outs, *, epsilon, centered):
    x = ins[0]
    if not size_of(x.shape):
        return []
    args = *map(np.uint32, x.shape), *map(flat, (*ins, *outs)), x.dtype.type(epsilon), np.bool_(centered)
    return [(scaled_gpu.on(warp_grid(x.shape[0]), BLOCK), args)]


@wide_half
def _grad_cuda(ins, outs, *, centered):
    x, dy = ins[0], ins[4]
    sums = total.implementations["cuda"]
    if not size_of(x.shape):
        return [*sums([dy], [outs[1]], axes=(0,)), *sums([dy], [outs[2]], axes=(0,))]
    scaled = device.runtime().empty(x.shape, x.dtype)
    args = *map(np.uint32, x.shape), *map(flat, (*ins, outs[0], scaled)), np.bool_(centered)
    back = (scaled_back_gpu.on(warp_grid(x.shape[0]), BLOCK), args)
    return [back, *sums([scaled], [outs[1]], axes=(0,)), *sums([dy], [outs[2]], axes=(0,))]


# --- vjp -------------------------------------------------------------------------------------------


def _wide(v, x):
    """A number of each row along the row."""
    return repeated(v, tuple(x.shape), 1)


def _vjp(call, dy, dmean, dfactor):
    (x, gamma, _), (_, mean, factor), centered = call.ins, call.outs, call.attrs["centered"]
    dx = dgamma = dbeta = None
    if dy is not None:
        dx, dgamma, dbeta = normalize_scaled_grad(x, gamma, mean, factor, dy, centered=centered)
    more = []
    if dmean is not None and centered:
        more.append(_wide(divide(dmean, like(dmean, x.shape[1])), x))
    if dfactor is not None:  # factor = (mean(v * v) + epsilon) ** -1/2, so d factor / d x = -v * factor ** 3 / count
        slope = multiply(dfactor, multiply(factor, multiply(factor, factor)))
        slope = negative(divide(slope, like(slope, x.shape[1])))
        more.append(multiply(subtract(x, _wide(mean, x)), _wide(slope, x)))
    for term in more:
        dx = term if dx is None else add(dx, term)
    return dx, dgamma, dbeta


def _back_composed(x, gamma, mean, factor, dy, *, centered):
    """The gradient composed of operations, for the second derivative."""
    wide = _wide(factor, x)
    normal, dnormal = multiply(subtract(x, _wide(mean, x)), wide), multiply(dy, gamma)
    inner = subtract(dnormal, multiply(normal, mean_over(multiply(normal, dnormal), 1)))
    inner = subtract(inner, mean_over(dnormal, 1)) if centered else inner
    return multiply(wide, inner), total(multiply(dy, normal), axes=(0,)), total(dy, axes=(0,))


# --- record ----------------------------------------------------------------------------------------

normalize_scaled = Op("normalize_scaled", spec=_spec, reference=_reference, cpu=_cpu, cuda=_cuda, vjp=_vjp)
normalize_scaled_grad = Op(
    "normalize_scaled_grad", spec=_grad_spec, reference=_grad_reference, cpu=_grad_cpu, cuda=_grad_cuda,
    vjp=second_order(_back_composed),
)  # fmt: skip
