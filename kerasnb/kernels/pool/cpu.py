"""The CPU implementation of pools: whole rows of channels at once, in tasks over rows or samples."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kerasnb.backend.compile.jit import cpu, element
from kerasnb.backend.runtime import program
from kerasnb.backend.runtime.program import Tasks
from kerasnb.kernels.blocked import add_run, settle
from kerasnb.kernels.common import flat
from kerasnb.kernels.conv.geometry import CHANNELS, IN, KERNEL, OUT, PAD, STRIDE, window_start
from kerasnb.kernels.pool.reference import geometry


@element
def beats(v: float, best: float) -> bool:
    """Whether an element takes the place of the largest so far; NaN is the largest."""
    return v > best or (v != v and best == best)


@cpu
def best_of_windows(x: np.ndarray, y: np.ndarray, g: np.ndarray, lo: int, hi: int) -> None:
    """The largest element of each window."""
    channels = g[CHANNELS]
    for row in range(lo, hi):
        n, d0, h0, w0 = window_start(row, g)
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
def choose(x: np.ndarray, at: int, place: int, best: np.ndarray, where: np.ndarray) -> None:
    """Keeps the largest elements so far, and the number of the place in the window that each stands at.

    Offsets and no slices, and unsigned indices: what a loop over few channels costs is what stands around it.
    """
    for c in range(best.size):
        v = x[np.uint64(at + c)]
        won = place == 0 or beats(v, best[c])
        best[c] = v if won else best[c]
        where[c] = place if won else where[c]


@cpu
def give(y: np.ndarray, come: int, place: int, where: np.ndarray, x: np.ndarray, at: int) -> None:
    """Adds y where this place has won."""
    for c in range(where.size):
        x[np.uint64(at + c)] += y[np.uint64(come + c)] if where[c] == place else y.dtype.type(0)


@cpu
def fetch(x: np.ndarray, at: int, place: int, where: np.ndarray, y: np.ndarray, to: int) -> None:
    """Y becomes x where this place has won."""
    for c in range(where.size):
        if where[c] == place:
            y[np.uint64(to + c)] = x[np.uint64(at + c)]


@cpu
def clear(x: np.ndarray, first: int, stop: int) -> None:
    """Fills a run of an array with zeros."""
    for i in range(first, stop):
        x[np.uint64(i)] = x.dtype.type(0)


@cpu
def move_by_winner(
    x: np.ndarray, small: np.ndarray, large: np.ndarray, g: np.ndarray, back: bool, best: np.ndarray,
    where: np.ndarray, lo: int, hi: int,
) -> None:  # fmt: skip
    """Between results and the elements that won: `large += small` in the backward pass, else `small = large`."""
    channels, size = g[CHANNELS], g[IN] * g[IN + 1] * g[IN + 2] * g[CHANNELS]
    rows = g[OUT] * g[OUT + 1] * g[OUT + 2]
    for row in range(lo * rows, hi * rows):
        n, d0, h0, w0 = window_start(row, g)
        if back and row % rows == 0:
            clear(large, n * size, (n + 1) * size)
        d1, d2 = max(d0, 0), min(d0 + g[KERNEL], g[IN])
        h1, h2 = max(h0, 0), min(h0 + g[KERNEL + 1], g[IN + 1])
        w1, w2 = max(w0, 0), min(w0 + g[KERNEL + 2], g[IN + 2])
        for turn in range(2):  # first who wins, then what it gets
            place = np.int32(0)
            for d in range(d1, d2):
                for h in range(h1, h2):
                    for w in range(w1, w2):
                        at = (((n * g[IN] + d) * g[IN + 1] + h) * g[IN + 2] + w) * channels
                        if turn == 0:
                            choose(x, at, place, best, where)
                        elif back:
                            give(small, row * channels, place, where, large, at)
                        else:
                            fetch(large, at, place, where, small, row * channels)
                        place += np.int32(1)


@cpu
def winners_of_four(x: np.ndarray, places: tuple, where: np.ndarray) -> None:
    """Which of the elements at four places is the largest, of each channel; the first of equal ones."""
    a, b, c, d = places
    for i in range(where.size):
        best, place = x[np.uint64(a + i)], np.int32(0)
        v = x[np.uint64(b + i)]
        best, place = (v, np.int32(1)) if beats(v, best) else (best, place)
        v = x[np.uint64(c + i)]
        best, place = (v, np.int32(2)) if beats(v, best) else (best, place)
        where[i] = np.int32(3) if beats(x[np.uint64(d + i)], best) else place


@cpu
def put(y: np.ndarray, come: int, place: int, where: np.ndarray, x: np.ndarray, at: int) -> None:
    """X becomes y where this place has won, else zero."""
    for c in range(where.size):
        x[np.uint64(at + c)] = y[np.uint64(come + c)] if where[c] == place else y.dtype.type(0)


@cpu
def move_by_winner_of_four(
    x: np.ndarray, small: np.ndarray, large: np.ndarray, g: np.ndarray, back: bool, where: np.ndarray, lo: int, hi: int
) -> None:
    """The same for windows of 2 by 2 that stand side by side, as most do: what nobody wrote needs no zeros before."""
    channels, line = g[CHANNELS], g[IN + 2] * g[CHANNELS]
    rows, size = g[OUT + 1] * g[OUT + 2], g[IN + 1] * g[IN + 2] * g[CHANNELS]
    partial = g[IN + 1] % 2 + g[IN + 2] % 2 > 0
    for row in range(lo * rows, hi * rows):
        n = row // rows
        if back and partial and row % rows == 0:
            clear(large, n * size, (n + 1) * size)
        a = n * size + row % rows // g[OUT + 2] * 2 * line + row % g[OUT + 2] * 2 * channels
        places = a, a + channels, a + line, a + line + channels
        winners_of_four(x, places, where)
        for k in range(4):
            if back:
                put(small, row * channels, np.int32(k), where, large, places[k])
            else:
                fetch(large, places[k], np.int32(k), where, small, row * channels)


MANY = 256  # a sum of so many float32 numbers, one after the other, is good to five digits; beyond it needs care


@cpu
def add_place(ys: np.ndarray, lost: np.ndarray, xs: np.ndarray, careful: bool) -> None:
    """Adds the channels of one place of the window, and keeps rounding errors where there are many places."""
    if careful:
        add_run(ys, lost, xs)
    else:
        for c in range(ys.size):
            ys[c] += xs[c]


@cpu
def finish_mean(ys: np.ndarray, lost: np.ndarray, part: float, careful: bool) -> None:
    """Turns sums into means."""
    if careful:
        settle(ys, lost)
    for c in range(ys.size):
        ys[c] *= part


@cpu
def mean_of_windows(
    small: np.ndarray, large: np.ndarray, g: np.ndarray, back: bool, lost: np.ndarray, lo: int, hi: int
) -> None:
    """The mean of each window, or in the backward pass `large += small / count` for its elements."""
    channels = g[CHANNELS]
    size = g[IN] * g[IN + 1] * g[IN + 2] * channels
    rows = g[OUT] * g[OUT + 1] * g[OUT + 2]
    one = small.dtype.type(1)
    if back:
        for i in range(lo * size, hi * size):
            large[i] = 0
    for row in range(lo * rows, hi * rows):
        n, d0, h0, w0 = window_start(row, g)
        d1, d2 = max(d0, 0), min(d0 + g[KERNEL], g[IN])
        h1, h2 = max(h0, 0), min(h0 + g[KERNEL + 1], g[IN + 1])
        w1, w2 = max(w0, 0), min(w0 + g[KERNEL + 2], g[IN + 2])
        count = (d2 - d1) * (h2 - h1) * (w2 - w1)
        part, careful = one / small.dtype.type(count), count > MANY
        ys = small[row * channels : (row + 1) * channels]
        if not back:
            for c in range(channels):
                ys[c] = lost[c] = 0
        for d in range(d1, d2):
            for h in range(h1, h2):
                for w in range(w1, w2):
                    at = (((n * g[IN] + d) * g[IN + 1] + h) * g[IN + 2] + w) * channels
                    xs = large[at : at + channels]
                    if back:
                        for c in range(channels):
                            xs[c] += ys[c] * part
                    else:
                        add_place(ys, lost, xs, careful)
        if not back:
            finish_mean(ys, lost, part, careful)


def _cuts(total: int, work: int) -> list[tuple[int, int]]:
    return program.cuts(total, min(8, work // 100_000, total))


def most(ins: list, outs: list, **attrs: Any) -> list:
    """The call of the largest of each window."""
    x, y = ins[0], outs[0]
    g = geometry(x.shape, y.shape, **attrs)
    cuts = _cuts(math.prod(y.shape[:-1]), x.size)
    return [(Tasks(best_of_windows, [(flat(x), flat(y), g, lo, hi) for lo, hi in cuts]), ())]


def _of_four(g) -> bool:
    """Whether windows are 2 by 2, stand side by side, and none hangs over the border."""
    sides = [list(g[at : at + 3]) for at in (KERNEL, STRIDE, PAD)]
    return sides == [[1, 2, 2], [1, 2, 2], [0, 0, 0]] and all(g[IN + i] >= (1, 2, 2)[i] * g[OUT + i] for i in range(3))


def _winner_calls(x, small, large, back, attrs) -> list:
    g, channels, cuts = geometry(large.shape, small.shape, **attrs), x.shape[-1], _cuts(x.shape[0], x.size)
    tasks, arrays = [], (flat(x), flat(small), flat(large), g, back)
    for lo, hi in cuts:
        best, where = np.empty(channels, x.dtype), np.empty(channels, np.int32)
        tasks.append((*arrays, where, lo, hi) if _of_four(g) else (*arrays, best, where, lo, hi))
    return [(Tasks(move_by_winner_of_four if _of_four(g) else move_by_winner, tasks), ())]


def most_back(ins: list, outs: list, **attrs: Any) -> list:
    """The call of the gradient of the largest."""
    return _winner_calls(ins[0], ins[1], outs[0], True, attrs)


def pick(ins: list, outs: list, **attrs: Any) -> list:
    """The call that picks elements where x is largest."""
    return _winner_calls(ins[0], outs[0], ins[1], False, attrs)


def _mean_calls(small, large, back, attrs) -> list:
    g = geometry(large.shape, small.shape, **attrs)
    arrays, channels = (flat(small), flat(large), g, back), small.shape[-1]
    tasks = [(*arrays, np.empty(channels, small.dtype), lo, hi) for lo, hi in _cuts(large.shape[0], large.size)]
    return [(Tasks(mean_of_windows, tasks), ())]


def mean(ins: list, outs: list, **attrs: Any) -> list:
    """The call of the mean of each window."""
    return _mean_calls(outs[0], ins[0], False, attrs)


def mean_back(ins: list, outs: list, *, extents: tuple, **attrs: Any) -> list:
    """The call of the gradient of the mean."""
    return _mean_calls(ins[0], outs[0], True, attrs)
