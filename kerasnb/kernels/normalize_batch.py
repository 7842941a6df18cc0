"""The channels of a batch brought to mean 0 and variance 1, scaled and moved, and the gradient.

`normalize_batch(x, gamma, beta)` takes x of shape (..., channels) and returns the result, and each channel's mean and
variance over all other axes (Ioffe and Szegedy, 2015).
"""

from __future__ import annotations

import math

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.compile.jit import cpu, cuda, gpu
from kerasnb.backend.plan.buffers import scratch
from kerasnb.backend.runtime import program
from kerasnb.backend.runtime.program import Tasks
from kerasnb.backend.tensor import device
from kerasnb.backend.tensor.tensor import Spec, size_of
from kerasnb.kernels.blocked import ROWS, add_or_begin, add_rows, carried, kept, settle, slice_of
from kerasnb.kernels.common import BLOCK, check_channels, flat, grid_for
from kerasnb.kernels.composed import second_order
from kerasnb.kernels.elementwise import add, divide, like, multiply, rsqrt, subtract
from kerasnb.kernels.half import wide_half
from kerasnb.kernels.normalize import served
from kerasnb.kernels.sum import total

CACHED = 32_768  # numbers of a block that is read twice
TASKS = 8
TASK = 50_000  # numbers that are worth another thread's while

# --- spec ------------------------------------------------------------------------------------------


def _spec(x: Spec, gamma: Spec, beta: Spec, *, epsilon) -> tuple:
    check_channels(x, gamma, beta)
    return x, gamma, gamma


def _grad_spec(x: Spec, gamma: Spec, mean: Spec, var: Spec, dy: Spec, *, epsilon) -> tuple:
    return x, gamma, gamma


# --- reference -------------------------------------------------------------------------------------


def _reference(x, gamma, beta, *, epsilon):
    wide = x.astype(np.float64)
    others = tuple(range(x.ndim - 1))
    mean, var = wide.mean(others), wide.var(others)
    y = (wide - mean) / np.sqrt(var + epsilon) * gamma + beta
    return y.astype(x.dtype), mean.astype(x.dtype), var.astype(x.dtype)


def _grad_reference(x, gamma, mean, var, dy, *, epsilon):
    wide, others = dy.astype(np.float64), tuple(range(x.ndim - 1))
    factor = 1 / np.sqrt(var.astype(np.float64) + epsilon)
    normal = (x - mean) * factor
    dgamma, dbeta = (wide * normal).sum(others), wide.sum(others)
    count = max(size_of(x.shape[:-1]), 1)
    dx = gamma * factor * (wide - dbeta / count - normal * dgamma / count)
    return dx.astype(x.dtype), dgamma.astype(x.dtype), dbeta.astype(x.dtype)


# --- cpu: statistics of runs of rows, merged (Chan, Golub and LeVeque, 1979) -----------------------


@cpu
def batch_moments(x: np.ndarray, part: np.ndarray, space: np.ndarray, block: int, lo: int, hi: int) -> None:
    """Means and sums of squared deviations of rows `lo` to `hi`, one behind the other in `part`."""
    channels = part.size // 2
    own, deviation = slice_of(space, 0, channels), slice_of(space, channels, 2 * channels)
    lost = slice_of(space, 2 * channels, 4 * channels)
    part[:] = x.dtype.type(0)
    lost[:] = x.dtype.type(0)
    for start in range(lo, hi, block):
        stop, seen = min(start + block, hi), start - lo
        add_rows(x, start, stop, own)
        deviation[:] = x.dtype.type(0)
        here = x.dtype.type(1) / x.dtype.type(stop - start)
        for c in range(channels):
            own[c] *= here
        for row in range(start, stop - 1, 2):
            xs = slice_of(x, row * channels, (row + 1) * channels)
            zs = slice_of(x, (row + 1) * channels, (row + 2) * channels)
            for c in range(channels):
                d, e = xs[c] - own[c], zs[c] - own[c]
                deviation[c] += d * d + e * e
        if (stop - start) % 2:
            xs = slice_of(x, (stop - 1) * channels, stop * channels)
            for c in range(channels):
                d = xs[c] - own[c]
                deviation[c] += d * d
        merge(part, lost, own, deviation, seen, stop - start)
    settle(part, lost)


