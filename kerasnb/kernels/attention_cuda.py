"""The CUDA implementation of attention: one warp a row of logits, which are computed again rather than kept."""

from __future__ import annotations

import math

import numpy as np

from kerasnb.backend.compile.jit import cuda, gpu
from kerasnb.backend.tensor import device
from kerasnb.backend.tensor.tensor import size_of
from kerasnb.kernels.blocked import carried, kept
from kerasnb.kernels.common import BLOCK, flat
from kerasnb.kernels.warp import warp_grid, warp_rows, warp_sums

LOWEST = np.float32(-3e38)


@gpu
def row_statistics(
    rows: int, q: np.ndarray, k: np.ndarray, v: np.ndarray, dy: np.ndarray, stats: np.ndarray, t_all: int, s_all: int,
    heads: int, shared: int, depth: int, scale: float, causal: bool, back: bool,
) -> None:  # fmt: skip
    """Of each row of logits the largest, the sum of exponentials, and in the backward pass the mean of its gradient."""
    lane, row, step = warp_rows()
    while row < rows:
        n = row % heads
        t = row // heads % t_all
        b = row // heads // t_all
        keys = heads // shared
        seen = t + np.uint32(1) if causal and t + np.uint32(1) < s_all else s_all
        top = q.dtype.type(LOWEST)
        s = q.dtype.type(0)
        weighted = q.dtype.type(0)
        i = lane
        while i < seen:
            at = ((b * s_all + i) * keys + n // shared) * depth
            x = q.dtype.type(0)
            d = q.dtype.type(0)
            for h in range(depth):
                x += q[row * depth + h] * k[at + h]
                if back:
                    d += dy[row * depth + h] * v[at + h]
            x = x * scale
            higher = x if x > top else top
            shrink = math.exp(top - higher)
            e = math.exp(x - higher)
            s = s * shrink + e
            weighted = weighted * shrink + e * d
            top = higher
            i += np.uint32(32)
        offset = np.uint32(16)
        while offset > np.uint32(0):
            other = cuda.shfl_xor_sync(0xFFFFFFFF, top, offset)
            other_s = cuda.shfl_xor_sync(0xFFFFFFFF, s, offset)
            other_weighted = cuda.shfl_xor_sync(0xFFFFFFFF, weighted, offset)
            higher = other if other > top else top
            mine = math.exp(top - higher)
            theirs = math.exp(other - higher)
            s = s * mine + other_s * theirs
            weighted = weighted * mine + other_weighted * theirs
            top = higher
            offset = offset // np.uint32(2)
        if lane == 0:
            stats[np.uint32(3) * row] = top
            stats[np.uint32(3) * row + np.uint32(1)] = s
            stats[np.uint32(3) * row + np.uint32(2)] = weighted / s
        row += step


@gpu
def weigh_sources(
    rows: int, q: np.ndarray, k: np.ndarray, v: np.ndarray, dy: np.ndarray, stats: np.ndarray, y: np.ndarray,
    t_all: int, s_all: int, heads: int, shared: int, depth: int, scale: float, causal: bool, back: bool,
) -> None:  # fmt: skip
    """Rows of targets: values weighed by attention; in the backward pass, keys by the gradient of the logits."""
    lane, row, step = warp_rows()
    while row < rows:
        n = row % heads
        t = row // heads % t_all
        b = row // heads // t_all
        keys = heads // shared
        seen = t + np.uint32(1) if causal and t + np.uint32(1) < s_all else s_all
        h = lane
        while h - lane < depth:
            total = q.dtype.type(0)
            lost = q.dtype.type(0)
            for i in range(seen):
                at = ((b * s_all + np.uint32(i)) * keys + n // shared) * depth
                x = q.dtype.type(0)
                d = q.dtype.type(0)
                j = lane
                while j < depth:
                    x += q[row * depth + j] * k[at + j]
                    if back:
                        d += dy[row * depth + j] * v[at + j]
                    j += np.uint32(32)
                x, d = warp_sums(x, d)
                p = math.exp(x * scale - stats[np.uint32(3) * row]) / stats[np.uint32(3) * row + np.uint32(1)]
                if h < depth:
                    if back:
                        more = p * (d - stats[np.uint32(3) * row + np.uint32(2)]) * scale * k[at + h]
                    else:
                        more = p * v[at + h]
                    total, lost = carried(total, lost, more)
            if h < depth:
                y[row * depth + h] = kept(total, lost)
            h += np.uint32(32)
        row += step


@gpu
def weigh_targets(
    rows: int, q: np.ndarray, k: np.ndarray, v: np.ndarray, dy: np.ndarray, stats: np.ndarray, dk: np.ndarray,
    dv: np.ndarray, t_all: int, s_all: int, heads: int, shared: int, depth: int, scale: float, causal: bool,
) -> None:  # fmt: skip
    """Rows of sources: the gradients of keys and values from all targets that saw them."""
    lane, row, step = warp_rows()
    while row < rows:
        keys = heads // shared
        head = row % keys
        i = row // keys % s_all
        b = row // keys // s_all
        h = lane
        while h - lane < depth:
            to_key = q.dtype.type(0)
            to_value = q.dtype.type(0)
            key_lost = q.dtype.type(0)
            value_lost = q.dtype.type(0)
            first = i if causal else np.uint32(0)
            for pair in range(shared * (t_all - first if first < t_all else np.uint32(0))):
                t = first + np.uint32(pair) // shared
                one = (b * t_all + t) * heads + head * shared + np.uint32(pair) % shared
                x = q.dtype.type(0)
                d = q.dtype.type(0)
                j = lane
                while j < depth:
                    x += q[one * depth + j] * k[row * depth + j]
                    d += dy[one * depth + j] * v[row * depth + j]
                    j += np.uint32(32)
                x, d = warp_sums(x, d)
                p = math.exp(x * scale - stats[np.uint32(3) * one]) / stats[np.uint32(3) * one + np.uint32(1)]
                if h < depth:
                    more = p * (d - stats[np.uint32(3) * one + np.uint32(2)]) * scale * q[one * depth + h]
                    to_key, key_lost = carried(to_key, key_lost, more)
                    to_value, value_lost = carried(to_value, value_lost, p * dy[one * depth + h])
            if h < depth:
                dk[row * depth + h] = kept(to_key, key_lost)
                dv[row * depth + h] = kept(to_value, value_lost)
            h += np.uint32(32)
        row += step


def _sizes(q, k, scale, causal) -> tuple:
    heads, depth = q.shape[2:]
    extents = map(np.uint32, (q.shape[1], k.shape[1], heads, heads // k.shape[2], depth))
    return *extents, q.dtype.type(scale), np.bool_(causal)


def _statistics(q, k, v, dy, sizes, back):
    rows = size_of(q.shape[:3])
    stats = device.runtime().empty((3 * rows,), q.dtype)
    args = np.uint32(rows), *map(flat, (q, k, v, dy)), stats, *sizes, np.bool_(back)
    return stats, (row_statistics.on(warp_grid(rows), BLOCK), args)


def forward(ins: list, outs: list, *, scale: float, causal: bool) -> list:
    """The launches of attention."""
    (q, k, v), y = ins, outs[0]
    rows, sizes = size_of(q.shape[:3]), _sizes(q, k, scale, causal)
    stats, first = _statistics(q, k, v, q, sizes, False)
    args = np.uint32(rows), *map(flat, (q, k, v, q)), stats, flat(y), *sizes, np.bool_(False)
    return [first, (weigh_sources.on(warp_grid(rows), BLOCK), args)]


def backward(ins: list, outs: list, *, scale: float, causal: bool) -> list:
    """The launches of the gradients of attention."""
    (q, k, v, dy), (dq, dk, dv) = ins, outs
    rows, sources, sizes = size_of(q.shape[:3]), size_of(k.shape[:3]), _sizes(q, k, scale, causal)
    stats, first = _statistics(q, k, v, dy, sizes, True)
    arrays = tuple(map(flat, (q, k, v, dy)))
    to_q = np.uint32(rows), *arrays, stats, flat(dq), *sizes, np.bool_(True)
    to_kv = np.uint32(sources), *arrays, stats, flat(dk), flat(dv), *sizes
    return [
        first,
        (weigh_sources.on(warp_grid(rows), BLOCK), to_q),
        (weigh_targets.on(warp_grid(sources), BLOCK), to_kv),
    ]
