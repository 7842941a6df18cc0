"""The CUDA implementation of pools: one thread an element of the output, additions in a fixed order."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasnb.backend.compile.jit import cuda, element, gpu
from kerasnb.backend.tensor import device
from kerasnb.backend.tensor.tensor import size_of
from kerasnb.kernels.blocked import carried, kept
from kerasnb.kernels.common import BLOCK, flat, grid_for
from kerasnb.kernels.conv.geometry import CHANNELS, IN, KERNEL, OUT, PAD, STRIDE, window_start
from kerasnb.kernels.pool.cpu import beats
from kerasnb.kernels.pool.reference import geometry


@element
def winner(x: np.ndarray, g: np.ndarray, n: int, d0: int, h0: int, w0: int, c: int) -> np.int64:
    """Where the largest element of a window stands."""
    where = np.int64(-1)
    for d in range(max(d0, 0), min(d0 + g[KERNEL], g[IN])):
        for h in range(max(h0, 0), min(h0 + g[KERNEL + 1], g[IN + 1])):
            for w in range(max(w0, 0), min(w0 + g[KERNEL + 2], g[IN + 2])):
                at = (((n * g[IN] + d) * g[IN + 1] + h) * g[IN + 2] + w) * g[CHANNELS] + c
                if where < 0 or beats(x[at], x[where]):
                    where = at
    return where


@gpu
def pick_gpu(total: int, x: np.ndarray, source: np.ndarray, y: np.ndarray, g: np.ndarray) -> None:
    """For each result, the element of `source` that stands where x is largest."""
    at = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    while at < total:
        c = np.int64(at) % g[CHANNELS]
        n, d0, h0, w0 = window_start(np.int64(at) // g[CHANNELS], g)
        y[at] = source[winner(x, g, n, d0, h0, w0, c)]
        at += step


@gpu
def gather_back_gpu(total: int, x: np.ndarray, dy: np.ndarray, dx: np.ndarray, g: np.ndarray, means: bool) -> None:
    """For each element, the sum over the windows that it lies in: all of them, or those that it won."""
    at = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    while at < total:
        c = np.int64(at) % g[CHANNELS]
        rest = np.int64(at) // g[CHANNELS]
        w = rest % g[IN + 2] + g[PAD + 2]
        rest = rest // g[IN + 2]
        h = rest % g[IN + 1] + g[PAD + 1]
        rest = rest // g[IN + 1]
        d = rest % g[IN] + g[PAD]
        n = rest // g[IN]
        s = dx.dtype.type(0)
        for od in range(max(d - g[KERNEL] + g[STRIDE], 0) // g[STRIDE], min(d // g[STRIDE] + 1, g[OUT])):
            d0 = od * g[STRIDE] - g[PAD]
            dn = min(d0 + g[KERNEL], g[IN]) - max(d0, 0)
            for oh in range(
                max(h - g[KERNEL + 1] + g[STRIDE + 1], 0) // g[STRIDE + 1],
                min(h // g[STRIDE + 1] + 1, g[OUT + 1]),
            ):
                h0 = oh * g[STRIDE + 1] - g[PAD + 1]
                hn = min(h0 + g[KERNEL + 1], g[IN + 1]) - max(h0, 0)
                for ow in range(
                    max(w - g[KERNEL + 2] + g[STRIDE + 2], 0) // g[STRIDE + 2],
                    min(w // g[STRIDE + 2] + 1, g[OUT + 2]),
                ):
                    w0 = ow * g[STRIDE + 2] - g[PAD + 2]
                    upstream = dy[(((n * g[OUT] + od) * g[OUT + 1] + oh) * g[OUT + 2] + ow) * g[CHANNELS] + c]
                    if means:
                        wn = min(w0 + g[KERNEL + 2], g[IN + 2]) - max(w0, 0)
                        s += upstream / dx.dtype.type(np.int32(dn * hn * wn))
                    elif winner(x, g, n, d0, h0, w0, c) == np.int64(at):
                        s += upstream
        dx[at] = s
        at += step


@gpu
def mean_gpu(total: int, x: np.ndarray, y: np.ndarray, g: np.ndarray) -> None:
    """The mean of each window."""
    at = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    while at < total:
        c = np.int64(at) % g[CHANNELS]
        n, d0, h0, w0 = window_start(np.int64(at) // g[CHANNELS], g)
        s = lost = y.dtype.type(0)
        count = np.int32(0)
        for d in range(max(d0, 0), min(d0 + g[KERNEL], g[IN])):
            for h in range(max(h0, 0), min(h0 + g[KERNEL + 1], g[IN + 1])):
                for w in range(max(w0, 0), min(w0 + g[KERNEL + 2], g[IN + 2])):
                    v = x[(((n * g[IN] + d) * g[IN + 1] + h) * g[IN + 2] + w) * g[CHANNELS] + c]
                    s, lost = carried(s, lost, v)
                    count += np.int32(1)
        y[at] = kept(s, lost) / y.dtype.type(count)
        at += step


def _launch(kernel, out, arrays, large, small, attrs, *more) -> list:
    total = size_of(out.shape)
    g = device.runtime().from_host(geometry(large.shape, small.shape, **attrs))
    return [(kernel.on(grid_for(total), BLOCK), (np.uint32(total), *map(flat, arrays), g, *more))] if total else []


def most(ins: list, outs: list, **attrs: Any) -> list:
    """The launch of the largest of each window."""
    return _launch(pick_gpu, outs[0], (ins[0], ins[0], outs[0]), ins[0], outs[0], attrs)


def pick(ins: list, outs: list, **attrs: Any) -> list:
    """The launch that picks elements where x is largest."""
    return _launch(pick_gpu, outs[0], (*ins, outs[0]), ins[0], outs[0], attrs)


def most_back(ins: list, outs: list, **attrs: Any) -> list:
    """The launch of the gradient of the largest."""
    return _launch(gather_back_gpu, outs[0], (*ins, outs[0]), ins[0], ins[1], attrs, np.bool_(False))


def mean(ins: list, outs: list, **attrs: Any) -> list:
    """The launch of the mean of each window."""
    return _launch(mean_gpu, outs[0], (ins[0], outs[0]), ins[0], outs[0], attrs)


def mean_back(ins: list, outs: list, *, extents: tuple, **attrs: Any) -> list:
    """The launch of the gradient of the mean."""
    return _launch(gather_back_gpu, outs[0], (ins[0], ins[0], outs[0]), outs[0], ins[0], attrs, np.bool_(True))
