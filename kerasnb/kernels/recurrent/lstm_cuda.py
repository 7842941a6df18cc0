"""The CUDA implementation of the LSTM: each step is one product and one kernel of the cells."""

from __future__ import annotations

import math

import numpy as np

from kerasnb.backend.compile.jit import cuda, gpu
from kerasnb.kernels.common import flat
from kerasnb.kernels.half import wide_half
from kerasnb.kernels.move import zero_calls
from kerasnb.kernels.recurrent.steps_cuda import added, empty, flags, launcher, optional, product

FOUR = np.uint32(4)
NAMES = ("mask", "dh", "dc", "dgates")


@gpu
def lstm_step(
    size: int, units: int, steps: int, t: int, x: np.ndarray, products: np.ndarray, h0: np.ndarray, c0: np.ndarray,
    mask: np.ndarray, masked: bool, state: np.ndarray, hs: np.ndarray, cs: np.ndarray, gates: np.ndarray,
) -> None:  # fmt: skip
    """The cells of step t."""
    i = np.uint32(cuda.grid(1))
    stride = np.uint32(cuda.gridsize(1))
    one = x.dtype.type(1)
    while i < size:
        row = i // units
        unit = i % units
        at = row * steps + t
        g = at * FOUR * units + unit
        p = row * FOUR * units + unit
        enter = one / (one + math.exp(-(x[g] + products[p])))
        p += units
        keep = one / (one + math.exp(-(x[g + units] + products[p])))
        p += units
        new = math.tanh(x[g + units + units] + products[p])
        p += units
        leave = one / (one + math.exp(-(x[g + units + units + units] + products[p])))
        here = at * units + unit
        before = c0[i] if t == np.uint32(0) else cs[here - units]
        c = keep * before + enter * new
        h = leave * math.tanh(c)
        if masked and not mask[at]:
            c = before
            h = h0[i] if t == np.uint32(0) else hs[here - units]
        state[i] = h
        hs[here] = h
        cs[here] = c
        gates[g] = enter
        gates[g + units] = keep
        gates[g + units + units] = new
        gates[g + units + units + units] = leave
        i += stride


@gpu
def lstm_step_back(
    size: int, units: int, steps: int, t: int, c0: np.ndarray, gates: np.ndarray, cs: np.ndarray, mask: np.ndarray,
    dhs: np.ndarray, dcs: np.ndarray, dgates: np.ndarray, masked: bool, has_h: bool, has_c: bool, has_gates: bool,
    products: np.ndarray, dh: np.ndarray, dc: np.ndarray, dz: np.ndarray, dx: np.ndarray,
) -> None:  # fmt: skip
    """The gradient of the cells of step t; dz is what dx holds at this step, for the product that follows."""
    i = np.uint32(cuda.grid(1))
    stride = np.uint32(cuda.gridsize(1))
    one = gates.dtype.type(1)
    zero = gates.dtype.type(0)
    while i < size:
        row = i // units
        unit = i % units
        at = row * steps + t
        here = at * units + unit
        g = at * FOUR * units + unit
        p = row * FOUR * units + unit
        enter = gates[g]
        keep = gates[g + units]
        new = gates[g + units + units]
        leave = gates[g + units + units + units]
        before = c0[i] if t == np.uint32(0) else cs[here - units]
        to_h = dh[i] + products[i]
        to_c = dc[i]
        if has_h:
            to_h += dhs[here]
        if has_c:
            to_c += dcs[here]
        d_enter = zero
        d_keep = zero
        d_new = zero
        d_leave = zero
        if not masked or mask[at]:
            bent = math.tanh(cs[here])
            d_leave = to_h * bent
            to_c += to_h * leave * (one - bent * bent)
            d_enter = to_c * new
            d_keep = to_c * before
            d_new = to_c * enter
            to_h = zero
            to_c = to_c * keep
        if has_gates:
            d_enter += dgates[g]
            d_keep += dgates[g + units]
            d_new += dgates[g + units + units]
            d_leave += dgates[g + units + units + units]
        d_enter = d_enter * enter * (one - enter)
        d_keep = d_keep * keep * (one - keep)
        d_new = d_new * (one - new * new)
        d_leave = d_leave * leave * (one - leave)
        dh[i] = to_h
        dc[i] = to_c
        dz[p] = d_enter
        dz[p + units] = d_keep
        dz[p + units + units] = d_new
        dz[p + units + units + units] = d_leave
        dx[g] = d_enter
        dx[g + units] = d_keep
        dx[g + units + units] = d_new
        dx[g + units + units + units] = d_leave
        i += stride


@wide_half
def forward(ins: list, outs: list) -> list:
    """The launches of all steps."""
    x, u, h0, c0, *mask = ins
    batch, steps, four = x.shape
    units = four // 4
    size = batch * units
    if not size:
        return []
    products, state = empty((batch, four), x.dtype), empty((batch, units), x.dtype)
    present = ("mask",) * len(mask)
    masks = *optional(mask, present, ("mask",), x.dtype), *flags(present, ("mask",))
    launch, calls = launcher(lstm_step, size), []
    arrays = *map(flat, (x, products, h0, c0)), *masks, flat(state), *map(flat, outs)
    for t in range(steps):
        calls += product(state if t else h0, u, products)
        calls.append((launch, (*map(np.uint32, (size, units, steps, t)), *arrays)))
    return calls


@wide_half
def backward(ins: list, outs: list, *, present: tuple) -> list:
    """The launches of the gradients of all steps."""
    u, c0, gates, cs, *rest = ins
    dx, dh, dc = outs
    (batch, steps, four), units = gates.shape, u.shape[0]
    size = batch * units
    if not size:
        return []
    products, dz = empty((batch, units), u.dtype), empty((batch, four), u.dtype)
    more = *optional(rest, present, NAMES, u.dtype), *flags(present, NAMES)
    launch, calls = launcher(lstm_step_back, size), [c for a in (products, dh, dc) for c in zero_calls(a)]
    arrays = *map(flat, (c0, gates, cs)), *more, *map(flat, (products, dh, dc, dz, dx))
    for t in reversed(range(steps)):
        calls.append((launch, (*map(np.uint32, (size, units, steps, t)), *arrays)))
        calls += product(dz, u, products, tb=True)
    return calls + added(products, dh)
