"""The reference of convolution: one product for each place of the window, in float64, NumPy alone."""

from __future__ import annotations

import numpy as np

from kerasnb.kernels.conv.geometry import Pads, out_extents, taps


def _parts(total: int, groups: int) -> list[slice]:
    step = total // groups
    return [slice(g * step, (g + 1) * step) for g in range(groups)]


def conv_reference(
    x: np.ndarray, w: np.ndarray, *, strides: tuple, pads: Pads, dilation: tuple, groups: int
) -> np.ndarray:
    """A convolution."""
    kernel = w.shape[:-2]
    extents = out_extents(x.shape[1:-1], kernel, strides, dilation, pads)
    y = np.zeros((x.shape[0], *extents, w.shape[-1]))
    for tap, to, come in taps(x.shape[1:-1], extents, kernel, strides, dilation, pads):
        for c, o in zip(_parts(x.shape[-1], groups), _parts(w.shape[-1], groups), strict=True):
            y[(*to, o)] += np.matmul(x[(*come, c)].astype(np.float64), w[tap][:, o].astype(np.float64))
    return y.astype(x.dtype)


def conv_input_reference(
    dy: np.ndarray, w: np.ndarray, *, strides: tuple, pads: Pads, dilation: tuple, groups: int, extents: tuple
) -> np.ndarray:
    """The gradient of a convolution's input."""
    kernel, channels = w.shape[:-2], w.shape[-2] * groups
    dx = np.zeros((dy.shape[0], *extents, channels))
    for tap, to, come in taps(extents, dy.shape[1:-1], kernel, strides, dilation, pads):
        for c, o in zip(_parts(channels, groups), _parts(w.shape[-1], groups), strict=True):
            dx[(*come, c)] += np.matmul(dy[(*to, o)].astype(np.float64), w[tap][:, o].T.astype(np.float64))
    return dx.astype(dy.dtype)


def conv_kernel_reference(
    x: np.ndarray, dy: np.ndarray, *, strides: tuple, pads: Pads, dilation: tuple, groups: int, kernel: tuple
) -> np.ndarray:
    """The gradient of a convolution's kernel."""
    channels, filters = x.shape[-1], dy.shape[-1]
    dw = np.zeros((*kernel, channels // groups, filters))
    for tap, to, come in taps(x.shape[1:-1], dy.shape[1:-1], kernel, strides, dilation, pads):
        for c, o in zip(_parts(channels, groups), _parts(filters, groups), strict=True):
            a = x[(*come, c)].reshape(-1, channels // groups).astype(np.float64)
            b = dy[(*to, o)].reshape(-1, filters // groups).astype(np.float64)
            dw[tap][:, o] += a.T @ b
    return dw.astype(x.dtype)