@cpu
def merge(part: np.ndarray, lost: np.ndarray, own: np.ndarray, deviation: np.ndarray, seen: int, more: int) -> None:
    """Statistics of `seen` rows, and those of `more` rows, become those of all."""
    channels = own.size
    if seen == 0:
        for c in range(channels):
            part[c], part[channels + c] = own[c], deviation[c]
        return
    weight = own.dtype.type(more) / own.dtype.type(seen + more)
    both = own.dtype.type(seen) * weight
    for c in range(channels):
        d = own[c] - part[c]
        part[c], lost[c] = carried(part[c], lost[c], (d - lost[c]) * weight)
        s = channels + c
        part[s], lost[s] = carried(part[s], lost[s], deviation[c] + d * d * both)


@cpu
def merge_all(parts: np.ndarray, counts: np.ndarray, mean: np.ndarray, var: np.ndarray) -> None:
    """The mean and variance of the parts together."""
    channels, seen = mean.size, 0
    both, lost = np.zeros_like(parts[0]), np.zeros_like(parts[0])
    for p in range(counts.size):
        merge(both, lost, parts[p, :channels], parts[p, channels:], seen, counts[p])
        seen += counts[p]
    settle(both, lost)
    inverse = mean.dtype.type(1) / mean.dtype.type(seen)
    for c in range(channels):
        mean[c], var[c] = both[c], both[channels + c] * inverse


@cpu
def scale_batch(
    x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, mean: np.ndarray, var: np.ndarray, y: np.ndarray,
    epsilon: float, lo: int, hi: int,
) -> None:  # fmt: skip
    """Rows `lo` to `hi` from the statistics."""
    channels, slope = mean.size, np.empty_like(mean)
    for c in range(channels):
        slope[c] = gamma[c] / math.sqrt(var[c] + epsilon)
    for row in range(lo, hi):
        xs = slice_of(x, row * channels, (row + 1) * channels)
        ys = slice_of(y, row * channels, (row + 1) * channels)
        for c in range(channels):
            ys[c] = (xs[c] - mean[c]) * slope[c] + beta[c]


@cpu
def batch_gradients(
    x: np.ndarray, dy: np.ndarray, mean: np.ndarray, part: np.ndarray, space: np.ndarray, lo: int, hi: int
) -> None:
    """Sums over rows `lo` to `hi`: of dy, and of dy times the deviation."""
    channels = mean.size
    run, lost = space[: 2 * channels], space[2 * channels :]
    plain, weighted = run[:channels], run[channels:]
    for start in range(lo, hi, ROWS):
        run[:] = x.dtype.type(0)
        for row in range(start, min(start + ROWS, hi)):
            xs = slice_of(x, row * channels, (row + 1) * channels)
            dys = slice_of(dy, row * channels, (row + 1) * channels)
            for c in range(channels):
                plain[c] += dys[c]
            for c in range(channels):
                weighted[c] += dys[c] * (xs[c] - mean[c])
        add_or_begin(start == lo, part, lost, run)
    settle(part, lost)


@cpu
def add_gradients(parts: np.ndarray, var: np.ndarray, epsilon: float, dgamma: np.ndarray, dbeta: np.ndarray) -> None:
    """The gradients of scale and offset."""
    channels = var.size
    dgamma[:] = var.dtype.type(0)
    dbeta[:] = var.dtype.type(0)
    for p in range(parts.shape[0]):
        for c in range(channels):
            dbeta[c] += parts[p, c]
        for c in range(channels):
            dgamma[c] += parts[p, channels + c]
    for c in range(channels):
        dgamma[c] /= math.sqrt(var[c] + epsilon)


@cpu
def scale_gradients(
    x: np.ndarray, gamma: np.ndarray, mean: np.ndarray, var: np.ndarray, dy: np.ndarray, dgamma: np.ndarray,
    dbeta: np.ndarray, dx: np.ndarray, epsilon: float, inverse: float, lo: int, hi: int,
) -> None:  # fmt: skip
    """The gradient of rows `lo` to `hi`."""
    channels = mean.size
    slope, lost, moved = np.empty_like(mean), np.empty_like(mean), np.empty_like(mean)
    for c in range(channels):
        factor = mean.dtype.type(1) / math.sqrt(var[c] + epsilon)
        slope[c] = gamma[c] * factor
        lost[c] = -slope[c] * factor * dgamma[c] * inverse
        moved[c] = -slope[c] * dbeta[c] * inverse
    for row in range(lo, hi):
        xs = slice_of(x, row * channels, (row + 1) * channels)
        dys = slice_of(dy, row * channels, (row + 1) * channels)
        dxs = slice_of(dx, row * channels, (row + 1) * channels)
        for c in range(channels):
            dxs[c] = slope[c] * dys[c] + lost[c] * (xs[c] - mean[c]) + moved[c]


