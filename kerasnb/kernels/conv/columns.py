"""CPU kernels of convolution: windows laid out as rows of a matrix, and products of them by one-threaded BLAS.

Every kernel does the results `lo` to `hi` (rows of y), in blocks whose matrix stays in the second cache.
"""

from __future__ import annotations

import numpy as np

from kerasnb.backend.compile.jit import cpu
from kerasnb.kernels.conv.geometry import CHANNELS, DILATION, FILTERS, GROUPS, IN, KERNEL, OUT, PAD, STRIDE
from kerasnb.kernels.product import PLAIN, ROW_MAJOR, TRANSPOSED, dgemm, sgemm

# --- windows as rows -------------------------------------------------------------------------------


@cpu
def lay_out(x: np.ndarray, rows: np.ndarray, g: np.ndarray, group: int, lo: int, hi: int) -> None:
    """Rows `lo` to `hi` of the matrix of windows of one group; zeros where a window hangs over the border.

    One line of results at a time, one line of the window after the other. Indices are unsigned: for signed ones the
    loops would ask each time whether to count from the end.
    """
    channels = g[CHANNELS] // g[GROUPS]
    first, c_in, w_in, kw = group * channels, g[CHANNELS], g[IN + 2], g[KERNEL + 2]
    span, inner = kw * channels, channels * g[KERNEL] * g[KERNEL + 1] * kw
    joined = g[DILATION + 2] == 1 and g[GROUPS] == 1
    row = lo
    while row < hi:
        line = row // g[OUT + 2]
        start = row % g[OUT + 2]
        stop = min(g[OUT + 2], start + hi - row)
        d0 = (line // g[OUT + 1] % g[OUT]) * g[STRIDE] - g[PAD]
        h0 = (line % g[OUT + 1]) * g[STRIDE + 1] - g[PAD + 1]
        n = line // (g[OUT + 1] * g[OUT])
        for place in range(g[KERNEL] * g[KERNEL + 1]):
            d = d0 + place // g[KERNEL + 1] * g[DILATION]
            h = h0 + place % g[KERNEL + 1] * g[DILATION + 1]
            inside = 0 <= d < g[IN] and 0 <= h < g[IN + 1]
            come = ((n * g[IN] + d) * g[IN + 1] + h) * w_in
            for ow in range(start, stop):
                to = (row - lo + ow - start) * inner + place * span
                w0 = ow * g[STRIDE + 2] - g[PAD + 2]
                if inside and joined and w0 >= 0 and w0 + kw <= w_in:
                    begin = (come + w0) * c_in
                    for e in range(span):
                        rows[np.uint64(to + e)] = x[np.uint64(begin + e)]
                else:
                    for k in range(kw):
                        w = w0 + k * g[DILATION + 2]
                        begin = (come + w) * c_in + first
                        if inside and 0 <= w < w_in:
                            for c in range(channels):
                                rows[np.uint64(to + k * channels + c)] = x[np.uint64(begin + c)]
                        else:
                            for c in range(channels):
                                rows[np.uint64(to + k * channels + c)] = 0
        row += stop - start


@cpu
def add_back(rows: np.ndarray, x: np.ndarray, g: np.ndarray, group: int, lo: int, hi: int) -> None:
    """Adds rows `lo` to `hi` of the matrix of windows to where they came from."""
    channels = g[CHANNELS] // g[GROUPS]
    first, c_in, w_in, kw = group * channels, g[CHANNELS], g[IN + 2], g[KERNEL + 2]
    span, inner = kw * channels, channels * g[KERNEL] * g[KERNEL + 1] * kw
    joined = g[DILATION + 2] == 1 and g[GROUPS] == 1
    row = lo
    while row < hi:
        line = row // g[OUT + 2]
        start = row % g[OUT + 2]
        stop = min(g[OUT + 2], start + hi - row)
        d0 = (line // g[OUT + 1] % g[OUT]) * g[STRIDE] - g[PAD]
        h0 = (line % g[OUT + 1]) * g[STRIDE + 1] - g[PAD + 1]
        n = line // (g[OUT + 1] * g[OUT])
        for place in range(g[KERNEL] * g[KERNEL + 1]):
            d = d0 + place // g[KERNEL + 1] * g[DILATION]
            h = h0 + place % g[KERNEL + 1] * g[DILATION + 1]
            if not (0 <= d < g[IN] and 0 <= h < g[IN + 1]):
                continue
            to = ((n * g[IN] + d) * g[IN + 1] + h) * w_in
            for ow in range(start, stop):
                come = (row - lo + ow - start) * inner + place * span
                w0 = ow * g[STRIDE + 2] - g[PAD + 2]
                if joined and w0 >= 0 and w0 + kw <= w_in:
                    begin = (to + w0) * c_in
                    for e in range(span):
                        x[np.uint64(begin + e)] += rows[np.uint64(come + e)]
                else:
                    for k in range(kw):
                        w = w0 + k * g[DILATION + 2]
                        begin = (to + w) * c_in + first
                        if 0 <= w < w_in:
                            for c in range(channels):
                                x[np.uint64(begin + c)] += rows[np.uint64(come + k * channels + c)]
        row += stop - start


# --- products --------------------------------------------------------------------------------------


@cpu
def multiply(ta: bool, tb: bool, sizes: tuple, left: tuple, right: tuple, keep: int, result: tuple) -> None:
    """`c = a @ b`, or `c += a @ b` where `keep` is 1; each matrix is (flat array, first element, extent of a row)."""
    (a, a0, lda), (b, b0, ldb), (c, c0, ldc) = left, right, result
    m, n, k = sizes
    size = c.itemsize
    t, u = TRANSPOSED if ta else PLAIN, TRANSPOSED if tb else PLAIN
    a0, b0, c0 = a.ctypes.data + a0 * size, b.ctypes.data + b0 * size, c.ctypes.data + c0 * size
    if size == 4:
        sgemm(ROW_MAJOR, t, u, m, n, k, np.float32(1), a0, lda, b0, ldb, np.float32(keep), c0, ldc)
    else:
        dgemm(ROW_MAJOR, t, u, m, n, k, np.float64(1), a0, lda, b0, ldb, np.float64(keep), c0, ldc)


@cpu
def convolve(
    x: np.ndarray, w: np.ndarray, y: np.ndarray, rows: np.ndarray, g: np.ndarray, block: int, lo: int, hi: int
) -> None:
    """Y from x and w."""
    filters, wide, inner = g[FILTERS] // g[GROUPS], g[FILTERS], rows.size // block
    for start in range(lo, hi, block):
        m = min(block, hi - start)
        for group in range(g[GROUPS]):
            lay_out(x, rows, g, group, start, start + m)
            f = group * filters
            result = (y, start * wide + f, wide)
            multiply(False, False, (m, filters, inner), (rows, 0, inner), (w, f, wide), 0, result)


@cpu
def convolve_back(
    dy: np.ndarray, w: np.ndarray, dx: np.ndarray, rows: np.ndarray, g: np.ndarray, block: int, lo: int, hi: int
) -> None:
    """Dx from dy and w, for whole samples."""
    filters, wide, inner = g[FILTERS] // g[GROUPS], g[FILTERS], rows.size // block
    one_y = g[OUT] * g[OUT + 1] * g[OUT + 2]
    one_x = g[IN] * g[IN + 1] * g[IN + 2] * g[CHANNELS]
    for i in range(lo * one_x, hi * one_x):
        dx[i] = 0
    for start in range(lo * one_y, hi * one_y, block):
        m = min(block, hi * one_y - start)
        for group in range(g[GROUPS]):
            f = group * filters
            upstream = (dy, start * wide + f, wide)
            multiply(False, True, (m, inner, filters), upstream, (w, f, wide), 0, (rows, 0, inner))
            add_back(rows, dx, g, group, start, start + m)


@cpu
def correlate(
    x: np.ndarray, dy: np.ndarray, dw: np.ndarray, rows: np.ndarray, g: np.ndarray, block: int, lo: int, hi: int
) -> None:
    """One task's part of dw from x and dy."""
    filters, wide, inner = g[FILTERS] // g[GROUPS], g[FILTERS], rows.size // block
    for i in range(dw.size):
        dw[i] = 0
    for start in range(lo, hi, block):
        m = min(block, hi - start)
        for group in range(g[GROUPS]):
            lay_out(x, rows, g, group, start, start + m)
            f = group * filters
            upstream = (dy, start * wide + f, wide)
            multiply(True, False, (inner, filters, m), (rows, 0, inner), upstream, 1, (dw, f, wide))


@cpu
def add_parts(parts: np.ndarray, y: np.ndarray) -> None:
    """The sum of the rows of `parts`, in their order."""
    for i in range(y.size):
        y[i] = parts[0, i]
    for p in range(1, parts.shape[0]):
        for i in range(y.size):
            y[i] += parts[p, i]
