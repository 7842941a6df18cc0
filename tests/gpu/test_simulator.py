"""The simulator runs kernels rightly."""

import math
import os
import subprocess
import sys

import numpy as np
import pytest

from kerasnb.backend.compile.jit import cuda, element, gpu
from tests.gpu.simulator import Kernel

F = np.float32
U = np.uint32
TILE = 8
ALL = 0xFFFFFFFF
HALF = np.float32(0.5)
ZERO = np.float32(0)


def floats(*shape):
    return np.random.default_rng(0).uniform(-1, 1, shape).astype("float32")


def poisoned(*shape):
    return np.full(shape, np.nan, F)


# --- kernels that are right ------------------------------------------------------------------------


@gpu
def tiled_matmul(a, b, c, m, n, k):
    left = cuda.shared.array((TILE, TILE), np.float32)
    right = cuda.shared.array(shape=(TILE, TILE), dtype=np.float32)
    x, y = cuda.threadIdx.x, cuda.threadIdx.y
    col, row = cuda.grid(2)
    total = ZERO
    for start in range(0, k, TILE):
        left[y, x] = a[row, start + x] if row < m and start + x < k else ZERO
        right[y, x] = b[start + y, col] if start + y < k and col < n else ZERO
        cuda.syncthreads()
        for i in range(TILE):
            total += left[y, i] * right[i, x]
        cuda.syncthreads()
    if row < m and col < n:
        c[row, col] = total


