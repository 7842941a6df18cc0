"""The simulator notices what is wrong with kernels."""

import numpy as np
import pytest

from kerasnb.backend.compile.jit import cuda, gpu
from tests.gpu.simulator import DivergentBarrier, Kernel, OutOfBounds
from tests.gpu.source import Unsupported

F = np.float32
ALL = 0xFFFFFFFF
ZERO = np.float32(0)


def floats(*shape):
    return np.random.default_rng(0).uniform(-1, 1, shape).astype("float32")


def poisoned(*shape):
    return np.full(shape, np.nan, F)


@gpu
def off_by_one(y):
    y[cuda.grid(1) + 1] = ZERO


def test_out_of_bounds_is_noticed():
    """The error names the kernel, the block and the thread."""
    with pytest.raises(OutOfBounds, match=r"off_by_one: .*block \(1, 0, 0\), thread \(31, 0, 0\)"):
        Kernel(off_by_one)[2, 32](np.zeros(64, F))


@gpu
def past_shared(x):
    held = cuda.shared.array(16, np.float32)
    held[cuda.threadIdx.x] = ZERO
    cuda.syncthreads()
    x[0] = held[0]


def test_out_of_bounds_of_shared_memory_is_noticed():
    """A thread that writes past a shared array is reported, in a kernel with barriers."""
    with pytest.raises(OutOfBounds, match=r"past_shared: .*thread \(16, 0, 0\)"):
        Kernel(past_shared)[1, 32](np.zeros(1, F))


@gpu
def half_waits(x):
    if cuda.threadIdx.x < 16:
        cuda.syncthreads()
    x[cuda.threadIdx.x] = ZERO


@gpu
def returns_early(x):
    if cuda.grid(1) >= x.shape[0]:
        return
    cuda.syncthreads()
    x[cuda.grid(1)] = ZERO


@gpu
def two_barriers(x):
    if cuda.threadIdx.x < 32:
        cuda.syncthreads()
    else:
        cuda.syncthreads()
    x[cuda.threadIdx.x] = ZERO


@gpu
def lost_lane(x):
    if cuda.laneid != 7:
        x[cuda.threadIdx.x] = cuda.shfl_sync(ALL, x[cuda.threadIdx.x], 0)


@pytest.mark.parametrize(
    "kernel, text",
    [
        (half_waits, r"warps 0: 16 at syncthreads \(line \d+\), 16 ended; warps 1: all ended"),
        (returns_early, r"warps 0: all at syncthreads .*; warps 1: 8 at syncthreads .*, 24 ended"),
        (two_barriers, r"warps 0: all at syncthreads \(line \d+\); warps 1: all at syncthreads"),
        (lost_lane, r"warps 0-1: 7 at shfl_sync \(line \d+\), 1 ended, 24 at shfl_sync"),
    ],
)
def test_divergent_barriers_are_noticed(kernel, text):
    """Barriers that some threads miss are an error that names the warps and the lines."""
    with pytest.raises(DivergentBarrier, match=f"{kernel.name}: block \\(0, 0, 0\\): .*{text}"):
        Kernel(kernel)[1, 64](np.zeros(40 if kernel is returns_early else 64, F))


@gpu
def reversed_without_barrier(x, y):
    held = cuda.shared.array(64, np.float32)
    t = cuda.threadIdx.x
    held[t] = x[t]
    y[t] = held[63 - t]
    cuda.syncthreads()


def test_a_missing_barrier_is_noticed():
    """A thread that reads before another wrote finds NaN, in each block anew."""
    x, y = floats(64), np.zeros(64, F)
    Kernel(reversed_without_barrier)[2, 64](x, y)
    assert np.isnan(y).sum() == 32


@gpu
def overwritten_too_early(x, y):
    held = cuda.shared.array(64, np.float32)
    t = cuda.threadIdx.x
    total = ZERO
    for step in range(4):
        held[t] = x[t] + F(step)
        cuda.syncthreads()
        total += held[63 - t]
    y[t] = total


def test_a_missing_second_barrier_is_noticed():
    """Because the order of threads alternates, memory that is overwritten too early gives a wrong result."""
    x, y = floats(64), poisoned(64)
    Kernel(overwritten_too_early)[1, 64](x, y)
    assert not np.allclose(y, x[::-1] * 4 + 6)


@gpu
def everyone_writes(y):
    y[0] = F(cuda.grid(1))


def test_backwards_shows_races():
    """A result that depends on the order of blocks differs when they run backwards."""
    ends = [np.zeros(1, F), np.zeros(1, F)]
    for end, backwards in zip(ends, (False, True), strict=True):
        Kernel(everyone_writes, backwards)[4, 8](end)
    assert (ends[0][0], ends[1][0]) == (31, 0)


@gpu
def uses_too_much(x):
    x[0] = F(cuda.activemask())


@gpu
def conditional_shuffle(x):
    x[0] = cuda.shfl_sync(ALL, x[0], 0) if x[1] > ZERO else ZERO


@gpu
def shape_of_an_argument(x, n):
    held = cuda.shared.array(n, np.float32)
    x[0] = held[0]


@pytest.mark.parametrize(
    "kernel, text",
    [
        (uses_too_much, "cuda.activemask"),
        (conditional_shuffle, "conditional expression"),
        (shape_of_an_argument, "constants of the module"),
    ],
)
def test_what_is_unknown_is_refused(kernel, text):
    """The simulator reports the line that it cannot run."""
    with pytest.raises(Unsupported, match=rf"test_simulator_notices.py:\d+: .*{text}"):
        Kernel(kernel)


def test_blocks_are_limited():
    """More than 1024 threads in a block, and empty grids, are refused."""
    with pytest.raises(ValueError, match="at most 1024"):
        Kernel(off_by_one)[1, 2048]
    with pytest.raises(ValueError, match="positive extents"):
        Kernel(off_by_one)[0, 32]
    with pytest.raises(ValueError, match=r"at most \(2147483647, 65535, 65535\) blocks"):
        Kernel(off_by_one)[(1, 1, 70_000), 32]