def _cuts(x) -> list[tuple[int, int]]:
    """The rows of each task, from the shape alone."""
    rows = size_of(x.shape[:-1])
    return program.cuts(rows, min(TASKS, x.size // TASK))


def _cpu(ins, outs, *, epsilon):
    x, gamma, beta = ins
    if not served(x):
        return normalize_batch.implementations["numpy"](ins, outs, epsilon=epsilon)
    y, mean, var = outs
    cuts, channels, x, y = _cuts(x), x.shape[-1], flat(x), flat(y)
    parts, space = (scratch((len(cuts), width * channels), x.dtype) for width in (2, 4))
    counts = np.array([hi - lo for lo, hi in cuts])
    block, epsilon = max(8, min(ROWS, CACHED // channels)), x.dtype.type(epsilon)
    return [
        (Tasks(batch_moments, [(x, p, r, block, *cut) for p, r, cut in zip(parts, space, cuts, strict=True)]), ()),
        (merge_all, (parts, counts, mean, var)),
        (Tasks(scale_batch, [(x, gamma, beta, mean, var, y, epsilon, *cut) for cut in cuts]), ()),
    ]


def _grad_cpu(ins, outs, *, epsilon):
    x, gamma, mean, var, dy = ins
    if not served(x):
        return normalize_batch_grad.implementations["numpy"](ins, outs, epsilon=epsilon)
    dx, dgamma, dbeta = outs
    cuts, channels, rows, dtype = _cuts(x), x.shape[-1], size_of(x.shape[:-1]), x.dtype
    x, dy, dx = map(flat, (x, dy, dx))
    parts, space = (scratch((len(cuts), width * channels), dtype) for width in (2, 4))
    epsilon = dtype.type(epsilon)
    arrays = x, gamma, mean, var, dy, dgamma, dbeta, dx, epsilon, dtype.type(1 / rows)
    return [
        (Tasks(batch_gradients, [(x, dy, mean, p, r, *cut) for p, r, cut in zip(parts, space, cuts, strict=True)]), ()),
        (add_gradients, (parts, var, epsilon, dgamma, dbeta)),
        (Tasks(scale_gradients, [(*arrays, *cut) for cut in cuts]), ()),
    ]


# --- cuda: each thread sums one channel of a run of rows, then one thread a channel the runs -------

RUN = 64


@gpu
def run_sums(
    size: int, channels: int, rows: int, x: np.ndarray, dy: np.ndarray, mean: np.ndarray, centred: bool,
    squared: bool, parts: np.ndarray,
) -> None:  # fmt: skip
    """Of each channel in each run of rows: the sum of x, of squared deviations, or of dy times deviations."""
    i = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    while i < size:
        c = i % channels
        row = i // channels * np.uint32(RUN)
        stop = row + np.uint32(RUN) if row + np.uint32(RUN) < rows else rows
        s = x.dtype.type(0)
        middle = mean[c] if centred else x.dtype.type(0)
        while row < stop:
            d = x[row * channels + c] - middle
            s += d * d if squared else (d * dy[row * channels + c] if centred else d)
            row += np.uint32(1)
        parts[i] = s
        i += step


@gpu
def add_runs(
    channels: int, runs: int, parts: np.ndarray, var: np.ndarray, factor: float, epsilon: float, scaled: bool,
    y: np.ndarray,
) -> None:  # fmt: skip
    """The sums of runs, times a factor, or divided by the deviation."""
    c = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    while c < channels:
        s = parts.dtype.type(0)
        lost = parts.dtype.type(0)
        run = np.uint32(0)
        while run < runs:
            s, lost = carried(s, lost, parts[run * channels + c])
            run += np.uint32(1)
        s = kept(s, lost)
        y[c] = s / math.sqrt(var[c] + epsilon) if scaled else s * factor
        c += step


@gpu
def scale_gpu(
    size: int, channels: int, x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, mean: np.ndarray, var: np.ndarray,
    epsilon: float, y: np.ndarray,
) -> None:  # fmt: skip
    """Y from the statistics."""
    i = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    while i < size:
        c = i % channels
        y[i] = (x[i] - mean[c]) * (gamma[c] / math.sqrt(var[c] + epsilon)) + beta[c]
        i += step


@gpu
def scale_back_gpu(
    size: int, channels: int, x: np.ndarray, gamma: np.ndarray, mean: np.ndarray, var: np.ndarray, dy: np.ndarray,
    dgamma: np.ndarray, dbeta: np.ndarray, epsilon: float, inverse: float, dx: np.ndarray,
) -> None:  # fmt: skip
    """The gradient of x."""
    i = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    while i < size:
        c = i % channels
        factor = x.dtype.type(1) / math.sqrt(var[c] + epsilon)
        lost = (x[i] - mean[c]) * factor * dgamma[c] + dbeta[c]
        dx[i] = gamma[c] * factor * (dy[i] - lost * inverse)
        i += step


class _Sums:
    """The calls of sums over all rows of each channel."""

    def __init__(self, x, epsilon) -> None:
        self.channels, self.rows = x.shape[-1], size_of(x.shape[:-1])
        self.runs, self.x, self.epsilon = -(-self.rows // RUN), x, x.dtype.type(epsilon)
        self.parts = device.runtime().empty((self.runs * self.channels,), x.dtype)

    def __call__(self, x, dy, mean, centred, squared, factor, var, scaled, y) -> list:
        size = self.runs * self.channels
        sizes, flags = map(np.uint32, (size, self.channels, self.rows)), map(np.bool_, (centred, squared))
        first = (*sizes, flat(x), flat(dy), mean, *flags, self.parts)
        last = (np.uint32(self.channels), np.uint32(self.runs), self.parts, var, self.x.dtype.type(factor))
        return [
            (run_sums.on(grid_for(size), BLOCK), first),
            (add_runs.on(grid_for(self.channels), BLOCK), (*last, self.epsilon, np.bool_(scaled), y)),
        ]


@wide_half
def _cuda(ins, outs, *, epsilon):
    (x, gamma, beta), (y, mean, var) = ins, outs
    size = size_of(x.shape)
    if not size:
        return []
    sums = _Sums(x, epsilon)
    args = np.uint32(size), np.uint32(sums.channels), flat(x), gamma, beta, mean, var, sums.epsilon, flat(y)
    calls = sums(x, x, gamma, False, False, 1 / sums.rows, gamma, False, mean)
    calls += sums(x, x, mean, True, True, 1 / sums.rows, gamma, False, var)
    return [*calls, (scale_gpu.on(grid_for(size), BLOCK), args)]


@wide_half
def _grad_cuda(ins, outs, *, epsilon):
    (x, gamma, mean, var, dy), (dx, dgamma, dbeta) = ins, outs
    size = size_of(x.shape)
    if not size:
        return []
    sums = _Sums(x, epsilon)
    calls = sums(x, dy, mean, True, False, 1, var, True, dgamma)
    calls += sums(dy, dy, mean, False, False, 1, var, False, dbeta)
    ends = sums.epsilon, x.dtype.type(1 / sums.rows), flat(dx)
    args = np.uint32(size), np.uint32(sums.channels), flat(x), gamma, mean, var, flat(dy), dgamma, dbeta, *ends
    return [*calls, (scale_back_gpu.on(grid_for(size), BLOCK), args)]


# --- vjp -------------------------------------------------------------------------------------------


def _vjp(call, dy, dmean, dvar):
    x, gamma, _ = call.ins
    _, mean, var = call.outs
    dx = dgamma = dbeta = None
    if dy is not None:
        dx, dgamma, dbeta = normalize_batch_grad(x, gamma, mean, var, dy, **call.attrs)
    count = like(x, size_of(tuple(x.shape[:-1])))
    if dvar is not None:
        more = multiply(subtract(x, mean), divide(add(dvar, dvar), count))
        dx = more if dx is None else add(dx, more)
    if dmean is not None:
        more = divide(dmean, count)
        dx = add(multiply(x, like(x, 0)) if dx is None else dx, more)
    return dx, dgamma, dbeta


def _back_composed(x, gamma, mean, var, dy, *, epsilon):
    """The gradient composed of operations, for the second derivative."""
    others, count = tuple(range(len(x.shape) - 1)), like(x, size_of(tuple(x.shape[:-1])))
    factor = rsqrt(add(var, like(var, epsilon)))
    normal = multiply(subtract(x, mean), factor)
    dgamma, dbeta = total(multiply(dy, normal), axes=others), total(dy, axes=others)
    lost = add(divide(dbeta, count), multiply(normal, divide(dgamma, count)))
    return multiply(multiply(gamma, factor), subtract(dy, lost)), dgamma, dbeta


# --- record ----------------------------------------------------------------------------------------

normalize_batch = Op("normalize_batch", spec=_spec, reference=_reference, cpu=_cpu, cuda=_cuda, vjp=_vjp)
normalize_batch_grad = Op(
    "normalize_batch_grad", spec=_grad_spec, reference=_grad_reference, cpu=_grad_cpu, cuda=_grad_cuda,
    vjp=second_order(_back_composed),
)  # fmt: skip
