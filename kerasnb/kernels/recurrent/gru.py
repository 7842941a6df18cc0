"""A gated recurrent unit over time (Cho et al., 2014), and its gradient.

`gru(x, u, bias, h0, [mask], reset_after)` takes the gates' sums of inputs and their bias, x of shape
(batch, steps, 3 * units), in the order update, reset, new; `bias` belongs to the products of the state. With
`reset_after` the reset gate scales that product, else the state before it. It returns the state after each step, and
for the backward pass the gates, with what the reset gate gave or scaled as a fourth. Masked samples keep their state.
"""

from __future__ import annotations

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.compile.jit import cpu
from kerasnb.backend.tensor.tensor import Spec
from kerasnb.kernels.common import flat
from kerasnb.kernels.composed import second_order
from kerasnb.kernels.elementwise import add, like, subtract
from kerasnb.kernels.elementwise import multiply as by
from kerasnb.kernels.exponential import ONE, ZERO
from kerasnb.kernels.matmul import matmul
from kerasnb.kernels.recurrent import gru_cuda, shared
from kerasnb.kernels.recurrent.shared import (
    accumulate,
    add_sigmoid_vjp,
    add_tanh_vjp,
    keep,
    sigmoid_of,
    sigmoid_vjp,
    tanh_of,
    times,
)
from kerasnb.kernels.sum import total
from kerasnb.kernels.tile import multiply_packed, packed

NAMES = ("mask", "dh", "dgates")

# --- spec ------------------------------------------------------------------------------------------


def _spec(x: Spec, u: Spec, bias: Spec, h0: Spec, *mask, reset_after) -> tuple:
    shared.check_operands("gru", 3, x, u, [h0], mask)
    units = u.shape[0]
    return Spec((*x.shape[:2], units), x.dtype), Spec((*x.shape[:2], 4 * units), x.dtype)


def _grad_spec(u: Spec, h0: Spec, gates: Spec, hs: Spec, *rest, reset_after, present) -> tuple:
    dx = Spec((*hs.shape[:2], 3 * u.shape[0]), hs.dtype)
    return (dx, dx, h0) if reset_after else (dx, h0)


# --- reference -------------------------------------------------------------------------------------


def _reference(x, u, bias, h0, *rest, reset_after):
    mask, dtype, units = rest[0] if rest else None, x.dtype, u.shape[0]
    x, u, bias, h = shared.wide(x, u, bias, h0)
    hs, gates = [], []
    for t in range(x.shape[1]):
        p = h @ u + bias
        z = shared.sigmoid_reference(x[:, t, :units] + p[:, :units])
        r = shared.sigmoid_reference(x[:, t, units : 2 * units] + p[:, units : 2 * units])
        q = p[:, 2 * units :] if reset_after else r * h
        p = r * q if reset_after else q @ u[:, 2 * units :] + bias[2 * units :]
        n = np.tanh(x[:, t, 2 * units :] + p)
        h = np.where(shared.unmasked(mask, t), z * h + (1 - z) * n, h)
        hs.append(h)
        gates.append(np.concatenate([z, r, n, q], -1))
    return np.stack(hs, 1).astype(dtype), np.stack(gates, 1).astype(dtype)


def _grad_reference(u, h0, gates, hs, *rest, reset_after, present):
    dtype, units = u.dtype, u.shape[0]
    mask, dhs, dgates = shared.named(rest, present, *NAMES)
    u, h0, gates, hs, dhs, dgates = shared.wide(u, h0, gates, hs, dhs, dgates)
    dh, dx = np.zeros_like(h0), np.zeros((*hs.shape[:2], 3 * units))
    dp = np.zeros_like(dx)
    for t in reversed(range(hs.shape[1])):
        z, r, n, q = np.split(gates[:, t], 4, axis=-1)
        more = np.split(np.zeros_like(gates[:, t]) if dgates is None else dgates[:, t], 4, axis=-1)
        takes, before = shared.unmasked(mask, t), hs[:, t - 1] if t else h0
        dh = dh if dhs is None else dh + dhs[:, t]
        az = (np.where(takes, dh * (before - n), 0) + more[0]) * z * (1 - z)
        an = (np.where(takes, dh * (1 - z), 0) + more[2]) * (1 - n * n)
        dq = more[3] + (an * r if reset_after else an @ u[:, 2 * units :].T)
        ar = (more[1] + (an * q if reset_after else dq * before)) * r * (1 - r)
        dx[:, t], dp[:, t] = np.concatenate([az, ar, an], -1), np.concatenate([az, ar, dq], -1)
        dh = np.where(takes, dh * z, dh)
        dh = dh + (dp[:, t] @ u.T if reset_after else dq * r + dx[:, t, : 2 * units] @ u[:, : 2 * units].T)
    dx, dp, dh = (a.astype(dtype) for a in (dx, dp, dh))
    return (dx, dp, dh) if reset_after else (dx, dh)


