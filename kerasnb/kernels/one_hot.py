"""One-hot rows of indices; those of indices out of range are zeros."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.compile.jit import cpu, cuda, gpu
from kerasnb.backend.tensor.tensor import Spec, size_of
from kerasnb.kernels.common import BLOCK, flat, grid_for, split_axes

# --- spec ------------------------------------------------------------------------------------------


def _spec(at: Spec, *, axis, classes, dtype) -> Spec:
    return Spec((*at.shape[:axis], classes, *at.shape[axis:]), dtype)


# --- reference -------------------------------------------------------------------------------------


def _reference(at, *, axis, classes, dtype):
    rows = at[..., None] == np.arange(classes)
    return np.moveaxis(rows, -1, axis).astype(dtype)


# --- cpu -------------------------------------------------------------------------------------------


@cpu
def one_hot_cpu(before: int, along: int, after: int, at: np.ndarray, y: np.ndarray) -> None:
    """One-hot rows."""
    for i in range(y.size):
        y[i] = y.dtype.type(0)
    for b in range(before):
        for j in range(after):
            index = np.int64(at[b * after + j])
            if 0 <= index < along:
                y[(b * along + index) * after + j] = y.dtype.type(1)


def _cpu(ins, outs, *, axis, classes, dtype):
    sizes = split_axes(outs[0].shape, axis)
    return [(one_hot_cpu, (*sizes, flat(ins[0]), flat(outs[0])))] if outs[0].size else []


# --- cuda: one output element a thread -------------------------------------------------------------


@gpu
def one_hot_gpu(total: int, along: int, after: int, at: np.ndarray, y: np.ndarray) -> None:
    """One-hot rows."""
    i = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    while i < total:
        row = i // after
        hot = np.int64(at[row // along * after + i % after]) == np.int64(row % along)
        y[i] = y.dtype.type(1) if hot else y.dtype.type(0)
        i += step


def _cuda(ins, outs, *, axis, classes, dtype):
    total, (_, along, after) = size_of(outs[0].shape), split_axes(outs[0].shape, axis)
    args = *map(np.uint32, (total, along, after)), flat(ins[0]), flat(outs[0])
    return [(one_hot_gpu.on(grid_for(total), BLOCK), args)] if total else []


# --- record ----------------------------------------------------------------------------------------

one_hot = Op("one_hot", spec=_spec, reference=_reference, cpu=_cpu, cuda=_cuda)
