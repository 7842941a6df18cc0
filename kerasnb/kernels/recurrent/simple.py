"""A simple recurrent network over time, `h = tanh(x + h @ u)`, and its gradient.

`simple_rnn(x, u, h0, [mask])` takes the sums of inputs and bias, x of shape (batch, steps, units), and returns the
state after each step. Where the mask is false a sample keeps its state.
"""

from __future__ import annotations

import math

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.compile.jit import cpu, cuda, gpu
from kerasnb.backend.tensor.tensor import Spec
from kerasnb.kernels.common import flat
from kerasnb.kernels.composed import second_order
from kerasnb.kernels.elementwise import add, like
from kerasnb.kernels.elementwise import multiply as by
from kerasnb.kernels.exponential import ONE, ZERO
from kerasnb.kernels.half import wide_half
from kerasnb.kernels.matmul import matmul
from kerasnb.kernels.move import zero_calls
from kerasnb.kernels.recurrent import shared, steps_cuda
from kerasnb.kernels.recurrent.shared import accumulate, keep, tanh_of
from kerasnb.kernels.recurrent.steps_cuda import added, empty, launcher, product
from kerasnb.kernels.tile import multiply_packed, packed

NAMES = ("mask", "dh")

# --- spec ------------------------------------------------------------------------------------------


def _spec(x: Spec, u: Spec, h0: Spec, *mask) -> Spec:
    shared.check_operands("simple_rnn", 1, x, u, [h0], mask)
    return x


def _grad_spec(u: Spec, h0: Spec, hs: Spec, *rest, present) -> tuple:
    return hs, h0


# --- reference -------------------------------------------------------------------------------------


def _reference(x, u, h0, *rest):
    mask, dtype = rest[0] if rest else None, x.dtype
    x, u, h = shared.wide(x, u, h0)
    hs = []
    for t in range(x.shape[1]):
        h = np.where(shared.unmasked(mask, t), np.tanh(x[:, t] + h @ u), h)
        hs.append(h)
    return np.stack(hs, 1).astype(dtype)


def _grad_reference(u, h0, hs, *rest, present):
    dtype = u.dtype
    mask, dhs = shared.named(rest, present, *NAMES)
    u, h0, hs, dhs = shared.wide(u, h0, hs, dhs)
    dh, dx = np.zeros_like(h0), np.zeros_like(hs)
    for t in reversed(range(hs.shape[1])):
        takes, dh = shared.unmasked(mask, t), dh + dhs[:, t]
        dx[:, t] = np.where(takes, dh * (1 - hs[:, t] ** 2), 0)
        dh = np.where(takes, 0, dh) + dx[:, t] @ u.T
    return dx.astype(dtype), dh.astype(dtype)


# --- cpu: some of the samples, through all steps ---------------------------------------------------


@cpu
def simple_forward(
    x: np.ndarray, u: np.ndarray, h0: np.ndarray, mask: np.ndarray, hs: np.ndarray, products: np.ndarray,
    scratch: np.ndarray, steps: int, units: int, masked: bool, lo: int, hi: int,
) -> None:  # fmt: skip
    """Samples `lo` to `hi`; u is packed."""
    m = hi - lo
    for t in range(steps):
        left = (hs, (lo * steps + t - 1) * units, steps * units) if t else (h0, lo * units, units)
        multiply_packed((m, units, units), left, (u, 0, units), 0, (products, 0, units), scratch)
        for row in range(m):
            at, first = (lo + row) * steps + t, (lo + row) * units
            h = hs[at * units : (at + 1) * units]
            if masked and not mask[at]:
                keep(hs[(at - 1) * units : at * units] if t else h0[first : first + units], h)
            else:
                tanh_of(x[at * units : (at + 1) * units], products[row * units : (row + 1) * units], h)


@cpu
def simple_backward(
    back: np.ndarray, hs: np.ndarray, mask: np.ndarray, dhs: np.ndarray, dx: np.ndarray, dh0: np.ndarray,
    _: np.ndarray, scratch: np.ndarray, steps: int, units: int, masked: bool, lo: int, hi: int,
) -> None:  # fmt: skip
    """Samples `lo` to `hi`; `back` is u transposed and packed; dh0 holds the gradient of the state."""
    dh0[lo * units : hi * units] = ZERO
    for t in range(steps - 1, -1, -1):
        for row in range(lo, hi):
            at = row * steps + t
            wide, dh = slice(at * units, (at + 1) * units), dh0[row * units : (row + 1) * units]
            d, h = dx[wide], hs[wide]
            accumulate(dhs[wide], dh)
            if masked and not mask[at]:
                d[:] = ZERO
            else:
                for j in range(units):
                    d[j] = dh[j] * (ONE - h[j] * h[j])
                dh[:] = ZERO
        left = (dx, (lo * steps + t) * units, steps * units)
        multiply_packed((hi - lo, units, units), left, (back, 0, units), 1, (dh0, lo * units, units), scratch)


def _cpu(ins, outs):
    x, u, h0 = ins[:3]
    if not shared.served(x, u):
        return simple_rnn.implementations["numpy"](ins, outs)
    (batch, steps), units = x.shape[:2], u.shape[0]
    mask = shared.optional(ins[3:], ("mask",) * len(ins[3:]), ("mask",), x.dtype)
    right, pack = packed(u)
    arrays = [flat(x), right, flat(h0), *mask, flat(outs[0])]
    return [pack, *shared.calls(simple_forward, arrays, units, (steps, units, len(ins) > 3), batch)]