# --- cpu: some of the samples, through all steps ---------------------------------------------------


@cpu
def gru_gates(x: np.ndarray, p: np.ndarray, bias: np.ndarray, gates: np.ndarray) -> None:
    """The gates of update and reset of one step of one sample."""
    accumulate(bias, p)
    sigmoid_of(x[: p.size], p, gates[: p.size])


@cpu
def gru_state(x: np.ndarray, p: np.ndarray, gates: np.ndarray, before: np.ndarray, h: np.ndarray) -> None:
    """The new state of one step of one sample."""
    units = h.size
    z, n = gates[:units], gates[2 * units : 3 * units]
    tanh_of(x[2 * units :], p, n)
    for j in range(units):
        h[j] = n[j] + z[j] * (before[j] - n[j])


@cpu
def gru_forward(
    x: np.ndarray, to_gates: np.ndarray, to_new: np.ndarray, bias: np.ndarray, h0: np.ndarray, mask: np.ndarray,
    hs: np.ndarray, gates: np.ndarray, products: np.ndarray, scratch: np.ndarray, steps: int, units: int,
    present: tuple, lo: int, hi: int,
) -> None:  # fmt: skip
    """Samples `lo` to `hi`; the parts of u that make the gates and the new state are packed."""
    masked, reset_after = present
    m, two, three, four = hi - lo, 2 * units, 3 * units, 4 * units
    for t in range(steps):
        left = (hs, (lo * steps + t - 1) * units, steps * units) if t else (h0, lo * units, units)
        multiply_packed((m, two, units), left, (to_gates, 0, units), 0, (products, 0, three), scratch)
        if reset_after:
            multiply_packed((m, units, units), left, (to_new, 0, units), 0, (products, two, three), scratch)
        for row in range(m):
            at, first = (lo + row) * steps + t, (lo + row) * units
            before = hs[(at - 1) * units : at * units] if t else h0[first : first + units]
            p, g = products[row * three : (row + 1) * three], gates[at * four : (at + 1) * four]
            gru_gates(x[at * three : (at + 1) * three], p[:two], bias[:two], g)
            if reset_after:
                accumulate(bias[two:], p[two:])
                keep(p[two:], g[three:])
                times(g[units:two], g[three:], p[two:])
            else:
                times(g[units:two], before, g[three:])
        if not reset_after:
            left = (gates, (lo * steps + t) * four + three, steps * four)
            multiply_packed((m, units, units), left, (to_new, 0, units), 0, (products, two, three), scratch)
        for row in range(m):
            at, first = (lo + row) * steps + t, (lo + row) * units
            before = hs[(at - 1) * units : at * units] if t else h0[first : first + units]
            p, g = products[row * three : (row + 1) * three], gates[at * four : (at + 1) * four]
            if not reset_after:
                accumulate(bias[two:], p[two:])
            h = hs[at * units : (at + 1) * units]
            gru_state(x[at * three : (at + 1) * three], p[two:], g, before, h)
            if masked and not mask[at]:
                keep(before, h)


@cpu
def gru_state_back(gates: np.ndarray, before: np.ndarray, dh: np.ndarray, dx: np.ndarray) -> None:
    """The gradients of the gates of update and new, and of the state before, from that of one sample's new state."""
    units = dh.size
    z, n = gates[:units], gates[2 * units : 3 * units]
    az, an = dx[:units], dx[2 * units :]
    for j in range(units):
        az[j] = dh[j] * (before[j] - n[j]) * z[j] * (ONE - z[j])
    for j in range(units):
        an[j] = dh[j] * (ONE - z[j]) * (ONE - n[j] * n[j])
    times(z, dh, dh)


