"""Crossentropy of one row of probabilities per sample, with integer labels or rows of targets.

A row is divided by its sum and clipped to [epsilon, 1 - epsilon]; where it was clipped, its gradient is 0.
A label out of range reads no memory: its loss and its gradient are NaN.
"""

from __future__ import annotations

import math

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.compile.jit import cpu, gpu
from kerasnb.backend.tensor.tensor import Spec
from kerasnb.kernels.blocked import ROWS, carried, kept, row_sum, slice_of
from kerasnb.kernels.common import flat, wide
from kerasnb.kernels.crossentropy import by_composition, column, for_labels, grad_spec, launch, row_sums, sizes_of
from kerasnb.kernels.elementwise import (
    divide,
    greater_equal,
    less_equal,
    like,
    log,
    logical_and,
    maximum,
    minimum,
    multiply,
    negative,
    subtract,
    where,
)
from kerasnb.kernels.half import wide_half
from kerasnb.kernels.warp import row_total, warp_rows, warp_sums

# --- spec ------------------------------------------------------------------------------------------


def _loss_spec(target: Spec, x: Spec, *, epsilon) -> Spec:
    return Spec(x.shape[:-1], x.dtype)


# --- reference -------------------------------------------------------------------------------------


def _clipped(x, epsilon):
    q = wide(x) / np.sum(wide(x), -1, keepdims=True)
    return q, np.clip(q, x.dtype.type(epsilon), x.dtype.type(1 - epsilon))


def _probabilities_reference(target, x, *, epsilon):
    return (-np.sum(target * np.log(_clipped(x, epsilon)[1]), -1)).astype(x.dtype)


def _probabilities_grad_reference(target, x, dy, *, epsilon):
    q, clipped = _clipped(x, epsilon)
    g = np.where(q == clipped, -target / clipped, 0)
    dx = (g - np.sum(g * q, -1, keepdims=True)) / np.sum(wide(x), -1, keepdims=True) * dy[..., None]
    return dx.astype(x.dtype)


# --- cpu -------------------------------------------------------------------------------------------


@cpu
def sparse_probabilities_cpu(
    rows: int, classes: int, labels: np.ndarray, x: np.ndarray, low: float, high: float, loss: np.ndarray
) -> None:
    """The loss of each row from its label."""
    for r in range(rows):
        label = np.int64(labels[r])
        s = row_sum(slice_of(x, r * classes, (r + 1) * classes))
        loss[r] = x.dtype.type(np.nan)
        if 0 <= label < classes:
            q = x[r * classes + label] / s
            q = low if q < low else (high if q > high else q)
            loss[r] = -math.log(q)


@cpu
def sparse_probabilities_grad_cpu(
    rows: int, classes: int, labels: np.ndarray, x: np.ndarray, dy: np.ndarray, low: float, high: float, dx: np.ndarray
) -> None:
    """The gradient of the probabilities from the labels."""
    for r in range(rows):
        label = np.int64(labels[r])
        start = r * classes
        s = row_sum(slice_of(x, start, start + classes))
        inside = 0 <= label < classes
        q = x[start + label] / s if inside else x.dtype.type(np.nan)
        clipped = q < low or q > high
        scale = x.dtype.type(0) if clipped else dy[r] / s
        for c in range(classes):
            dx[start + c] = scale if inside else q
        if inside and not clipped:
            dx[start + label] = scale - scale / q


@cpu
def categorical_probabilities_cpu(
    rows: int, classes: int, target: np.ndarray, x: np.ndarray, low: float, high: float, loss: np.ndarray
) -> None:
    """The loss of each row from its targets."""
    for r in range(rows):
        s = row_sum(slice_of(x, r * classes, (r + 1) * classes))
        value = lost = x.dtype.type(0)
        for start in range(r * classes, (r + 1) * classes, ROWS):
            part = x.dtype.type(0)
            for i in range(start, min(start + ROWS, (r + 1) * classes)):
                q = x[i] / s
                q = low if q < low else (high if q > high else q)
                part -= target[i] * math.log(q)
            value, lost = carried(value, lost, part)
        loss[r] = kept(value, lost)


@cpu
def categorical_probabilities_grad_cpu(
    rows: int, classes: int, target: np.ndarray, x: np.ndarray, dy: np.ndarray, low: float, high: float, dx: np.ndarray
) -> None:
    """The gradient of the probabilities from the targets."""
    for r in range(rows):
        s = row_sum(slice_of(x, r * classes, (r + 1) * classes))
        shared = lost = x.dtype.type(0)
        for start in range(r * classes, (r + 1) * classes, ROWS):
            part = x.dtype.type(0)
            for i in range(start, min(start + ROWS, (r + 1) * classes)):
                q = x[i] / s
                part += x.dtype.type(0) if (q < low or q > high) else target[i]
            shared, lost = carried(shared, lost, part)
        shared = kept(shared, lost)
        for i in range(r * classes, (r + 1) * classes):
            q = x[i] / s
            own = x.dtype.type(0) if (q < low or q > high) else target[i] / q
            dx[i] = (shared - own) / s * dy[r]


def _bounds(x, epsilon) -> tuple:
    return x.dtype.type(epsilon), x.dtype.type(1 - epsilon)


def _cpu(kernel):
    def implementation(ins, outs, *, epsilon):
        x = ins[1]
        arrays = (*map(flat, ins), *_bounds(x, epsilon), flat(outs[0]))
        return [(kernel, (*sizes_of(x), *arrays))] if x.size else []

    return implementation


# --- cuda: one warp a row, both kinds of targets ---------------------------------------------------


