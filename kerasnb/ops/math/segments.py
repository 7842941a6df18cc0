"""Reductions of segments of rows."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.tensor.dtypes import FLOATS
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor, from_host
from kerasnb.backend.typing import TensorLike
from kerasnb.ops.arguments import tensor
from kerasnb.ops.numpy.writing import row_indices, written
from kerasnb.ops.operation import operation

__all__ = ["segment_max", "segment_min", "segment_prod", "segment_sum"]


@operation("SegmentSum", "num_segments", "sorted", trials=True)
def segment_sum(
    data: TensorLike, segment_ids: TensorLike, num_segments: int | None = None, sorted: bool = False
) -> Tensor:
    """Sums the rows of each segment.

    Args:
        data: Tensor whose first axis is divided into segments.
        segment_ids: Integer tensor of one axis: the segment of each row; rows out of range are dropped.
        num_segments: Integer, the number of segments. Defaults to the largest id plus one.
        sorted: Boolean, whether the order is ascending already; only a hint.

    Returns:
        Tensor with a row for each segment.

    Raises:
        ValueError: If `segment_ids` does not have one axis with the extent of the first axis of `data`.

    Example:

    >>> keras.ops.segment_sum([1, 2, 3], [0, 0, 1]).tolist()
    [3, 3]
    """
    return _segments(data, segment_ids, num_segments, "add", lambda _: 0)


@operation("SegmentProd", "num_segments", "sorted", trials=True)
def segment_prod(
    data: TensorLike, segment_ids: TensorLike, num_segments: int | None = None, sorted: bool = False
) -> Tensor:
    """Multiplies the rows of each segment.

    Args:
        data: Tensor whose first axis is divided into segments.
        segment_ids: Integer tensor of one axis: the segment of each row; rows out of range are dropped.
        num_segments: Integer, the number of segments. Defaults to the largest id plus one.
        sorted: Boolean, whether the order is ascending already; only a hint.

    Returns:
        Tensor with a row for each segment.

    Raises:
        ValueError: If `segment_ids` does not have one axis with the extent of the first axis of `data`.

    Example:

    >>> keras.ops.segment_prod([1, 2, 3], [0, 0, 1]).tolist()
    [2, 3]
    """
    return _segments(data, segment_ids, num_segments, "mul", lambda _: 1)


@operation("SegmentMax", "num_segments", "sorted", trials=True)
def segment_max(
    data: TensorLike, segment_ids: TensorLike, num_segments: int | None = None, sorted: bool = False
) -> Tensor:
    """Returns the largest elements of the rows of each segment.

    Args:
        data: Tensor whose first axis is divided into segments.
        segment_ids: Integer tensor of one axis: the segment of each row; rows out of range are dropped.
        num_segments: Integer, the number of segments. Defaults to the largest id plus one.
        sorted: Boolean, whether the order is ascending already; only a hint.

    Returns:
        Tensor with a row for each segment.

    Raises:
        ValueError: If `segment_ids` does not have one axis with the extent of the first axis of `data`.

    Example:

    >>> keras.ops.segment_max([1, 2, 3], [0, 0, 1]).tolist()
    [2, 3]
    """
    return _segments(data, segment_ids, num_segments, "max", _lowest)


@operation("SegmentMin", "num_segments", "sorted", trials=True)
def segment_min(
    data: TensorLike, segment_ids: TensorLike, num_segments: int | None = None, sorted: bool = False
) -> Tensor:
    """Returns the smallest elements of the rows of each segment.

    Args:
        data: Tensor whose first axis is divided into segments.
        segment_ids: Integer tensor of one axis: the segment of each row; rows out of range are dropped.
        num_segments: Integer, the number of segments. Defaults to the largest id plus one.
        sorted: Boolean, whether the order is ascending already; only a hint.

    Returns:
        Tensor with a row for each segment.

    Raises:
        ValueError: If `segment_ids` does not have one axis with the extent of the first axis of `data`.

    Example:

    >>> keras.ops.segment_min([1, 2, 3], [0, 0, 1]).tolist()
    [1, 3]
    """
    return _segments(data, segment_ids, num_segments, "min", _highest)


def _segments(data, segment_ids, num_segments, kind: str, neutral):
    """Reduces the rows of each segment; `neutral` gives the result without rows, by dtype."""
    x, at = tensor(data), tensor(segment_ids)
    if at.ndim != 1 or not x.ndim or at.shape[0] != x.shape[0]:
        raise ValueError(
            "Argument `segment_ids` must have one axis, of the extent of the first axis of `data`. "
            f"Received: segment_ids.shape={tuple(at.shape)}, data.shape={tuple(x.shape)}"
        )
    if num_segments is None and isinstance(at, KerasTensor):
        return KerasTensor((None, *x.shape[1:]), x.dtype)
    if num_segments is None:
        num_segments = int(at.host().max()) + 1 if at.size else 0
    start = np.broadcast_to(np.asarray(neutral(x.dtype), x.dtype), (num_segments, *x.shape[1:]))
    return written(from_host(start, x.dtype), row_indices(at, num_segments), x, kind)


def _lowest(dtype):
    return False if dtype == "bool" else -np.inf if dtype in FLOATS else np.iinfo(dtype).min


def _highest(dtype):
    return True if dtype == "bool" else np.inf if dtype in FLOATS else np.iinfo(dtype).max