@cpu
def gru_reset_back(
    gates: np.ndarray, dgate: np.ndarray, has_dgate: bool, dy: np.ndarray, factor: np.ndarray, dx: np.ndarray
) -> None:
    """The gradient of the reset gate of one sample, which scaled `factor`."""
    units = dy.size
    r, ar = gates[units : 2 * units], dx[units : 2 * units]
    sigmoid_vjp(dy, factor, r, ar)
    if has_dgate:
        add_sigmoid_vjp(dgate[units : 2 * units], r, ar)


@cpu
def gru_backward(
    back: np.ndarray, h0: np.ndarray, gates: np.ndarray, hs: np.ndarray, mask: np.ndarray, dhs: np.ndarray,
    dgates: np.ndarray, dx: np.ndarray, dp: np.ndarray, dh0: np.ndarray, dq: np.ndarray, scratch: np.ndarray,
    steps: int, units: int, present: tuple, lo: int, hi: int,
) -> None:  # fmt: skip
    """Samples `lo` to `hi`; `back` is u transposed and packed; dh0 holds the gradient of the state."""
    m, two, three, four, reset_after = hi - lo, 2 * units, 3 * units, 4 * units, present[3]
    result = (dh0, lo * units, units)
    dh0[lo * units : hi * units] = ZERO
    for t in range(steps - 1, -1, -1):
        place = lo * steps + t
        for row in range(lo, hi):
            at = row * steps + t
            dh, d, g = dh0[row * units : (row + 1) * units], dx[at * three : (at + 1) * three], gates[at * four :]
            dgate = dgates[at * four : (at + 1) * four]
            if present[1]:
                accumulate(dhs[at * units : (at + 1) * units], dh)
            if present[0] and not mask[at]:
                d[:] = ZERO
            else:
                before = hs[(at - 1) * units : at * units] if t else h0[row * units : (row + 1) * units]
                gru_state_back(g, before, dh, d)
            if present[2]:
                add_sigmoid_vjp(dgate[:units], g[:units], d[:units])
                add_tanh_vjp(dgate[two:three], g[two:three], d[two:])
            if reset_after:
                gru_reset_back(g, dgate, present[2], d[two:], g[three:four], d)
                p = dp[at * three : (at + 1) * three]
                keep(d[:two], p[:two])
                times(d[two:], g[units:two], p[two:])
                if present[2]:
                    accumulate(dgate[three:], p[two:])
        if reset_after:
            left = (dp, place * three, steps * three)
            multiply_packed((m, units, three), left, (back, 0, three), 1, result, scratch)
            continue
        left = (dx, place * three + two, steps * three)
        multiply_packed((m, units, units), left, (back, two, three), 0, (dq, 0, units), scratch)
        for row in range(lo, hi):
            at = row * steps + t
            dh, g, dgate = dh0[row * units : (row + 1) * units], gates[at * four :], dgates[at * four : (at + 1) * four]
            dy, d = dq[(row - lo) * units : (row - lo + 1) * units], dx[at * three : (at + 1) * three]
            if present[2]:
                accumulate(dgate[three:], dy)
            before = hs[(at - 1) * units : at * units] if t else h0[row * units : (row + 1) * units]
            gru_reset_back(g, dgate, present[2], dy, before, d)
            times(g[units:two], dy, dy)
            accumulate(dy, dh)
        left = (dx, place * three, steps * three)
        multiply_packed((m, units, two), left, (back, 0, three), 1, result, scratch)


def _cpu(ins, outs, *, reset_after):
    x, u, bias, h0 = ins[:4]
    if not shared.served(x, u):
        return gru.implementations["numpy"](ins, outs, reset_after=reset_after)
    (batch, steps), units = x.shape[:2], u.shape[0]
    mask = shared.optional(ins[4:], ("mask",) * len(ins[4:]), ("mask",), x.dtype)
    (to_gates, pack_gates), (to_new, pack_new) = packed(u[:, : 2 * units]), packed(u[:, 2 * units :])
    arrays = [flat(x), to_gates, to_new, flat(bias), flat(h0), *mask, *map(flat, outs)]
    rest = (steps, units, (len(ins) > 4, reset_after))
    return [pack_gates, pack_new, *shared.calls(gru_forward, arrays, 3 * units, rest, batch)]


