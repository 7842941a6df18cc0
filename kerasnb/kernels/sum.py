"""Sum over axes, and broadcast: each is the gradient of the other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.compile.jit import cpu, gpu
from kerasnb.backend.tensor import device
from kerasnb.backend.tensor.tensor import Spec, Tensor, size_of
from kerasnb.kernels.blocked import ROWS, RUN, STEPS, add_rows, add_run, carried, kept, row_sum, settle, slice_of
from kerasnb.kernels.common import BLOCK, flat, whole_vectors
from kerasnb.kernels.half import wide_half
from kerasnb.kernels.move import reshape, same, strided_calls, strides_of
from kerasnb.kernels.warp import warp_grid, warp_rows, warp_sum

# --- spec ------------------------------------------------------------------------------------------


def reduced_shape(shape: tuple, axes: tuple) -> tuple:
    """The shape without the reduced axes."""
    return tuple(e for a, e in enumerate(shape) if a not in axes)


def _sum_spec(x: Spec, *, axes) -> Spec:
    return Spec(reduced_shape(x.shape, axes), x.dtype)


# --- reference -------------------------------------------------------------------------------------


def _sum_reference(x, *, axes):
    wide = x.astype(np.float64) if x.dtype.kind == "f" else x
    return np.sum(wide, axis=axes, dtype=wide.dtype).astype(x.dtype)


# --- cpu: (before, along, after), the order of additions fixed -------------------------------------


@cpu(fastmath={"reassoc", "nsz"})
def sum_short_rows(before: int, along: int, x: np.ndarray, y: np.ndarray) -> None:
    """Sums runs of contiguous elements, each short enough for vector lanes alone."""
    whole_vectors()
    for b in range(before):
        s = x.dtype.type(0)
        for i in range(along):
            s += x[np.uint64(b * along + i)]
        y[b] = s


@cpu
def sum_rows(before: int, along: int, x: np.ndarray, y: np.ndarray) -> None:
    """Sums runs of contiguous elements in a fixed order."""
    for b in range(before):
        y[b] = row_sum(slice_of(x, b * along, (b + 1) * along))


@cpu
def sum_columns(before: int, along: int, after: int, x: np.ndarray, y: np.ndarray, space: np.ndarray) -> None:
    """Sums whole contiguous rows onto each other; `space` holds a run of them, and the rounding errors."""
    for b in range(before):
        ys, first, last = y[b * after : (b + 1) * after], b * along, (b + 1) * along
        add_rows(x, first, min(first + ROWS, last), ys)
        if along > ROWS:
            part, lost = space[:after], space[after:]
            lost[:] = x.dtype.type(0)
            for start in range(first + ROWS, last, ROWS):
                add_rows(x, start, min(start + ROWS, last), part)
                add_run(ys, lost, part)
            settle(ys, lost)


def merged(shape: tuple, axes: tuple) -> list[tuple[int, bool]]:
    """The extents with neighbouring axes that are all reduced, or all kept, merged."""
    runs: list[tuple[int, bool]] = []
    for axis, extent in enumerate(shape):
        if extent == 1:
            continue
        mark = axis in axes
        if runs and runs[-1][1] == mark:
            runs[-1] = (runs[-1][0] * extent, mark)
        else:
            runs.append((extent, mark))
    return runs


def reduction_passes(shape: tuple, axes: tuple) -> list[tuple[int, int, int]]:
    """(before, along, after) of the passes, last axis first, that reduce the axes one after the other."""
    runs, passes = merged(shape, axes), []
    for i in range(len(runs) - 1, -1, -1):
        if runs[i][1]:
            kept = [e for e, mark in runs[i + 1 :] if not mark]
            passes.append((size_of(tuple(e for e, _ in runs[:i])), runs[i][0], size_of(tuple(kept))))
    return passes or [(size_of(shape), 1, 1)]


def reduction_calls(ins: list, outs: list, axes: tuple, one_pass: Callable) -> list:
    """Calls of `one_pass(before, along, after, x, y)` with buffers in between."""
    x, calls = flat(ins[0]), []
    passes = reduction_passes(ins[0].shape, axes)
    for i, (before, along, after) in enumerate(passes):
        last = i == len(passes) - 1
        y = flat(outs[0]) if last else device.runtime().empty((before * after,), outs[0].dtype)
        calls += one_pass(before, along, after, x, y)
        x = y
    return calls


def _sum_pass(before, along, after, x, y):
    if after == 1:
        return [(sum_short_rows if along <= RUN else sum_rows, (before, along, x, y))]
    space = device.runtime().empty((2 * after if along > ROWS else 0,), x.dtype)
    return [(sum_columns, (before, along, after, x, y, space))]


def _sum_with_numpy(x, y, axes):
    """For booleans, which the kernels do not take."""
    np.copyto(y, _sum_reference(x, axes=axes), casting="unsafe")


def _sum_cpu(ins, outs, *, axes):
    if ins[0].dtype.kind not in "fiu":
        return [(_sum_with_numpy, (ins[0], outs[0], axes))]
    return reduction_calls(ins, outs, axes, _sum_pass)


# --- cuda: one block a row, tree reduction, deterministic ------------------------------------------


ALONE = np.uint32(32 * STEPS)  # elements that a warp sums before it carries rounding errors


@gpu
def sum_axis(before: int, along: int, after: int, x: np.ndarray, y: np.ndarray) -> None:
    """One warp sums one output element: lanes stride along the axis, then a shuffle tree."""
    lane, row, rows = warp_rows()
    while row < before * after:
        b = row // after
        j = row % after
        i = lane
        total = y.dtype.type(0)
        lost = y.dtype.type(0)
        while i < along:
            part = y.dtype.type(0)
            stop = min(i + ALONE, along)
            while i < stop:
                part += x[(b * along + i) * after + j]
                i += np.uint32(32)
            total, lost = carried(total, lost, part)
        total = warp_sum(kept(total, lost))
        if lane == 0:
            y[row] = total
        row += rows


def _sum_pass_cuda(before, along, after, x, y):
    sizes = (np.uint32(before), np.uint32(along), np.uint32(after))
    return [(sum_axis.on(warp_grid(before * after), BLOCK), (*sizes, x, y))]


def _signed(array):
    """The same memory as signed integers: shuffles know no others, and the bits of a sum are the same."""
    return array.view(f"int{8 * array.dtype.itemsize}") if array.dtype.kind == "u" else array


@wide_half
def _sum_cuda(ins, outs, *, axes):
    ins, outs = [_signed(ins[0])], [_signed(outs[0])]
    return reduction_calls(ins, outs, axes, _sum_pass_cuda) if size_of(outs[0].shape) else []


# --- vjp -------------------------------------------------------------------------------------------


def _sum_vjp(call, dy):
    return (spread(dy, call.ins[0].shape, call.attrs["axes"]),)


# --- record ----------------------------------------------------------------------------------------

total = Op("sum", spec=_sum_spec, reference=_sum_reference, cpu=_sum_cpu, cuda=_sum_cuda, vjp=_sum_vjp)

# --- broadcast: the gradient of a sum --------------------------------------------------------------


def _broadcast_spec(x: Spec, *, shape) -> Spec:
    return Spec(tuple(shape), x.dtype)


def _broadcast_reference(x, *, shape):
    return np.broadcast_to(x, shape)


@cpu
def repeat_cpu(x: np.ndarray, y: np.ndarray) -> None:
    """Y becomes the one number of x."""
    for i in range(y.size):
        y[i] = x[0]


def _broadcast_cpu(ins, outs, *, shape):
    if ins[0].size == 1:
        return [(repeat_cpu, (flat(ins[0]), flat(outs[0])))]
    return [(np.copyto, (outs[0], np.broadcast_to(ins[0], shape)))]


def _broadcast_cuda(ins, outs, *, shape):
    padded = (1,) * (len(shape) - ins[0].ndim) + tuple(ins[0].shape)
    strides = [0 if extent == 1 else step for extent, step in zip(padded, strides_of(padded), strict=True)]
    return strided_calls(ins[0], outs[0], strides)


def _broadcast_vjp(call, dy):
    return (sum_to(dy, call.ins[0].shape),)


broadcast = Op(
    "broadcast", spec=_broadcast_spec, reference=_broadcast_reference, cpu=_broadcast_cpu, cuda=_broadcast_cuda,
    vjp=_broadcast_vjp, elementwise=same,
)  # fmt: skip


# --- composed --------------------------------------------------------------------------------------


def spread(dy: Tensor, shape: tuple, axes: tuple) -> Tensor:
    """What was reduced over `axes` of `shape`, repeated along them again."""
    kept = tuple(1 if a in axes else e for a, e in enumerate(shape))
    return broadcast(reshape(dy, shape=kept), shape=shape)


def sum_to(x: Tensor, shape: tuple) -> Tensor:
    """Sums `x` over the axes along which `shape` was broadcast to `x.shape`."""
    if tuple(x.shape) == tuple(shape):
        return x
    lead = len(x.shape) - len(shape)
    axes = tuple(a for a in range(len(x.shape)) if a < lead or (shape[a - lead] == 1 and x.shape[a] != 1))
    return reshape(total(x, axes=axes), shape=tuple(shape))
