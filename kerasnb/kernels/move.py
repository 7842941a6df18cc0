"""Moving values without computing: reshape, copy into a variable, transpose, slice, pad, concatenate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.compile.jit import cuda, element, gpu
from kerasnb.backend.late_bound import Assignment
from kerasnb.backend.tensor import device
from kerasnb.backend.tensor.tensor import Spec, Tensor, size_of
from kerasnb.kernels.common import BLOCK, flat, grid_for

# --- reshape: the same memory under another shape --------------------------------------------------


def _reshape_spec(x: Spec, *, shape) -> Spec:
    known = [e for e in x.shape if e is not None]
    if -1 not in shape or len(known) < len(x.shape):
        return Spec(tuple(None if e == -1 else e for e in shape), x.dtype)
    rest = size_of(tuple(e for e in shape if e != -1))
    return Spec(tuple(size_of(x.shape) // max(rest, 1) if e == -1 else e for e in shape), x.dtype)


def _reshape_reference(x, *, shape):
    return np.reshape(x, shape)


def copy_cpu(ins: list, outs: list, **_: Any) -> list:
    """The call that copies the input."""
    return [(np.copyto, (flat(outs[0]), flat(ins[0])))]


@gpu
def copy_flat(total: int, x: np.ndarray, y: np.ndarray) -> None:
    """Y becomes x."""
    i = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    while i < total:
        y[i] = x[i]
        i += step


def copy_cuda(ins: list, outs: list, **_: Any) -> list:
    """The launch that copies the input."""
    total = size_of(outs[0].shape)
    return [(copy_flat.on(grid_for(total), BLOCK), (np.uint32(total), flat(ins[0]), flat(outs[0])))] if total else []


def _reshape_vjp(call, dy):
    return (reshape(dy, shape=call.ins[0].shape),)


reshape = Op(
    "reshape",
    spec=_reshape_spec,
    reference=_reshape_reference,
    cpu=copy_cpu,
    cuda=copy_cuda,
    vjp=_reshape_vjp,
    view=True,
)


def apart(tensors: Iterable[Tensor]) -> list:
    """The tensors as objects of their own: a tape cannot distinguish two places of one tensor."""
    return [reshape(t, shape=t.shape) for t in tensors]


# --- assign: copy into a variable's buffer ---------------------------------------------------------


def same(x: Any) -> Any:
    """The number itself."""
    return x


def _assign_reference(variable, value):
    return value


def _assign_cpu(ins, outs):
    return copy_cpu(ins[1:], outs)


def _assign_cuda(ins, outs):
    return copy_cuda(ins[1:], outs)


assign = Op(
    "assign", spec=None, reference=_assign_reference, cpu=_assign_cpu, cuda=_assign_cuda, mutates=1, elementwise=same
)
Assignment.assign = assign

# --- transpose -------------------------------------------------------------------------------------


def _transpose_spec(x: Spec, *, axes) -> Spec:
    return Spec(tuple(x.shape[a] for a in axes), x.dtype)


def _transpose_reference(x, *, axes):
    return np.ascontiguousarray(np.transpose(x, axes))


def _transpose_cpu(ins, outs, *, axes):
    return [(np.copyto, (outs[0], np.transpose(ins[0], axes)))]


@element
def strided_place(i: int, extents: np.ndarray, strides: np.ndarray, offset: int) -> np.int64:
    """Where element i of an array of these extents stands: offset + sum(index * stride)."""
    rest = np.int64(i)
    at = np.int64(offset)
    for axis in range(extents.shape[0] - 1, -1, -1):
        extent = np.int64(extents[axis])
        at += (rest % extent) * np.int64(strides[axis])
        rest = rest // extent
    return at


@gpu
def gather_strided(
    total: int, x: np.ndarray, y: np.ndarray, extents: np.ndarray, strides: np.ndarray, offset: int
) -> None:
    """Y in order; x at offset + sum(index * stride): transposes and slices, one thread per element."""
    i = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    while i < total:
        y[i] = x[strided_place(i, extents, strides, offset)]
        i += step


def strides_of(shape: tuple[int, ...]) -> list[int]:
    """The strides of a contiguous array in elements."""
    return [size_of(shape[axis + 1 :]) for axis in range(len(shape))]


def _on_device(values):
    return device.runtime().from_host(np.array(values or [0], np.int32))


def strided_calls(x: Any, y: Any, strides: Sequence[int], offset: int = 0) -> list:
    """GPU calls for y in order, x at offset + sum(index * stride)."""
    total = size_of(y.shape)
    if not total:
        return []
    extents = _on_device(y.shape or (1,))
    return [
        (
            gather_strided.on(grid_for(total), BLOCK),
            (np.uint32(total), flat(x), flat(y), extents, _on_device(list(strides)), np.int64(offset)),
        )
    ]


def _transpose_cuda(ins, outs, *, axes):
    strides = strides_of(ins[0].shape)
    return strided_calls(ins[0], outs[0], [strides[a] for a in axes])


def _transpose_vjp(call, dy):
    axes = call.attrs["axes"]
    return (transpose(dy, axes=tuple(int(a) for a in np.argsort(axes))),)


transpose = Op(
    "transpose", spec=_transpose_spec, reference=_transpose_reference, cpu=_transpose_cpu, cuda=_transpose_cuda,
    vjp=_transpose_vjp,
)  # fmt: skip

# --- slice and its gradient ------------------------------------------------------------------------


def _window(starts, sizes, steps):
    """The Python slices of a window; a negative step that reaches the front needs a None stop."""
    stops = [a + n * s for a, n, s in zip(starts, sizes, steps, strict=True)]
    return tuple(slice(a, None if e < 0 else e, s) for a, e, s in zip(starts, stops, steps, strict=True))


def _slice_spec(x: Spec, *, starts, sizes, steps) -> Spec:
    return Spec(tuple(sizes), x.dtype)


def _slice_reference(x, *, starts, sizes, steps):
    return np.ascontiguousarray(x[_window(starts, sizes, steps)])


def _slice_cpu(ins, outs, *, starts, sizes, steps):
    return [(np.copyto, (outs[0], ins[0][_window(starts, sizes, steps)]))]


def _slice_cuda(ins, outs, *, starts, sizes, steps):
    strides = strides_of(ins[0].shape)
    offset = sum(a * t for a, t in zip(starts, strides, strict=True))
    return strided_calls(ins[0], outs[0], [s * t for s, t in zip(steps, strides, strict=True)], offset)


def _slice_vjp(call, dy):
    attrs = {k: call.attrs[k] for k in ("starts", "steps")}
    return (unslice(dy, shape=call.ins[0].shape, **attrs),)


window = Op("slice", spec=_slice_spec, reference=_slice_reference, cpu=_slice_cpu, cuda=_slice_cuda, vjp=_slice_vjp)


def _unslice_spec(x: Spec, *, shape, starts, steps) -> Spec:
    return Spec(tuple(shape), x.dtype)


def _unslice_reference(x, *, shape, starts, steps):
    y = np.zeros(shape, x.dtype)
    y[_window(starts, x.shape, steps)] = x
    return y


def _unslice_cpu(ins, outs, *, shape, starts, steps):
    return [(outs[0].fill, (0,)), (np.copyto, (outs[0][_window(starts, ins[0].shape, steps)], ins[0]))]


@gpu
def fill_flat(total: int, y: np.ndarray, value: np.ndarray) -> None:
    """Fills y with one value."""
    i = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    while i < total:
        y[i] = value[0]
        i += step


@gpu
def scatter_strided(
    total: int, x: np.ndarray, y: np.ndarray, extents: np.ndarray, strides: np.ndarray, offset: int
) -> None:
    """X in order; y at offset + sum(index * stride)."""
    i = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    while i < total:
        y[strided_place(i, extents, strides, offset)] = x[i]
        i += step


def _strided_into(x, y, strides, offset):
    total = size_of(x.shape)
    if not total:
        return []
    args = (np.uint32(total), flat(x), flat(y), _on_device(list(x.shape)), _on_device(strides), np.int64(offset))
    return [(scatter_strided.on(grid_for(total), BLOCK), args)]


def zero_calls(y: Any) -> list:
    """GPU calls that fill an array with zeros."""
    total = size_of(y.shape)
    zero = device.runtime().from_host(np.zeros(1, y.dtype))
    return [(fill_flat.on(grid_for(total), BLOCK), (np.uint32(total), flat(y), zero))] if total else []


def _unslice_cuda(ins, outs, *, shape, starts, steps):
    strides = strides_of(shape)
    offset = sum(a * t for a, t in zip(starts, strides, strict=True))
    into = _strided_into(ins[0], outs[0], [s * t for s, t in zip(steps, strides, strict=True)], offset)
    return zero_calls(outs[0]) + into


def _unslice_vjp(call, dy):
    attrs = {k: call.attrs[k] for k in ("starts", "steps")}
    return (window(dy, sizes=call.ins[0].shape, **attrs),)


unslice = Op(
    "unslice", spec=_unslice_spec, reference=_unslice_reference, cpu=_unslice_cpu, cuda=_unslice_cuda, vjp=_unslice_vjp
)

# --- concatenate -----------------------------------------------------------------------------------


def _concatenate_spec(*xs: Spec, axis) -> Spec:
    extents = [x.shape[axis] for x in xs]
    joined = None if None in extents else sum(extents)
    shape = xs[0].shape
    return Spec((*shape[:axis], joined, *shape[axis + 1 :]), xs[0].dtype)


def _concatenate_reference(*xs, axis):
    return np.concatenate(xs, axis)


def _starts(ins, axis):
    """Where each input begins along the joined axis."""
    starts = np.cumsum([0] + [x.shape[axis] for x in ins])
    return [tuple(int(s) if a == axis else 0 for a in range(ins[0].ndim)) for s in starts[:-1]]


def _concatenate_cpu(ins, outs, *, axis):
    steps = (1,) * outs[0].ndim
    windows = [_window(start, x.shape, steps) for start, x in zip(_starts(ins, axis), ins, strict=True)]
    return [(np.copyto, (outs[0][w], x)) for w, x in zip(windows, ins, strict=True)]


def _concatenate_cuda(ins, outs, *, axis):
    strides = strides_of(outs[0].shape)
    calls = []
    for start, x in zip(_starts(ins, axis), ins, strict=True):
        calls += _strided_into(x, outs[0], strides, sum(a * t for a, t in zip(start, strides, strict=True)))
    return calls


def _concatenate_vjp(call, dy):
    axis, steps = call.attrs["axis"], (1,) * dy.ndim
    starts = _starts(call.ins, axis)
    return tuple(
        window(dy, starts=start, sizes=x.shape, steps=steps) if need else None
        for start, x, need in zip(starts, call.ins, call.needs, strict=True)
    )


concatenate = Op(
    "concatenate", spec=_concatenate_spec, reference=_concatenate_reference, cpu=_concatenate_cpu,
    cuda=_concatenate_cuda, vjp=_concatenate_vjp,
)  # fmt: skip
