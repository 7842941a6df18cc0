"""Pooling operations of `keras.ops`."""

from __future__ import annotations

from collections.abc import Sequence

from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import pool
from kerasnb.kernels.conv.geometry import out_extents
from kerasnb.ops.arguments import floating
from kerasnb.ops.operation import operation
from kerasnb.ops.spatial import channels_back, channels_last, check_not_empty, format_of, padding_of, per_axis, spatial

__all__ = ["average_pool", "max_pool"]


def _pooled(pooling, x, pool_size, strides, padding, data_format):
    data_format = format_of(data_format)
    x = channels_last(x, data_format)
    rank = x.ndim - 2
    window = per_axis(pool_size, rank, "pool_size")
    steps = window if strides is None else per_axis(strides, rank, "strides")
    pads = padding_of(padding)
    extents = out_extents(x.shape[1:-1], window, steps, (1,) * rank, pads)
    if 0 not in x.shape[1:-1]:
        received = {"inputs.shape": x.shape, "pool_size": pool_size}
        check_not_empty(extents, **received, strides=strides, padding=padding)
    return channels_back(pooling(x, window=window, strides=steps, pads=pads), data_format)


@operation("MaxPool", "pool_size", "strides", "padding", "data_format")
def max_pool(
    inputs: TensorLike,
    pool_size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:
    """Computes the largest element of each window, for one to three spatial axes.

    Args:
        inputs: Tensor of rank N+2, `(batch, ..., channels)` or, channels first, `(batch, channels, ...)`.
        pool_size: Integer or tuple of N integers, extents of the window.
        strides: Integer or tuple of N integers. Defaults to `pool_size`.
        padding: `"valid"` or `"same"`. Defaults to `"valid"`.
        data_format: `"channels_last"` (default) or `"channels_first"`.

    Returns:
        Tensor of rank N+2.

    Raises:
        ValueError: If the arguments do not fit, or the result would be empty.

    Example:

    >>> keras.ops.max_pool(np.array([[[1.0], [3.0], [2.0], [0.0]]]), 2).tolist()
    [[[3.0], [2.0]]]
    """
    return _pooled(pool.max_pool, spatial(inputs), pool_size, strides, padding, data_format)


@operation("AveragePool", "pool_size", "strides", "padding", "data_format")
def average_pool(
    inputs: TensorLike,
    pool_size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:
    """Computes the mean of each window, without its padding, for one to three spatial axes.

    Args:
        inputs: Tensor of rank N+2, `(batch, ..., channels)` or, channels first, `(batch, channels, ...)`.
        pool_size: Integer or tuple of N integers, extents of the window.
        strides: Integer or tuple of N integers. Defaults to `pool_size`.
        padding: `"valid"` or `"same"`. Defaults to `"valid"`.
        data_format: `"channels_last"` (default) or `"channels_first"`.

    Returns:
        Tensor of rank N+2.

    Raises:
        ValueError: If the arguments do not fit, or the result would be empty.

    Example:

    >>> keras.ops.average_pool(np.array([[[1.0], [3.0], [2.0], [0.0]]]), 2).tolist()
    [[[2.0], [1.0]]]
    """
    return _pooled(pool.average_pool, floating(spatial(inputs)), pool_size, strides, padding, data_format)
