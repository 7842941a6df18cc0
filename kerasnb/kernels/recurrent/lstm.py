"""A long short-term memory over time (Hochreiter and Schmidhuber, 1997), and its gradient.

`lstm(x, u, h0, c0, [mask])` takes the gates' sums of inputs and bias, x of shape (batch, steps, 4 * units), in the
order input, forget, new, output. It returns the states h and c after each step, and the gates for the backward pass.
Where the mask is false a sample keeps its state.
"""

from __future__ import annotations

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.compile.jit import cpu
from kerasnb.backend.tensor.tensor import Spec
from kerasnb.kernels.common import flat
from kerasnb.kernels.composed import second_order
from kerasnb.kernels.elementwise import add, like, subtract, tanh
from kerasnb.kernels.elementwise import multiply as by
from kerasnb.kernels.exponential import ONE, ZERO
from kerasnb.kernels.matmul import matmul
from kerasnb.kernels.recurrent import lstm_cuda, shared
from kerasnb.kernels.recurrent.shared import (
    accumulate,
    add_sigmoid_vjp,
    add_tanh_vjp,
    blend,
    keep,
    sigmoid_of,
    sigmoid_vjp,
    tanh_alone,
    tanh_of,
    tanh_vjp,
    times,
)
from kerasnb.kernels.tile import multiply_packed, packed

NAMES = ("mask", "dh", "dc", "dgates")  # the optional inputs of the gradient

# --- spec ------------------------------------------------------------------------------------------


def _spec(x: Spec, u: Spec, h0: Spec, c0: Spec, *mask) -> tuple:
    shared.check_operands("lstm", 4, x, u, [h0, c0], mask)
    states = Spec((*x.shape[:2], u.shape[0]), x.dtype)
    return states, states, x


def _grad_spec(u: Spec, c0: Spec, gates: Spec, cs: Spec, *rest, present) -> tuple:
    return gates, c0, c0


# --- reference -------------------------------------------------------------------------------------


def _reference(x, u, h0, c0, *rest):
    mask, dtype = rest[0] if rest else None, x.dtype
    x, u, h, c = shared.wide(x, u, h0, c0)
    hs, cs, gates = [], [], []
    for t in range(x.shape[1]):
        i, f, g, o = np.split(x[:, t] + h @ u, 4, axis=-1)
        i, f, g, o = shared.sigmoid_reference(i), shared.sigmoid_reference(f), np.tanh(g), shared.sigmoid_reference(o)
        new = f * c + i * g
        takes = shared.unmasked(mask, t)
        h, c = np.where(takes, o * np.tanh(new), h), np.where(takes, new, c)
        hs.append(h)
        cs.append(c)
        gates.append(np.concatenate([i, f, g, o], -1))
    return tuple(np.stack(s, 1).astype(dtype) for s in (hs, cs, gates))


def _grad_reference(u, c0, gates, cs, *rest, present):
    dtype = u.dtype
    mask, dhs, dcs, dgates = shared.named(rest, present, *NAMES)
    u, c0, gates, cs, dhs, dcs, dgates = shared.wide(u, c0, gates, cs, dhs, dcs, dgates)
    dh, dc, dx = np.zeros_like(c0), np.zeros_like(c0), np.zeros_like(gates)
    for t in reversed(range(gates.shape[1])):
        i, f, g, o = np.split(gates[:, t], 4, axis=-1)
        takes, before, bent = shared.unmasked(mask, t), cs[:, t - 1] if t else c0, np.tanh(cs[:, t])
        dh = dh if dhs is None else dh + dhs[:, t]
        dc = dc if dcs is None else dc + dcs[:, t]
        inside = np.where(takes, dc + dh * o * (1 - bent**2), 0)
        dgate = np.concatenate([inside * g, inside * before, inside * i, np.where(takes, dh * bent, 0)], -1)
        dgate = dgate if dgates is None else dgate + dgates[:, t]
        dx[:, t] = dgate * np.concatenate([i * (1 - i), f * (1 - f), 1 - g * g, o * (1 - o)], -1)
        dh, dc = np.where(takes, 0, dh) + dx[:, t] @ u.T, np.where(takes, inside * f, dc)
    return dx.astype(dtype), dh.astype(dtype), dc.astype(dtype)


# --- cpu: some of the samples, through all steps ---------------------------------------------------


