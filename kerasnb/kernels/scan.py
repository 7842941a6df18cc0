"""Sums that run along an axis, and the linear recurrence `y[i] = a[i] * y[i - 1] + b[i]`.

The gradient of both is the same computation in the other direction.
Running products are recurrences with the factors as `a`.
"""

from __future__ import annotations

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.compile.jit import cpu, cuda, gpu
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.kernels.blocked import carried, kept, slice_of
from kerasnb.kernels.common import BLOCK, flat, grid_for, same_spec, split_axes
from kerasnb.kernels.elementwise import multiply
from kerasnb.kernels.move import unslice, window
from kerasnb.kernels.warp import warp_grid, warp_rows

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


# --- cpu: row after row of contiguous elements -----------------------------------------------------


CHAIN = 16  # numbers that are summed one after the other; longer rows add what came before, with its rounding
FEW = 32  # rows of the same


@cpu
def four_chains(x: np.ndarray, y: np.ndarray, here: int, step: int) -> tuple[float, float, float, float]:
    """Running sums of four chains of elements each from zero, all four at once; gives their totals."""
    a = b = c = d = x.dtype.type(0)
    for i in range(CHAIN):
        at = here + i * step
        a += x[np.uint64(at)]
        b += x[np.uint64(at + CHAIN * step)]
        c += x[np.uint64(at + 2 * CHAIN * step)]
        d += x[np.uint64(at + 3 * CHAIN * step)]
        y[np.uint64(at)] = a
        y[np.uint64(at + CHAIN * step)] = b
        y[np.uint64(at + 2 * CHAIN * step)] = c
        y[np.uint64(at + 3 * CHAIN * step)] = d
    return a, b, c, d


@cpu
def one_chain(x: np.ndarray, y: np.ndarray, here: int, step: int, size: int) -> float:
    """The same of one chain."""
    s = x.dtype.type(0)
    for i in range(size):
        s += x[np.uint64(here + i * step)]
        y[np.uint64(here + i * step)] = s
    return s


@cpu
def raise_chain(y: np.ndarray, here: int, step: int, size: int, base: float) -> None:
    """Adds what came before a chain to its running sums."""
    lowest = here if step > 0 else here - size + 1
    for i in range(size):
        y[np.uint64(lowest + i)] += base


@cpu
def cumsum_rows(before: int, along: int, reverse: bool, x: np.ndarray, y: np.ndarray) -> None:
    """Running sums of rows of contiguous elements."""
    step = -1 if reverse else 1
    for b in range(before):
        total = lost = x.dtype.type(0)
        here, left = b * along + (along - 1 if reverse else 0), along
        while left >= 4 * CHAIN:
            for s in four_chains(x, y, here, step):
                raise_chain(y, here, step, CHAIN, kept(total, lost))
                total, lost = carried(total, lost, s)
                here += CHAIN * step
            left -= 4 * CHAIN
        while left > 0:
            size = min(left, CHAIN)
            s = one_chain(x, y, here, step, size)
            if left < along:
                raise_chain(y, here, step, size, kept(total, lost))
            total, lost = carried(total, lost, s)
            here += size * step
            left -= size


@cpu
def cumsum_few(before: int, along: int, after: int, reverse: bool, x: np.ndarray, y: np.ndarray) -> None:
    """Running sums of few whole contiguous rows."""
    step = -after if reverse else after
    for b in range(before):
        here = (b * along + (along - 1 if reverse else 0)) * after
        for j in range(after):
            y[np.uint64(here + j)] = x[np.uint64(here + j)]
        for _ in range(1, along):
            last = here
            here += step
            for j in range(after):
                y[np.uint64(here + j)] = x[np.uint64(here + j)] + y[np.uint64(last + j)]


@cpu
def add_onto(
    x: np.ndarray, y: np.ndarray, here: int, after: int, step: int, base: np.ndarray, part: np.ndarray
) -> None:
    """Running sums of four rows, from `part` and what came before in `base`."""
    two, three, four = here + step, here + 2 * step, here + 3 * step
    for j in range(after):
        p, q = part[j], base[j]
        p += x[np.uint64(here + j)]
        y[np.uint64(here + j)] = q + p
        p += x[np.uint64(two + j)]
        y[np.uint64(two + j)] = q + p
        p += x[np.uint64(three + j)]
        y[np.uint64(three + j)] = q + p
        p += x[np.uint64(four + j)]
        y[np.uint64(four + j)] = q + p
        part[j] = p


