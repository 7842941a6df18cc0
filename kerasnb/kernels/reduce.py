"""The largest, the smallest, products, truth, and where the largest and smallest stand.

Every reduction runs over (before, along, after), last axis first, as in kernels/sum.py.
"""

from __future__ import annotations

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.compile.jit import cpu, cuda, element, gpu
from kerasnb.backend.tensor.tensor import Spec, size_of
from kerasnb.kernels.common import BLOCK, flat, split_axes
from kerasnb.kernels.elementwise import cast, divide, equal, like, multiply, where
from kerasnb.kernels.sum import reduced_shape, reduction_calls, spread, total
from kerasnb.kernels.warp import warp_grid, warp_rows

# --- spec ------------------------------------------------------------------------------------------


def _spec(x: Spec, *, axes) -> Spec:
    return Spec(reduced_shape(x.shape, axes), x.dtype)


def _position_spec(x: Spec, *, axis) -> Spec:
    return Spec(reduced_shape(x.shape, (axis,)), "int32")


# --- reference -------------------------------------------------------------------------------------


def _max_reference(x, *, axes):
    return np.max(x, axis=axes)


def _min_reference(x, *, axes):
    return np.min(x, axis=axes)


def _prod_reference(x, *, axes):
    wide = x.astype(np.float64) if x.dtype.kind == "f" else x
    return np.prod(wide, axis=axes, dtype=wide.dtype).astype(x.dtype)


def _any_reference(x, *, axes):
    return np.any(x, axis=axes)


def _all_reference(x, *, axes):
    return np.all(x, axis=axes)


def _argmax_reference(x, *, axis):
    return np.argmax(x, axis).astype(np.int32)


def _argmin_reference(x, *, axis):
    return np.argmin(x, axis).astype(np.int32)


# --- element ---------------------------------------------------------------------------------------


@element
def extreme(best: float, v: float, biggest: bool) -> float:
    """The larger (or smaller) of two; NaN where one is NaN. Two plain choices, which loops can vectorise."""
    up = best if best >= v else v
    down = best if best <= v else v
    chosen = up if biggest else down
    return best if best != best else chosen


@element
def stays(best: float, v: float, biggest: bool) -> bool:
    """Whether `best` remains the extreme beside v; NaN is more extreme than any number."""
    return best != best or (best >= v if biggest else best <= v)


# --- cpu -------------------------------------------------------------------------------------------

LANES = 64


@cpu
def extreme_rows(before: int, along: int, x: np.ndarray, y: np.ndarray, biggest: bool) -> None:
    """The largest (or smallest) of runs of contiguous elements, 64 comparisons at once."""
    parts = np.empty(LANES, x.dtype)
    for b in range(before):
        xs = x[b * along : (b + 1) * along]
        best = xs[0]
        whole = along // LANES
        if whole:
            for lane in range(LANES):
                parts[lane] = xs[lane]
            for i in range(1, whole):
                chunk = xs[i * LANES : (i + 1) * LANES]
                for lane in range(LANES):
                    parts[lane] = extreme(parts[lane], chunk[lane], biggest)
            for lane in range(LANES):
                best = extreme(best, parts[lane], biggest)
        for i in range(whole * LANES, along):
            best = extreme(best, xs[i], biggest)
        y[b] = best


@cpu
def extreme_columns(before: int, along: int, after: int, x: np.ndarray, y: np.ndarray, biggest: bool) -> None:
    """The same of whole contiguous rows."""
    for b in range(before):
        ys = y[b * after : (b + 1) * after]
        for i in range(along):
            xs = x[(b * along + i) * after : (b * along + i + 1) * after]
            for j in range(after):
                ys[j] = extreme(ys[j], xs[j], biggest) if i else xs[j]


@cpu
def position_cpu(before: int, along: int, after: int, x: np.ndarray, y: np.ndarray, biggest: bool) -> None:
    """Where the first extreme stands; the first NaN where there is one."""
    for b in range(before):
        for j in range(after):
            best = x[b * along * after + j]
            at = 0
            for i in range(1, along):
                v = x[(b * along + i) * after + j]
                if not stays(best, v, biggest):
                    best = v
                    at = i
            y[b * after + j] = at


