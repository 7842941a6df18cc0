"""The CUDA implementation of the GRU: each step is one or two products, and kernels of the cells."""

from __future__ import annotations

import math

import numpy as np

from kerasnb.backend.compile.jit import cuda, gpu
from kerasnb.kernels.common import flat
from kerasnb.kernels.half import wide_half
from kerasnb.kernels.move import window, zero_calls
from kerasnb.kernels.recurrent.steps_cuda import added, empty, flags, launcher, optional, product

TWO, THREE, FOUR = np.uint32(2), np.uint32(3), np.uint32(4)
NAMES = ("mask", "dh", "dgates")


@gpu
def gru_reset(
    size: int, units: int, steps: int, t: int, wide: int, x: np.ndarray, products: np.ndarray, bias: np.ndarray,
    h0: np.ndarray, hs: np.ndarray, gates: np.ndarray, scaled: np.ndarray,
) -> None:  # fmt: skip
    """The gates of update and reset; `scaled` is the state as the reset gate leaves it."""
    i = np.uint32(cuda.grid(1))
    stride = np.uint32(cuda.gridsize(1))
    one = x.dtype.type(1)
    while i < size:
        unit = i % units
        at = i // units * steps + t
        v = at * THREE * units + unit
        p = i // units * wide + unit
        g = at * FOUR * units + unit
        before = h0[i] if t == np.uint32(0) else hs[(at - np.uint32(1)) * units + unit]
        r = one / (one + math.exp(-(x[v + units] + products[p + units] + bias[unit + units])))
        gates[g] = one / (one + math.exp(-(x[v] + products[p] + bias[unit])))
        gates[g + units] = r
        scaled[i] = r * before
        i += stride


