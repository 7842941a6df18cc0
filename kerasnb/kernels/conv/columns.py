"""CPU kernels of convolution: windows laid out as rows of a matrix, and products of them by one-threaded BLAS.

Every kernel does the results `lo` to `hi` (rows of y), in blocks whose matrix stays in the second cache.
"""

from __future__ import annotations

import numpy as np

from kerasnb.backend.jit import cpu
from kerasnb.kernels.conv.geometry import CHANNELS, DILATION, FILTERS, GROUPS, IN, KERNEL, OUT, PAD, STRIDE
from kerasnb.kernels.product import (
    PLAIN,
    ROW_MAJOR,
    TRANSPOSED,
    dgemm,
    get_threads,
    sem_post,
    set_threads,
    sgemm,
    wait_for,
)

# --- windows as rows -------------------------------------------------------------------------------


@cpu
def lay_out(x, rows, g, group, lo, hi):
    """Rows `lo` to `hi` of the matrix of windows of one group; zeros where a window hangs over the border."""
    channels = g[CHANNELS] // g[GROUPS]
    first = group * channels
    d_in, h_in, w_in, c_in = g[IN], g[IN + 1], g[IN + 2], g[CHANNELS]
    kd, kh, kw = g[KERNEL], g[KERNEL + 1], g[KERNEL + 2]
    joined = g[DILATION + 2] == 1 and g[GROUPS] == 1
    at = 0
    for row in range(lo, hi):
        ow = row % g[OUT + 2]
        rest = row // g[OUT + 2]
        oh = rest % g[OUT + 1]
        rest = rest // g[OUT + 1]
        n = rest // g[OUT]
        d0 = (rest % g[OUT]) * g[STRIDE] - g[PAD]
        h0 = oh * g[STRIDE + 1] - g[PAD + 1]
        w0 = ow * g[STRIDE + 2] - g[PAD + 2]
        left = min(max(0, -w0), kw) * c_in
        right = max(min(kw, w_in - w0) * c_in, left)
        for i in range(kd):
            d = d0 + i * g[DILATION]
            for j in range(kh):
                h = h0 + j * g[DILATION + 1]
                inside = 0 <= d < d_in and 0 <= h < h_in
                line = ((n * d_in + d) * h_in + h) * w_in + w0
                if inside and joined:
                    begin = line * c_in
                    for e in range(left):
                        rows[at + e] = 0
                    for e in range(left, right):
                        rows[at + e] = x[begin + e]
                    for e in range(right, kw * c_in):
                        rows[at + e] = 0
                else:
                    for k in range(kw):
                        w = k * g[DILATION + 2]
                        begin = (line + w) * c_in + first
                        if inside and 0 <= w0 + w < w_in:
                            for c in range(channels):
                                rows[at + k * channels + c] = x[begin + c]
                        else:
                            for c in range(channels):
                                rows[at + k * channels + c] = 0
                at += kw * channels


@cpu
def add_back(rows, x, g, group, lo, hi):
    """Adds rows `lo` to `hi` of the matrix of windows to where they came from."""
    channels = g[CHANNELS] // g[GROUPS]
    first = group * channels
    d_in, h_in, w_in, c_in = g[IN], g[IN + 1], g[IN + 2], g[CHANNELS]
    kd, kh, kw = g[KERNEL], g[KERNEL + 1], g[KERNEL + 2]
    joined = g[DILATION + 2] == 1 and g[GROUPS] == 1
    at = 0
    for row in range(lo, hi):
        ow = row % g[OUT + 2]
        rest = row // g[OUT + 2]
        oh = rest % g[OUT + 1]
        rest = rest // g[OUT + 1]
        n = rest // g[OUT]
        d0 = (rest % g[OUT]) * g[STRIDE] - g[PAD]
        h0 = oh * g[STRIDE + 1] - g[PAD + 1]
        w0 = ow * g[STRIDE + 2] - g[PAD + 2]
        left = min(max(0, -w0), kw) * c_in
        right = max(min(kw, w_in - w0) * c_in, left)
        for i in range(kd):
            d = d0 + i * g[DILATION]
            for j in range(kh):
                h = h0 + j * g[DILATION + 1]
                inside = 0 <= d < d_in and 0 <= h < h_in
                line = ((n * d_in + d) * h_in + h) * w_in + w0
                if inside and joined:
                    begin = line * c_in
                    for e in range(left, right):
                        x[begin + e] += rows[at + e]
                elif inside:
                    for k in range(kw):
                        w = k * g[DILATION + 2]
                        begin = (line + w) * c_in + first
                        if 0 <= w0 + w < w_in:
                            for c in range(channels):
                                x[begin + c] += rows[at + k * channels + c]
                at += kw * channels


# --- products --------------------------------------------------------------------------------------


@cpu
def multiply(ta, tb, sizes, left, right, keep, result):
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
def convolve(x, w, y, rows, g, block, lo, hi):
    """y from x and w."""
    filters, wide, inner = g[FILTERS] // g[GROUPS], g[FILTERS], rows.size // block
    for start in range(lo, hi, block):
        m = min(block, hi - start)
        for group in range(g[GROUPS]):
            lay_out(x, rows, g, group, start, start + m)
            f = group * filters
            result = (y, start * wide + f, wide)
            multiply(False, False, (m, filters, inner), (rows, 0, inner), (w, f, wide), 0, result)


@cpu
def convolve_back(dy, w, dx, rows, g, block, lo, hi):
    """dx from dy and w, for whole samples."""
    filters, wide, inner = g[FILTERS] // g[GROUPS], g[FILTERS], rows.size // block
    one_y = g[OUT] * g[OUT + 1] * g[OUT + 2]
    one_x = g[IN] * g[IN + 1] * g[IN + 2] * g[CHANNELS]
    for i in range(lo * one_x, hi * one_x):
        dx[i] = 0
    for start in range(lo * one_y, hi * one_y, block):
        m = min(block, hi * one_y - start)
        for group in range(g[GROUPS]):
            f = group * filters
            flow = (dy, start * wide + f, wide)
            multiply(False, True, (m, inner, filters), flow, (w, f, wide), 0, (rows, 0, inner))
            add_back(rows, dx, g, group, start, start + m)


@cpu
def correlate(x, dy, dw, rows, g, block, lo, hi):
    """One share's part of dw from x and dy."""
    filters, wide, inner = g[FILTERS] // g[GROUPS], g[FILTERS], rows.size // block
    for i in range(dw.size):
        dw[i] = 0
    for start in range(lo, hi, block):
        m = min(block, hi - start)
        for group in range(g[GROUPS]):
            lay_out(x, rows, g, group, start, start + m)
            f = group * filters
            flow = (dy, start * wide + f, wide)
            multiply(True, False, (inner, filters, m), (rows, 0, inner), flow, 1, (dw, f, wide))


@cpu
def add_parts(parts, y):
    """The sum of the rows of `parts`, in their order."""
    for i in range(y.size):
        y[i] = parts[0, i]
    for p in range(1, parts.shape[0]):
        for i in range(y.size):
            y[i] += parts[p, i]


# --- BLAS on one thread for a while ----------------------------------------------------------------


@cpu
def begin_alone(lock, spin):
    """Takes the lock on BLAS, sets it to one thread, and returns how many it had."""
    wait_for(lock, spin)
    threads = get_threads()
    set_threads(np.int32(1))
    return threads


@cpu
def end_alone(lock, threads):
    """Gives BLAS its threads back."""
    set_threads(np.int32(threads))
    sem_post(lock)
