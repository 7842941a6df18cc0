"""CPU walks of pools: whole rows of channels at once, shares of rows or samples."""

from __future__ import annotations

import math

import numpy as np

from kerasnb.backend.jit import cpu, element
from kerasnb.backend.parts import Parts
from kerasnb.kernels.common import flat
from kerasnb.kernels.conv.geometry import CHANNELS, IN, KERNEL, OUT, PAD, STRIDE
from kerasnb.kernels.pool.reference import geometry


@element
def beats(v, best):
    """Whether an element takes the place of the largest so far; NaN is the largest."""
    return v > best or (v != v and best == best)


@cpu
def best_of_windows(x, y, g, lo, hi):
    """The largest element of each window."""
    channels = g[CHANNELS]
    for row in range(lo, hi):
        rest = row // g[OUT + 2]
        w0 = (row % g[OUT + 2]) * g[STRIDE + 2] - g[PAD + 2]
        h0 = (rest % g[OUT + 1]) * g[STRIDE + 1] - g[PAD + 1]
        rest = rest // g[OUT + 1]
        d0 = (rest % g[OUT]) * g[STRIDE] - g[PAD]
        n = rest // g[OUT]
        ys = y[row * channels : (row + 1) * channels]
        fresh = True
        for d in range(max(d0, 0), min(d0 + g[KERNEL], g[IN])):
            for h in range(max(h0, 0), min(h0 + g[KERNEL + 1], g[IN + 1])):
                for w in range(max(w0, 0), min(w0 + g[KERNEL + 2], g[IN + 2])):
                    at = (((n * g[IN] + d) * g[IN + 1] + h) * g[IN + 2] + w) * channels
                    xs = x[at : at + channels]
                    for c in range(channels):
                        ys[c] = xs[c] if fresh or beats(xs[c], ys[c]) else ys[c]
                    fresh = False


@cpu
def move_by_winner(x, small, large, g, back, best, where, lo, hi):
    """Between results and the elements that won: `large += small` on the way back, else `small = large`."""
    channels = g[CHANNELS]
    size = g[IN] * g[IN + 1] * g[IN + 2] * channels
    rows = g[OUT] * g[OUT + 1] * g[OUT + 2]
    if back:
        for i in range(lo * size, hi * size):
            large[i] = 0
    for row in range(lo * rows, hi * rows):
        rest = row // g[OUT + 2]
        w0 = (row % g[OUT + 2]) * g[STRIDE + 2] - g[PAD + 2]
        h0 = (rest % g[OUT + 1]) * g[STRIDE + 1] - g[PAD + 1]
        rest = rest // g[OUT + 1]
        d0 = (rest % g[OUT]) * g[STRIDE] - g[PAD]
        n = rest // g[OUT]
        fresh = True
        for d in range(max(d0, 0), min(d0 + g[KERNEL], g[IN])):
            for h in range(max(h0, 0), min(h0 + g[KERNEL + 1], g[IN + 1])):
                for w in range(max(w0, 0), min(w0 + g[KERNEL + 2], g[IN + 2])):
                    at = (((n * g[IN] + d) * g[IN + 1] + h) * g[IN + 2] + w) * channels
                    for c in range(channels):
                        won = fresh or beats(x[at + c], best[c])
                        best[c] = x[at + c] if won else best[c]
                        where[c] = at + c if won else where[c]
                    fresh = False
        for c in range(channels):
            if back:
                large[where[c]] += small[row * channels + c]
            else:
                small[row * channels + c] = large[where[c]]


@cpu
def mean_of_windows(small, large, g, back, lo, hi):
    """Between results and the elements of their windows: `large += small / count` on the way back, else the mean."""
    channels = g[CHANNELS]
    size = g[IN] * g[IN + 1] * g[IN + 2] * channels
    rows = g[OUT] * g[OUT + 1] * g[OUT + 2]
    one = small.dtype.type(1)
    if back:
        for i in range(lo * size, hi * size):
            large[i] = 0
    for row in range(lo * rows, hi * rows):
        rest = row // g[OUT + 2]
        w0 = (row % g[OUT + 2]) * g[STRIDE + 2] - g[PAD + 2]
        h0 = (rest % g[OUT + 1]) * g[STRIDE + 1] - g[PAD + 1]
        rest = rest // g[OUT + 1]
        d0 = (rest % g[OUT]) * g[STRIDE] - g[PAD]
        n = rest // g[OUT]
        d1, d2 = max(d0, 0), min(d0 + g[KERNEL], g[IN])
        h1, h2 = max(h0, 0), min(h0 + g[KERNEL + 1], g[IN + 1])
        w1, w2 = max(w0, 0), min(w0 + g[KERNEL + 2], g[IN + 2])
        part = one / small.dtype.type((d2 - d1) * (h2 - h1) * (w2 - w1))
        ys = small[row * channels : (row + 1) * channels]
        if not back:
            for c in range(channels):
                ys[c] = 0
        for d in range(d1, d2):
            for h in range(h1, h2):
                for w in range(w1, w2):
                    at = (((n * g[IN] + d) * g[IN + 1] + h) * g[IN + 2] + w) * channels
                    xs = large[at : at + channels]
                    if back:
                        for c in range(channels):
                            xs[c] += ys[c] * part
                    else:
                        for c in range(channels):
                            ys[c] += xs[c]
        if not back:
            for c in range(channels):
                ys[c] *= part


def _cuts(total: int, work: int) -> list[tuple[int, int]]:
    each = -(-total // max(1, min(8, work // 100_000, total)))
    return [(lo, min(lo + each, total)) for lo in range(0, total, each)]


def most(ins, outs, **attrs):
    x, y = ins[0], outs[0]
    g = geometry(x.shape, y.shape, **attrs)
    cuts = _cuts(math.prod(y.shape[:-1]), x.size)
    return [(Parts(best_of_windows, [(flat(x), flat(y), g, lo, hi) for lo, hi in cuts]), ())]


def _winner_calls(x, small, large, back, attrs) -> list:
    g, channels = geometry(large.shape, small.shape, **attrs), x.shape[-1]
    shares = []
    for lo, hi in _cuts(x.shape[0], x.size):
        room = np.empty(channels, x.dtype), np.empty(channels, np.int64)
        shares.append((flat(x), flat(small), flat(large), g, back, *room, lo, hi))
    return [(Parts(move_by_winner, shares), ())]


def most_back(ins, outs, **attrs):
    return _winner_calls(ins[0], ins[1], outs[0], True, attrs)


def pick(ins, outs, **attrs):
    return _winner_calls(ins[0], outs[0], ins[1], False, attrs)


def _mean_calls(small, large, back, attrs) -> list:
    g = geometry(large.shape, small.shape, **attrs)
    cuts = _cuts(large.shape[0], large.size)
    return [(Parts(mean_of_windows, [(flat(small), flat(large), g, back, lo, hi) for lo, hi in cuts]), ())]


def mean(ins, outs, **attrs):
    return _mean_calls(outs[0], ins[0], False, attrs)


def mean_back(ins, outs, *, extents, **attrs):
    return _mean_calls(ins[0], outs[0], True, attrs)