@cpu
def lstm_cell(
    x: np.ndarray, p: np.ndarray, before: np.ndarray, gates: np.ndarray, c: np.ndarray, h: np.ndarray
) -> None:
    """One step of one sample."""
    n = c.size
    sigmoid_of(x[: 2 * n], p[: 2 * n], gates[: 2 * n])
    tanh_of(x[2 * n : 3 * n], p[2 * n : 3 * n], gates[2 * n : 3 * n])
    sigmoid_of(x[3 * n :], p[3 * n :], gates[3 * n :])
    blend(gates[n : 2 * n], before, gates[:n], gates[2 * n : 3 * n], c)
    tanh_alone(c, h)
    times(gates[3 * n :], h, h)


@cpu
def lstm_forward(
    x: np.ndarray, u: np.ndarray, h0: np.ndarray, c0: np.ndarray, mask: np.ndarray, hs: np.ndarray, cs: np.ndarray,
    gates: np.ndarray, products: np.ndarray, scratch: np.ndarray, steps: int, units: int, masked: bool, lo: int,
    hi: int,
) -> None:  # fmt: skip
    """Samples `lo` to `hi`; u is packed."""
    four, m = 4 * units, hi - lo
    for t in range(steps):
        left = (hs, (lo * steps + t - 1) * units, steps * units) if t else (h0, lo * units, units)
        multiply_packed((m, four, units), left, (u, 0, units), 0, (products, 0, four), scratch)
        for row in range(m):
            at = (lo + row) * steps + t
            first = (lo + row) * units
            before = cs[(at - 1) * units : at * units] if t else c0[first : first + units]
            h, c = hs[at * units : (at + 1) * units], cs[at * units : (at + 1) * units]
            p = products[row * four : (row + 1) * four]
            lstm_cell(x[at * four : (at + 1) * four], p, before, gates[at * four : (at + 1) * four], c, h)
            if masked and not mask[at]:
                keep(before, c)
                keep(hs[(at - 1) * units : at * units] if t else h0[first : first + units], h)


@cpu
def lstm_cell_back(
    gates: np.ndarray, before: np.ndarray, c: np.ndarray, dh: np.ndarray, dc: np.ndarray, dx: np.ndarray,
    bent: np.ndarray,
) -> None:  # fmt: skip
    """The gradient of one step of one sample; dh and dc become those of the step before."""
    n = c.size
    i, f, g, o = gates[:n], gates[n : 2 * n], gates[2 * n : 3 * n], gates[3 * n :]
    tanh_alone(c, bent)
    sigmoid_vjp(dh, bent, o, dx[3 * n :])
    for j in range(n):
        dc[j] += dh[j] * o[j] * (ONE - bent[j] * bent[j])
    sigmoid_vjp(dc, g, i, dx[:n])
    sigmoid_vjp(dc, before, f, dx[n : 2 * n])
    tanh_vjp(dc, i, g, dx[2 * n : 3 * n])
    times(f, dc, dc)
    dh[:] = ZERO


@cpu
def lstm_backward(
    back: np.ndarray, c0: np.ndarray, gates: np.ndarray, cs: np.ndarray, mask: np.ndarray, dhs: np.ndarray,
    dcs: np.ndarray, dgates: np.ndarray, dx: np.ndarray, dh0: np.ndarray, dc0: np.ndarray, bent: np.ndarray,
    scratch: np.ndarray, steps: int, units: int, present: tuple, lo: int, hi: int,
) -> None:  # fmt: skip
    """Samples `lo` to `hi`; `back` is u transposed and packed; dh0 and dc0 hold the gradients of the states."""
    four, m = 4 * units, hi - lo
    dh0[lo * units : hi * units] = ZERO
    dc0[lo * units : hi * units] = ZERO
    for t in range(steps - 1, -1, -1):
        for row in range(lo, hi):
            at = row * steps + t
            states, wide = slice(at * units, (at + 1) * units), slice(at * four, (at + 1) * four)
            dh, dc, dz = dh0[row * units : (row + 1) * units], dc0[row * units : (row + 1) * units], dx[wide]
            if present[1]:
                accumulate(dhs[states], dh)
            if present[2]:
                accumulate(dcs[states], dc)
            if present[0] and not mask[at]:
                dz[:] = ZERO
            else:
                before = cs[(at - 1) * units : at * units] if t else c0[row * units : (row + 1) * units]
                lstm_cell_back(gates[wide], before, cs[states], dh, dc, dz, bent[:units])
            if present[3]:
                dy, y = dgates[wide], gates[wide]
                add_sigmoid_vjp(dy[: 2 * units], y[: 2 * units], dz[: 2 * units])
                add_tanh_vjp(dy[2 * units : 3 * units], y[2 * units : 3 * units], dz[2 * units : 3 * units])
                add_sigmoid_vjp(dy[3 * units :], y[3 * units :], dz[3 * units :])
        left = (dx, (lo * steps + t) * four, steps * four)
        multiply_packed((m, units, four), left, (back, 0, four), 1, (dh0, lo * units, units), scratch)


