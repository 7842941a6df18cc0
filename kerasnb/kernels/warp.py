"""What the 32 threads of a warp do together: sums and maxima by shuffles, in the same order on every GPU.

Device functions that all CUDA kernels share. A kernel with one warp a row begins with `warp_rows()`.
"""

from __future__ import annotations

import math

import numpy as np

from kerasnb.backend.compile.codegen import grid_for
from kerasnb.backend.compile.jit import cuda, element
from kerasnb.kernels.blocked import carried, kept


def warp_grid(rows: int) -> int:
    """Blocks so that each row has one warp."""
    return grid_for(rows * 32)


@element
def warp_rows() -> tuple[np.uint32, np.uint32, np.uint32]:
    """The thread's lane in its warp, the first row of the warp, and how far apart its rows are."""
    warp = np.uint32(cuda.grid(1)) // np.uint32(32)
    return np.uint32(cuda.threadIdx.x) % np.uint32(32), warp, np.uint32(cuda.gridsize(1)) // np.uint32(32)


@element
def warp_sum(value: float) -> float:
    """The sum of one number of each lane, in every lane."""
    total = value
    offset = np.uint32(16)
    while offset > np.uint32(0):
        total += cuda.shfl_xor_sync(0xFFFFFFFF, total, offset)
        offset = offset // np.uint32(2)
    return total


@element
def warp_sums(first: float, second: float) -> tuple[float, float]:
    """The sums of two numbers of each lane, in every lane: their shuffles need not wait for each other."""
    one = first
    two = second
    offset = np.uint32(16)
    while offset > np.uint32(0):
        one += cuda.shfl_xor_sync(0xFFFFFFFF, one, offset)
        two += cuda.shfl_xor_sync(0xFFFFFFFF, two, offset)
        offset = offset // np.uint32(2)
    return one, two


@element
def warp_largest(value: float) -> float:
    """The largest number of the lanes, in every lane."""
    top = value
    offset = np.uint32(16)
    while offset > np.uint32(0):
        other = cuda.shfl_xor_sync(0xFFFFFFFF, top, offset)
        top = other if other > top else top
        offset = offset // np.uint32(2)
    return top


@element
def row_total(x: np.ndarray, start: np.uint32, stop: np.uint32, lane: np.uint32) -> float:
    """The sum of the numbers from `start` to `stop` of a flat array, in every lane."""
    s = x.dtype.type(0)
    lost = x.dtype.type(0)
    i = start + lane
    while i < stop:
        s, lost = carried(s, lost, x[i])
        i += np.uint32(32)
    return warp_sum(kept(s, lost))


@element
def row_factor(x: np.ndarray, start: np.uint32, stop: np.uint32, lane: np.uint32, mean: float, epsilon: float) -> float:
    """One over the deviation of a row from its mean, in every lane."""
    s = x.dtype.type(0)
    lost = x.dtype.type(0)
    i = start + lane
    while i < stop:
        v = x[i] - mean
        s, lost = carried(s, lost, v * v)
        i += np.uint32(32)
    total = warp_sum(kept(s, lost))
    return x.dtype.type(1) / math.sqrt(total / x.dtype.type(np.int32(stop - start)) + epsilon)
