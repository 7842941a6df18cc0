"""The reference of pools: one comparison or addition for each place of the window, NumPy alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kerasnb.backend.tensor.tensor import Spec
from kerasnb.kernels.conv.geometry import Pads, out_extents, table, taps


def ones(values: Sequence) -> tuple:
    """A 1 for each axis."""
    return (1,) * len(values)


def pooled(shape: Sequence, window: tuple, strides: tuple, pads: Pads) -> tuple:
    """The shape of the result."""
    return (shape[0], *out_extents(shape[1:-1], window, strides, ones(window), pads), shape[-1])


def _taps(shape, window, strides, pads):
    return taps(shape[1:-1], pooled(shape, window, strides, pads)[1:-1], window, strides, ones(window), pads)


def _lowest(dtype):
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


def max_reference(x: np.ndarray, *, window: tuple, strides: tuple, pads: Pads) -> np.ndarray:
    """The largest of each window."""
    y = np.full(pooled(x.shape, window, strides, pads), _lowest(x.dtype), x.dtype)
    for _, to, come in _taps(x.shape, window, strides, pads):
        y[to] = np.maximum(y[to], x[come])
    return y


def _hits(x, window, strides, pads):
    """For each place of the window: where it stands, and in which results it is the first of the largest."""
    y = max_reference(x, window=window, strides=strides, pads=pads)
    taken = np.zeros(y.shape, bool)
    for _, to, come in _taps(x.shape, window, strides, pads):
        hit = ((x[come] == y[to]) | ((x[come] != x[come]) & (y[to] != y[to]))) & ~taken[to]
        taken[to] |= hit
        yield to, come, hit


def max_grad_reference(x: np.ndarray, dy: np.ndarray, *, window: tuple, strides: tuple, pads: Pads) -> np.ndarray:
    """The gradient of the largest."""
    dx = np.zeros_like(x)
    for to, come, hit in _hits(x, window, strides, pads):
        dx[come] += np.where(hit, dy[to], 0).astype(x.dtype)
    return dx


def pick_reference(x: np.ndarray, g: np.ndarray, *, window: tuple, strides: tuple, pads: Pads) -> np.ndarray:
    """The element of g where x is largest, for each window."""
    y = np.zeros(pooled(x.shape, window, strides, pads), g.dtype)
    for to, come, hit in _hits(x, window, strides, pads):
        y[to] += np.where(hit, g[come], 0).astype(g.dtype)
    return y


def _counts(shape, window, strides, pads):
    counts = np.zeros(pooled(shape, window, strides, pads))
    for _, to, _ in _taps(shape, window, strides, pads):
        counts[to] += 1
    return np.maximum(counts, 1)


def mean_reference(x: np.ndarray, *, window: tuple, strides: tuple, pads: Pads) -> np.ndarray:
    """The mean of each window."""
    y = np.zeros(pooled(x.shape, window, strides, pads))
    for _, to, come in _taps(x.shape, window, strides, pads):
        y[to] += x[come]
    return (y / _counts(x.shape, window, strides, pads)).astype(x.dtype)


def mean_grad_reference(dy: np.ndarray, *, window: tuple, strides: tuple, pads: Pads, extents: tuple) -> np.ndarray:
    """The gradient of the mean."""
    shape = (dy.shape[0], *extents, dy.shape[-1])
    dx, part = np.zeros(shape), dy / _counts(shape, window, strides, pads)
    for _, to, come in _taps(shape, window, strides, pads):
        dx[come] += part[to]
    return dx.astype(dy.dtype)


# --- for kernels -----------------------------------------------------------------------------------


def geometry(large: tuple, small: tuple, window: tuple, strides: tuple, pads: Pads) -> np.ndarray:
    """The integers that kernels read."""
    return table(Spec(large, ""), window, Spec(small, ""), strides, pads, ones(window))
