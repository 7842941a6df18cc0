"""Rows chosen by index, and their gradient. Indices out of range never touch memory.

`take` reads an array as (before, along, after) and the indices as one flat list. An index below zero
counts from the end; one out of range reads the nearest valid element (the public functions raise before).
"""

from __future__ import annotations

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.compile.jit import cpu, cuda, element, gpu
from kerasnb.backend.plan.buffers import scratch
from kerasnb.backend.runtime.program import Tasks, cuts
from kerasnb.backend.tensor.tensor import Spec, size_of
from kerasnb.kernels.blocked import carried, inlined, kept, slice_of
from kerasnb.kernels.common import BLOCK, flat, grid_for, split_axes

TASK = 100_000  # elements that are worth another thread's while
TASKS = 8
MANY = 128  # numbers that are added to one place before rounding is looked after

# --- spec ------------------------------------------------------------------------------------------


def _take_spec(x: Spec, at: Spec, *, axis) -> Spec:
    return Spec((*x.shape[:axis], *at.shape, *x.shape[axis + 1 :]), x.dtype)


def _put_spec(dy: Spec, at: Spec, *, axis, along) -> Spec:
    after = dy.shape[axis + len(at.shape) :]
    return Spec((*dy.shape[:axis], along, *after), dy.dtype)


def _take_along_spec(x: Spec, at: Spec, *, axis) -> Spec:
    return Spec(at.shape, x.dtype)


def _put_along_spec(dy: Spec, at: Spec, *, axis, along) -> Spec:
    return Spec((*dy.shape[:axis], along, *dy.shape[axis + 1 :]), dy.dtype)


# --- reference -------------------------------------------------------------------------------------


def _valid(at, along):
    return np.clip(np.where(at < 0, at + along, at), 0, max(along - 1, 0))


def _take_reference(x, at, *, axis):
    return np.take(x, _valid(at, x.shape[axis]), axis)


def _put_reference(dy, at, *, axis, along):
    """Adds each slice of dy to the slice of zeros it was taken from."""
    before, after = dy.shape[:axis], dy.shape[axis + at.ndim :]
    wide = np.zeros((size_of(before), along, size_of(after)), np.float64 if dy.dtype.kind == "f" else dy.dtype)
    rows = dy.reshape(size_of(before), at.size, size_of(after))
    for i, index in enumerate(_valid(at.reshape(-1), along)):
        wide[:, index] += rows[:, i]
    return wide.astype(dy.dtype).reshape(*before, along, *after)


def _take_along_reference(x, at, *, axis):
    return np.take_along_axis(x, _valid(at, x.shape[axis]), axis)


def _put_along_reference(dy, at, *, axis, along):
    wide = np.float64 if dy.dtype.kind == "f" else dy.dtype
    dx = np.zeros((*dy.shape[:axis], along, *dy.shape[axis + 1 :]), wide)
    rows, targets = np.moveaxis(dy, axis, 0), np.moveaxis(dx, axis, 0)
    for i, indices in enumerate(np.moveaxis(_valid(at, along), axis, 0)):
        for place in np.ndindex(indices.shape):
            targets[(indices[place], *place)] += rows[(i, *place)]
    return dx.astype(dy.dtype)


# --- element ---------------------------------------------------------------------------------------


@element
def wrapped(index: int, along: int) -> int:
    """The index counted from the front, and inside of the array."""
    i = index + along if index < 0 else index
    return min(max(i, 0), along - 1)


# --- cpu -------------------------------------------------------------------------------------------


# Positions are unsigned: for signed ones loops would ask each time whether to count from the end.


