"""The CUDA implementation of convolution: one thread an element of the output, additions in a fixed order."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasnb.backend.compile.jit import cuda, gpu
from kerasnb.backend.tensor import device
from kerasnb.backend.tensor.tensor import Spec, size_of
from kerasnb.kernels.blocked import carried, kept
from kerasnb.kernels.common import BLOCK, flat, grid_for
from kerasnb.kernels.conv.geometry import (
    CHANNELS,
    DILATION,
    FILTERS,
    GROUPS,
    IN,
    KERNEL,
    OUT,
    PAD,
    STRIDE,
    table,
    window_start,
)
from kerasnb.kernels.warp import warp_grid, warp_rows, warp_sum


@gpu
def convolve_gpu(total: int, x: np.ndarray, w: np.ndarray, y: np.ndarray, g: np.ndarray) -> None:
    """Y from x and w."""
    at = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    channels = g[CHANNELS] // g[GROUPS]
    filters = g[FILTERS] // g[GROUPS]
    while at < total:
        o = np.int64(at) % g[FILTERS]
        n, d0, h0, w0 = window_start(np.int64(at) // g[FILTERS], g)
        first = o // filters * channels
        s = y.dtype.type(0)
        tap = np.int64(0)
        for i in range(g[KERNEL]):
            d = d0 + i * g[DILATION]
            for j in range(g[KERNEL + 1]):
                h = h0 + j * g[DILATION + 1]
                for k in range(g[KERNEL + 2]):
                    v = w0 + k * g[DILATION + 2]
                    if d >= 0 and d < g[IN] and h >= 0 and h < g[IN + 1] and v >= 0 and v < g[IN + 2]:
                        begin = (((n * g[IN] + d) * g[IN + 1] + h) * g[IN + 2] + v) * g[CHANNELS] + first
                        for c in range(channels):
                            s += x[begin + c] * w[(tap * channels + c) * g[FILTERS] + o]
                    tap += np.int64(1)
        y[at] = s
        at += step


@gpu
def convolve_back_gpu(total: int, dy: np.ndarray, w: np.ndarray, dx: np.ndarray, g: np.ndarray) -> None:
    """Dx from dy and w."""
    at = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    channels = g[CHANNELS] // g[GROUPS]
    filters = g[FILTERS] // g[GROUPS]
    while at < total:
        c = np.int64(at) % g[CHANNELS]
        rest = np.int64(at) // g[CHANNELS]
        w0 = rest % g[IN + 2] + g[PAD + 2]
        rest = rest // g[IN + 2]
        h0 = rest % g[IN + 1] + g[PAD + 1]
        rest = rest // g[IN + 1]
        d0 = rest % g[IN] + g[PAD]
        n = rest // g[IN]
        first = c // channels * filters
        s = dx.dtype.type(0)
        tap = np.int64(0)
        for i in range(g[KERNEL]):
            d = d0 - i * g[DILATION]
            for j in range(g[KERNEL + 1]):
                h = h0 - j * g[DILATION + 1]
                for k in range(g[KERNEL + 2]):
                    v = w0 - k * g[DILATION + 2]
                    met = d >= 0 and h >= 0 and v >= 0
                    met = met and d % g[STRIDE] == 0 and h % g[STRIDE + 1] == 0 and v % g[STRIDE + 2] == 0
                    od = d // g[STRIDE]
                    oh = h // g[STRIDE + 1]
                    ow = v // g[STRIDE + 2]
                    if met and od < g[OUT] and oh < g[OUT + 1] and ow < g[OUT + 2]:
                        begin = (((n * g[OUT] + od) * g[OUT + 1] + oh) * g[OUT + 2] + ow) * g[FILTERS] + first
                        line = (tap * channels + c % channels) * g[FILTERS] + first
                        for f in range(filters):
                            s += dy[begin + f] * w[line + f]
                    tap += np.int64(1)
        dx[at] = s
        at += step


@gpu
def correlate_gpu(total: int, rows: int, x: np.ndarray, dy: np.ndarray, dw: np.ndarray, g: np.ndarray) -> None:
    """One warp an element of dw: lanes stride over the results, then a shuffle tree."""
    lane, at, step = warp_rows()
    channels = g[CHANNELS] // g[GROUPS]
    filters = g[FILTERS] // g[GROUPS]
    while at < total:
        o = np.int64(at) % g[FILTERS]
        rest = np.int64(at) // g[FILTERS]
        c = rest % channels + o // filters * channels
        rest = rest // channels
        k = (rest % g[KERNEL + 2]) * g[DILATION + 2] - g[PAD + 2]
        rest = rest // g[KERNEL + 2]
        j = (rest % g[KERNEL + 1]) * g[DILATION + 1] - g[PAD + 1]
        i = (rest // g[KERNEL + 1]) * g[DILATION] - g[PAD]
        s = dw.dtype.type(0)
        lost = dw.dtype.type(0)
        row = np.int64(lane)
        while row < rows:
            v = (row % g[OUT + 2]) * g[STRIDE + 2] + k
            rest = row // g[OUT + 2]
            h = (rest % g[OUT + 1]) * g[STRIDE + 1] + j
            rest = rest // g[OUT + 1]
            d = (rest % g[OUT]) * g[STRIDE] + i
            n = rest // g[OUT]
            if d >= 0 and d < g[IN] and h >= 0 and h < g[IN + 1] and v >= 0 and v < g[IN + 2]:
                come = (((n * g[IN] + d) * g[IN + 1] + h) * g[IN + 2] + v) * g[CHANNELS] + c
                s, lost = carried(s, lost, x[come] * dy[row * g[FILTERS] + o])
            row += np.int64(32)
        s = warp_sum(kept(s, lost))
        if lane == 0:
            dw[at] = s
        at += step


def _geometry(x, w, y, attrs):
    geometry = attrs["strides"], attrs["pads"], attrs["dilation"], attrs["groups"]
    return device.runtime().from_host(table(Spec(x, ""), tuple(w[:-2]), Spec(y, ""), *geometry))


def _launch(kernel, out, arrays, g) -> list:
    total = size_of(out.shape)
    return [(kernel.on(grid_for(total), BLOCK), (np.uint32(total), *map(flat, arrays), g))] if total else []


def forward(ins: list, outs: list, **attrs: Any) -> list:
    """The launch of y from x and w."""
    return _launch(convolve_gpu, outs[0], (*ins, *outs), _geometry(ins[0].shape, ins[1].shape, outs[0].shape, attrs))


def to_input(ins: list, outs: list, *, extents: tuple, **attrs: Any) -> list:
    """The launch of dx from dy and w."""
    g = _geometry(outs[0].shape, ins[1].shape, ins[0].shape, attrs)
    return _launch(convolve_back_gpu, outs[0], (*ins, *outs), g)


def to_kernel(ins: list, outs: list, *, kernel: tuple, **attrs: Any) -> list:
    """The launch of dw from x and dy."""
    total = size_of(outs[0].shape)
    if not total:
        return []
    g = _geometry(ins[0].shape, outs[0].shape, ins[1].shape, attrs)
    sizes = np.uint32(total), np.int64(size_of(ins[1].shape[:-1]))
    return [(correlate_gpu.on(warp_grid(total), BLOCK), (*sizes, *map(flat, (*ins, *outs)), g))]
