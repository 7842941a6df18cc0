"""Softmax and log_softmax along one axis, computed from the largest value so that nothing overflows."""

from __future__ import annotations

import math

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.compile.jit import cpu, gpu
from kerasnb.backend.plan.buffers import scratch
from kerasnb.backend.runtime.program import rows_in_tasks
from kerasnb.backend.tensor import device
from kerasnb.backend.tensor.tensor import Spec, size_of
from kerasnb.kernels.blocked import carried, kept, row_dot, row_sum, slice_of
from kerasnb.kernels.common import BLOCK, flat, split_axes, whole_vectors, wide
from kerasnb.kernels.elementwise import exp, multiply, negative, subtract
from kerasnb.kernels.exponential import exp_below
from kerasnb.kernels.half import wide_half
from kerasnb.kernels.sum import spread, total
from kerasnb.kernels.warp import warp_grid, warp_largest, warp_rows, warp_sum

# --- spec ------------------------------------------------------------------------------------------


def _spec(x: Spec, *_, axis) -> Spec:
    return x


# --- reference -------------------------------------------------------------------------------------


def _largest(x, axis):
    """The largest along the axis, with no meaning where there is nothing."""
    return np.max(x, axis, keepdims=True, initial=-np.inf)


def _softmax_reference(x, *, axis):
    e = np.exp(wide(x) - _largest(x, axis))
    return (e / np.sum(e, axis, keepdims=True)).astype(x.dtype)


def _log_softmax_reference(x, *, axis):
    shifted = wide(x) - _largest(x, axis)
    return (shifted - np.log(np.sum(np.exp(shifted), axis, keepdims=True))).astype(x.dtype)


def _softmax_grad_reference(y, dy, *, axis):
    return (y * (dy - np.sum(wide(y) * dy, axis, keepdims=True))).astype(y.dtype)


def _log_softmax_grad_reference(y, dy, *, axis):
    return (dy - np.exp(wide(y)) * np.sum(wide(dy), axis, keepdims=True)).astype(y.dtype)


# --- cpu: float32 in vectorised loops, other dtypes in NumPy ---------------------------------------


# The bits of a float32, all but the sign turned where it is negative, are an integer in the order of the numbers, with
# NaN above them all. Other than numbers, integers may be compared in any order, so that the loop is vectorised.
SIGN = np.int32(31)
REST = np.int32(0x7FFFFFFF)
LEAST = np.int32(-(2**31))


@cpu
def largest(x: np.ndarray) -> np.float32:
    """The largest of a row, or NaN where there is one."""
    whole_vectors()
    top = LEAST
    for i in range(x.size):
        bits = np.float32(x[i]).view(np.int32)
        v = bits ^ np.int32(bits >> SIGN & REST)
        top = v if v > top else top
    return np.int32(top ^ np.int32(top >> SIGN & REST)).view(np.float32)


@cpu(fastmath={"contract"})
def softmax_rows(rows: int, along: int, x: np.ndarray, y: np.ndarray, stats: np.ndarray) -> None:
    """Softmax of contiguous rows; of each row also the largest, and the sum that the others were divided by."""
    whole_vectors()
    for row in range(rows):
        xs = slice_of(x, row * along, (row + 1) * along)
        ys = slice_of(y, row * along, (row + 1) * along)
        top = largest(xs)
        for i in range(along):
            ys[i] = exp_below(xs[i] - top)
        s = row_sum(ys)
        stats[2 * row] = top
        stats[2 * row + 1] = s
        scale = np.float32(1) / s
        for i in range(along):
            ys[i] *= scale


@cpu(fastmath={"contract"})
def log_softmax_rows(rows: int, along: int, x: np.ndarray, y: np.ndarray) -> None:
    """The logarithm of softmax."""
    whole_vectors()
    for row in range(rows):
        xs = slice_of(x, row * along, (row + 1) * along)
        ys = slice_of(y, row * along, (row + 1) * along)
        top = largest(xs)
        for i in range(along):
            ys[i] = exp_below(xs[i] - top)
        below = math.log(row_sum(ys))
        for i in range(along):
            ys[i] = (xs[i] - top) - below


