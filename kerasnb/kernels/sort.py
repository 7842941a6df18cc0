"""The order of elements along an axis, as indices; equal elements keep their order, NaN comes last.

Sorted values are taken by these indices, so that their gradient is that of `take_along`.
"""

from __future__ import annotations

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.compile.jit import cuda, element, gpu
from kerasnb.backend.tensor import device
from kerasnb.backend.tensor.tensor import Spec, size_of
from kerasnb.kernels.common import BLOCK, flat, grid_for, split_axes

# --- spec ------------------------------------------------------------------------------------------


def _spec(x: Spec, *, axis) -> Spec:
    return Spec(x.shape, "int32")


# --- reference -------------------------------------------------------------------------------------


def _reference(x, *, axis):
    return np.argsort(x, axis, kind="stable").astype(np.int32)


# --- cpu: NumPy has a stable sort, which is compiled already ---------------------------------------


def _argsort_into(x, y, axis):
    np.copyto(y, np.argsort(x, axis, kind="stable"), casting="unsafe")


def _cpu(ins, outs, *, axis):
    return [(_argsort_into, (ins[0], outs[0], axis))]


# --- cuda: a bitonic network over places padded to a power of two ----------------------------------


@element
def goes_after(x: np.ndarray, first: int, after: int, along: int, p: int, q: int) -> bool:
    """Whether the element at place p stands behind that at place q; places past the end stand last."""
    if p >= along or q >= along:
        return p > q
    a = x[first + p * after]
    b = x[first + q * after]
    if a != a or b != b:
        return (a != a and b == b) or (a != a and b != b and p > q)
    return a > b or (a == b and p > q)


@gpu
def begin(total: int, width: int, at: np.ndarray) -> None:
    """Each place holds its own index."""
    i = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    while i < total:
        at[i] = i % width
        i += step


@gpu
def exchange(
    pairs: int, half: int, along: int, after: int, width: int, block: int, gap: int, x: np.ndarray, at: np.ndarray
) -> None:
    """One stage of the network: each thread owns one pair of places, so that no two threads meet."""
    i = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    while i < pairs:
        row = i // half
        k = i % half
        low = k // gap * gap * np.uint32(2) + k % gap
        first = row // after * along * after + row % after
        one = row * width + low
        two = one + gap
        p = np.uint32(at[one])
        q = np.uint32(at[two])
        rising = (low // block) % np.uint32(2) == np.uint32(0)
        if goes_after(x, first, after, along, p, q) == rising:
            at[one] = q
            at[two] = p
        i += step


@gpu
def finish(total: int, along: int, after: int, width: int, at: np.ndarray, y: np.ndarray) -> None:
    """The indices of the places that exist."""
    i = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    while i < total:
        row = i // after // along * after + i % after
        y[i] = at[row * width + i // after % along]
        i += step


def _stages(width):
    """(block, gap) of each stage."""
    block = 2
    while block <= width:
        gap = block // 2
        while gap:
            yield block, gap
            gap //= 2
        block *= 2


def _cuda(ins, outs, *, axis):
    before, along, after = split_axes(ins[0].shape, axis)
    total = size_of(ins[0].shape)
    if not total:
        return []
    width = 1 << (along - 1).bit_length()
    padded, pairs = before * after * width, before * after * (width // 2)
    at = device.runtime().empty((padded,), np.dtype("int32"))
    u, x = np.uint32, flat(ins[0])
    calls: list = [(begin.on(grid_for(padded), BLOCK), (u(padded), u(width), at))]
    for block, gap in _stages(width):
        sizes = (u(pairs), u(width // 2), u(along), u(after), u(width), u(block), u(gap))
        calls.append((exchange.on(grid_for(pairs), BLOCK), (*sizes, x, at)))
    return [*calls, (finish.on(grid_for(total), BLOCK), (u(total), u(along), u(after), u(width), at, flat(outs[0])))]


# --- record ----------------------------------------------------------------------------------------

argsort = Op("argsort", spec=_spec, reference=_reference, cpu=_cpu, cuda=_cuda)
