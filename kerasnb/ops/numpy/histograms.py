"""Counts of integers, and of numbers in bins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasnb.backend.tensor.dtypes import FLOATS, INTEGERS, numpy_dtype, result_type
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor, from_host
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import elementwise
from kerasnb.kernels.sum import broadcast
from kerasnb.ops.arguments import tensor
from kerasnb.ops.math.segments import segment_sum
from kerasnb.ops.numpy import reductions
from kerasnb.ops.numpy.joining import concatenate, stack
from kerasnb.ops.numpy.reductions import count_nonzero
from kerasnb.ops.numpy.shapes import reshape
from kerasnb.ops.operation import operation

__all__ = ["bincount", "histogram"]


@operation("Bincount", "weights", "minlength", "sparse")
def bincount(x: TensorLike, weights: TensorLike | None = None, minlength: int = 0, sparse: bool = False) -> Tensor:
    """Counts how often each integer occurs.

    Args:
        x: Integer tensor of one or two axes, none negative.
        weights: Optional tensor of the shape of `x`: what each occurrence adds.
        minlength: Integer, the smallest extent of the result. Defaults to `0`.
        sparse: Accepted for compatibility; tensors here are dense.

    Returns:
        Tensor of counts, or of sums of weights; for two axes, a row for each row.

    Raises:
        TypeError: If `x` does not hold integers.

    Example:

    >>> keras.ops.bincount([1, 2, 2]).tolist()
    [0, 1, 2]
    """
    if sparse:
        raise ValueError(f"Sparse tensors are not supported. Received: sparse={sparse}")
    x = tensor(x)
    if x.dtype not in INTEGERS:
        raise TypeError(f"Argument `x` of `bincount` must be of integers. Received: dtype={x.dtype}")
    if isinstance(x, KerasTensor) or isinstance(weights, KerasTensor):
        result: Any = KerasTensor((*x.shape[:-1], None), "int32" if weights is None else tensor(weights).dtype)
        return result
    x = x if x.dtype == "int64" else elementwise.cast_to(x, "int64" if x.dtype in ("uint32", "uint64") else "int32")
    values = broadcast(elementwise.like(tensor(1), 1), shape=x.shape) if weights is None else tensor(weights)
    length = max(int(x.host().max(initial=-1)) + 1, int(minlength))
    if x.ndim == 2:
        return stack([segment_sum(values[i], x[i], length) for i in range(x.shape[0])])
    return segment_sum(values, x, length)


@operation("Histogram", "bins", "range")
def histogram(x: TensorLike, bins: Any = 10, range: Sequence[float] | None = None) -> tuple[Tensor, Tensor]:
    """Counts how many elements fall into each bin.

    Args:
        x: Input tensor.
        bins: Integer, the number of bins, or their edges, ascending. Defaults to `10`.
        range: Optional pair of the lowest and the highest edge; elements outside are left out. Defaults to the smallest
            and the largest element.

    Returns:
        Tuple of int32 counts and of edges. Each bin contains its lower edge, the last one also its upper edge.

    Raises:
        ValueError: If `bins` or `range` is not valid, or there is no finite range.

    Example:

    >>> [t.tolist() for t in keras.ops.histogram([1.0, 2.0, 2.0], 2)]
    [[1, 2], [1.0, 1.5, 2.0]]
    """
    counted = isinstance(bins, (int, np.integer))
    if counted and bins <= 0:
        raise ValueError(f"Argument `bins` should be a non-negative integer. Received: bins={bins}")
    if range is not None and (len(range) != 2 or range[0] >= range[1]):
        raise ValueError(f"Argument `range` must be a pair of rising numbers. Received: range={range}")
    x = tensor(x)
    if isinstance(x, KerasTensor):
        return _symbolic(x, int(bins) if counted else len(bins) - 1)
    x = elementwise.cast_to(x, "int32") if x.dtype == "bool" else x
    # integers are compared in float64, which holds more of them than the edges that are returned
    own = x.dtype if x.dtype in FLOATS else "float64"
    edges = _even_edges(x, int(bins), range, own) if counted else _given_edges(bins, result_type(own, "float32"))
    values = elementwise.cast_to(reshape(x, (-1, 1)), edges.dtype)
    reached, above = elementwise.greater_equal(values, edges), elementwise.greater(values, edges[-1:])
    upper, above = count_nonzero(reached, 0), count_nonzero(above, 0)
    # elements at the last edge belong to the last bin
    counts = elementwise.subtract(upper[:-1], concatenate([upper[1:-1], above], 0))
    return counts, elementwise.cast_to(edges, x.dtype if x.dtype in FLOATS else "float32")


def _symbolic(x, count: int):
    return KerasTensor((count,), "int32"), KerasTensor((count + 1,), x.dtype if x.dtype in FLOATS else "float32")


def _given_edges(bins, dtype: str):
    edges = tensor(bins, dtype)
    if edges.ndim != 1 or edges.shape[0] < 2 or (np.diff(edges.host()) < 0).any():
        raise ValueError(f"Argument `bins` must be a number, or two or more edges that rise. Received: bins={bins}")
    return edges


def _even_edges(x, bins: int, range, dtype: str):
    """Edges of bins of one width, from the smallest to the largest element where no range is given.

    They are rounded to the dtype of the elements; where it is too coarse to tell them apart, they are not.
    """
    low, high = range or ((reductions.min(x).host(), reductions.max(x).host()) if x.size else (0.0, 1.0))
    low, high = float(low), float(high)
    if not np.isfinite([low, high]).all():
        raise ValueError(f"Argument `range` is needed where `x` has no finite range. Received: [{low}, {high}]")
    low, high = (low - 0.5, high + 0.5) if low == high else (low, high)
    edges = np.linspace(low, high, bins + 1, dtype="float64")
    with np.errstate(over="ignore"):
        rounded = edges.astype(numpy_dtype(dtype))
    if (rounded[1:] == rounded[:-1]).any():
        return from_host(edges, "float64")
    return from_host(rounded, result_type(dtype, "float32"))
