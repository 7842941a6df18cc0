"""Room: the same bytes read as numbers of another dtype."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.op import Op
from kerasnb.backend.tensor import Spec, size_of
from kerasnb.kernels.common import BLOCK, flat, grid_for
from kerasnb.kernels.move import copy_flat


def _spec(x: Spec, *, dtype) -> Spec:
    """A wider dtype takes several elements of the last axis together, a narrower one gives several."""
    before, after = np.dtype(x.dtype).itemsize, np.dtype(dtype).itemsize
    if before == after:
        return Spec(x.shape, dtype)
    last = x.shape[-1]
    return Spec((*x.shape[:-1], None if last is None else last * before // after), dtype)


def _reference(x, *, dtype):
    return x.view(np.dtype(dtype))


def _copy_bytes(x, y):
    np.copyto(y.reshape(-1).view(np.uint8), np.ascontiguousarray(x).reshape(-1).view(np.uint8))


def _cpu(ins, outs, *, dtype):
    return [(_copy_bytes, (ins[0], outs[0]))]


def _gpu(ins, outs, *, dtype):
    """The output is written as what the input holds."""
    total = size_of(ins[0].shape)
    args = (np.uint32(total), flat(ins[0]), flat(outs[0]).view(ins[0].dtype))
    return [(copy_flat.on(grid_for(total), BLOCK), args)] if total else []


bitcast = Op("bitcast", spec=_spec, reference=_reference, cpu=_cpu, cuda=_gpu)
