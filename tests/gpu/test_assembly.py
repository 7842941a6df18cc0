"""The assembler's reports distinguish clean kernels from wasteful ones, for three generations of GPUs."""

import math

import numpy as np
import pytest
from numba import types

from kerasnb.backend.compile.jit import cuda, element, gpu
from tests.gpu.assembly import CAPABILITIES, Report, assert_clean, inspect, problems, signature_of
from tests.gpu.runtime import DeviceArray

F = np.float32
ONE = np.float32(1)
MANY = 200
VECTOR = types.Array(types.float32, 1, "C")

each_generation = pytest.mark.parametrize("cc", CAPABILITIES, ids=lambda cc: f"sm_{cc[0]}{cc[1]}")


@element
def logistic(x):
    return ONE / (ONE + math.exp(-x))


@gpu
def clean(x, y):
    held = cuda.shared.array(128, np.float32)
    i = np.uint32(cuda.grid(1))
    held[cuda.threadIdx.x] = x[i]
    cuda.syncthreads()
    y[i] = logistic(held[127 - cuda.threadIdx.x])


@each_generation
def test_a_clean_kernel_passes(cc):
    """Registers and shared memory are reported; a device function is compiled without a device."""
    report = inspect(clean, (VECTOR, VECTOR), cc)
    assert_clean(report, 1024)
    assert (report.name, report.cc) == ("clean", cc)
    assert 8 <= report.registers <= 64
    assert 512 <= report.shared <= 512 + 1024  # newer GPUs keep 1 KB for themselves
    assert (report.f64_count, report.local_count, report.stack) == (0, 0, 0)


@gpu
def careless(x, y):
    i = cuda.grid(1)
    y[i] = x[i] * 0.1


@each_generation
def test_a_python_float_is_caught(cc):
    """A literal that makes float64 of float32 is counted, and allowed only where float64 is meant."""
    report = inspect(careless, (VECTOR, VECTOR), cc)
    assert report.f64_count >= 2
    with pytest.raises(AssertionError, match=r"careless for sm_\d\d has \d+ float64 instructions"):
        assert_clean(report, 32)
    assert_clean(report, 32, float64=True)


@gpu
def spilling(x, y):
    held = cuda.local.array(MANY, np.float32)
    for i in range(MANY):
        held[i] = x[i]
    for j in range(MANY):
        y[j] = held[int(x[j])]


@each_generation
def test_a_local_array_that_needs_memory_is_caught(cc):
    """An indexed array that cannot live in registers needs a stack."""
    report = inspect(spilling, (VECTOR, VECTOR), cc)
    assert report.stack >= 4 * MANY and report.local_count
    with pytest.raises(AssertionError, match="needs a stack of"):
        assert_clean(report, 32)


def many_values(count):
    """A kernel that holds `count` values at once, which no compiler can undo."""
    lines = ["@gpu", "def no_assign(x, y):", "    i = cuda.grid(1)"]
    lines += [f"    v{k} = x[i + {k}]" for k in range(count)]
    lines += ["    cuda.syncthreads()"]
    lines += [f"    y[i + {k}] = v{k} * v{(k * 7 + 3) % count}" for k in range(count)]
    names = {"cuda": cuda, "gpu": gpu}
    exec("\n".join(lines), names)
    return names["held"]


def test_a_spilling_kernel_is_caught():
    """A kernel with more values than registers stores some of them to memory."""
    wide = types.Array(types.float64, 1, "C")  # each value takes two of the 255 registers
    report = inspect(many_values(140), (wide, wide), (8, 0))
    assert report.spill_stores and report.spill_loads
    with pytest.raises(AssertionError, match="held for sm_80 spills"):
        assert_clean(report, 32, float64=True)


@gpu
def angle(x, y):
    y[cuda.grid(1)] = math.sin(x[cuda.grid(1)])


@gpu
def careless_angle(x, y):
    y[cuda.grid(1)] = math.sin(x[cuda.grid(1)]) * 0.1


@each_generation
def test_cudas_own_sine_is_allowed(cc):
    """The stack and the float64 of CUDA's sine are its own; any more is not."""
    assert_clean(inspect(angle, (VECTOR, VECTOR), cc), 256)
    with pytest.raises(AssertionError, match="float64 instructions"):
        assert_clean(inspect(careless_angle, (VECTOR, VECTOR), cc), 256)


def test_what_does_not_fit_a_block():
    """Registers are given out in eights, and shared memory is limited."""
    report = Report("big", (8, 0), 65, 0, 0, 0, 50_000, 0, 0, "")
    assert problems(report, 1024) == [
        "needs 65 registers for each of 1024 threads",
        "needs 50000 bytes of static shared memory",
    ]
    assert problems(report._replace(shared=0), 896) == []


def test_signatures_of_launches():
    """Arrays of the runtime and scalars have the types that numba.cuda gives them."""
    args = (DeviceArray(np.zeros((2, 3), "float16")), np.zeros(3, bool), np.uint32(1), np.float32(2), 3, 0.5, True)
    half, flags = types.Array(types.float16, 2, "C"), types.Array(types.boolean, 1, "C")
    assert signature_of(args) == (half, flags, types.uint32, types.float32, types.int64, types.float64, types.boolean)
