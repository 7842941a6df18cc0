"""Random bits from a counter, what is drawn from them, and dropout.

Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC'11) turns a counter and
a key of two words into four random words, so that element i of a result depends on the seed state (the
key) and i only: devices and thread counts give the same bits. Element e of a result is word
`e % GROUP // LANES` of the counter `e // GROUP * LANES + e % LANES`, which lets loops store whole vectors.
"""

from __future__ import annotations

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.compile.jit import cpu, cuda, element, gpu
from kerasnb.backend.runtime.program import WORTH, Tasks, cores, cuts
from kerasnb.backend.tensor import device
from kerasnb.backend.tensor.tensor import Spec, size_of
from kerasnb.kernels.common import BLOCK, flat, grid_for
from kerasnb.kernels.elementwise import like, masked_scale

LANES = 64
GROUP = 4 * LANES
ROUNDS = 10
MULTIPLY_0, MULTIPLY_1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
WEYL_0, WEYL_1 = np.uint32(0x9E3779B9), np.uint32(0xBB67AE85)
HALF_WORD = np.uint64(32)
LOW = np.uint64(0xFFFFFFFF)

# --- spec ------------------------------------------------------------------------------------------


def _bits_spec(state: Spec, *, shape) -> Spec:
    return Spec(tuple(shape), "uint32")


def _unit_spec(state: Spec, *, shape, dtype, inside) -> Spec:
    return Spec(tuple(shape), dtype)


def _dropout_spec(x: Spec, state: Spec, *, rate) -> tuple:
    return x, Spec(x.shape, "bool")


# --- reference -------------------------------------------------------------------------------------


def philox(counter: np.ndarray, key_0: int, key_1: int) -> list:
    """The four words of each counter (an array), in the words of the paper."""
    a = counter.astype(np.uint64)
    b, c, d = np.zeros_like(a), np.zeros_like(a), np.zeros_like(a)
    for turn in range(ROUNDS):
        key = [np.uint64((int(k) + turn * int(w)) % 2**32) for k, w in ((key_0, WEYL_0), (key_1, WEYL_1))]
        first, second = a * MULTIPLY_0, c * MULTIPLY_1
        a, b, c, d = (second >> HALF_WORD) ^ b ^ key[0], second & LOW, (first >> HALF_WORD) ^ d ^ key[1], first & LOW
    return [word.astype(np.uint32) for word in (a, b, c, d)]


