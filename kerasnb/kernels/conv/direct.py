"""CPU kernels of convolution that read windows where they lie: float32, by the engine's own tiles.

A tile is a few results next to each other by 32 filters. Its inner axis is the window: where neither groups nor
dilation part them, the numbers that a line of the window reads lie next to each other. Windows that hang over the
border read a sample that was copied into the middle of zeros.

Kernels do the lines `lo` to `hi` of y. `s` holds what they need beyond the geometry g: see `Direct`.
"""

from __future__ import annotations

import math

import numpy as np

from kerasnb.backend.compile.jit import cpu
from kerasnb.backend.plan import buffers
from kerasnb.backend.runtime.program import Tasks, cuts
from kerasnb.kernels.common import flat
from kerasnb.kernels.conv.columns import add_parts
from kerasnb.kernels.conv.geometry import CHANNELS, DILATION, FILTERS, GROUPS, IN, KERNEL, OUT, PAD, STRIDE, reach
from kerasnb.kernels.tile import FLOAT, WIDTH, address, pack_rows, packed_size, rows_of_tiles, scratch, tile

# Positions in the array of integers s.
PADDED, EXTENT, JOINED, LINES = 0, 1, 4, 5

# --- samples and kernels, laid out ------------------------------------------------------------------


@cpu
def frame(x: np.ndarray, sample: int, frame_space: np.ndarray, g: np.ndarray, s: np.ndarray) -> None:
    """A sample in the middle of zeros, which are there already."""
    wide, c = s[EXTENT + 2], g[CHANNELS]
    left, right = max(0, g[PAD + 2]), min(wide, g[PAD + 2] + g[IN + 2])
    size = (right - left) * c
    for d in range(max(0, -g[PAD]), min(g[IN], s[EXTENT] - g[PAD])):
        for h in range(max(0, -g[PAD + 1]), min(g[IN + 1], s[EXTENT + 1] - g[PAD + 1])):
            come = (((sample * g[IN] + d) * g[IN + 1] + h) * g[IN + 2] + left - g[PAD + 2]) * c
            to = (((d + g[PAD]) * s[EXTENT + 1] + h + g[PAD + 1]) * wide + left) * c
            for e in range(size):
                frame_space[np.uint64(to + e)] = x[np.uint64(come + e)]


@cpu
def clear(frame_space: np.ndarray) -> None:
    """Fills an array with zeros."""
    for i in range(frame_space.size):
        frame_space[i] = frame_space.dtype.type(0)


@cpu
def source(x: np.ndarray, sample: int, current: int, frame_space: np.ndarray, g: np.ndarray, s: np.ndarray) -> int:
    """The address of the first number of a sample, which is brought into its frame where windows need one."""
    if s[PADDED]:
        if sample != current:
            frame(x, sample, frame_space, g, s)
        return address(frame_space)
    return address(x) + FLOAT * sample * g[IN] * g[IN + 1] * g[IN + 2] * g[CHANNELS]