def _grad_cpu(ins, outs, *, present):
    u, _, hs = ins[:3]
    if not shared.served(u, hs):
        return simple_rnn_grad.implementations["numpy"](ins, outs, present=present)
    (batch, steps), units = hs.shape[:2], u.shape[0]
    back, pack = packed(u, transposed=True)
    arrays = [back, flat(hs), *shared.optional(ins[3:], present, NAMES, u.dtype), *map(flat, outs)]
    return [pack, *shared.calls(simple_backward, arrays, 0, (steps, units, "mask" in present), batch)]


# --- cuda: each step one product and one kernel of the cells ---------------------------------------


@gpu
def simple_step(
    size: int, units: int, steps: int, t: int, x: np.ndarray, products: np.ndarray, h0: np.ndarray, mask: np.ndarray,
    masked: bool, state: np.ndarray, hs: np.ndarray,
) -> None:  # fmt: skip
    """The cells of step t."""
    i = np.uint32(cuda.grid(1))
    stride = np.uint32(cuda.gridsize(1))
    while i < size:
        at = i // units * steps + t
        here = at * units + i % units
        h = math.tanh(x[here] + products[i])
        if masked and not mask[at]:
            h = h0[i] if t == np.uint32(0) else hs[here - units]
        hs[here] = h
        state[i] = h
        i += stride


@gpu
def simple_step_back(
    size: int, units: int, steps: int, t: int, hs: np.ndarray, mask: np.ndarray, dhs: np.ndarray, masked: bool,
    products: np.ndarray, dh: np.ndarray, dz: np.ndarray, dx: np.ndarray,
) -> None:  # fmt: skip
    """The gradient of the cells of step t."""
    i = np.uint32(cuda.grid(1))
    stride = np.uint32(cuda.gridsize(1))
    one = hs.dtype.type(1)
    while i < size:
        at = i // units * steps + t
        here = at * units + i % units
        dy = dh[i] + products[i] + dhs[here]
        d = dy * (one - hs[here] * hs[here])
        rest = hs.dtype.type(0)
        if masked and not mask[at]:
            d = rest
            rest = dy
        dh[i] = rest
        dz[i] = d
        dx[here] = d
        i += stride


@wide_half
def _cuda(ins, outs):
    x, u, h0, *mask = ins
    batch, steps, units = x.shape
    size = batch * units
    if not size:
        return []
    products, state, present = empty((batch, units), x.dtype), empty((batch, units), x.dtype), ("mask",) * len(mask)
    taken = *steps_cuda.optional(mask, present, ("mask",), x.dtype), *steps_cuda.flags(present, ("mask",))
    arrays, calls = (*map(flat, (x, products, h0)), *taken, flat(state), flat(outs[0])), []
    for t in range(steps):
        calls += product(state if t else h0, u, products)
        calls.append((launcher(simple_step, size), (*map(np.uint32, (size, units, steps, t)), *arrays)))
    return calls


@wide_half
def _grad_cuda(ins, outs, *, present):
    u, _, hs, *rest = ins
    dx, dh = outs
    batch, steps, units = hs.shape
    size = batch * units
    if not size:
        return []
    products, dz = empty((batch, units), u.dtype), empty((batch, units), u.dtype)
    mask, dhs = steps_cuda.optional(rest, present, NAMES, u.dtype)
    arrays = flat(hs), mask, dhs, np.bool_("mask" in present), *map(flat, (products, dh, dz, dx))
    calls = [c for a in (products, dh) for c in zero_calls(a)]
    for t in reversed(range(steps)):
        calls.append((launcher(simple_step_back, size), (*map(np.uint32, (size, units, steps, t)), *arrays)))
        calls += product(dz, u, products, tb=True)
    return calls + added(products, dh)


# --- vjp -------------------------------------------------------------------------------------------


def _vjp(call, dh):
    _, u, h0, *mask = call.ins
    hs = call.outs[0]
    present, upstream = shared.present_of(NAMES, (*(mask or [None]), dh))
    dx, dh0 = simple_rnn_grad(u, h0, hs, *upstream, present=present)
    du = shared.product_over_time(shared.earlier(h0, hs), dx) if call.needs[1] else None
    return dx, du, dh0, *[None for _ in mask]


def _back_composed(u, h0, hs, *rest, present):
    """The gradient composed of operations, for the second derivative."""
    mask, dhs = shared.named(rest, present, *NAMES)
    dh = zeros = by(h0, like(h0, 0))
    dxs = []
    for t in reversed(range(hs.shape[1])):
        dh = add(dh, shared.step_of(dhs, t))
        dxs.append(shared.chosen(mask, t, shared.through_tanh(dh, shared.step_of(hs, t)), zeros))
        dh = add(shared.chosen(mask, t, zeros, dh), matmul(dxs[-1], u, tb=True))
    return shared.sequence_of(dxs[::-1]), dh


# --- record ----------------------------------------------------------------------------------------

simple_rnn = Op("simple_rnn", spec=_spec, reference=_reference, cpu=_cpu, cuda=_cuda, vjp=_vjp)
simple_rnn_grad = Op(
    "simple_rnn_grad", spec=_grad_spec, reference=_grad_reference, cpu=_grad_cpu, cuda=_grad_cuda,
    vjp=second_order(_back_composed),
)  # fmt: skip