def _grad_cpu(ins, outs, *, reset_after, present):
    u, h0, gates, hs = ins[:4]
    if not shared.served(u, gates):
        return gru_grad.implementations["numpy"](ins, outs, reset_after=reset_after, present=present)
    (batch, steps), units = gates.shape[:2], u.shape[0]
    dx, dp, dh0 = outs if reset_after else (outs[0], np.zeros(0, u.dtype), outs[1])
    more = shared.optional(ins[4:], present, NAMES, u.dtype)
    back, pack = packed(u, transposed=True)
    arrays = [back, *map(flat, (h0, gates, hs)), *more, *map(flat, (dx, dp, dh0))]
    rest = (steps, units, (*shared.flags(present, NAMES), reset_after))
    return [pack, *shared.calls(gru_backward, arrays, units, rest, batch)]


# --- vjp -------------------------------------------------------------------------------------------


def _vjp(call, *upstream):
    _, u, _, h0, *mask = call.ins
    hs, gates = call.outs
    present, upstream = shared.present_of(NAMES, (*(mask or [None]), *upstream))
    gradients = gru_grad(u, h0, gates, hs, *upstream, present=present, **call.attrs)
    dx, dp, dh0 = gradients[0], gradients[-2], gradients[-1]
    du = _to_matrix(call, dx, dp) if call.needs[1] else None
    return dx, du, total(dp, axes=(0, 1)), dh0, *[None for _ in mask]


def _to_matrix(call, dx, dp):
    hs, gates = call.outs
    before, units = shared.earlier(call.ins[3], hs), hs.shape[2]
    if call.attrs["reset_after"]:
        return shared.product_over_time(before, dp)
    to_gates = shared.product_over_time(before, shared.part(dx, 2, 0, 2 * units))
    scaled = shared.part(gates, 2, 3 * units, units)
    to_new = shared.product_over_time(scaled, shared.part(dx, 2, 2 * units, units))
    return shared.concatenate(to_gates, to_new, axis=1)


def _back_composed(u, h0, gates, hs, *rest, reset_after, present):
    """The gradient composed of operations, for the second derivative."""
    mask, dhs, dgates = shared.named(rest, present, *NAMES)
    dh = zeros = by(h0, like(h0, 0))
    units, one, dxs, dps = u.shape[0], like(h0, 1), [], []
    to_gates, to_new = shared.part(u, 1, 0, 2 * units), shared.part(u, 1, 2 * units, units)
    for t in reversed(range(hs.shape[1])):
        z, r, n, q = shared.gates_of(shared.step_of(gates, t), 4)
        more = [None] * 4 if dgates is None else shared.gates_of(shared.step_of(dgates, t), 4)
        before = shared.step_of(hs, t - 1) if t else h0
        dh = shared.plus(dh, None if dhs is None else shared.step_of(dhs, t))
        to_z = shared.chosen(mask, t, by(dh, subtract(before, n)), zeros)
        to_n = shared.chosen(mask, t, by(dh, subtract(one, z)), zeros)
        az, an = (
            shared.through_sigmoid(shared.plus(to_z, more[0]), z),
            shared.through_tanh(shared.plus(to_n, more[2]), n),
        )
        dq = shared.plus(by(an, r) if reset_after else matmul(an, to_new, tb=True), more[3])
        ar = shared.through_sigmoid(shared.plus(by(an, q) if reset_after else by(dq, before), more[1]), r)
        dxs.append(shared.concatenate(az, ar, an, axis=1))
        dps.append(shared.concatenate(az, ar, dq, axis=1))
        dh = shared.chosen(mask, t, by(dh, z), dh)
        if reset_after:
            dh = add(dh, matmul(dps[-1], u, tb=True))
        else:
            to_both = shared.concatenate(az, ar, axis=1)
            dh = add(add(dh, by(dq, r)), matmul(to_both, to_gates, tb=True))
    dx = shared.sequence_of(dxs[::-1])
    return (dx, shared.sequence_of(dps[::-1]), dh) if reset_after else (dx, dh)


# --- record ----------------------------------------------------------------------------------------

gru = Op("gru", spec=_spec, reference=_reference, cpu=_cpu, cuda=gru_cuda.forward, vjp=_vjp)
gru_grad = Op(
    "gru_grad", spec=_grad_spec, reference=_grad_reference, cpu=_grad_cpu, cuda=gru_cuda.backward,
    vjp=second_order(_back_composed),
)  # fmt: skip