@cpu(fastmath={"contract"})
def softmax_grad_rows(rows: int, along: int, y: np.ndarray, dy: np.ndarray, dx: np.ndarray) -> None:
    """The gradient of softmax, from its result."""
    whole_vectors()
    for row in range(rows):
        ys = slice_of(y, row * along, (row + 1) * along)
        dys = slice_of(dy, row * along, (row + 1) * along)
        dxs = slice_of(dx, row * along, (row + 1) * along)
        s = row_dot(ys, dys)
        for i in range(along):
            dxs[i] = ys[i] * (dys[i] - s)


@cpu(fastmath={"contract"})
def log_softmax_grad_rows(rows: int, along: int, y: np.ndarray, dy: np.ndarray, dx: np.ndarray) -> None:
    """The gradient of log_softmax, from its result."""
    whole_vectors()
    for row in range(rows):
        ys = slice_of(y, row * along, (row + 1) * along)
        dys = slice_of(dy, row * along, (row + 1) * along)
        dxs = slice_of(dx, row * along, (row + 1) * along)
        s = row_sum(dys)
        for i in range(along):
            dxs[i] = dys[i] - exp_below(ys[i]) * s


def _rows_of(arrays, axis) -> tuple[list, list, list]:
    """The arrays with `axis` last and contiguous: calls that copy in, the arrays, and calls that copy out.

    The last array is the result, the others are read.
    """
    if axis == arrays[0].ndim - 1:
        return [], [flat(a) for a in arrays], []
    moved = [np.moveaxis(a, axis, -1) for a in arrays]
    rows = [scratch(m.shape, m.dtype) for m in moved]
    into = [(np.copyto, (r, m)) for r, m in zip(rows[:-1], moved[:-1], strict=True)]
    return into, [flat(r) for r in rows], [(np.copyto, (moved[-1], rows[-1]))]


