"""What windows do to shapes: extents, pads and strides, for convolutions and pools of one to three axes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np

from kerasnb.backend.compile.jit import element
from kerasnb.backend.tensor.tensor import Spec

#: "same", "valid", or a pair (before, after) for each axis.
Pads: TypeAlias = "str | tuple"

# Positions in the flat array of integers that kernels read; each name with three axes is the first of three.
N, IN, CHANNELS, OUT, FILTERS, KERNEL, STRIDE, DILATION, PAD, GROUPS = 0, 1, 4, 5, 8, 9, 12, 15, 18, 21


def reach(kernel: int, dilation: int) -> int:
    """How many elements a dilated window spans."""
    return (kernel - 1) * dilation + 1


def out_extent(extent: int | None, kernel: int | None, stride: int, dilation: int, pads: Pads) -> int | None:
    """How many windows fit along an axis; None where that is not known."""
    if pads == "same":
        return None if extent is None else -(-extent // stride)
    if kernel is None:
        return None
    low, high = (0, 0) if isinstance(pads, str) else pads
    return None if extent is None else max((extent + low + high - reach(kernel, dilation)) // stride + 1, 0)


def _pad(extent, kernel, stride, dilation, pads) -> tuple[int, int]:
    """Explicit pads: what "same" lacks is split, the odd one at the end."""
    if pads == "valid":
        return 0, 0
    if pads != "same":
        return pads
    lacking = max((-(-extent // stride) - 1) * stride + reach(kernel, dilation) - extent, 0)
    return lacking // 2, lacking - lacking // 2


def per_axis(pads: Pads, rank: int) -> tuple:
    """One entry an axis: "same", "valid", or a pair."""
    return (pads,) * rank if isinstance(pads, str) else tuple(pads)


def explicit_pads(
    extents: Sequence[int], kernel: Sequence[int], strides: Sequence[int], dilation: Sequence[int], pads: Pads
) -> tuple:
    """The pads of every axis as pairs (before, after)."""
    pairs = per_axis(pads, len(extents))
    return tuple(_pad(*axis) for axis in zip(extents, kernel, strides, dilation, pairs, strict=True))


def out_extents(
    extents: Sequence[int | None],
    kernel: Sequence[int | None],
    strides: Sequence[int],
    dilation: Sequence[int],
    pads: Pads,
) -> tuple:
    """The extents of the result, None where unknown."""
    pairs = per_axis(pads, len(extents))
    return tuple(out_extent(*axis) for axis in zip(extents, kernel, strides, dilation, pairs, strict=True))


def _three(values, fill) -> list:
    return [fill] * (3 - len(values)) + [int(v) for v in values]


def table(
    x: Spec,
    kernel: Sequence[int],
    y: Spec,
    strides: Sequence[int],
    pads: Pads,
    dilation: Sequence[int],
    groups: int = 1,
) -> np.ndarray:
    """The integers that kernels read, with every case brought to three axes.

    Args:
        x: Spec of the larger side, shape `(n, ..., channels)`.
        kernel: Tuple, extents of the window.
        y: Spec of the smaller side, shape `(n, ..., filters)`.
        strides: Tuple.
        pads: "same", "valid" or a tuple of pairs.
        dilation: Tuple.
        groups: Integer.
    """
    low = [p[0] for p in explicit_pads(x.shape[1:-1], kernel, strides, dilation, pads)]
    ones = [_three(values, 1) for values in (x.shape[1:-1], y.shape[1:-1], kernel, strides, dilation)]
    inside, outside, window, steps, gaps = ones
    row = [x.shape[0], *inside, x.shape[-1], *outside, y.shape[-1], *window, *steps, *gaps, *_three(low, 0), groups]
    return np.array(row, np.int64)


@element
def window_start(row: int, g: np.ndarray) -> tuple[int, int, int, int]:
    """The sample of a result (a row of channels), and where its window begins on each axis; negative in the border."""
    rest = row // g[OUT + 2]
    w0 = (row % g[OUT + 2]) * g[STRIDE + 2] - g[PAD + 2]
    h0 = (rest % g[OUT + 1]) * g[STRIDE + 1] - g[PAD + 1]
    rest = rest // g[OUT + 1]
    return rest // g[OUT], (rest % g[OUT]) * g[STRIDE] - g[PAD], h0, w0


def window(start: int, extent: int, step: int, size: int) -> tuple[slice, slice]:
    """Which of `size` positions `start + i * step` lie inside an extent, and where they are there."""
    first = max(0, -(start // step))
    last = min(size, (extent - 1 - start) // step + 1)
    if last <= first:
        return slice(0, 0), slice(0, 0)
    begin = start + first * step
    return slice(first, last), slice(begin, begin + (last - first - 1) * step + 1, step)


def taps(
    x_extents: Sequence[int],
    y_extents: Sequence[int],
    kernel: Sequence[int],
    strides: Sequence[int],
    dilation: Sequence[int],
    pads: Pads,
) -> Iterator[tuple]:
    """For each place of the window: its index, which results it serves, and which inputs they read."""
    low = [p[0] for p in explicit_pads(x_extents, kernel, strides, dilation, pads)]
    for tap in np.ndindex(*kernel):
        pairs = [
            window(t * d - p, e, s, o)
            for t, d, p, e, s, o in zip(tap, dilation, low, x_extents, strides, y_extents, strict=True)
        ]
        yield tap, (slice(None), *(a for a, _ in pairs)), (slice(None), *(b for _, b in pairs))
