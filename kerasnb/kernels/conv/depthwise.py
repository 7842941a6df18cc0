"""CPU kernels of depthwise convolution: each channel for itself, no matrix of windows."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.compile.jit import cpu
from kerasnb.kernels.conv.geometry import CHANNELS, DILATION, FILTERS, IN, KERNEL, OUT, window_start


@cpu
def input_at(g: np.ndarray, row: int, i: int, j: int, k: int) -> int:
    """Where the first channel stands that place (i, j, k) of the window of one result reads; -1 outside."""
    n, d0, h0, w0 = window_start(row, g)
    d, h, w = d0 + i * g[DILATION], h0 + j * g[DILATION + 1], w0 + k * g[DILATION + 2]
    inside = 0 <= d < g[IN] and 0 <= h < g[IN + 1] and 0 <= w < g[IN + 2]
    return (((n * g[IN] + d) * g[IN + 1] + h) * g[IN + 2] + w) * g[CHANNELS] if inside else -1


@cpu
def convolve_channels(x: np.ndarray, w: np.ndarray, y: np.ndarray, g: np.ndarray, lo: int, hi: int) -> None:
    """Rows `lo` to `hi` of y."""
    many = g[FILTERS] // g[CHANNELS]
    for row in range(lo, hi):
        to = row * g[FILTERS]
        for o in range(g[FILTERS]):
            y[to + o] = 0
        tap = 0
        for i in range(g[KERNEL]):
            for j in range(g[KERNEL + 1]):
                for k in range(g[KERNEL + 2]):
                    come = input_at(g, row, i, j, k)
                    if come >= 0 and many == 1:
                        for c in range(g[CHANNELS]):
                            y[to + c] += x[come + c] * w[tap + c]
                    elif come >= 0:
                        for o in range(g[FILTERS]):
                            y[to + o] += x[come + o // many] * w[tap + o]
                    tap += g[FILTERS]


@cpu
def convolve_channels_back(dy: np.ndarray, w: np.ndarray, dx: np.ndarray, g: np.ndarray, lo: int, hi: int) -> None:
    """Samples `lo` to `hi` of dx."""
    many = g[FILTERS] // g[CHANNELS]
    one_y = g[OUT] * g[OUT + 1] * g[OUT + 2]
    one_x = g[IN] * g[IN + 1] * g[IN + 2] * g[CHANNELS]
    for i in range(lo * one_x, hi * one_x):
        dx[i] = 0
    for row in range(lo * one_y, hi * one_y):
        come, tap = row * g[FILTERS], 0
        for i in range(g[KERNEL]):
            for j in range(g[KERNEL + 1]):
                for k in range(g[KERNEL + 2]):
                    to = input_at(g, row, i, j, k)
                    if to >= 0 and many == 1:
                        for c in range(g[CHANNELS]):
                            dx[to + c] += dy[come + c] * w[tap + c]
                    elif to >= 0:
                        for o in range(g[FILTERS]):
                            dx[to + o // many] += dy[come + o] * w[tap + o]
                    tap += g[FILTERS]


@cpu
def correlate_channels(x: np.ndarray, dy: np.ndarray, dw: np.ndarray, g: np.ndarray, lo: int, hi: int) -> None:
    """One task's part of dw, from rows `lo` to `hi`."""
    many = g[FILTERS] // g[CHANNELS]
    for i in range(dw.size):
        dw[i] = 0
    for row in range(lo, hi):
        from_y, tap = row * g[FILTERS], 0
        for i in range(g[KERNEL]):
            for j in range(g[KERNEL + 1]):
                for k in range(g[KERNEL + 2]):
                    come = input_at(g, row, i, j, k)
                    if come >= 0 and many == 1:
                        for c in range(g[CHANNELS]):
                            dw[tap + c] += x[come + c] * dy[from_y + c]
                    elif come >= 0:
                        for o in range(g[FILTERS]):
                            dw[tap + o] += x[come + o // many] * dy[from_y + o]
                    tap += g[FILTERS]