@gpu
def gru_step(
    size: int, units: int, steps: int, t: int, wide: int, first: int, x: np.ndarray, products: np.ndarray,
    bias: np.ndarray, h0: np.ndarray, mask: np.ndarray, masked: bool, reset_after: bool, scaled: np.ndarray,
    state: np.ndarray, hs: np.ndarray, gates: np.ndarray,
) -> None:  # fmt: skip
    """The new state; the product that belongs to it begins at column `first` of rows of `wide`."""
    i = np.uint32(cuda.grid(1))
    stride = np.uint32(cuda.gridsize(1))
    while i < size:
        unit = i % units
        at = i // units * steps + t
        g = at * FOUR * units + unit
        here = at * units + unit
        before = h0[i] if t == np.uint32(0) else hs[here - units]
        p = products[i // units * wide + first + unit] + bias[unit + units + units]
        z = gates[g]
        q = p if reset_after else scaled[i]
        inner = gates[g + units] * p if reset_after else p
        n = math.tanh(x[at * THREE * units + units + units + unit] + inner)
        h = n + z * (before - n)
        if masked and not mask[at]:
            h = before
        gates[g + units + units] = n
        gates[g + units + units + units] = q
        hs[here] = h
        state[i] = h
        i += stride


@gpu
def gru_state_back(
    size: int, units: int, steps: int, t: int, h0: np.ndarray, gates: np.ndarray, hs: np.ndarray, mask: np.ndarray,
    dhs: np.ndarray, dgates: np.ndarray, masked: bool, has_h: bool, has_gates: bool, products: np.ndarray,
    dh: np.ndarray, dn: np.ndarray, dx: np.ndarray,
) -> None:  # fmt: skip
    """From the new state to the gates of update and new, and to the state before."""
    i = np.uint32(cuda.grid(1))
    stride = np.uint32(cuda.gridsize(1))
    one = gates.dtype.type(1)
    zero = gates.dtype.type(0)
    while i < size:
        unit = i % units
        at = i // units * steps + t
        here = at * units + unit
        g = at * FOUR * units + unit
        v = at * THREE * units + unit
        z = gates[g]
        n = gates[g + units + units]
        before = h0[i] if t == np.uint32(0) else hs[here - units]
        dy = dh[i] + products[i]
        if has_h:
            dy += dhs[here]
        az = zero
        an = zero
        if not masked or mask[at]:
            az = dy * (before - n)
            an = dy * (one - z)
            dy = dy * z
        if has_gates:
            az += dgates[g]
            an += dgates[g + units + units]
        an = an * (one - n * n)
        dh[i] = dy
        dn[i] = an
        dx[v] = az * z * (one - z)
        dx[v + units + units] = an
        i += stride


@gpu
def gru_reset_back(
    size: int, units: int, steps: int, t: int, h0: np.ndarray, gates: np.ndarray, hs: np.ndarray, dgates: np.ndarray,
    has_gates: bool, reset_after: bool, to_scaled: np.ndarray, dh: np.ndarray, dz: np.ndarray, dx: np.ndarray,
    dp: np.ndarray,
) -> None:  # fmt: skip
    """From the gate of new to the reset gate and what it scaled; dz is for the product that follows."""
    i = np.uint32(cuda.grid(1))
    stride = np.uint32(cuda.gridsize(1))
    one = gates.dtype.type(1)
    while i < size:
        unit = i % units
        at = i // units * steps + t
        g = at * FOUR * units + unit
        v = at * THREE * units + unit
        r = gates[g + units]
        an = dx[v + units + units]
        before = h0[i] if t == np.uint32(0) else hs[(at - np.uint32(1)) * units + unit]
        dq = an * r if reset_after else to_scaled[i]
        if has_gates:
            dq += dgates[g + units + units + units]
        ar = an * gates[g + units + units + units] if reset_after else dq * before
        if has_gates:
            ar += dgates[g + units]
        ar = ar * r * (one - r)
        dx[v + units] = ar
        if reset_after:
            p = i // units * THREE * units + unit
            dz[p] = dx[v]
            dz[p + units] = ar
            dz[p + units + units] = dq
            dp[v] = dx[v]
            dp[v + units] = ar
            dp[v + units + units] = dq
        else:
            p = i // units * TWO * units + unit
            dz[p] = dx[v]
            dz[p + units] = ar
            dh[i] += dq * r
        i += stride


def _columns(u, start, size) -> tuple:
    """Some columns of a matrix as one of their own, and the calls that copy them."""
    part = empty((u.shape[0], size), u.dtype)
    return part, window.implementations["cuda"]([u], [part], starts=(0, start), sizes=part.shape, steps=(1, 1))


@wide_half
def forward(ins: list, outs: list, *, reset_after: bool) -> list:
    """The launches of all steps."""
    x, u, bias, h0, *mask = ins
    (batch, steps, three), units = x.shape, u.shape[0]
    size, wide = batch * units, three if reset_after else 2 * units
    if not size:
        return []
    products, more = empty((batch, wide), x.dtype), empty((batch, units), x.dtype)
    scaled, state = empty((batch, units), x.dtype), empty((batch, units), x.dtype)
    present, calls = ("mask",) * len(mask), []
    if reset_after:
        to_gates, second = u, (np.uint32(wide), np.uint32(2 * units))
    else:
        (to_gates, calls), (to_new, copies) = _columns(u, 0, 2 * units), _columns(u, 2 * units, units)
        calls, second = calls + copies, (np.uint32(units), np.uint32(0))
    masks = *optional(mask, present, ("mask",), x.dtype), *flags(present, ("mask",)), np.bool_(reset_after)
    hs, gates = map(flat, outs)
    source = flat(products if reset_after else more)
    for t in range(steps):
        sizes = tuple(map(np.uint32, (size, units, steps, t)))
        calls += product(state if t else h0, to_gates, products)
        arrays = *map(flat, (x, products, bias, h0)), hs, gates, flat(scaled)
        calls.append((launcher(gru_reset, size), (*sizes, np.uint32(wide), *arrays)))
        calls += [] if reset_after else product(scaled, to_new, more)
        arrays = flat(x), source, flat(bias), flat(h0), *masks, flat(scaled), flat(state), hs, gates
        calls.append((launcher(gru_step, size), (*sizes, *second, *arrays)))
    return calls


@wide_half
def backward(ins: list, outs: list, *, reset_after: bool, present: tuple) -> list:
    """The launches of the gradients of all steps."""
    u, h0, gates, hs, *rest = ins
    dx, dh = outs[0], outs[-1]
    (batch, steps, units) = hs.shape
    size, wide = batch * units, (3 if reset_after else 2) * units
    if not size:
        return []
    products, dn, to_scaled = (empty((batch, units), u.dtype) for _ in range(3))
    dz, calls, to_gates = empty((batch, wide), u.dtype), [c for a in (products, dh) for c in zero_calls(a)], u
    if not reset_after:
        (to_gates, first), (to_new, second) = _columns(u, 0, 2 * units), _columns(u, 2 * units, units)
        calls += first + second
    mask, dhs, dgates = optional(rest, present, NAMES, u.dtype)
    masked, has_h, has_gates = flags(present, NAMES)
    states = tuple(map(flat, (h0, gates, hs)))
    for t in reversed(range(steps)):
        sizes = tuple(map(np.uint32, (size, units, steps, t)))
        arrays = *states, mask, dhs, dgates, masked, has_h, has_gates, *map(flat, (products, dh, dn, dx))
        calls.append((launcher(gru_state_back, size), (*sizes, *arrays)))
        calls += [] if reset_after else product(dn, to_new, to_scaled, tb=True)
        arrays = *states, dgates, has_gates, np.bool_(reset_after), *map(flat, (to_scaled, dh, dz, dx, outs[-2]))
        calls.append((launcher(gru_reset_back, size), (*sizes, *arrays)))
        calls += product(dz, to_gates, products, tb=True)
    return calls + added(products, dh)