@cpu
def pack_kernel(
    w: np.ndarray, packed: np.ndarray, g: np.ndarray, s: np.ndarray, taps: tuple, inside: int, outside: int, group: int
) -> None:
    """A kernel as panels of 32 filters; for each of them the window, as tiles go through it.

    `taps` is the first number and the three strides of the window's places; `inside` and `outside` are the strides of
    the summed axis and of the filters, `group` is that of the groups.
    """
    first, each_d, each_h, each_w = taps
    channels, filters = g[CHANNELS] // g[GROUPS], g[FILTERS] // g[GROUPS]
    to = 0
    for i in range(g[GROUPS]):
        for column in range(0, filters, WIDTH):
            start, width = first + i * group + column * outside, min(WIDTH, filters - column)
            for outer in range(g[KERNEL] * (1 if s[JOINED] else g[KERNEL + 2])):
                d, w0 = (outer, 0) if s[JOINED] else (outer // g[KERNEL + 2], outer % g[KERNEL + 2])
                for h in range(g[KERNEL + 1]):
                    for w1 in range(g[KERNEL + 2] if s[JOINED] else 1):
                        come = start + d * each_d + h * each_h + (w0 + w1) * each_w
                        pack_rows(w, come, inside, outside, channels, width, packed, to)
                        to += channels * WIDTH


# --- results ---------------------------------------------------------------------------------------


@cpu
def through_window(
    rows: int, width: int, at: int, b: int, c: np.ndarray, c_row: int, g: np.ndarray, s: np.ndarray,
    scratch: np.ndarray,
) -> None:  # fmt: skip
    """One tile of results: through the window in runs, those of one line of it at a time."""
    wide, channels = s[EXTENT + 2], g[CHANNELS] // g[GROUPS]
    parts, k = (1, g[KERNEL + 2] * channels) if s[JOINED] else (g[KERNEL + 2], channels)
    run = g[DILATION + 1] * wide * g[CHANNELS]
    for outer in range(g[KERNEL] * parts):
        place = (outer // parts) * g[DILATION] * s[EXTENT + 1] * wide + (outer % parts) * g[DILATION + 2]
        left = at + FLOAT * place * g[CHANNELS], g[STRIDE + 2] * g[CHANNELS], run, 1
        tile(rows, width, g[KERNEL + 1], k, left, b, c, c_row, int(outer > 0), scratch)
        b += FLOAT * g[KERNEL + 1] * k * WIDTH


@cpu
def finish_line(y: np.ndarray, start: int, bias: np.ndarray, pixels: int, relu: int) -> None:
    """Adds the bias to a line of results, which is in the cache still, and applies the activation."""
    zero = y.dtype.type(0)
    for pixel in range(pixels):
        at = np.uint64(start + pixel * bias.size)
        for j in range(bias.size):
            value = y[at + np.uint64(j)] + bias[j]
            y[at + np.uint64(j)] = value if relu == 0 or value > zero or value != value else zero


@cpu
def convolve_lines(
    x: np.ndarray, packed: np.ndarray, y: np.ndarray, bias: np.ndarray, frame_space: np.ndarray, scratch: np.ndarray,
    g: np.ndarray, s: np.ndarray, relu: int, lo: int, hi: int,
) -> None:  # fmt: skip
    """Y from x, a packed kernel and a bias, which is empty where there is none."""
    channels, filters, size = g[CHANNELS] // g[GROUPS], g[FILTERS] // g[GROUPS], g[OUT] * g[OUT + 1]
    inner, panels = channels * g[KERNEL] * g[KERNEL + 1] * g[KERNEL + 2], (filters + WIDTH - 1) // WIDTH
    wide, most, current = g[OUT + 2], rows_of_tiles(g[OUT + 2], scratch), -1
    clear(frame_space)
    for line in range(lo, hi):
        base = source(x, line // size, current, frame_space, g, s)
        current, d, h = line // size, line % size // g[OUT + 1] * g[STRIDE], line % g[OUT + 1] * g[STRIDE + 1]
        base += FLOAT * (d * s[EXTENT + 1] + h) * s[EXTENT + 2] * g[CHANNELS]
        for panel in range(g[GROUPS] * panels):
            group, column = panel // panels, panel % panels * WIDTH
            b = address(packed) + FLOAT * panel * inner * WIDTH
            for first in range(0, wide, most):
                at = base + FLOAT * (first * g[STRIDE + 2] * g[CHANNELS] + group * channels)
                c = y[(line * wide + first) * g[FILTERS] + group * filters + column :]
                rows, width = min(most, wide - first), min(WIDTH, filters - column)
                through_window(rows, width, at, b, c, g[FILTERS], g, s, scratch)
        if bias.size:
            finish_line(y, line * wide * g[FILTERS], bias, wide, relu)


# --- gradients of kernels --------------------------------------------------------------------------


@cpu
def pack_gradient(dy: np.ndarray, packed: np.ndarray, line: int, pixels: int, g: np.ndarray) -> None:
    """Lines of dy as panels of 32 filters, each group for itself."""
    filters, to = g[FILTERS] // g[GROUPS], 0
    for group in range(g[GROUPS]):
        for column in range(0, filters, WIDTH):
            come = line * g[OUT + 2] * g[FILTERS] + group * filters + column
            pack_rows(dy, come, g[FILTERS], 1, pixels, min(WIDTH, filters - column), packed, to)
            to += pixels * WIDTH


@cpu
def correlate_block(
    base: int, packed_dy: np.ndarray, dw: np.ndarray, scratch: np.ndarray, g: np.ndarray, s: np.ndarray, lines: int
) -> None:
    """Adds the part of some lines of one sample to dw: for each place of the window a product over their pixels."""
    channels, filters = g[CHANNELS] // g[GROUPS], g[FILTERS] // g[GROUPS]
    places, k = (1, g[KERNEL + 2] * channels) if s[JOINED] else (g[KERNEL + 2], channels)
    wide, most, pixels = s[EXTENT + 2], rows_of_tiles(k, scratch), lines * g[OUT + 2]
    strides = 1, g[STRIDE + 1] * wide * g[CHANNELS], g[STRIDE + 2] * g[CHANNELS]
    for tap in range(g[KERNEL] * g[KERNEL + 1] * places):
        d, h, w = tap // places // g[KERNEL + 1], tap // places % g[KERNEL + 1], tap % places
        place = (d * g[DILATION] * s[EXTENT + 1] + h * g[DILATION + 1]) * wide + w * g[DILATION + 2]
        for group in range(g[GROUPS]):
            for row in range(0, k, most):
                left = base + FLOAT * (place * g[CHANNELS] + group * channels + row), *strides
                for column in range(0, filters, WIDTH):
                    panel = group * ((filters + WIDTH - 1) // WIDTH) + column // WIDTH
                    b = address(packed_dy) + FLOAT * panel * pixels * WIDTH
                    c = dw[(tap * k + row) * g[FILTERS] + group * filters + column :]
                    rows, width = min(most, k - row), min(WIDTH, filters - column)
                    tile(rows, width, lines, g[OUT + 2], left, b, c, g[FILTERS], 1, scratch)


@cpu
def correlate_lines(
    x: np.ndarray, dy: np.ndarray, dw: np.ndarray, frame_space: np.ndarray, packed_dy: np.ndarray,
    scratch: np.ndarray, g: np.ndarray, s: np.ndarray, lo: int, hi: int,
) -> None:  # fmt: skip
    """One task's part of dw from x and dy."""
    size, current, line = g[OUT] * g[OUT + 1], -1, lo
    clear(dw)
    clear(frame_space)
    while line < hi:
        sample, d, h = line // size, line % size // g[OUT + 1], line % g[OUT + 1]
        lines = min(s[LINES], hi - line, g[OUT + 1] - h)
        base = source(x, sample, current, frame_space, g, s)
        current = sample
        base += FLOAT * (d * g[STRIDE] * s[EXTENT + 1] + h * g[STRIDE + 1]) * s[EXTENT + 2] * g[CHANNELS]
        pack_gradient(dy, packed_dy, line, lines * g[OUT + 2], g)
        correlate_block(base, packed_dy, dw, scratch, g, s, lines)
        line += lines


# --- calls -----------------------------------------------------------------------------------------

BLOCK_BYTES = 16 * 1024  # of dy, which a block of lines reads over and over: half a first cache
TASKS = 8
SMALL = 300_000  # multiplications below which one task does it all
NO_BIAS = np.empty(0, np.float32)


class Direct:
    """How one convolution is computed: what kernels need beyond the geometry, and how its lines are cut into tasks.

    Args:
        g: The table of geometry.py.
    """

    def __init__(self, g) -> None:
        extents, out, kernel, strides, gaps, pads = (
            [int(e) for e in g[at : at + 3]] for at in (IN, OUT, KERNEL, STRIDE, DILATION, PAD)
        )
        needed = [(o - 1) * s + reach(k, d) for o, s, k, d in zip(out, strides, kernel, gaps, strict=True)]
        padded = any(pads) or any(n > e for n, e in zip(needed, extents, strict=True))
        groups, filters = int(g[GROUPS]), int(g[FILTERS])
        lines = max(1, min(out[1], BLOCK_BYTES // (FLOAT * out[2] * filters)))
        framed = needed if padded else extents
        self.g, self.s = g, np.array([padded, *framed, groups == 1 and gaps[2] == 1, lines], np.int64)
        self.frame = math.prod(needed) * int(g[CHANNELS]) if padded else 0
        self.groups, self.filters = groups, filters // groups
        self.inner = math.prod(kernel) * int(g[CHANNELS]) // groups
        self.gradient = groups * packed_size(lines * out[2], self.filters)
        self.lines, self.work = int(g[0]) * out[0] * out[1], int(g[0]) * math.prod(out) * self.inner * filters

    def cuts(self) -> list[tuple[int, int]]:
        """The lines of each task, from the shapes alone."""
        return cuts(self.lines, min(TASKS, self.work // SMALL, self.lines))

    def own(self, x: np.ndarray, *sizes: int) -> tuple:
        """What every task needs of its own: space for a framed sample, for more, and for a tile."""
        return *(buffers.scratch(size, x.dtype) for size in (self.frame, *sizes)), scratch(x.dtype), self.g, self.s


def convolve_calls(
    x: np.ndarray, w: np.ndarray, y: np.ndarray, g: np.ndarray, taps: tuple, inside: int, outside: int, group: int,
    bias: np.ndarray = NO_BIAS, relu: bool = False,
) -> list:  # fmt: skip
    """The calls of y from x, w and a bias; `taps` to `group` are the strides of w: see `pack_kernel`."""
    plan = Direct(g)
    packed = buffers.scratch(plan.groups * packed_size(plan.inner, plan.filters), x.dtype)
    pack = (pack_kernel, (flat(w), packed, g, plan.s, taps, inside, outside, group))
    tasks = [(flat(x), packed, flat(y), bias, *plan.own(x), int(relu), lo, hi) for lo, hi in plan.cuts()]
    return [pack, (Tasks(convolve_lines, tasks), ())]


def correlate_calls(x: np.ndarray, dy: np.ndarray, dw: np.ndarray, g: np.ndarray) -> list:
    """The calls of dw from x and dy."""
    plan = Direct(g)
    parts = buffers.scratch((len(plan.cuts()), dw.size), dw.dtype)
    pairs = zip(parts, plan.cuts(), strict=True)
    tasks = [(flat(x), flat(dy), part, *plan.own(x, plan.gradient), lo, hi) for part, (lo, hi) in pairs]
    return [(Tasks(correlate_lines, tasks), ()), (add_parts, (parts, flat(dw)))]
