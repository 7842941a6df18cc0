"""Attention of each head, whose logits live in the cache and are computed again in the backward pass.

Tensors are (batch, tokens, heads, depth); several heads of queries may share one of keys and values.
"""

from __future__ import annotations

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.backend.compile.jit import cpu
from kerasnb.backend.plan.buffers import scratch
from kerasnb.backend.runtime import blas
from kerasnb.backend.runtime.program import cuts
from kerasnb.backend.tensor.tensor import Spec, Tensor
from kerasnb.kernels import attention_cuda
from kerasnb.kernels.blocked import row_dot, row_sum
from kerasnb.kernels.common import flat, whole_vectors
from kerasnb.kernels.conv.columns import multiply
from kerasnb.kernels.conv.cpu import product_calls
from kerasnb.kernels.elementwise import like, where
from kerasnb.kernels.elementwise import multiply as times
from kerasnb.kernels.exponential import exp_below
from kerasnb.kernels.matmul import matmul
from kerasnb.kernels.move import apart, reshape, transpose
from kerasnb.kernels.softmax import largest, softmax
from kerasnb.kernels.sum import broadcast

BLOCK_BYTES = 256 * 1024  # of one block of logits

# --- spec ------------------------------------------------------------------------------------------


def _spec(q: Spec, k: Spec, v: Spec, *, scale, causal) -> Spec:
    return q


def _grad_spec(q: Spec, k: Spec, v: Spec, dy: Spec, *, scale, causal) -> tuple:
    return q, k, v


# --- reference -------------------------------------------------------------------------------------


