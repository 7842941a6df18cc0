"""Sorting, and places in sorted sequences."""

from __future__ import annotations

from kerasnb.backend.tensor.dtypes import FLOATS
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import elementwise, gather
from kerasnb.kernels import sort as kernels
from kerasnb.ops.arguments import one_axis, promoted, tensor
from kerasnb.ops.numpy.reductions import count_nonzero
from kerasnb.ops.numpy.shapes import expand_dims, reshape
from kerasnb.ops.operation import operation

__all__ = ["argpartition", "argsort", "digitize", "searchsorted", "sort"]


@operation("Sort", "axis")
def sort(x: TensorLike, axis: int | None = -1) -> Tensor:
    """Sorts a tensor along an axis.

    Args:
        x: Input tensor.
        axis: Integer, or None for the flattened tensor. Defaults to `-1`.

    Returns:
        A tensor.

    Example:

    >>> keras.ops.sort([3, 1, 2]).tolist()
    [1, 2, 3]
    """
    x, axis = _line(x, axis)
    return gather.take_along(x, kernels.argsort(x, axis=axis), axis=axis)


@operation("Argsort", "axis")
def argsort(x: TensorLike, axis: int | None = -1) -> Tensor:
    """Returns the indices that sort a tensor; equal elements keep their order.

    Args:
        x: Input tensor.
        axis: Integer, or None for the flattened tensor. Defaults to `-1`.

    Returns:
        Tensor of int32 indices.

    Example:

    >>> keras.ops.argsort([3, 1, 2]).tolist()
    [1, 2, 0]
    """
    x = tensor(x)
    x, axis = _line(x, axis if x.ndim else None)
    return kernels.argsort(x, axis=axis)


@operation("Argpartition", "kth", "axis")
def argpartition(x: TensorLike, kth: int, axis: int | None = -1) -> Tensor:
    """Returns indices that bring the `kth` smallest element to its place, smaller ones before it.

    Args:
        x: Input tensor.
        kth: Integer, the place.
        axis: Integer, or None for the flattened tensor. Defaults to `-1`.

    Returns:
        Tensor of int32 indices.

    Example:

    >>> int(keras.ops.argpartition([3, 1, 2], 1)[1])
    2
    """
    return argsort(x, axis)


def _line(x, axis):
    x = tensor(x)
    return (reshape(x, -1), 0) if axis is None else (x, one_axis(axis, x.ndim))


@operation("SearchSorted", "side")
def searchsorted(sorted_sequence: TensorLike, values: TensorLike, side: str = "left") -> Tensor:
    """Returns where values would be inserted into a sorted sequence.

    Args:
        sorted_sequence: Tensor of one axis, ascending.
        values: Tensor of values.
        side: `"left"`: before equal elements; `"right"`: behind them. Defaults to `"left"`.

    Returns:
        Tensor of int32 places.

    Raises:
        ValueError: If the sequence does not have one axis, or `side` is neither.

    Example:

    >>> keras.ops.searchsorted([1, 3, 5], [3, 4]).tolist()
    [1, 2]
    """
    sequence, values = promoted(sorted_sequence, values)
    if sequence.ndim != 1:
        raise ValueError(
            "`searchsorted` only supports 1-D sorted sequences. "
            f"Received: sorted_sequence.shape={tuple(sequence.shape)}"
        )
    if side not in ("left", "right"):
        raise ValueError(f"Argument `side` must be 'left' or 'right'. Received: side={side!r}")
    compare = elementwise.less if side == "left" else elementwise.less_equal
    value = expand_dims(values, -1)
    before = compare(sequence, value)
    if value.dtype in FLOATS:  # NaN stands behind all numbers
        before = elementwise.logical_or(before, elementwise.isnan(value) if side == "right" else elementwise.logical_and(
            elementwise.isnan(value), elementwise.logical_not(elementwise.isnan(sequence))))  # fmt: skip
    return count_nonzero(before, -1)


@operation("Digitize")
def digitize(x: TensorLike, bins: TensorLike) -> Tensor:
    """Returns the number of the bin that each element falls into.

    Args:
        x: Input tensor.
        bins: Ascending edges of the bins.

    Returns:
        Tensor of int32 numbers.

    Example:

    >>> keras.ops.digitize([0.5, 1.5], [0.0, 1.0]).tolist()
    [1, 2]
    """
    return searchsorted(bins, x, side="right")
