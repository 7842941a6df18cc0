"""Room: sums that run along an axis, and the linear recurrence `y[i] = a[i] * y[i - 1] + b[i]`.

The way back of both is the same computation in the other direction, so that the room needs no other.
Running products are recurrences with the factors as `a`.
"""

from __future__ import annotations

import numpy as np

from kerasnb.backend.jit import cpu, cuda, gpu
from kerasnb.backend.loops import on_cpu
from kerasnb.backend.op import Op
from kerasnb.kernels.common import BLOCK, flat, grid_for, same_spec, split_axes
from kerasnb.kernels.elementwise import multiply
from kerasnb.kernels.move import unslice, window
from kerasnb.kernels.sum import warp_grid

# --- reference -------------------------------------------------------------------------------------


def _turned(x, axis, reverse):
    return np.flip(x, axis) if reverse else x


def _cumsum_reference(x, *, axis, reverse):
    wide = x.astype(np.float64) if x.dtype.kind == "f" else x
    return _turned(np.cumsum(_turned(wide, axis, reverse), axis, wide.dtype), axis, reverse).astype(x.dtype)


def _recurrence_reference(a, b, *, axis, reverse):
    wide = np.float64 if a.dtype.kind == "f" else a.dtype
    a, rows = (np.moveaxis(_turned(t.astype(wide), axis, reverse), axis, 0) for t in (a, b))
    y = np.zeros_like(rows)
    for i in range(len(rows)):
        y[i] = rows[i] + (a[i] * y[i - 1] if i else 0)
    return _turned(np.moveaxis(y, 0, axis), axis, reverse).astype(b.dtype)


# --- cpu walk: row after row of contiguous elements ------------------------------------------------


@cpu
def cumsum_cpu(before, along, after, reverse, x, y):
    for b in range(before):
        for i in range(along):
            here = (b * along + (along - 1 - i if reverse else i)) * after
            last = here + after if reverse else here - after
            for j in range(after):
                y[here + j] = x[here + j] + y[last + j] if i else x[here + j]


@cpu
def recurrence_cpu(before, along, after, reverse, a, x, y):
    for b in range(before):
        for i in range(along):
            here = (b * along + (along - 1 - i if reverse else i)) * after
            last = here + after if reverse else here - after
            for j in range(after):
                y[here + j] = x[here + j] + a[here + j] * y[last + j] if i else x[here + j]


def _cpu_walk(name, kernel):
    """A walk that runs NumPy for the dtypes that Numba has not."""

    def walk(ins, outs, *, axis, reverse):
        if not on_cpu(outs[0].dtype.name):
            return ROOMS[name].walks["numpy"](ins, outs, axis=axis, reverse=reverse)
        sizes = split_axes(outs[0].shape, axis)
        return [(kernel, (*sizes, reverse, *map(flat, (*ins, *outs))))] if outs[0].size else []

    return walk


# --- gpu walk: sums take 32 elements of a row at once; a recurrence takes one thread a row ---------


@gpu
def cumsum_gpu(before, along, after, reverse, x, y, zero):
    """One warp a row: the sums inside 32 elements by shuffles, and what came before carried on."""
    lane = np.uint32(cuda.threadIdx.x) % np.uint32(32)
    row = np.uint32(cuda.grid(1)) // np.uint32(32)
    rows = np.uint32(cuda.gridsize(1)) // np.uint32(32)
    while row < before * after:
        first = row // after * along * after + row % after
        carried = zero + y.dtype.type(0)
        base = np.uint32(0)
        while base < along:
            i = base + lane
            here = first + (along - np.uint32(1) - i if reverse else i) * after
            value = carried * y.dtype.type(0)
            if i < along:
                value = x[here] + zero
            offset = np.uint32(1)
            while offset < np.uint32(32):
                other = cuda.shfl_up_sync(0xFFFFFFFF, value, offset)
                if lane >= offset:
                    value += other
                offset = offset * np.uint32(2)
            value += carried
            if i < along:
                y[here] = value
            carried = cuda.shfl_sync(0xFFFFFFFF, value, 31)
            base += np.uint32(32)
        row += rows


