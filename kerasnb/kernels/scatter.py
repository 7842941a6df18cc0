"""Rows written into an array by index: the last one, the largest, the smallest, or the product.

The array is read as (along, after), the indices as one list. The public functions pass indices inside of
the array (rows to be dropped go to one more row, which is cut off).
Sums by index are `put` of kernels/gather.py. Rows are written in order, on every device.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.compile.codegen import on_cpu
from kerasnb.backend.compile.jit import cpu, cuda, element, gpu
from kerasnb.backend.tensor.tensor import Spec, from_host, size_of
from kerasnb.kernels.common import BLOCK, flat, grid_for
from kerasnb.kernels.elementwise import add, cast_to, divide, equal, like, multiply, where
from kerasnb.kernels.gather import put, take
from kerasnb.kernels.move import reshape
from kerasnb.kernels.sum import broadcast

KINDS = {"set": 0, "max": 1, "min": 2, "mul": 3}

# --- spec ------------------------------------------------------------------------------------------


def _spec(x: Spec, at: Spec, updates: Spec, *, kind) -> Spec:
    return x


# --- reference -------------------------------------------------------------------------------------


def _reference(x, at, updates, *, kind):
    y = x.copy()
    rules: dict[str, Callable] = {
        "set": lambda _, v: v, "max": np.maximum, "min": np.minimum, "mul": np.multiply,
    }  # fmt: skip
    for index, row in zip(at, updates, strict=True):
        if 0 <= index < len(y):
            y[index] = rules[kind](y[index], row)
    return y


# --- element ---------------------------------------------------------------------------------------


@element
def combined(old: float, new: float, kind: int) -> float:
    """What remains of two values; NaN wins over numbers."""
    larger = old if (old >= new or old != old) else new
    smaller = old if (old <= new or old != old) else new
    extreme = larger if kind == 1 else smaller
    return new if kind == 0 else (old * new if kind == 3 else extreme)


# --- cpu -------------------------------------------------------------------------------------------


@cpu
def scatter_cpu(
    along: int, after: int, kind: int, x: np.ndarray, at: np.ndarray, updates: np.ndarray, y: np.ndarray
) -> None:
    """Y = x with the updates written into it."""
    for i in range(y.size):
        y[i] = x[i]
    for i in range(at.size):
        index = np.int64(at[i])
        if 0 <= index < along:
            for j in range(after):
                y[index * after + j] = combined(y[index * after + j], updates[i * after + j], kind)


def _extents(y):
    return y.shape[0], size_of(y.shape[1:])


def _cpu(ins, outs, *, kind):
    if not on_cpu(outs[0].dtype.name) or outs[0].dtype == np.bool_:
        return scatter.implementations["numpy"](ins, outs, kind=kind)
    return [(scatter_cpu, (*_extents(outs[0]), KINDS[kind], *map(flat, (*ins, *outs))))] if outs[0].size else []


# --- cuda: one output element a thread, which reads the indices in order ---------------------------


@gpu
def scatter_gpu(
    total: int, after: int, count: int, kind: int, x: np.ndarray, at: np.ndarray, updates: np.ndarray, y: np.ndarray
) -> None:
    """Y = x with the updates written into it."""
    i = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    while i < total:
        mine = np.int64(i // after)
        value = x[i]
        k = np.uint32(0)
        while k < count:
            if np.int64(at[k]) == mine:
                value = y.dtype.type(combined(value, updates[k * after + i % after], kind))
            k += np.uint32(1)
        y[i] = value
        i += step


def _cuda(ins, outs, *, kind):
    total = size_of(outs[0].shape)
    after, count = size_of(outs[0].shape[1:]), size_of(ins[1].shape)
    sizes = (np.uint32(total), np.uint32(after), np.uint32(count), np.int32(KINDS[kind]))
    return [(scatter_gpu.on(grid_for(total), BLOCK), (*sizes, *map(flat, (*ins, *outs))))] if total else []


# --- vjp -------------------------------------------------------------------------------------------


def _rows(mask, x):
    """A mask of rows, repeated along the rest of x's axes."""
    return broadcast(reshape(mask, shape=(-1, *(1,) * (x.ndim - 1))), shape=x.shape)


def _kept(at, updates, along):
    """Which updates nothing has replaced: of those with one index, the last one."""
    order = np.arange(at.shape[0], dtype=np.int32)
    last = scatter(from_host(np.full(along, -1), "int32"), at, from_host(order, "int32"), kind="set")
    return _rows(equal(take(last, at, axis=0), from_host(order, "int32")), updates)


def _set_vjp(x, at, updates, dy):
    dx = scatter(dy, at, broadcast(like(dy, 0), shape=updates.shape), kind="set")
    return dx, None, where(_kept(at, updates, x.shape[0]), take(dy, at, axis=0), like(dy, 0))


def _extreme_vjp(x, at, updates, y, dy):
    """Those equal to the extreme share the gradient."""
    mine = cast_to(equal(x, y), dy.dtype)
    theirs = cast_to(equal(updates, take(y, at, axis=0)), dy.dtype)
    count = add(mine, put(theirs, at, axis=0, along=x.shape[0]))
    part = divide(dy, where(equal(count, like(dy, 0)), like(dy, 1), count))
    return multiply(mine, part), None, multiply(theirs, take(part, at, axis=0))


def _product_vjp(x, at, updates, dy):
    """The product of the others: where one factor is zero, only that factor has a gradient."""
    one, none = like(dy, 1), like(dy, 0)
    empty, other_empty = equal(x, none), equal(updates, none)
    rest = scatter(where(empty, one, x), at, where(other_empty, one, updates), kind="mul")
    zeros = add(cast_to(empty, dy.dtype), put(cast_to(other_empty, dy.dtype), at, axis=0, along=x.shape[0]))
    product = multiply(dy, rest)
    dx = _factor_gradient(x, empty, product, zeros)
    return dx, None, _factor_gradient(updates, other_empty, take(product, at, axis=0), take(zeros, at, axis=0))


def _factor_gradient(factor, is_zero, product, zeros):
    one, none = like(product, 1), like(product, 0)
    alone = where(equal(zeros, one), product, none)
    among = where(equal(zeros, none), divide(product, where(is_zero, one, factor)), none)
    return where(is_zero, alone, among)


def _vjp(call, dy):
    kind, (x, at, updates) = call.attrs["kind"], call.ins
    if kind == "set":
        return _set_vjp(x, at, updates, dy)
    return _product_vjp(x, at, updates, dy) if kind == "mul" else _extreme_vjp(x, at, updates, call.outs[0], dy)


# --- record ----------------------------------------------------------------------------------------

scatter = Op("scatter", spec=_spec, reference=_reference, cpu=_cpu, cuda=_cuda, vjp=_vjp)