def _cpu(ins, outs):
    x, u, h0, c0 = ins[:4]
    if not shared.served(x, u):
        return lstm.implementations["numpy"](ins, outs)
    (batch, steps), units = x.shape[:2], u.shape[0]
    mask = shared.optional(ins[4:], ("mask",) * len(ins[4:]), ("mask",), x.dtype)
    right, pack = packed(u)
    arrays = [flat(x), right, flat(h0), flat(c0), *mask, *map(flat, outs)]
    return [pack, *shared.calls(lstm_forward, arrays, 4 * units, (steps, units, len(ins) > 4), batch)]


def _grad_cpu(ins, outs, *, present):
    u, c0, gates, cs = ins[:4]
    if not shared.served(u, gates):
        return lstm_grad.implementations["numpy"](ins, outs, present=present)
    (batch, steps), units = gates.shape[:2], u.shape[0]
    more = shared.optional(ins[4:], present, NAMES, u.dtype)
    back, pack = packed(u, transposed=True)
    arrays = [back, *map(flat, (c0, gates, cs)), *more, *map(flat, outs)]
    rest = (steps, units, shared.flags(present, NAMES))
    return [pack, *shared.calls(lstm_backward, arrays, units, rest, batch)]


# --- vjp -------------------------------------------------------------------------------------------


def _vjp(call, *upstream):
    _, u, h0, c0, *mask = call.ins
    hs, cs, gates = call.outs
    present, upstream = shared.present_of(NAMES, (*(mask or [None]), *upstream))
    dx, dh0, dc0 = lstm_grad(u, c0, gates, cs, *upstream, present=present)
    du = shared.product_over_time(shared.earlier(h0, hs), dx) if call.needs[1] else None
    return dx, du, dh0, dc0, *[None for _ in mask]


def _back_composed(u, c0, gates, cs, *rest, present):
    """The gradient composed of operations, for the second derivative."""
    mask, dhs, dcs, dgates = shared.named(rest, present, *NAMES)
    dh = dc = zeros = by(c0, like(c0, 0))
    steps, one, dxs = gates.shape[1], like(c0, 1), []
    for t in reversed(range(steps)):
        i, f, g, o = shared.gates_of(shared.step_of(gates, t), 4)
        before, bent = shared.step_of(cs, t - 1) if t else c0, tanh(shared.step_of(cs, t))
        dh = shared.plus(dh, None if dhs is None else shared.step_of(dhs, t))
        dc = shared.plus(dc, None if dcs is None else shared.step_of(dcs, t))
        inside = add(dc, by(by(dh, o), subtract(one, by(bent, bent))))
        unmasked = by(inside, g), by(inside, before), by(inside, i), by(dh, bent)
        gradients = [shared.chosen(mask, t, dgate, zeros) for dgate in unmasked]
        extra = [None] * 4 if dgates is None else shared.gates_of(shared.step_of(dgates, t), 4)
        di, df, dg, do = (shared.plus(dgate, more) for dgate, more in zip(gradients, extra, strict=True))
        back = [(shared.through_sigmoid, di, i), (shared.through_sigmoid, df, f), (shared.through_tanh, dg, g)]
        back.append((shared.through_sigmoid, do, o))
        dx = shared.concatenate(*[through(dy, y) for through, dy, y in back], axis=1)
        dxs.append(dx)
        dh = add(shared.chosen(mask, t, zeros, dh), matmul(dx, u, tb=True))
        dc = shared.chosen(mask, t, by(inside, f), dc)
    return shared.sequence_of(dxs[::-1]), dh, dc


# --- record ----------------------------------------------------------------------------------------

lstm = Op("lstm", spec=_spec, reference=_reference, cpu=_cpu, cuda=lstm_cuda.forward, vjp=_vjp)
lstm_grad = Op(
    "lstm_grad", spec=_grad_spec, reference=_grad_reference, cpu=_grad_cpu, cuda=lstm_cuda.backward,
    vjp=second_order(_back_composed),
)  # fmt: skip