@gpu
def recurrence_gpu(before, along, after, reverse, a, x, y):
    row = np.uint32(cuda.grid(1))
    rows = np.uint32(cuda.gridsize(1))
    while row < before * after:
        first = row // after * along * after + row % after
        value = y.dtype.type(0)
        i = np.uint32(0)
        while i < along:
            here = first + (along - np.uint32(1) - i if reverse else i) * after
            value = y.dtype.type(x[here] + a[here] * value) if i else y.dtype.type(x[here])
            y[here] = value
            i += np.uint32(1)
        row += rows


def _sizes(y, axis, reverse):
    before, along, after = split_axes(y.shape, axis)
    return before * after, (np.uint32(before), np.uint32(along), np.uint32(after), np.bool_(reverse))


def _cumsum_gpu(ins, outs, *, axis, reverse):
    rows, sizes = _sizes(outs[0], axis, reverse)
    zero = np.dtype(outs[0].dtype).type(0)
    launch = cumsum_gpu.on(warp_grid(rows), BLOCK)
    return [(launch, (*sizes, flat(ins[0]), flat(outs[0]), zero))] if rows and sizes[1] else []


def _recurrence_gpu(ins, outs, *, axis, reverse):
    rows, sizes = _sizes(outs[0], axis, reverse)
    launch = recurrence_gpu.on(grid_for(rows), BLOCK)
    return [(launch, (*sizes, *map(flat, (*ins, *outs))))] if rows and sizes[1] else []


# --- vjp and records -------------------------------------------------------------------------------


def shifted(x, axis: int, reverse: bool):
    """What stood one place earlier along the axis (one later in reverse); zero at the beginning."""
    sizes = tuple(e - (i == axis) for i, e in enumerate(x.shape))
    front, ones = (0,) * x.ndim, (1,) * x.ndim
    after_first = tuple(int(i == axis) for i in range(x.ndim))
    takes, puts = (after_first, front) if reverse else (front, after_first)
    return unslice(window(x, starts=takes, sizes=sizes, steps=ones), shape=x.shape, starts=puts, steps=ones)


def _cumsum_vjp(call, dy):
    return (cumsum(dy, axis=call.attrs["axis"], reverse=not call.attrs["reverse"]),)


def _recurrence_vjp(call, dy):
    axis, reverse = call.attrs["axis"], call.attrs["reverse"]
    flow = recurrence(shifted(call.ins[0], axis, not reverse), dy, axis=axis, reverse=not reverse)
    return multiply(flow, shifted(call.outs[0], axis, reverse)), flow


ROOMS: dict[str, Op] = {}
cumsum = ROOMS["cumsum"] = Op(
    "cumsum", spec=same_spec, reference=_cumsum_reference, cpu=_cpu_walk("cumsum", cumsum_cpu), cuda=_cumsum_gpu,
    vjp=_cumsum_vjp,
)  # fmt: skip
recurrence = ROOMS["recurrence"] = Op(
    "recurrence", spec=same_spec, reference=_recurrence_reference, cpu=_cpu_walk("recurrence", recurrence_cpu),
    cuda=_recurrence_gpu, vjp=_recurrence_vjp,
)  # fmt: skip


def cumprod(x, axis: int, reverse: bool = False):
    """Running products: the first element starts, each further one is a factor."""
    ones = tuple(1 if i == axis else e for i, e in enumerate(x.shape))
    start = tuple(x.shape[axis] - 1 if i == axis and reverse else 0 for i in range(x.ndim))
    steps = (1,) * x.ndim
    first = unslice(window(x, starts=start, sizes=ones, steps=steps), shape=x.shape, starts=start, steps=steps)
    return recurrence(x, first, axis=axis, reverse=reverse)