def _bits_reference(state, *, shape):
    size = size_of(shape)
    groups = -(-size // GROUP)
    words = philox(np.arange(groups * LANES), *state)
    rows = np.stack([w.reshape(groups, LANES) for w in words], axis=1)
    return rows.reshape(-1)[:size].reshape(shape)


def _unit_constants(dtype: str, inside: bool) -> tuple:
    """How many low bits are dropped, the step between values, and the first value.

    A float32 holds 24 bits of a word, a float64 53 of two; one bit fewer leaves space for the half step
    that keeps values strictly inside the interval from 0 to 1.
    """
    bits, word = (53, 64) if dtype == "float64" else (24, 32)
    bits -= inside
    return word - bits, 2.0**-bits, 2.0 ** -(bits + 1) if inside else 0.0


def _unit_reference(state, *, shape, dtype, inside):
    drop, step, first = _unit_constants(dtype, inside)
    size = size_of(shape)
    if dtype == "float64":
        high, low = _bits_reference(state, shape=(2, size)).astype(np.uint64)
        bits = (high << HALF_WORD | low) >> np.uint64(drop)
    else:
        bits = _bits_reference(state, shape=(size,)) >> np.uint32(drop)
    return (bits.astype(np.float64) * step + first).astype(dtype).reshape(shape)


def threshold_of(rate: float) -> np.uint32:
    """Bits below this are dropped."""
    return np.uint32(min(round(rate * 2**32), 2**32 - 1))


def _dropout_reference(x, state, *, rate):
    mask = _bits_reference(state, shape=x.shape) >= threshold_of(rate)
    return np.where(mask, x * x.dtype.type(1 / (1 - rate)), x.dtype.type(0)), mask


# --- element ---------------------------------------------------------------------------------------


@element
def four_words(counter: int, key_0: int, key_1: int) -> tuple[np.uint32, np.uint32, np.uint32, np.uint32]:
    """The four random words of one counter, each kept in 64 bits: products of vectors take their factors so."""
    a = np.uint64(np.uint32(counter))
    b = np.uint64(0)
    c = np.uint64(0)
    d = np.uint64(0)
    first_key = np.uint32(key_0)
    second_key = np.uint32(key_1)
    for _ in range(ROUNDS):
        first = a * MULTIPLY_0
        second = c * MULTIPLY_1
        a = (second >> HALF_WORD) ^ b ^ np.uint64(first_key)
        b = second & LOW
        c = (first >> HALF_WORD) ^ d ^ np.uint64(second_key)
        d = first & LOW
        first_key = np.uint32(first_key + WEYL_0)
        second_key = np.uint32(second_key + WEYL_1)
    return np.uint32(a), np.uint32(b), np.uint32(c), np.uint32(d)


# --- cpu -------------------------------------------------------------------------------------------


@cpu
def group_bits(state: np.ndarray, group: int, bits: np.ndarray) -> None:
    """The bits of one group of elements."""
    for lane in range(LANES):
        a, b, c, d = four_words(group * LANES + lane, state[0], state[1])
        bits[lane] = a
        bits[LANES + lane] = b
        bits[2 * LANES + lane] = c
        bits[3 * LANES + lane] = d


@cpu
def bits_cpu(state: np.ndarray, bits: np.ndarray, first: int, last: int) -> None:
    """The bits of groups of elements."""
    for group in range(first, last):
        group_bits(state, group, bits[group * GROUP : (group + 1) * GROUP])


@cpu
def unit_cpu(bits: np.ndarray, drop: int, step: float, first: float, y: np.ndarray) -> None:
    """Numbers between 0 and 1 from one word each."""
    for i in range(y.size):
        y[i] = y.dtype.type(bits[i] >> drop) * step + first


@cpu
def unit_double_cpu(bits: np.ndarray, drop: int, step: float, first: float, y: np.ndarray) -> None:
    """The same from two words each."""
    for i in range(y.size):
        word = np.uint64(bits[i]) << HALF_WORD | np.uint64(bits[y.size + i])
        y[i] = y.dtype.type(word >> drop) * step + first


@cpu
def keep_some(x: np.ndarray, bits: np.ndarray, y: np.ndarray, mask: np.ndarray, threshold: int, scale: float) -> None:
    """Keeps x where its bits reach the threshold, and scales what is kept."""
    zero = x.dtype.type(0)
    for i in range(x.size):
        keep = bits[i] >= threshold
        mask[i] = keep
        y[i] = x[i] * scale if keep else zero


@cpu
def dropout_cpu(
    state: np.ndarray, x: np.ndarray, y: np.ndarray, mask: np.ndarray, threshold: int, scale: float, first: int,
    last: int, bits: np.ndarray,
) -> None:  # fmt: skip
    """Dropout of groups of elements; `bits` has space for those of one."""
    for group in range(first, last):
        group_bits(state, group, bits)
        mine = slice(group * GROUP, (group + 1) * GROUP)
        keep_some(x[mine], bits, y[mine], mask[mine], threshold, scale)


def _workspace(size: int):
    """Space for the bits of so many elements, in whole groups."""
    return device.runtime().empty((-(-size // GROUP) * GROUP,), np.dtype(np.uint32))


def _group_cuts(size: int) -> list[tuple[int, int]]:
    """The groups of so many elements, in several runs where they are many."""
    return cuts(-(-size // GROUP), min(cores(), size // WORTH)) or [(0, 0)]


def _in_groups(state, bits):
    """The call that fills whole groups of bits."""
    return Tasks(bits_cpu, [(state, bits, lo, hi) for lo, hi in _group_cuts(bits.size)]), ()


def _bits_cpu(ins, outs, *, shape):
    y = flat(outs[0])
    bits = y if y.size % GROUP == 0 else _workspace(y.size)
    copied = [] if bits is y else [(np.copyto, (y, bits[: y.size]))]
    return [_in_groups(ins[0], bits), *copied]


def _unit_prepared(outs, inside):
    """The workspace of words, and the constants in their types."""
    y = flat(outs[0])
    double = y.dtype == np.float64
    drop, step, first = _unit_constants(y.dtype.name, inside)
    drop = np.uint64(drop) if double else np.uint32(drop)
    return double, _workspace(size_of(y.shape) * (1 + double)), (drop, y.dtype.type(step), y.dtype.type(first))


def _unit_cpu(ins, outs, *, shape, dtype, inside):
    double, bits, constants = _unit_prepared(outs, inside)
    kernel = unit_double_cpu if double else unit_cpu
    return [_in_groups(ins[0], bits), (kernel, (bits, *constants, flat(outs[0])))]


def _dropout_cpu(ins, outs, *, rate):
    x, state = ins
    arrays = (state, flat(x), *map(flat, outs), threshold_of(rate), x.dtype.type(1 / (1 - rate)))
    return [(Tasks(dropout_cpu, [(*arrays, lo, hi, _workspace(GROUP)) for lo, hi in _group_cuts(x.size)]), ())]


# --- cuda: one counter, that is four elements, a thread --------------------------------------------


@gpu
def bits_gpu(counters: int, size: int, state: np.ndarray, y: np.ndarray) -> None:
    """The four words of each counter."""
    i = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    lanes = np.uint32(LANES)
    while i < counters:
        a, b, c, d = four_words(i, state[0], state[1])
        at = i // lanes * np.uint32(GROUP) + i % lanes
        if at < size:
            y[at] = a
        if at + lanes < size:
            y[at + lanes] = b
        if at + np.uint32(2) * lanes < size:
            y[at + np.uint32(2) * lanes] = c
        if at + np.uint32(3) * lanes < size:
            y[at + np.uint32(3) * lanes] = d
        i += step


@gpu
def unit_gpu(size: int, bits: np.ndarray, drop: int, step: float, first: float, y: np.ndarray) -> None:
    """Numbers between 0 and 1 from one word each."""
    i = np.uint32(cuda.grid(1))
    stride = np.uint32(cuda.gridsize(1))
    while i < size:
        y[i] = y.dtype.type(bits[i] >> drop) * step + first
        i += stride


@gpu
def unit_double_gpu(size: int, bits: np.ndarray, drop: int, step: float, first: float, y: np.ndarray) -> None:
    """The same from two words each."""
    i = np.uint32(cuda.grid(1))
    stride = np.uint32(cuda.gridsize(1))
    while i < size:
        word = np.uint64(bits[i]) << HALF_WORD | np.uint64(bits[size + i])
        y[i] = y.dtype.type(word >> drop) * step + first
        i += stride


@gpu
def dropout_gpu(
    size: int, x: np.ndarray, bits: np.ndarray, threshold: int, scale: float, y: np.ndarray, mask: np.ndarray
) -> None:
    """Keeps x where its bits reach the threshold, and scales what is kept."""
    i = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    zero = y.dtype.type(0)
    while i < size:
        keep = bits[i] >= threshold
        mask[i] = keep
        y[i] = x[i] * scale if keep else zero
        i += step


def _bits_into(state, bits) -> list:
    size = size_of(bits.shape)
    counters = -(-size // GROUP) * LANES
    launch = bits_gpu.on(grid_for(counters), BLOCK)
    return [(launch, (np.uint32(counters), np.uint32(size), state, flat(bits)))] if size else []


def _bits_cuda(ins, outs, *, shape):
    return _bits_into(ins[0], outs[0])


def _unit_cuda(ins, outs, *, shape, dtype, inside):
    size = size_of(shape)
    double, bits, constants = _unit_prepared(outs, inside)
    launch = (unit_double_gpu if double else unit_gpu).on(grid_for(size), BLOCK)
    return [*_bits_into(ins[0], bits), (launch, (np.uint32(size), bits, *constants, flat(outs[0])))] if size else []


def _dropout_cuda(ins, outs, *, rate):
    x, state = ins
    size = size_of(x.shape)
    if not size:
        return []
    bits = _workspace(size)
    constants = threshold_of(rate), x.dtype.type(1 / (1 - rate))
    launch = dropout_gpu.on(grid_for(size), BLOCK)
    return [*_bits_into(state, bits), (launch, (np.uint32(size), flat(x), bits, *constants, *map(flat, outs)))]


# --- vjp -------------------------------------------------------------------------------------------


def _dropout_vjp(call, dy, _):
    scale = like(dy, 1 / (1 - call.attrs["rate"]))  # not an attribute: all rates share a loop
    return masked_scale(call.outs[1], dy, scale), None


# --- record ----------------------------------------------------------------------------------------

random_bits = Op("random_bits", spec=_bits_spec, reference=_bits_reference, cpu=_bits_cpu, cuda=_bits_cuda)
random_unit = Op("random_unit", spec=_unit_spec, reference=_unit_reference, cpu=_unit_cpu, cuda=_unit_cuda)
dropout = Op(
    "dropout", spec=_dropout_spec, reference=_dropout_reference, cpu=_dropout_cpu, cuda=_dropout_cuda,
    vjp=_dropout_vjp,
)  # fmt: skip
