"""Compiles GPU kernels to machine code without a GPU, and reads the assembler's report.

    inspect(saxpy, (uint32, float32, float32[::1], float32[::1]), (7, 5)).registers

Numba compiles PTX for a compute capability, nvJitLink assembles it to machine code and logs
registers, spills and memory. Both come with the pip package `numba-cuda[cu13]`.
"""

from __future__ import annotations

import contextlib
import functools
import re
import types as python_types
from typing import NamedTuple

import numpy as np
from cuda.bindings import nvjitlink
from numba import cuda, types
from numba.cuda import dispatcher
from numba.np import numpy_support

from kerasnb.backend.compile.jit import GpuKernel
from kerasnb.backend.tensor import device

CAPABILITIES = ((7, 5), (8, 0), (9, 0))
REGISTERS = 65536  # of a multiprocessor, and the most a block may use
SHARED = 48 * 1024  # static shared memory of a block
# CUDA's own sine of a large angle takes a stack of 32 bytes, and float64: a conversion, this product, a conversion.
ANGLE = "0d3BF921FB54442D19"
ANGLE_STACK, ANGLE_F64 = 32, 3


class Report(NamedTuple):
    """The assembler's report of a kernel, and its PTX."""

    name: str
    cc: tuple
    registers: int
    spill_stores: int
    spill_loads: int
    stack: int
    shared: int
    f64_count: int
    local_count: int
    ptx: str


@contextlib.contextmanager
def capability(cc):
    """Within it, Numba compiles device functions for `cc`; it would ask the current device otherwise."""
    original = dispatcher.get_current_device
    dispatcher.get_current_device = lambda: python_types.SimpleNamespace(compute_capability=cc)
    try:
        yield
    finally:
        dispatcher.get_current_device = original


def rebuilt(kernel):
    """The function that the engine passes to numba.cuda."""
    kernel = kernel if isinstance(kernel, GpuKernel) else GpuKernel(kernel)
    runtime = python_types.SimpleNamespace(cuda=cuda)
    return kernel.rebuilt(cuda, functools.partial(device.CudaRuntime.device_function, runtime))


def signature_of(args) -> tuple:
    """Numba's types of the arguments of a launch: flat C arrays and scalars."""
    return tuple(_type_of(a) for a in args)


def _type_of(value):
    if hasattr(value, "shape") and not isinstance(value, np.generic):
        return types.Array(numpy_support.from_dtype(value.dtype), len(value.shape), "C")
    if isinstance(value, (bool, int, float)) and not isinstance(value, np.generic):
        return {bool: types.boolean, int: types.int64, float: types.float64}[type(value)]
    return numpy_support.from_dtype(value.dtype)


@functools.cache
def ptx_of(kernel, signature, cc) -> str:
    """The PTX of a kernel."""
    with capability(cc):
        return cuda.compile_ptx(rebuilt(kernel), signature, cc=cc, device=False)[0]


def assembler_log(ptx: str, cc) -> str:
    """The log of nvJitLink, which assembles PTX to machine code."""
    code = ptx.encode()
    handle = nvjitlink.create(3, [f"-arch=sm_{cc[0]}{cc[1]}", "-verbose", "-O3"])
    try:
        nvjitlink.add_data(handle, nvjitlink.InputType.PTX, code, len(code), "kernel")
        nvjitlink.complete(handle)
        log = bytearray(nvjitlink.get_info_log_size(handle))
        nvjitlink.get_info_log(handle, log)
    finally:
        nvjitlink.destroy(handle)
    return log.decode(errors="ignore").strip("\0\n ")


def _number(pattern: str, log: str) -> int:
    return max(map(int, re.findall(pattern, log)), default=0)


@functools.cache
def inspect(kernel, signature, cc, ptx_cc=None) -> Report:
    """Compiles a kernel to machine code.

    Args:
        kernel: A function that uses `cuda`, or an object that has one as `py_func`.
        signature: Tuple of Numba types.
        cc: Tuple, the compute capability.
        ptx_cc: Optional tuple, an older compute capability whose PTX is used: a GPU runs that of all older ones.

    Returns:
        A `Report`.
    """
    ptx = ptx_of(kernel, signature, ptx_cc or cc)
    log = assembler_log(ptx, cc)
    if "registers" not in log:
        raise RuntimeError(f"The assembler's log names no registers: {log!r}")
    return Report(
        name=getattr(kernel, "py_func", kernel).__name__,
        cc=cc,
        registers=_number(r"Used (\d+) registers", log),
        spill_stores=_number(r"(\d+) bytes spill stores", log),
        spill_loads=_number(r"(\d+) bytes spill loads", log),
        stack=_number(r"(\d+) bytes stack frame", log),
        shared=_number(r"(\d+) bytes smem", log),
        f64_count=len(re.findall(r"(?<!\.reg )\.f64\b", ptx)),
        local_count=len(re.findall(r"\b(?:ld|st)\.local\b", ptx)),
        ptx=ptx,
    )


def problems(report: Report, block: int, float64: bool = False) -> list[str]:
    """What is wrong with a kernel that is launched with `block` threads, in words."""
    angles = report.ptx.count(ANGLE)
    stack, f64 = angles * ANGLE_STACK, angles * ANGLE_F64
    checks = [
        (report.spill_stores or report.spill_loads, f"spills {report.spill_stores} + {report.spill_loads} bytes"),
        (report.stack > stack, f"needs a stack of {report.stack} bytes"),
        (report.f64_count > f64 and not float64, f"has {report.f64_count} float64 instructions"),
        (
            -(-report.registers // 8) * 8 * block > REGISTERS,
            f"needs {report.registers} registers for each of {block} threads",
        ),
        (report.shared > SHARED, f"needs {report.shared} bytes of static shared memory"),
    ]
    return [text for wrong, text in checks if wrong]


def assert_clean(report: Report, block: int, float64: bool = False) -> None:
    """Fails if a kernel spills, needs a stack, computes in float64, or cannot be launched.

    Args:
        report: What `inspect` returned.
        block: Integer, the threads of a block.
        float64: Boolean, whether the kernel computes in float64 on purpose.
    """
    texts = problems(report, block, float64)
    assert not texts, f"{report.name} for sm_{report.cc[0]}{report.cc[1]} {', '.join(texts)}"