def _weights(q, k, scale, causal):
    """The attention of each target to each source, (batch, heads, targets, sources), in float64."""
    keys = np.repeat(k.astype(np.float64), q.shape[2] // k.shape[2], axis=2)
    logits = np.einsum("btnh,bsnh->bnts", q.astype(np.float64), keys) * scale
    if causal:
        logits = np.where(np.tril(np.ones(logits.shape[2:], bool)), logits, -np.inf)
    e = np.exp(logits - logits.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def _reference(q, k, v, *, scale, causal):
    values = np.repeat(v, q.shape[2] // v.shape[2], axis=2)
    return np.einsum("bnts,bsnh->btnh", _weights(q, k, scale, causal), values).astype(q.dtype)


def _grad_reference(q, k, v, dy, *, scale, causal):
    shared, p = q.shape[2] // k.shape[2], _weights(q, k, scale, causal)
    keys, values = np.repeat(k, shared, axis=2), np.repeat(v, shared, axis=2)
    dp = np.einsum("btnh,bsnh->bnts", dy, values)
    ds = p * (dp - np.sum(p * dp, -1, keepdims=True)) * scale
    dq = np.einsum("bnts,bsnh->btnh", ds, keys)
    dk, dv = np.einsum("bnts,btnh->bsnh", ds, q), np.einsum("bnts,btnh->bsnh", p, dy)
    by_key = (*k.shape[:3], shared, k.shape[3])
    return dq.astype(q.dtype), dk.reshape(by_key).sum(3).astype(q.dtype), dv.reshape(by_key).sum(3).astype(q.dtype)


# --- cpu -------------------------------------------------------------------------------------------


@cpu(fastmath={"contract"})
def weigh(logits: np.ndarray, m: int, sources: int, first: int, scale: float, causal: bool) -> None:
    """Turns a block of logits into weights; targets count from `first`."""
    whole_vectors()
    for row in range(m):
        line = logits[row * sources : (row + 1) * sources]
        seen = min(first + row + 1, sources) if causal else sources
        xs = line[:seen]
        for i in range(seen):
            xs[i] *= scale
        top = largest(xs)
        for i in range(seen):
            xs[i] = exp_below(xs[i] - top)
        factor = np.float32(1) / row_sum(xs)
        for i in range(seen):
            xs[i] *= factor
        for i in range(seen, sources):
            line[i] = 0


@cpu
def attend(
    q: np.ndarray, k: np.ndarray, v: np.ndarray, y: np.ndarray, logits: np.ndarray, sizes: tuple, scale: float,
    causal: bool, lo: int, hi: int,
) -> None:  # fmt: skip
    """Heads `lo` to `hi` of all samples."""
    targets, sources, heads, keys, depth = sizes
    block = logits.size // sources
    for one in range(lo, hi):
        b, n = one // heads, one % heads
        source = (b * sources * keys + n // (heads // keys)) * depth
        for first in range(0, targets, block):
            m = min(block, targets - first)
            target = ((b * targets + first) * heads + n) * depth
            rows = (logits, 0, sources)
            multiply(False, True, (m, sources, depth), (q, target, heads * depth), (k, source, keys * depth), 0, rows)
            weigh(logits, m, sources, first, scale, causal)
            result = (y, target, heads * depth)
            multiply(False, False, (m, depth, sources), rows, (v, source, keys * depth), 0, result)


@cpu
def logits_gradient(weights: np.ndarray, dy: np.ndarray, scale: float) -> None:
    """Turns the gradient of a row of weights into that of its logits."""
    whole_vectors()
    middle = row_dot(weights, dy)
    for i in range(dy.size):
        dy[i] = weights[i] * (dy[i] - middle) * scale


@cpu
def attend_back(
    q: np.ndarray, k: np.ndarray, v: np.ndarray, dy: np.ndarray, dq: np.ndarray, dk: np.ndarray, dv: np.ndarray,
    logits: np.ndarray, dlogits: np.ndarray, sizes: tuple, scale: float, causal: bool, lo: int, hi: int,
) -> None:  # fmt: skip
    """The gradients of heads of keys `lo` to `hi` of all samples, with the heads of queries that share them."""
    targets, sources, heads, keys, depth = sizes
    block, shared = logits.size // sources, heads // keys
    rows, gradient = (logits, 0, sources), (dlogits, 0, sources)
    for one in range(lo, hi):
        b = one // keys
        source = (b * sources * keys + one % keys) * depth
        keep = 0
        for n in range(one % keys * shared, (one % keys + 1) * shared):
            for first in range(0, targets, block):
                m = min(block, targets - first)
                target = ((b * targets + first) * heads + n) * depth
                a, da = (q, target, heads * depth), (dy, target, heads * depth)
                key, value = (k, source, keys * depth), (v, source, keys * depth)
                multiply(False, True, (m, sources, depth), a, key, 0, rows)
                weigh(logits, m, sources, first, scale, causal)
                multiply(True, False, (sources, depth, m), rows, da, keep, (dv, source, keys * depth))
                multiply(False, True, (m, sources, depth), da, value, 0, gradient)
                for row in range(m):
                    one_row = slice(row * sources, (row + 1) * sources)
                    logits_gradient(logits[one_row], dlogits[one_row], scale)
                multiply(False, False, (m, depth, sources), gradient, key, 0, (dq, target, heads * depth))
                multiply(True, False, (sources, depth, m), gradient, a, keep, (dk, source, keys * depth))
                keep = 1


def _tasks(kernel, arrays, q, k, heads, blocks, scale, causal) -> list:
    targets, sources = q.shape[1], k.shape[1]
    sizes = (targets, sources, q.shape[2], k.shape[2], q.shape[3])
    block = max(16, min(BLOCK_BYTES // (4 * sources), targets))
    tasks = []
    for cut in cuts(heads, min(8, heads)):
        spaces = [scratch(block * sources, np.float32) for _ in range(blocks)]
        tasks.append((*map(flat, arrays), *spaces, sizes, np.float32(scale), causal, *cut))
    return product_calls(kernel, tasks)


def _served(q, k) -> bool:
    return q.dtype == np.float32 and q.size > 0 and k.size > 0 and blas.library() is not None


def _cpu(ins, outs, *, scale, causal):
    q, k, _ = ins
    if not _served(q, k):
        return attention.implementations["numpy"](ins, outs, scale=scale, causal=causal)
    return _tasks(attend, (*ins, *outs), q, k, q.shape[0] * q.shape[2], 1, scale, causal)


def _grad_cpu(ins, outs, *, scale, causal):
    q, k = ins[:2]
    if not _served(q, k):
        return attention_grad.implementations["numpy"](ins, outs, scale=scale, causal=causal)
    return _tasks(attend_back, (*ins, *outs), q, k, q.shape[0] * k.shape[2], 2, scale, causal)


# --- vjp: the second derivative is that of the composition -----------------------------------------


def _heads_first(x, heads):
    b, s, n, h = x.shape
    if n != heads:
        x = reshape(x, shape=(b, s, n, 1, h))
        x = reshape(broadcast(x, shape=(b, s, n, heads // n, h)), shape=(b, s, heads, h))
    return transpose(x, axes=(0, 2, 1, 3))


def composed(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
    """Attention by products and softmax."""
    q, k, v = (_heads_first(x, q.shape[2]) for x in (times(q, like(q, scale)), k, v))
    logits = matmul(q, k, tb=True)
    if causal:
        logits = where(np.tril(np.ones(logits.shape[2:], bool)), logits, like(logits, -1e30))
    return transpose(matmul(softmax(logits, axis=3), v), axes=(0, 2, 1, 3))


def _vjp(call, dy):
    return attention_grad(*call.ins, dy, **call.attrs)


def _grad_vjp(call, *upstream):
    *sources, dy = ins = apart(call.ins)
    with GradientTape() as outer:
        with GradientTape() as inner:
            y = composed(*sources, **call.attrs)
        gradients = inner.gradient(y, sources, output_gradients=dy)
    pairs = [(g, u) for g, u in zip(gradients, upstream, strict=True) if u is not None]
    return tuple(outer.gradient([g for g, _ in pairs], ins, output_gradients=[u for _, u in pairs]))


# --- record ----------------------------------------------------------------------------------------

attention = Op("attention", spec=_spec, reference=_reference, cpu=_cpu, cuda=attention_cuda.forward, vjp=_vjp)
attention_grad = Op(
    "attention_grad", spec=_grad_spec, reference=_grad_reference, cpu=_grad_cpu, cuda=attention_cuda.backward,
    vjp=_grad_vjp,
)  # fmt: skip