@cpu
def cumsum_columns(
    before: int, along: int, after: int, reverse: bool, x: np.ndarray, y: np.ndarray, space: np.ndarray
) -> None:
    """Running sums of whole contiguous rows, in runs of rows; `space` holds four of them."""
    base, part = slice_of(space, 0, after), slice_of(space, after, 2 * after)
    total, lost = slice_of(space, 2 * after, 3 * after), slice_of(space, 3 * after, 4 * after)
    step = -after if reverse else after
    for b in range(before):
        for j in range(space.size):
            space[np.uint64(j)] = x.dtype.type(0)
        here = (b * along + (along - 1 if reverse else 0)) * after
        for start in range(0, along, FEW):
            size = min(FEW, along - start)
            for j in range(after):
                part[j] = x.dtype.type(0)
            for _ in range(size // 4):
                add_onto(x, y, here, after, step, base, part)
                here += 4 * step
            for _ in range(size % 4):
                for j in range(after):
                    part[j] += x[np.uint64(here + j)]
                    y[np.uint64(here + j)] = base[j] + part[j]
                here += step
            for j in range(after):
                total[j], lost[j] = carried(total[j], lost[j], part[j])
                base[j] = kept(total[j], lost[j])


@cpu
def recurrence_cpu(
    before: int, along: int, after: int, reverse: bool, a: np.ndarray, x: np.ndarray, y: np.ndarray
) -> None:
    """Y[i] = a[i] * y[i - 1] + x[i] along the axis."""
    for b in range(before):
        for i in range(along):
            here = (b * along + (along - 1 - i if reverse else i)) * after
            last = here + after if reverse else here - after
            for j in range(after):
                y[here + j] = x[here + j] + a[here + j] * y[last + j] if i else x[here + j]


def _cumsum_cpu(ins, outs, *, axis, reverse):
    y = outs[0]
    if not y.size:
        return []
    before, along, after = split_axes(y.shape, axis)
    arrays = flat(ins[0]), flat(y)
    if after == 1:
        return [(cumsum_rows, (before, along, reverse, *arrays))]
    if along <= FEW:
        return [(cumsum_few, (before, along, after, reverse, *arrays))]
    return [(cumsum_columns, (before, along, after, reverse, *arrays, np.empty(4 * after, y.dtype)))]


def _recurrence_cpu(ins, outs, *, axis, reverse):
    sizes = split_axes(outs[0].shape, axis)
    return [(recurrence_cpu, (*sizes, reverse, *map(flat, (*ins, *outs))))] if outs[0].size else []


# --- cuda: sums take 32 elements of a row at once; a recurrence takes one thread a row -------------


@gpu
def cumsum_gpu(before: int, along: int, after: int, reverse: bool, x: np.ndarray, y: np.ndarray, zero: float) -> None:
    """One warp a row: the sums inside 32 elements by shuffles, and what came before carried on."""
    lane, row, rows = warp_rows()
    while row < before * after:
        first = row // after * along * after + row % after
        total = zero + y.dtype.type(0)
        lost = zero + y.dtype.type(0)
        base = np.uint32(0)
        while base < along:
            i = base + lane
            here = first + (along - np.uint32(1) - i if reverse else i) * after
            value = zero + y.dtype.type(0)
            if i < along:
                value = x[here] + zero
            offset = np.uint32(1)
            while offset < np.uint32(32):
                other = cuda.shfl_up_sync(0xFFFFFFFF, value, offset)
                if lane >= offset:
                    value += other
                offset = offset * np.uint32(2)
            if i < along:
                y[here] = kept(total, lost) + value
            total, lost = carried(total, lost, cuda.shfl_sync(0xFFFFFFFF, value, 31))
            base += np.uint32(32)
        row += rows


@gpu
def recurrence_gpu(
    before: int, along: int, after: int, reverse: bool, a: np.ndarray, x: np.ndarray, y: np.ndarray
) -> None:
    """Y[i] = a[i] * y[i - 1] + x[i] along the axis."""
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


def _cumsum_cuda(ins, outs, *, axis, reverse):
    rows, sizes = _sizes(outs[0], axis, reverse)
    zero = np.dtype(outs[0].dtype).type(0)
    launch = cumsum_gpu.on(warp_grid(rows), BLOCK)
    return [(launch, (*sizes, flat(ins[0]), flat(outs[0]), zero))] if rows and sizes[1] else []


def _recurrence_cuda(ins, outs, *, axis, reverse):
    rows, sizes = _sizes(outs[0], axis, reverse)
    launch = recurrence_gpu.on(grid_for(rows), BLOCK)
    return [(launch, (*sizes, *map(flat, (*ins, *outs))))] if rows and sizes[1] else []


# --- vjp -------------------------------------------------------------------------------------------


def shifted(x: Tensor, axis: int, reverse: bool) -> Tensor:
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
    db = recurrence(shifted(call.ins[0], axis, not reverse), dy, axis=axis, reverse=not reverse)
    return multiply(db, shifted(call.outs[0], axis, reverse)), db


# --- record ----------------------------------------------------------------------------------------

OPS: dict[str, Op] = {}
cumsum = OPS["cumsum"] = Op(
    "cumsum", spec=same_spec, reference=_cumsum_reference, cpu=_cumsum_cpu, cuda=_cumsum_cuda,
    vjp=_cumsum_vjp,
)  # fmt: skip
recurrence = OPS["recurrence"] = Op(
    "recurrence", spec=same_spec, reference=_recurrence_reference, cpu=_recurrence_cpu,
    cuda=_recurrence_cuda, vjp=_recurrence_vjp,
)  # fmt: skip


def cumprod(x: Tensor, axis: int, reverse: bool = False) -> Tensor:
    """Running products: the first element starts, each further one is a factor."""
    ones = tuple(1 if i == axis else e for i, e in enumerate(x.shape))
    start = tuple(x.shape[axis] - 1 if i == axis and reverse else 0 for i in range(x.ndim))
    steps = (1,) * x.ndim
    first = unslice(window(x, starts=start, sizes=ones, steps=steps), shape=x.shape, starts=start, steps=steps)
    return recurrence(x, first, axis=axis, reverse=reverse)
