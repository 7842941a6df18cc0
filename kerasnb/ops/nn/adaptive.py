"""Pooling operations of `keras.ops` whose result has the same extents for every input."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kerasnb.backend.tensor.tensor import Tensor, from_host
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import gather
from kerasnb.ops.arguments import floating
from kerasnb.ops.numpy.elementwise.selection import where
from kerasnb.ops.numpy.reductions import max as largest
from kerasnb.ops.numpy.reductions import sum as total
from kerasnb.ops.operation import operation
from kerasnb.ops.spatial import channels_back, channels_last, format_of, per_axis, spatial

__all__ = ["adaptive_average_pool", "adaptive_max_pool"]


def _windows(extent: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """(first element, element behind the last) of each window."""
    i = np.arange(count)
    return i * extent // count, -(-(i + 1) * extent // count)


def _taken(x, axis: int, count: int):
    """(the elements of each window on an axis of their own, which of them count, their number)."""
    starts, ends = _windows(x.shape[axis], count)
    at = starts[:, None] + np.arange((ends - starts).max())
    inside = at < ends[:, None]
    at = np.minimum(at, ends[:, None] - 1)  # a shorter window reads its last element again
    return gather.take(x, from_host(at, "int32"), axis=axis), inside, ends - starts


def _in_place(values, axis: int, rank: int, dtype: str):
    """Numbers of the windows (and of their elements) in a shape that broadcasts."""
    return from_host(values.reshape(values.shape + (1,) * (rank - axis - values.ndim)), dtype)


def _average(x, axis: int, count: int):
    taken, inside, sizes = _taken(x, axis, count)
    if not inside.all():
        taken = where(_in_place(inside, axis, taken.ndim, "bool"), taken, 0)
    sums = total(taken, axis=axis + 1)
    return sums / _in_place(sizes, axis, sums.ndim, sums.dtype)


def _largest(x, axis: int, count: int):
    return largest(_taken(x, axis, count)[0], axis=axis + 1)


def _pooled(pool_axis, x, output_size, data_format):
    data_format = format_of(data_format)
    x = channels_last(x, data_format)
    for i, count in enumerate(per_axis(output_size, x.ndim - 2, "output_size")):
        x = pool_axis(x, i + 1, count) if count != x.shape[i + 1] else x
    return channels_back(x, data_format)


@operation("AdaptiveAveragePool", "output_size", "data_format", trials=True)
def adaptive_average_pool(
    inputs: TensorLike, output_size: int | Sequence[int], data_format: str | None = None
) -> Tensor:
    """Computes the mean of windows that cover the input evenly, for one to three spatial axes.

    Args:
        inputs: Tensor of rank N+2, `(batch, ..., channels)` or, channels first, `(batch, channels, ...)`.
        output_size: Integer or tuple of N integers, the extents of the result.
        data_format: `"channels_last"` (default) or `"channels_first"`.

    Returns:
        Tensor of rank N+2.

    Raises:
        ValueError: If the arguments do not fit.

    Example:

    >>> keras.ops.adaptive_average_pool(np.array([[[1.0], [3.0], [2.0], [0.0]]]), 2).tolist()
    [[[2.0], [1.0]]]
    """
    return _pooled(_average, floating(spatial(inputs)), output_size, data_format)


@operation("AdaptiveMaxPool", "output_size", "data_format", trials=True)
def adaptive_max_pool(inputs: TensorLike, output_size: int | Sequence[int], data_format: str | None = None) -> Tensor:
    """Computes the largest element of windows that cover the input evenly, for one to three spatial axes.

    Args:
        inputs: Tensor of rank N+2, `(batch, ..., channels)` or, channels first, `(batch, channels, ...)`.
        output_size: Integer or tuple of N integers, the extents of the result.
        data_format: `"channels_last"` (default) or `"channels_first"`.

    Returns:
        Tensor of rank N+2.

    Raises:
        ValueError: If the arguments do not fit.

    Example:

    >>> keras.ops.adaptive_max_pool(np.array([[[1.0], [3.0], [2.0], [0.0]]]), 2).tolist()
    [[[3.0], [2.0]]]
    """
    return _pooled(_largest, spatial(inputs), output_size, data_format)