@gpu
def probabilities_gpu(
    rows: int, classes: int, target: np.ndarray, x: np.ndarray, low: float, high: float, loss: np.ndarray, sparse: bool
) -> None:
    """The loss of each row."""
    lane, r, step = warp_rows()
    while r < rows:
        s = row_total(x, r * classes, (r + np.uint32(1)) * classes, lane)
        value = x.dtype.type(0)
        value_lost = x.dtype.type(0)
        count = x.dtype.type(0)
        c = lane
        while c < classes:
            q = x[r * classes + c] / s
            q = low if q < low else (high if q > high else q)
            if sparse:
                if np.int64(target[r]) == np.int64(c):
                    value, value_lost = carried(value, value_lost, -math.log(q))
                    count += x.dtype.type(1)
            else:
                value, value_lost = carried(value, value_lost, -x.dtype.type(target[r * classes + c]) * math.log(q))
            c += np.uint32(32)
        value, count = warp_sums(kept(value, value_lost), count)
        if lane == 0:
            loss[r] = x.dtype.type(np.nan) if sparse and count == x.dtype.type(0) else value
        r += step


@gpu
def probabilities_grad_gpu(
    rows: int, classes: int, target: np.ndarray, x: np.ndarray, dy: np.ndarray, low: float, high: float,
    dx: np.ndarray, sparse: bool,
) -> None:  # fmt: skip
    """The gradient of the probabilities."""
    lane, r, step = warp_rows()
    zero = x.dtype.type(0)
    one = x.dtype.type(1)
    while r < rows:
        s = row_total(x, r * classes, (r + np.uint32(1)) * classes, lane)
        shared = zero
        shared_lost = zero
        count = zero
        c = lane
        while c < classes:
            q = x[r * classes + c] / s
            if sparse:
                t = one if np.int64(target[r]) == np.int64(c) else zero
                count += t
            else:
                t = x.dtype.type(target[r * classes + c])
            shared, shared_lost = carried(shared, shared_lost, zero if (q < low or q > high) else t)
            c += np.uint32(32)
        shared, count = warp_sums(kept(shared, shared_lost), count)
        scale = x.dtype.type(np.nan) if sparse and count == zero else dy[r]
        c = lane
        while c < classes:
            i = r * classes + c
            q = x[i] / s
            if sparse:
                t = one if np.int64(target[r]) == np.int64(c) else zero
            else:
                t = x.dtype.type(target[i])
            own = zero if (q < low or q > high) else t / q
            dx[i] = (shared - own) / s * scale
            c += np.uint32(32)
        r += step


def _cuda(kernel, sparse):
    @wide_half
    def implementation(ins, outs, *, epsilon):
        x = ins[1]
        arrays = (*map(flat, ins), *_bounds(x, epsilon), flat(outs[0]), np.bool_(sparse))
        return launch(kernel, 32 * sizes_of(x)[0], x, arrays)

    return implementation


# --- vjp -------------------------------------------------------------------------------------------


def _normalised(x, epsilon):
    """The probabilities, and which of them were not clipped."""
    q = divide(x, row_sums(x))
    low, high = (like(x, bound) for bound in (epsilon, 1 - epsilon))
    return q, logical_and(greater_equal(q, low), less_equal(q, high))


def _composed_grad(target, x, dy, *, epsilon):
    q, free = _normalised(x, epsilon)
    zero = like(x, 0)
    own = where(free, divide(target, where(free, q, like(x, 1))), zero)
    shared = row_sums(where(free, target, zero))
    return multiply(divide(subtract(shared, own), row_sums(x)), column(dy))


def _vjp(grad, sparse):
    def vjp(call, dy):
        target, x = call.ins
        epsilon = call.attrs["epsilon"]
        to_target = None
        if call.needs[0] and not sparse:
            q, _ = _normalised(x, epsilon)
            low, high = (like(x, bound) for bound in (epsilon, 1 - epsilon))
            logs = log(minimum(maximum(q, low), high))
            to_target = multiply(negative(logs), column(dy))
        return to_target, grad(target, x, dy, epsilon=epsilon)

    return vjp


# --- record ----------------------------------------------------------------------------------------

sparse_probabilities_grad = Op(
    "sparse_crossentropy_probabilities_grad", spec=grad_spec, reference=for_labels(_probabilities_grad_reference),
    cpu=_cpu(sparse_probabilities_grad_cpu),
    cuda=_cuda(probabilities_grad_gpu, True), vjp=by_composition(_composed_grad, True),
)  # fmt: skip
sparse_probabilities = Op(
    "sparse_crossentropy_probabilities", spec=_loss_spec, reference=for_labels(_probabilities_reference),
    cpu=_cpu(sparse_probabilities_cpu), cuda=_cuda(probabilities_gpu, True),
    vjp=_vjp(sparse_probabilities_grad, True),
)  # fmt: skip
categorical_probabilities_grad = Op(
    "crossentropy_probabilities_grad", spec=grad_spec, reference=_probabilities_grad_reference,
    cpu=_cpu(categorical_probabilities_grad_cpu),
    cuda=_cuda(probabilities_grad_gpu, False), vjp=by_composition(_composed_grad, False),
)  # fmt: skip
categorical_probabilities = Op(
    "crossentropy_probabilities", spec=_loss_spec, reference=_probabilities_reference,
    cpu=_cpu(categorical_probabilities_cpu),
    cuda=_cuda(probabilities_gpu, False), vjp=_vjp(categorical_probabilities_grad, False),
)  # fmt: skip