@cpu
def prod_cpu(before: int, along: int, after: int, x: np.ndarray, y: np.ndarray) -> None:
    """The product along the axis."""
    for b in range(before):
        for j in range(after):
            product = x.dtype.type(1)
            for i in range(along):
                product *= x[(b * along + i) * after + j]
            y[b * after + j] = product


def _bytes(array):
    """Booleans as bytes, which compare alike."""
    return array.view(np.uint8) if array.dtype == np.bool_ else array


def _extreme_pass(biggest):
    def one_pass(before, along, after, x, y):
        x, y = _bytes(x), _bytes(y)
        if after == 1:
            return [(extreme_rows, (before, along, x, y, biggest))]
        return [(extreme_columns, (before, along, after, x, y, biggest))]

    return one_pass


def _prod_pass(before, along, after, x, y):
    return [(prod_cpu, (before, along, after, x, y))]


def _cpu(name, one_pass):
    def implementation(ins, outs, *, axes):
        if not ins[0].size:
            return OPS[name].implementations["numpy"](ins, outs, axes=axes)
        return reduction_calls(ins, outs, axes, one_pass)

    return implementation


def _position_cpu(name, biggest):
    def implementation(ins, outs, *, axis):
        x = ins[0]
        if not x.size:
            return OPS[name].implementations["numpy"](ins, outs, axis=axis)
        return [(position_cpu, (*split_axes(x.shape, axis), _bytes(flat(x)), flat(outs[0]), biggest))]

    return implementation


# --- cuda: one warp an output element; `zero` carries the type that shuffles can pass --------------


@gpu
def extreme_gpu(before: int, along: int, after: int, x: np.ndarray, y: np.ndarray, zero: float, biggest: bool) -> None:
    """The largest (or smallest) along the axis."""
    lane, row, rows = warp_rows()
    while row < before * after:
        start = row // after * along * after + row % after
        best = x[start] + zero
        i = lane
        while i < along:
            v = x[start + i * after] + zero
            best = extreme(best, v, biggest)
            i += np.uint32(32)
        offset = np.uint32(16)
        while offset > np.uint32(0):
            v = cuda.shfl_xor_sync(0xFFFFFFFF, best, offset)
            best = extreme(best, v, biggest)
            offset = offset // np.uint32(2)
        if lane == 0:
            y[row] = best
        row += rows


@gpu
def position_gpu(before: int, along: int, after: int, x: np.ndarray, y: np.ndarray, zero: float, biggest: bool) -> None:
    """Where the first extreme stands."""
    lane, row, rows = warp_rows()
    while row < before * after:
        start = row // after * along * after + row % after
        best = x[start] + zero
        at = np.int32(0)
        i = lane
        while i < along:
            v = x[start + i * after] + zero
            if not stays(best, v, biggest):
                best = v
                at = np.int32(i)
            i += np.uint32(32)
        offset = np.uint32(16)
        while offset > np.uint32(0):
            v = cuda.shfl_xor_sync(0xFFFFFFFF, best, offset)
            there = cuda.shfl_xor_sync(0xFFFFFFFF, at, offset)
            alike = best == v or (best != best and v != v)
            if (alike and there < at) or (not alike and not stays(best, v, biggest)):
                best = v
                at = there
            offset = offset // np.uint32(2)
        if lane == 0:
            y[row] = at
        row += rows


@gpu
def prod_gpu(before: int, along: int, after: int, x: np.ndarray, y: np.ndarray, zero: float) -> None:
    """The product along the axis."""
    lane, row, rows = warp_rows()
    while row < before * after:
        start = row // after * along * after + row % after
        product = y.dtype.type(1) + zero
        i = lane
        while i < along:
            product *= x[start + i * after] + zero
            i += np.uint32(32)
        offset = np.uint32(16)
        while offset > np.uint32(0):
            product *= cuda.shfl_xor_sync(0xFFFFFFFF, product, offset)
            offset = offset // np.uint32(2)
        if lane == 0:
            y[row] = product
        row += rows


