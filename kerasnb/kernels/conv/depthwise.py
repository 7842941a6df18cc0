"""CPU kernels of depthwise convolution: each channel for itself, no matrix of windows."""

from __future__ import annotations

from kerasnb.backend.compile.jit import cpu
from kerasnb.kernels.conv.geometry import CHANNELS, DILATION, FILTERS, IN, KERNEL, OUT, PAD, STRIDE


@cpu
def input_at(g, row, i, j, k):
    """Where the first channel stands that place (i, j, k) of the window of one result reads; -1 outside."""
    ow = row % g[OUT + 2]
    rest = row // g[OUT + 2]
    oh = rest % g[OUT + 1]
    rest = rest // g[OUT + 1]
    d = (rest % g[OUT]) * g[STRIDE] - g[PAD] + i * g[DILATION]
    h = oh * g[STRIDE + 1] - g[PAD + 1] + j * g[DILATION + 1]
    w = ow * g[STRIDE + 2] - g[PAD + 2] + k * g[DILATION + 2]
    inside = 0 <= d < g[IN] and 0 <= h < g[IN + 1] and 0 <= w < g[IN + 2]
    n = rest // g[OUT]
    return (((n * g[IN] + d) * g[IN + 1] + h) * g[IN + 2] + w) * g[CHANNELS] if inside else -1


@cpu
def convolve_channels(x, w, y, g, lo, hi):
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
def convolve_channels_back(dy, w, dx, g, lo, hi):
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
def correlate_channels(x, dy, dw, g, lo, hi):
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
