"""What one simulated thread can do, compiled by Numba: atomics, lanes, votes, bits, poison.

Threads of a simulation run one at a time, so an atomic operation is a plain one.
"""

from __future__ import annotations

import numba
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from tests.gpu.scheduler import LANES, OPTIONS

FOREVER_NAN = np.int64(0x7FF800007FC00000)  # NaN as float64, and as float32 in its low half
helper = numba.njit(cache=True, boundscheck=True, **OPTIONS)


def poison(dtype: np.dtype):
    """The value of memory that nobody wrote: NaN, or a pattern that no result has by chance."""
    if dtype.kind == "f":
        return dtype.type(np.nan)
    return np.full(dtype.itemsize, 0xAA, np.uint8).view(dtype)[0]


# --- bits ------------------------------------------------------------------------------------------


@intrinsic
def to_bits(typing, value):
    """The bits of a 32 or 64 bit number as an int64; other types cannot be shuffled."""
    if value not in (types.int32, types.int64, types.float32, types.float64):
        return None

    def build(context, builder, signature, args):
        bits = builder.bitcast(args[0], ir.IntType(value.bitwidth))
        return builder.zext(bits, ir.IntType(64)) if value.bitwidth == 32 else bits

    return types.int64(value), build


@intrinsic
def from_bits(typing, bits, like):
    """The number of `like`'s type that has these bits."""

    def build(context, builder, signature, args):
        narrow = builder.trunc(args[0], ir.IntType(32)) if like.bitwidth == 32 else args[0]
        return builder.bitcast(narrow, context.get_value_type(like))

    return like(types.int64, like), build


# --- lanes -----------------------------------------------------------------------------------------


@helper
def at_lane(tid, source):
    return np.int64(source) % LANES


@helper
def up(tid, delta):
    lane = tid % LANES
    return lane - np.int64(delta) if lane >= delta else lane


@helper
def down(tid, delta):
    lane = tid % LANES
    return lane + np.int64(delta) if lane + delta < LANES else lane


@helper
def crossed(tid, mask):
    return tid % LANES ^ np.int64(mask)


@helper
def read(exchange, masks, tid, lane):
    """What a lane of the same warp published; nothing good from a lane that takes no part."""
    if masks[tid] >> lane & 1:
        return exchange[tid - tid % LANES + lane]
    return FOREVER_NAN


@helper
def ballot(exchange, masks, tid):
    first, result = tid - tid % LANES, np.int64(0)
    for lane in range(min(LANES, masks.size - first)):
        if masks[tid] >> lane & 1 and exchange[first + lane]:
            result |= np.int64(1) << lane
    return np.int32(result)


@helper
def all_voted(exchange, masks, tid):
    first = tid - tid % LANES
    for lane in range(min(LANES, masks.size - first)):
        if masks[tid] >> lane & 1 and not exchange[first + lane]:
            return False
    return True


@helper
def votes(exchange, block):
    return np.int32(np.count_nonzero(exchange[: block[0] * block[1] * block[2]]))


# --- atomics: each gives the old value -------------------------------------------------------------


@helper
def atomic_add(array, index, value):
    old = array[index]
    array[index] = old + value
    return old


@helper
def atomic_sub(array, index, value):
    old = array[index]
    array[index] = old - value
    return old


@helper
def atomic_max(array, index, value):
    old = array[index]
    if value > old:
        array[index] = value
    return old


@helper
def atomic_min(array, index, value):
    old = array[index]
    if value < old:
        array[index] = value
    return old


@helper
def atomic_exch(array, index, value):
    old = array[index]
    array[index] = value
    return old


@helper
def atomic_cas(array, index, expected, value):
    old = array[index]
    if old == expected:
        array[index] = value
    return old


@helper
def atomic_and(array, index, value):
    old = array[index]
    array[index] = old & value
    return old


@helper
def atomic_or(array, index, value):
    old = array[index]
    array[index] = old | value
    return old


@helper
def atomic_xor(array, index, value):
    old = array[index]
    array[index] = old ^ value
    return old


# --- single instructions ---------------------------------------------------------------------------


@helper
def fma(a, b, c):
    return a * b + c


@helper
def selp(condition, a, b):
    return a if condition else b


@helper
def popc(x):
    count = x - x
    while x:
        x &= x - 1
        count += 1
    return count


@helper
def floor(x):
    """math.floor gives a float in a GPU kernel, where Numba's own for the CPU gives an integer."""
    return np.floor(x)


@helper
def ceil(x):
    return np.ceil(x)


@helper
def trunc(x):
    return np.trunc(x)


@helper
def rint(x):
    return np.rint(x)


@helper
def fmod(x, y):
    return np.fmod(x, y)


@helper
def exp2(x):
    return np.exp2(x)


@helper
def nextafter(x, y):
    return np.nextafter(x, y)


@helper
def cbrt(x):
    return np.cbrt(x)


@helper
def threadfence():
    """All memory of a simulation is seen by all at once."""


threadfence_block = threadfence_system = threadfence