@cpu
def take_cpu(
    before: int, along: int, after: int, x: np.ndarray, at: np.ndarray, y: np.ndarray, lo: int, hi: int
) -> None:
    """Rows `lo` to `hi` of y, of before * at.size rows."""
    for row in range(lo, hi):
        source = (row // at.size * along + wrapped(np.int64(at[row % at.size]), along)) * after
        target = row * after
        for j in range(after):
            y[np.uint64(target + j)] = x[np.uint64(source + j)]


@cpu
def put_cpu(
    before: int, along: int, after: int, dy: np.ndarray, at: np.ndarray, dx: np.ndarray, lo: int, hi: int
) -> None:
    """Rows `lo` to `hi` of each of the `along` rows of dx, in the order of the indices."""
    for b in range(before):
        mine = dx[(b * along + lo) * after : (b * along + hi) * after]
        for i in range(mine.size):
            mine[i] = dx.dtype.type(0)
        for i in range(at.size):
            index = wrapped(np.int64(at[i]), along)
            if lo <= index < hi:
                target, source = (b * along + index) * after, (b * at.size + i) * after
                for j in range(after):
                    dx[np.uint64(target + j)] += dy[np.uint64(source + j)]


@cpu
def put_many_cpu(
    before: int, along: int, after: int, dy: np.ndarray, at: np.ndarray, dx: np.ndarray, counts: np.ndarray,
    lost: np.ndarray, lo: int, hi: int,
) -> None:  # fmt: skip
    """The same; `counts` counts the additions to each row, and `lost` keeps the rounding errors of rows with many."""
    for b in range(before):
        for i in range((b * along + lo) * after, (b * along + hi) * after):
            dx[np.uint64(i)] = dx.dtype.type(0)
        for row in range(lo, hi):
            counts[np.uint64(row)] = 0
        for i in range(at.size):
            index = wrapped(np.int64(at[i]), along)
            if lo <= index < hi:
                target, source, seen = (b * along + index) * after, (b * at.size + i) * after, counts[np.uint64(index)]
                counts[np.uint64(index)] = seen + 1
                for j in range(after if seen == MANY else 0):
                    lost[np.uint64(target + j)] = dx.dtype.type(0)
                if seen < MANY:
                    for j in range(after):
                        dx[np.uint64(target + j)] += dy[np.uint64(source + j)]
                else:
                    carry(slice_of(dx, target, target + after), slice_of(lost, target, target + after), dy, source)
        for row in range(lo, hi):
            if counts[np.uint64(row)] > MANY:
                for i in range((b * along + row) * after, (b * along + row + 1) * after):
                    dx[np.uint64(i)] = kept(dx[np.uint64(i)], lost[np.uint64(i)])


@cpu
def carry(total: np.ndarray, lost: np.ndarray, dy: np.ndarray, source: int) -> None:
    """Adds a slice of dy to totals, with its rounding errors."""
    inlined()
    for j in range(total.size):
        total[j], lost[j] = carried(total[j], lost[j], dy[np.uint64(source + j)])


@cpu
def take_along_cpu(
    before: int, along: int, after: int, count: int, x: np.ndarray, at: np.ndarray, y: np.ndarray
) -> None:
    """The element that each index names along its line."""
    for b in range(before):
        for i in range(count):
            for j in range(after):
                here = (b * count + i) * after + j
                y[here] = x[(b * along + wrapped(np.int64(at[here]), along)) * after + j]


@cpu
def put_along_cpu(
    before: int, along: int, after: int, count: int, dy: np.ndarray, at: np.ndarray, dx: np.ndarray, lost: np.ndarray
) -> None:
    """Sums at indices of each line; `lost` keeps the rounding errors where there are many more indices than places."""
    for i in range(dx.size):
        dx[i] = dx.dtype.type(0)
    for i in range(lost.size):
        lost[i] = dx.dtype.type(0)
    for b in range(before):
        for i in range(count):
            for j in range(after):
                here = (b * count + i) * after + j
                to = (b * along + wrapped(np.int64(at[here]), along)) * after + j
                if lost.size:
                    dx[to], lost[to] = carried(dx[to], lost[to], dy[here])
                else:
                    dx[to] += dy[here]
    for i in range(lost.size):
        dx[i] = kept(dx[i], lost[i])


def _cpu(kernel, plan):
    """The calls of a kernel for flat arrays, its sizes planned once."""

    def implementation(ins, outs, **attrs):
        sizes = plan(ins, outs, **attrs)
        return [(kernel, (*sizes, *map(flat, (*ins, *outs))))] if outs[0].size else []

    return implementation


def _in_tasks(kernel, sizes, arrays, size, count) -> list:
    """Calls for `count` rows in tasks, cut by the shapes alone."""
    tasks = [(*sizes, *arrays, *cut) for cut in cuts(count, min(TASKS, size // TASK))]
    return [(Tasks(kernel, tasks), ())] if len(tasks) > 1 else [(kernel, tasks[0])]


def _take_cpu(ins, outs, *, axis):
    sizes, size = _take_plan(ins, outs, axis=axis), outs[0].size
    return _in_tasks(take_cpu, sizes, [*map(flat, (*ins, *outs))], size, sizes[0] * ins[1].size) if size else []


def _put_cpu(ins, outs, *, axis, along):
    dx, sizes, arrays = outs[0], _put_plan(ins, outs, axis=axis, along=along), [*map(flat, (*ins, *outs))]
    if not dx.size:
        return []
    if ins[1].size <= MANY or dx.dtype.kind != "f":
        return _in_tasks(put_cpu, sizes, arrays, dx.size, along)
    arrays += [scratch(along, np.int64), scratch(dx.size, dx.dtype)]
    return _in_tasks(put_many_cpu, sizes, arrays, dx.size, along)


def _put_along_cpu(ins, outs, *, axis, along):
    dx, sizes = outs[0], _put_along_plan(ins, outs, axis=axis, along=along)
    crowded = sizes[3] > max(MANY, 4 * along) and dx.dtype.kind == "f"
    lost = scratch(dx.size if crowded else 0, dx.dtype)
    return [(put_along_cpu, (*sizes, *map(flat, (*ins, *outs)), lost))] if dx.size else []


def _take_plan(ins, outs, *, axis):
    return split_axes(ins[0].shape, axis)


def _put_plan(ins, outs, *, axis, along):
    return split_axes(outs[0].shape, axis)


def _take_along_plan(ins, outs, *, axis):
    return *split_axes(ins[0].shape, axis), ins[1].shape[axis]


def _put_along_plan(ins, outs, *, axis, along):
    return *split_axes(outs[0].shape, axis), ins[1].shape[axis]


# --- cuda: one output element a thread; sums read their indices in order, so they are deterministic


@gpu
def take_gpu(total: int, along: int, after: int, count: int, x: np.ndarray, at: np.ndarray, y: np.ndarray) -> None:
    """The rows that the indices name."""
    i = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    while i < total:
        row = i // after
        index = wrapped(np.int64(at[row % count]), np.int64(along))
        y[i] = x[(row // count * along + np.uint32(index)) * after + i % after]
        i += step


@gpu
def put_gpu(total: int, along: int, after: int, count: int, dy: np.ndarray, at: np.ndarray, dx: np.ndarray) -> None:
    """The sum of the rows of dy that were taken from each row."""
    i = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    while i < total:
        row = i // after
        mine = np.int64(row % along)
        b = row // along
        value = dx.dtype.type(0)
        lost = dx.dtype.type(0)
        k = np.uint32(0)
        while k < count:
            if wrapped(np.int64(at[k]), np.int64(along)) == mine:
                value, lost = carried(value, lost, dy[(b * count + k) * after + i % after])
            k += np.uint32(1)
        dx[i] = kept(value, lost)
        i += step


@gpu
def take_along_gpu(
    total: int, along: int, after: int, count: int, x: np.ndarray, at: np.ndarray, y: np.ndarray
) -> None:
    """The element that each index names along its line."""
    i = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    while i < total:
        index = wrapped(np.int64(at[i]), np.int64(along))
        y[i] = x[(i // after // count * along + np.uint32(index)) * after + i % after]
        i += step


@gpu
def put_along_gpu(
    total: int, along: int, after: int, count: int, dy: np.ndarray, at: np.ndarray, dx: np.ndarray
) -> None:
    """The sum of the elements of dy that were taken from each element."""
    i = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    while i < total:
        row = i // after
        mine = np.int64(row % along)
        b = row // along
        value = dx.dtype.type(0)
        lost = dx.dtype.type(0)
        k = np.uint32(0)
        while k < count:
            here = (b * count + k) * after + i % after
            if wrapped(np.int64(at[here]), np.int64(along)) == mine:
                value, lost = carried(value, lost, dy[here])
            k += np.uint32(1)
        dx[i] = kept(value, lost)
        i += step


def _cuda(kernel, plan):
    def implementation(ins, outs, **attrs):
        total = size_of(outs[0].shape)
        _, along, after, *count = plan(ins, outs, **attrs)
        if not total:
            return []
        sizes = map(np.uint32, (total, along, after, *(count or [size_of(ins[1].shape)])))
        return [(kernel.on(grid_for(total), BLOCK), (*sizes, *map(flat, (*ins, *outs))))]

    return implementation


# --- vjp -------------------------------------------------------------------------------------------


def _take_vjp(call, dy):
    (x, at), axis = call.ins, call.attrs["axis"]
    return put(dy, at, axis=axis, along=x.shape[axis]), None


def _put_vjp(call, g):
    return take(g, call.ins[1], axis=call.attrs["axis"]), None


def _take_along_vjp(call, dy):
    (x, at), axis = call.ins, call.attrs["axis"]
    return put_along(dy, at, axis=axis, along=x.shape[axis]), None


def _put_along_vjp(call, g):
    return take_along(g, call.ins[1], axis=call.attrs["axis"]), None


# --- record ----------------------------------------------------------------------------------------

OPS: dict[str, Op] = {}


def _op(name, spec, reference, on_cpu, kernel, plan, vjp=None) -> Op:
    on_cuda = _cuda(kernel, plan)
    OPS[name] = Op(name, spec=spec, reference=reference, cpu=on_cpu, cuda=on_cuda, vjp=vjp)
    return OPS[name]


take = _op("take", _take_spec, _take_reference, _take_cpu, take_gpu, _take_plan, _take_vjp)
put = _op("put", _put_spec, _put_reference, _put_cpu, put_gpu, _put_plan, _put_vjp)
take_along = _op(
    "take_along", _take_along_spec, _take_along_reference, _cpu(take_along_cpu, _take_along_plan), take_along_gpu,
    _take_along_plan, _take_along_vjp,
)  # fmt: skip
put_along = _op(
    "put_along", _put_along_spec, _put_along_reference, _put_along_cpu, put_along_gpu, _put_along_plan, _put_along_vjp
)
