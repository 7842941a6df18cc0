"""float32 in means float32 inside: no double precision in the machine code of a kernel."""

from __future__ import annotations

import re

import numba
import numpy as np
import pytest

from kerasnb.backend.autodiff.op import REGISTRY
from kerasnb.backend.compile import jit
from kerasnb.backend.tensor.dtypes import numpy_dtype
from tests.promises.ops import specs_of
from tests.samples.table import SAMPLES

DOUBLE = re.compile(r"^(?!declare|;|!).*\bdouble\b")
BLAS = "@knb_dgemm"  # stands in the branch that float32 never takes
seen: set = set()


def float32_sample(op):
    """The first sample that has float32 and nothing wider."""
    for ins, attrs in SAMPLES.get(op.name, []):
        specs = [] if op.mutates else list(specs_of(op, ins, attrs))
        dtypes = {str(np.asarray(a).dtype) for a in ins} | {s.dtype for s in specs}
        if "float32" in dtypes and dtypes <= {"float32", "int32", "uint32", "bool", "uint8", "int64"}:
            return ins, attrs, [np.empty(s.shape, numpy_dtype(s.dtype)) for s in specs]
    return None


def kernels_of(op):
    """The compiled kernels of an operation's CPU implementation on float32, with their types."""
    sample = float32_sample(op)
    if sample is None:
        return
    ins, attrs, outs = sample
    ins = [np.array(a, order="C") for a in ins]
    for function, args in jit.flattened(op.prepare(ins, outs or ins[: op.mutates], attrs)):
        if isinstance(function, jit.CpuKernel):
            yield function, jit.signature(args)


def llvm_of(kernel, types) -> str:
    """The optimized code, compiled anew: what comes from the disk cannot be read."""
    options = {"nogil": True, "error_model": "numpy", "fastmath": kernel.fastmath, "no_cpython_wrapper": True}
    fresh = numba.njit(**options)(jit._rebuilt(kernel.py_func, jit._for_cpu))
    fresh.compile(types)
    return fresh.inspect_llvm(types)


def doubles_in(code: str) -> list[str]:
    """The lines that compute with doubles, but for the branch of the other BLAS."""
    lines = code.splitlines()
    handed_over = {name for line in lines if BLAS in line for name in re.findall(r"double (%[^\s,)]+)", line)}
    result = (line.strip() for line in lines if DOUBLE.match(line) and BLAS not in line)
    return [line for line in result if line.split(" = ")[0] not in handed_over]


@pytest.mark.parametrize("name", sorted(n for n, op in REGISTRY.items() if op.has_implementation["cpu"]))
def test_no_double_precision(name):
    """Kernels called with float32 compute in float32."""
    for kernel, types in kernels_of(REGISTRY[name]):
        if (kernel.py_func, types) in seen or any("float64" in str(t) for t in types):
            continue
        seen.add((kernel.py_func, types))
        assert not doubles_in(llvm_of(kernel, types)), f"{kernel.name}{types}"