@pytest.mark.parametrize("m, n, k", [(8, 8, 8), (1, 1, 1), (17, 5, 23), (9, 31, 2)])
def test_tiled_matmul(m, n, k):
    """Two-dimensional blocks, shared tiles and barriers give the product for odd sizes."""
    a, b, c = floats(m, k), floats(k, n), poisoned(m, n)
    Kernel(tiled_matmul)[(-(-n // TILE), -(-m // TILE)), (TILE, TILE)](a, b, c, m, n, k)
    np.testing.assert_allclose(c, a @ b, atol=1e-5)


@gpu
def sum_rows(x, y):
    parts = cuda.shared.array(32, np.float32)
    t, row = cuda.threadIdx.x, cuda.blockIdx.x
    total = ZERO
    for i in range(t, x.shape[1], cuda.blockDim.x):
        total += x[row, i]
    offset = 16
    while offset > 0:
        total += cuda.shfl_down_sync(ALL, total, offset)
        offset //= 2
    if cuda.laneid == 0:
        parts[t // 32] = total
    cuda.syncthreads()
    if t == 0:
        total = ZERO
        for i in range(cuda.blockDim.x // cuda.warpsize):
            total += parts[i]
        y[row] = total


@pytest.mark.parametrize("width", [1, 31, 64, 1000])
def test_reduction_with_shuffles(width):
    """Shuffles in a loop, and a barrier in a block of four warps, sum rows."""
    x, y = floats(3, width), poisoned(3)
    Kernel(sum_rows)[3, 128](x, y)
    np.testing.assert_allclose(y, x.sum(1), atol=1e-4)


@gpu
def shuffles(x, up, down, crossed, from_three):
    t = cuda.threadIdx.x
    up[t] = cuda.shfl_up_sync(ALL, x[t], 2)
    down[t] = cuda.shfl_down_sync(ALL, x[t], 3)
    crossed[t] = cuda.shfl_xor_sync(ALL, x[t], 5)
    from_three[t] = cuda.shfl_sync(ALL, x[t], 3)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64"])
def test_shuffles_move_values_between_lanes(dtype):
    """The four shuffles give what the CUDA programming guide says, for each type, in each warp."""
    x = (np.random.default_rng(0).normal(size=64) * 1e6).astype(dtype)
    outs = [np.zeros_like(x) for _ in range(4)]
    Kernel(shuffles)[1, 64](x, *outs)
    lane, warp = np.arange(64) % 32, np.arange(64) // 32 * 32
    sources = [np.where(lane < 2, lane, lane - 2), np.where(lane > 28, lane, lane + 3), lane ^ 5, np.full(64, 3)]
    for out, source in zip(outs, sources, strict=True):
        np.testing.assert_array_equal(out, x[warp + source])


@gpu
def votes(x, counted, ballots, anyone, everyone):
    t = cuda.threadIdx.x
    ballots[t] = cuda.ballot_sync(ALL, x[t] > ZERO)
    anyone[t] = cuda.any_sync(ALL, x[t] > ZERO)
    everyone[t] = cuda.all_sync(ALL, x[t] > ZERO)
    counted[t] = cuda.syncthreads_count(np.int32(x[t] > ZERO))


def test_votes():
    """Ballots see their warp, and counts see the block."""
    x = np.concatenate([floats(32), np.ones(32, F), -np.ones(32, F)])
    outs = [np.zeros(96, t) for t in ("int32", "int32", "bool", "bool")]
    Kernel(votes)[1, 96](x, *outs)
    counted, ballots, anyone, everyone = outs
    bits = [int(sum(1 << i for i in range(32) if w[i] > 0)) for w in x.reshape(3, 32)]
    np.testing.assert_array_equal(ballots.view("uint32"), np.repeat(bits, 32))
    assert anyone.reshape(3, 32).all(1).tolist() == anyone.reshape(3, 32).any(1).tolist() == [True, True, False]
    assert everyone.reshape(3, 32)[:, 0].tolist() == [False, True, False]
    assert (counted == (x > 0).sum()).all()


@gpu
def histogram(x, counts, largest, smallest, taken):
    i = cuda.grid(1)
    while i < x.shape[0]:
        cuda.atomic.add(counts, x[i], U(1))
        cuda.atomic.max(largest, 0, x[i])
        cuda.atomic.min(smallest, 0, x[i])
        if cuda.atomic.cas(taken, x[i], 0, 1) == 0:
            cuda.atomic.add(taken, 10, 1)
        i += cuda.gridsize(1)


def test_atomics():
    """Atomics count, find extremes, and give the old value."""
    x = np.random.default_rng(0).integers(2, 9, 777).astype("int32")
    counts, largest, smallest, taken = (
        np.zeros(10, U),
        np.full(1, -1, "int32"),
        np.full(1, 99, "int32"),
        np.zeros(11, "int32"),
    )
    Kernel(histogram)[3, 64](x, counts, largest, smallest, taken)
    np.testing.assert_array_equal(counts, np.bincount(x, minlength=10))
    assert (largest[0], smallest[0], taken[10]) == (x.max(), x.min(), len(set(x.tolist())))


@element
def halved(x):
    return x * HALF


@element
def smooth(x):
    return math.tanh(halved(x))


@element
def warp_sum(value):
    for step in (16, 8, 4, 2, 1):
        value += cuda.shfl_xor_sync(ALL, value, step)
    return value


@element
def block_sum(value, parts):
    value = warp_sum(value)
    if cuda.threadIdx.x % 32 == 0:
        parts[cuda.threadIdx.x // 32] = value
    cuda.syncthreads()
    total = ZERO
    for i in range(cuda.blockDim.x // 32):
        total += parts[i]
    return total


@gpu
def centred(x, y):
    parts = cuda.shared.array(4, np.float32)
    value = smooth(x[cuda.grid(1)])
    y[cuda.grid(1)] = value - block_sum(value, parts) / F(cuda.blockDim.x)


def test_device_functions():
    """Scalar bodies are compiled on their own; those with shuffles and barriers are written into the kernel, nested."""
    x, y = floats(256), poisoned(256)
    Kernel(centred)[2, 128](x, y)
    values = np.tanh(x * 0.5).reshape(2, 128)
    np.testing.assert_allclose(y, (values - values.mean(1, keepdims=True)).ravel(), atol=1e-6)


@gpu
def reverse_local(x, y, flags):
    kept = cuda.local.array((2, 2), np.float32)
    i = cuda.grid(1)
    for j in range(4):
        kept[j // 2, j % 2] = x[i * 4 + j]
    cuda.syncthreads()
    for j in range(4):
        y[i * 4 + j] = kept[(3 - j) // 2, (3 - j) % 2]
    flags[i] = np.isnan(kept[0, 0]) or not x[i] > ZERO


def test_local_arrays():
    """Each thread has its own local array, also across a barrier; Booleans can be written."""
    x, y, flags = floats(40), poisoned(40), np.ones(10, bool)
    Kernel(reverse_local)[2, 5](x, y, flags)
    np.testing.assert_array_equal(y.reshape(10, 4), x.reshape(10, 4)[:, ::-1])
    np.testing.assert_array_equal(flags, ~(x[:10] > 0))


def make_scale(factor):
    @gpu
    def scale(x, y):
        i = cuda.grid(1)
        if i >= x.shape[0]:
            return
        y[i] = factor * x[i]

    return scale


def test_kernels_of_a_factory():
    """What a closure holds is a constant of the kernel; a thread may return early where nobody waits."""
    x = floats(50)
    for factor in (F(2), F(3)):
        y = poisoned(50)
        Kernel(make_scale(factor))[2, 32](x, y)
        np.testing.assert_array_equal(y, factor * x)


@gpu
def uneven_warps(x, y):
    t = cuda.threadIdx.x
    total = x[t]
    for _ in range(t // 32 + 1):
        total += cuda.shfl_xor_sync(ALL, total, 1)
        cuda.syncwarp()
    cuda.syncthreads()
    y[t] = total


def test_warps_shuffle_at_their_own_pace():
    """Warps that shuffle one, two and three times meet again at the barrier."""
    x, y = floats(96), poisoned(96)
    Kernel(uneven_warps)[1, 96](x, y)
    pairs = x.reshape(-1, 2).sum(1).repeat(2) * np.repeat([1, 2, 4], 32)
    np.testing.assert_allclose(y, pairs, atol=1e-6)


def test_types_are_those_of_numba():
    """A float32 times a Python float is float64, and a uint32 less a literal is int64, as in a GPU kernel."""

    def types(x, u, y, v):
        y[0] = x[0] * 0.1
        v[0] = u[0] - 5

    y, v = np.zeros(1), np.zeros(1, np.int64)
    Kernel(types)[1, 1](np.ones(1, F), np.full(1, 3, U), y, v)
    assert (y[0], v[0]) == (0.1, -2)


@gpu
def roundings(x, y):
    i = cuda.grid(1)
    y[i, 0] = math.floor(x[i])
    y[i, 1] = math.ceil(x[i])
    y[i, 2] = math.trunc(x[i])
    y[i, 3] = cuda.libdevice.rintf(x[i])
    y[i, 4] = cuda.fma(x[i], x[i], HALF)
    y[i, 5] = math.fmod(x[i], HALF + HALF)


def test_roundings_give_floats():
    """`math.floor` and its kin give floats, as in a GPU kernel, also where no integer can hold the result."""
    x, y = np.array([-2.5, 1.5, 3e15, -0.25], F), poisoned(4, 6)
    Kernel(roundings)[1, 4](x, y)
    np.testing.assert_array_equal(y.T, [np.floor(x), np.ceil(x), np.trunc(x), np.rint(x), x * x + HALF, np.fmod(x, 1)])


WAITING = """
import numpy as np
from kerasnb.kernels.matmul import gemm_tiles
from tests.gpu.simulator import Kernel
a, b, c = np.ones(6, "f"), np.ones(6, "f"), np.empty(4, "f")
Kernel(gemm_tiles)[1, 256](a, b, c, *map(np.uint32, (2, 2, 3, 3, 1, 2, 1, 0, 0)))
print(c)
"""


def test_waiting_threads_keep_their_memory():
    """Threads that wait do so in memory that is theirs: it works where freed memory is gone at once, as well."""
    tunables = "glibc.malloc.mmap_threshold=4096:glibc.malloc.trim_threshold=0"
    environment = {**os.environ, "GLIBC_TUNABLES": tunables, "PYTHONPATH": os.getcwd()}
    command = [sys.executable, "-c", WAITING]
    found = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (found.returncode, found.stdout) == (0, "[3. 3. 3. 3.]\n"), found.stderr[-2000:]