def _stats(y, axis):
    """Space for two numbers of each row."""
    return device.runtime().empty((2 * (size_of(y.shape) // max(y.shape[axis], 1)),), y.dtype)


def _forward_cpu(logs):
    def implementation(ins, outs, *, axis):
        y = outs[0]
        if y.dtype != np.float32:
            return (log_softmax if logs else softmax).implementations["numpy"](ins, outs, axis=axis)
        if not y.size:
            return []
        into, arrays, out = _rows_of([*ins, y], axis)
        sizes = y.size // y.shape[axis], y.shape[axis]
        kernel, stats = (log_softmax_rows, []) if logs else (softmax_rows, [_stats(y, axis)])
        return [*into, *rows_in_tasks(kernel, *sizes, [*arrays, *stats]), *out]

    return implementation


def _backward_cpu(logs):
    def implementation(ins, outs, *, axis):
        dx = outs[0]
        if dx.dtype != np.float32:
            return (log_softmax_grad if logs else softmax_grad).implementations["numpy"](ins, outs, axis=axis)
        if not dx.size:
            return []
        into, arrays, out = _rows_of([*ins, dx], axis)
        kernel = log_softmax_grad_rows if logs else softmax_grad_rows
        return [*into, *rows_in_tasks(kernel, dx.size // dx.shape[axis], dx.shape[axis], arrays), *out]

    return implementation


# --- cuda: one warp a row --------------------------------------------------------------------------


@gpu
def softmax_gpu(rows: int, along: int, after: int, x: np.ndarray, y: np.ndarray, stats: np.ndarray, logs: bool) -> None:
    """Softmax or its logarithm; of each row also the largest, and the sum that the others were divided by."""
    lane, row, step = warp_rows()
    while row < rows:
        start = row // after * along * after + row % after
        top = x[start]
        i = lane
        while i < along:
            v = x[start + i * after]
            top = v if v > top else top
            i += np.uint32(32)
        top = warp_largest(top)
        s = x.dtype.type(0)
        s_lost = x.dtype.type(0)
        i = lane
        while i < along:
            s, s_lost = carried(s, s_lost, math.exp(x[start + i * after] - top))
            i += np.uint32(32)
        s = warp_sum(kept(s, s_lost))
        below = math.log(s)
        if lane == 0:
            stats[np.uint32(2) * row] = top
            stats[np.uint32(2) * row + np.uint32(1)] = s
        i = lane
        while i < along:
            v = x[start + i * after] - top
            y[start + i * after] = v - below if logs else math.exp(v) / s
            i += np.uint32(32)
        row += step


@gpu
def softmax_grad_gpu(
    rows: int, along: int, after: int, y: np.ndarray, dy: np.ndarray, dx: np.ndarray, logs: bool
) -> None:
    """The gradient of softmax or of its logarithm, from the result."""
    lane, row, step = warp_rows()
    while row < rows:
        start = row // after * along * after + row % after
        s = y.dtype.type(0)
        s_lost = y.dtype.type(0)
        i = lane
        while i < along:
            at = start + i * after
            s, s_lost = carried(s, s_lost, dy[at] if logs else dy[at] * y[at])
            i += np.uint32(32)
        s = warp_sum(kept(s, s_lost))
        i = lane
        while i < along:
            at = start + i * after
            dx[at] = dy[at] - math.exp(y[at]) * s if logs else y[at] * (dy[at] - s)
            i += np.uint32(32)
        row += step


def _launch(kernel, shape, axis, arrays) -> list:
    before, along, after = split_axes(shape, axis)
    if not size_of(shape):
        return []
    sizes = map(np.uint32, (before * after, along, after))
    return [(kernel.on(warp_grid(before * after), BLOCK), (*sizes, *arrays))]


def _forward_cuda(logs):
    @wide_half
    def implementation(ins, outs, *, axis):
        y = outs[0]
        return _launch(softmax_gpu, y.shape, axis, (flat(ins[0]), flat(y), _stats(y, axis), np.bool_(logs)))

    return implementation


def _backward_cuda(logs):
    @wide_half
    def implementation(ins, outs, *, axis):
        return _launch(softmax_grad_gpu, outs[0].shape, axis, (*map(flat, (*ins, *outs)), np.bool_(logs)))

    return implementation


# --- vjp -------------------------------------------------------------------------------------------


def _softmax_vjp(call, dy):
    return (softmax_grad(call.outs[0], dy, **call.attrs),)


def _log_softmax_vjp(call, dy):
    return (log_softmax_grad(call.outs[0], dy, **call.attrs),)


def _summed(x, axis):
    """Sums along the axis, repeated along it."""
    return spread(total(x, axes=(axis,)), x.shape, (axis,))


def _softmax_grad_vjp(call, g):
    """From dx = y * (dy - sum(y * dy))."""
    (y, dy), axis = call.ins, call.attrs["axis"]
    along_y = _summed(multiply(y, g), axis)
    to_y = subtract(multiply(g, subtract(dy, _summed(multiply(y, dy), axis))), multiply(dy, along_y))
    return to_y, multiply(y, subtract(g, along_y))


def _log_softmax_grad_vjp(call, g):
    """From dx = dy - exp(y) * sum(dy)."""
    (y, dy), axis = call.ins, call.attrs["axis"]
    weighted = multiply(exp(y), g)
    return negative(multiply(weighted, _summed(dy, axis))), subtract(g, _summed(weighted, axis))


# --- record ----------------------------------------------------------------------------------------


def _op(name, reference, on_cpu, on_cuda, vjp) -> Op:
    return Op(name, spec=_spec, reference=reference, cpu=on_cpu, cuda=on_cuda, vjp=vjp)


softmax = _op("softmax", _softmax_reference, _forward_cpu(False), _forward_cuda(False), _softmax_vjp)
log_softmax = _op("log_softmax", _log_softmax_reference, _forward_cpu(True), _forward_cuda(True), _log_softmax_vjp)
softmax_grad = _op(
    "softmax_grad", _softmax_grad_reference, _backward_cpu(False), _backward_cuda(False), _softmax_grad_vjp
)  # fmt: skip
log_softmax_grad = _op(
    "log_softmax_grad", _log_softmax_grad_reference, _backward_cpu(True), _backward_cuda(True), _log_softmax_grad_vjp
)
