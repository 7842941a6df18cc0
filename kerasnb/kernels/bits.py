"""The same bytes read as numbers of another dtype."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.tensor import device
from kerasnb.backend.tensor.dtypes import numpy_dtype
from kerasnb.backend.tensor.tensor import Spec, size_of
from kerasnb.kernels.common import BLOCK, flat, grid_for
from kerasnb.kernels.move import copy_flat

# --- spec ------------------------------------------------------------------------------------------


def _spec(x: Spec, *, dtype) -> Spec:
    """A wider dtype takes several elements of the last axis together, a narrower one gives several."""
    before, after = numpy_dtype(x.dtype).itemsize, numpy_dtype(dtype).itemsize
    if before == after:
        return Spec(x.shape, dtype)
    last = x.shape[-1]
    return Spec((*x.shape[:-1], None if last is None else last * before // after), dtype)


# --- reference -------------------------------------------------------------------------------------


def _reference(x, *, dtype):
    return x.view(numpy_dtype(dtype))


# --- cpu -------------------------------------------------------------------------------------------


def _copy_bytes(x, y):
    np.copyto(y.reshape(-1).view(np.uint8), np.ascontiguousarray(x).reshape(-1).view(np.uint8))


def _cpu(ins, outs, *, dtype):
    return [(_copy_bytes, (ins[0], outs[0]))]


# --- cuda ------------------------------------------------------------------------------------------


def _cuda(ins, outs, *, dtype):
    """The output is written as what the input holds."""
    total = size_of(ins[0].shape)
    args = (np.uint32(total), flat(ins[0]), flat(outs[0]).view(ins[0].dtype))
    return [(copy_flat.on(grid_for(total), BLOCK), args)] if total else []


# --- record ----------------------------------------------------------------------------------------


class _Bitcast(Op):
    """Bytes are no numbers: where others compute bfloat16 in float32, it is copied as it is."""

    def _reference_calls(self, ins, outs, **attrs):
        return _cpu(ins, outs, **attrs)

    def _host_calls(self, ins, outs, **attrs):
        runtime = device.runtime()

        def run():
            value = np.empty(outs[0].shape, outs[0].dtype)
            _copy_bytes(runtime.to_host(ins[0]), value)
            runtime.copy_into(outs[0], value)

        return [(run, ())]


bitcast = _Bitcast("bitcast", spec=_spec, reference=_reference, cpu=_cpu, cuda=_cuda)
