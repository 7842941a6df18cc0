"""Crossentropy of one row of logits per sample, with integer labels or rows of targets.

One pass computes the loss, and the softmax that the backward pass needs. A label out of range reads no
memory: its loss and its gradient are NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.backend.compile.jit import GpuKernel, cpu, cuda, gpu
from kerasnb.backend.plan.buffers import scratch
from kerasnb.backend.tensor import device
from kerasnb.backend.tensor.tensor import Spec, Tensor, size_of
from kerasnb.kernels.blocked import ROWS, carried, kept, row_sum, slice_of
from kerasnb.kernels.common import BLOCK, flat, grid_for, wide
from kerasnb.kernels.elementwise import add, multiply, negative, subtract
from kerasnb.kernels.half import wide_half
from kerasnb.kernels.move import apart, reshape
from kerasnb.kernels.one_hot import one_hot
from kerasnb.kernels.softmax import log_softmax, softmax_gpu, softmax_grad, softmax_rows
from kerasnb.kernels.sum import total
from kerasnb.kernels.warp import row_total, warp_grid, warp_rows, warp_sum

# --- spec ------------------------------------------------------------------------------------------


def _loss_and_softmax_spec(target: Spec, x: Spec) -> tuple:
    return Spec(x.shape[:-1], x.dtype), x


def grad_spec(target: Spec, x: Spec, dy: Spec, **_: Any) -> Spec:
    """The gradient looks like the outputs of the model."""
    return x


# --- reference -------------------------------------------------------------------------------------


def hot_reference(labels: np.ndarray, x: np.ndarray) -> np.ndarray:
    """One-hot rows of labels; rows of NaN for labels out of range."""
    rows = (labels[..., None] == np.arange(x.shape[-1])).astype(x.dtype)
    return np.where(((labels >= 0) & (labels < x.shape[-1]))[..., None], rows, x.dtype.type(np.nan))


def for_labels(function: Callable) -> Callable:
    """The same function for integer labels instead of rows of targets."""
    return lambda labels, x, *rest, **attrs: function(hot_reference(labels, x), x, *rest, **attrs)


def _logits_reference(target, x):
    shifted = wide(x) - np.max(x, -1, keepdims=True)
    e = np.exp(shifted)
    s = np.sum(e, -1, keepdims=True)
    return (-np.sum(target * (shifted - np.log(s)), -1)).astype(x.dtype), (e / s).astype(x.dtype)


def _logits_grad_reference(target, p, dy):
    whole = wide(p) * np.sum(wide(target), -1, keepdims=True)
    return ((whole - target) * dy[..., None]).astype(p.dtype)


# --- cpu -------------------------------------------------------------------------------------------


@cpu
def sparse_logits_cpu(
    rows: int, classes: int, labels: np.ndarray, x: np.ndarray, stats: np.ndarray, loss: np.ndarray
) -> None:
    """The loss of each row from its label and the statistics of its softmax."""
    for r in range(rows):
        label = np.int64(labels[r])
        loss[r] = x.dtype.type(np.nan)
        if 0 <= label < classes:
            loss[r] = math.log(stats[2 * r + 1]) - (x[r * classes + label] - stats[2 * r])


@cpu
def sparse_logits_grad_cpu(
    rows: int, classes: int, labels: np.ndarray, p: np.ndarray, dy: np.ndarray, dx: np.ndarray
) -> None:
    """The gradient of the logits from the softmax p and the labels."""
    for r in range(rows):
        label = np.int64(labels[r])
        inside = 0 <= label < classes
        scale = dy[r] if inside else p.dtype.type(np.nan)
        start = r * classes
        for c in range(classes):
            dx[start + c] = p[start + c] * scale
        if inside:
            dx[start + label] -= scale


@cpu
def categorical_logits_cpu(
    rows: int, classes: int, target: np.ndarray, x: np.ndarray, stats: np.ndarray, loss: np.ndarray
) -> None:
    """The loss of each row from its targets and the statistics of its softmax."""
    for r in range(rows):
        s = lost = x.dtype.type(0)
        below = math.log(stats[2 * r + 1])
        for start in range(r * classes, (r + 1) * classes, ROWS):
            part = x.dtype.type(0)
            for i in range(start, min(start + ROWS, (r + 1) * classes)):
                part += target[i] * (below - (x[i] - stats[2 * r]))
            s, lost = carried(s, lost, part)
        loss[r] = kept(s, lost)


@cpu
def categorical_logits_grad_cpu(
    rows: int, classes: int, target: np.ndarray, p: np.ndarray, dy: np.ndarray, dx: np.ndarray
) -> None:
    """The gradient of the logits from the softmax p and the targets."""
    for r in range(rows):
        s = row_sum(slice_of(target, r * classes, (r + 1) * classes))
        for i in range(r * classes, (r + 1) * classes):
            dx[i] = (p[i] * s - target[i]) * dy[r]


def sizes_of(x: Any) -> tuple:
    """The number of rows and of classes."""
    return size_of(x.shape[:-1]), x.shape[-1]


def _loss_cpu(op, kernel):
    def implementation(ins, outs):
        target, x = ins
        if x.dtype != np.float32:
            return op().implementations["numpy"](ins, outs)
        if not x.size:
            return []
        stats = scratch(2 * sizes_of(x)[0], x.dtype)
        softmax_call = (softmax_rows, (*sizes_of(x), flat(x), flat(outs[1]), stats))
        return [softmax_call, (kernel, (*sizes_of(x), flat(target), flat(x), stats, flat(outs[0])))]

    return implementation


def _grad_cpu(kernel):
    def implementation(ins, outs):
        x = ins[1]
        return [(kernel, (*sizes_of(x), *map(flat, ins), flat(outs[0])))] if x.size else []

    return implementation


# --- cuda: one warp a row where rows are summed ----------------------------------------------------


@gpu
def sparse_logits_gpu(
    rows: int, classes: int, labels: np.ndarray, x: np.ndarray, stats: np.ndarray, loss: np.ndarray
) -> None:
    """The loss of each row from its label and the statistics of its softmax, one thread a row."""
    r = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    while r < rows:
        label = np.int64(labels[r])
        value = x.dtype.type(np.nan)
        if label >= 0 and label < np.int64(classes):
            shifted = x[r * classes + np.uint32(label)] - stats[np.uint32(2) * r]
            value = math.log(stats[np.uint32(2) * r + np.uint32(1)]) - shifted
        loss[r] = value
        r += step


@gpu
def sparse_logits_grad_gpu(
    rows: int, classes: int, labels: np.ndarray, p: np.ndarray, dy: np.ndarray, dx: np.ndarray
) -> None:
    """The gradient of the logits from the softmax p and the labels, one thread an element."""
    i = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    while i < rows * classes:
        r = i // classes
        label = np.int64(labels[r])
        inside = label >= 0 and label < np.int64(classes)
        hot = p.dtype.type(1) if np.int64(i % classes) == label else p.dtype.type(0)
        dx[i] = (p[i] - hot) * dy[r] if inside else p.dtype.type(np.nan)
        i += step


@gpu
def categorical_logits_gpu(
    rows: int, classes: int, target: np.ndarray, x: np.ndarray, stats: np.ndarray, loss: np.ndarray
) -> None:
    """The loss of each row from its targets and the statistics of its softmax, one warp a row."""
    lane, r, step = warp_rows()
    while r < rows:
        top = stats[np.uint32(2) * r]
        below = math.log(stats[np.uint32(2) * r + np.uint32(1)])
        s = x.dtype.type(0)
        s_lost = x.dtype.type(0)
        c = lane
        while c < classes:
            s, s_lost = carried(s, s_lost, target[r * classes + c] * (below - (x[r * classes + c] - top)))
            c += np.uint32(32)
        s = warp_sum(kept(s, s_lost))
        if lane == 0:
            loss[r] = s
        r += step


@gpu
def categorical_logits_grad_gpu(
    rows: int, classes: int, target: np.ndarray, p: np.ndarray, dy: np.ndarray, dx: np.ndarray
) -> None:
    """The gradient of the logits from the softmax p and the targets, one warp a row."""
    lane, r, step = warp_rows()
    while r < rows:
        s = row_total(target, r * classes, (r + np.uint32(1)) * classes, lane)
        c = lane
        while c < classes:
            i = r * classes + c
            dx[i] = (p[i] * s - target[i]) * dy[r]
            c += np.uint32(32)
        r += step


def launch(kernel: GpuKernel, threads: int, x: Any, arrays: Iterable) -> list:
    """The launch of a kernel that takes the numbers of rows and classes first."""
    sizes = map(np.uint32, sizes_of(x))
    return [(kernel.on(grid_for(threads), BLOCK), (*sizes, *arrays))] if size_of(x.shape) else []


def _loss_cuda(kernel, threads_a_row):
    @wide_half
    def implementation(ins, outs):
        target, x = ins
        rows = sizes_of(x)[0]
        stats = device.runtime().empty((max(2 * rows, 1),), x.dtype)
        if not size_of(x.shape):
            return []
        sizes = np.uint32(rows), np.uint32(x.shape[-1])
        softmax_args = (*sizes, np.uint32(1), flat(x), flat(outs[1]), stats, np.bool_(False))
        loss_args = (flat(target), flat(x), stats, flat(outs[0]))
        return [
            (softmax_gpu.on(warp_grid(rows), BLOCK), softmax_args),
            *launch(kernel, rows * threads_a_row, x, loss_args),
        ]

    return implementation


def _grad_cuda(kernel):
    @wide_half
    def implementation(ins, outs):
        return launch(kernel, 32 * sizes_of(ins[1])[0], ins[1], map(flat, (*ins, *outs)))

    return implementation


# --- vjp -------------------------------------------------------------------------------------------


def column(dy: Tensor) -> Tensor:
    """One number of each row, as a column."""
    return reshape(dy, shape=(*dy.shape, 1))


def _hot_rows(labels, x):
    return one_hot(labels, axis=len(labels.shape), classes=x.shape[-1], dtype=x.dtype)


def row_sums(x: Tensor) -> Tensor:
    """The sum of each row, as a column."""
    return column(total(x, axes=(len(x.shape) - 1,)))


def _joined(*parts):
    """The sum of the gradients that are there."""
    present = [p for p in parts if p is not None]
    return None if not present else present[0] if len(present) == 1 else add(*present)


def _vjp(grad, sparse):
    def vjp(call, dy, dp):
        target, x = call.ins
        through_softmax = None if dp is None else softmax_grad(call.outs[1], dp, axis=len(x.shape) - 1)
        if dy is None:
            return None, through_softmax
        to_target = None
        if call.needs[0] and not sparse:
            to_target = multiply(negative(log_softmax(x, axis=len(x.shape) - 1)), column(dy))
        return to_target, _joined(grad(target, call.outs[1], dy), through_softmax)

    return vjp


def _composed_grad(target, p, dy):
    whole = multiply(p, row_sums(target))
    return multiply(subtract(whole, target), column(dy))


def by_composition(composed: Callable, sparse: bool) -> Callable:
    """The second derivative: that of the same gradient, composed from other operations."""

    def vjp(call, g):
        target, *rest = apart(call.ins)
        target = _hot_rows(target, call.ins[1]) if sparse else target
        with GradientTape() as tape:
            dx = composed(target, *rest, **call.attrs)
        sources = rest if sparse else [target, *rest]
        gradients = tape.gradient(dx, sources, output_gradients=g)
        return (None, *gradients) if sparse else tuple(gradients)

    return vjp


# --- record ----------------------------------------------------------------------------------------

sparse_logits_grad = Op(
    "sparse_crossentropy_logits_grad", spec=grad_spec, reference=for_labels(_logits_grad_reference),
    cpu=_grad_cpu(sparse_logits_grad_cpu), cuda=_grad_cuda(sparse_logits_grad_gpu),
    vjp=by_composition(_composed_grad, True),
)  # fmt: skip
sparse_logits: Op = Op(
    "sparse_crossentropy_logits", spec=_loss_and_softmax_spec, reference=for_labels(_logits_reference),
    cpu=_loss_cpu(lambda: sparse_logits, sparse_logits_cpu), cuda=_loss_cuda(sparse_logits_gpu, 1),
    vjp=_vjp(sparse_logits_grad, True),
)  # fmt: skip
categorical_logits_grad = Op(
    "crossentropy_logits_grad", spec=grad_spec, reference=_logits_grad_reference,
    cpu=_grad_cpu(categorical_logits_grad_cpu),
    cuda=_grad_cuda(categorical_logits_grad_gpu), vjp=by_composition(_composed_grad, False),
)  # fmt: skip
categorical_logits: Op = Op(
    "crossentropy_logits", spec=_loss_and_softmax_spec, reference=_logits_reference,
    cpu=_loss_cpu(lambda: categorical_logits, categorical_logits_cpu), cuda=_loss_cuda(categorical_logits_gpu, 32),
    vjp=_vjp(categorical_logits_grad, False),
)  # fmt: skip