def _zero(dtype):
    """Zero of a type that a warp shuffle can pass, and that holds all values of `dtype`."""
    if dtype.kind != "f":
        return np.int64(0)
    return np.float64(0) if dtype == np.float64 else np.float32(0)


def _cuda_call(kernel, before, along, after, x, y, *flags):
    sizes = map(np.uint32, (before, along, after))
    return [(kernel.on(warp_grid(before * after), BLOCK), (*sizes, x, y, _zero(x.dtype), *flags))]


def _cuda(name, kernel, *flags):
    def implementation(ins, outs, *, axes):
        if not size_of(outs[0].shape):
            return []
        if name != "prod" and not size_of(ins[0].shape):
            return OPS[name].implementations["numpy"](ins, outs, axes=axes)
        return reduction_calls(ins, outs, axes, lambda *sizes_and_arrays: _cuda_call(kernel, *sizes_and_arrays, *flags))

    return implementation


def _position_cuda(name, biggest):
    def implementation(ins, outs, *, axis):
        x = ins[0]
        if not size_of(outs[0].shape):
            return []
        return _cuda_call(position_gpu, *split_axes(x.shape, axis), flat(x), flat(outs[0]), np.bool_(biggest))

    return implementation


# --- vjp -------------------------------------------------------------------------------------------


def _extreme_vjp(call, dy):
    """Equal extremes share the gradient."""
    x, axes = call.ins[0], call.attrs["axes"]
    chosen = cast(equal(x, spread(call.outs[0], x.shape, axes)), dtype=x.dtype)
    part = divide(dy, total(chosen, axes=axes))
    return (multiply(chosen, spread(part, x.shape, axes)),)


def _prod_vjp(call, dy):
    """The product of the others: where one factor is zero, only that factor has a gradient."""
    x, axes = call.ins[0], call.attrs["axes"]
    one, none = like(x, 1), like(x, 0)
    zero = equal(x, none)
    safe = where(zero, one, x)
    product = spread(multiply(prod(safe, axes=axes), dy), x.shape, axes)
    zeros = spread(total(cast(zero, dtype=x.dtype), axes=axes), x.shape, axes)
    at_zero = where(equal(zeros, one), product, none)
    elsewhere = where(equal(zeros, none), divide(product, safe), none)
    return (where(zero, at_zero, elsewhere),)


# --- record ----------------------------------------------------------------------------------------

OPS: dict[str, Op] = {}


def _op(name, reference, one_pass, kernel, *flags, vjp=None) -> Op:
    OPS[name] = Op(
        name,
        spec=_spec,
        reference=reference,
        cpu=_cpu(name, one_pass),
        cuda=_cuda(name, kernel, *flags),
        vjp=vjp,
    )
    return OPS[name]


def _position_op(name, reference, biggest) -> Op:
    OPS[name] = Op(
        name,
        spec=_position_spec,
        reference=reference,
        cpu=_position_cpu(name, biggest),
        cuda=_position_cuda(name, biggest),
    )
    return OPS[name]


max_ = _op("max", _max_reference, _extreme_pass(True), extreme_gpu, np.bool_(True), vjp=_extreme_vjp)
min_ = _op("min", _min_reference, _extreme_pass(False), extreme_gpu, np.bool_(False), vjp=_extreme_vjp)
any_ = _op("any", _any_reference, _extreme_pass(True), extreme_gpu, np.bool_(True))
all_ = _op("all", _all_reference, _extreme_pass(False), extreme_gpu, np.bool_(False))
prod = _op("prod", _prod_reference, _prod_pass, prod_gpu, vjp=_prod_vjp)
argmax = _position_op("argmax", _argmax_reference, True)
argmin = _position_op("argmin", _argmin_reference, False)
