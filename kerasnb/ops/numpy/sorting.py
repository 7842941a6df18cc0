"""Sorting, and places in sorted sequences."""

from __future__ import annotations

from kerasnb.backend.tensor.dtypes import FLOATS
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import elementwise, gather
from kerasnb.kernels import sort as kernels
from kerasnb.ops.arguments import promoted, tensor
from kerasnb.ops.numpy.reductions import count_nonzero
from kerasnb.ops.numpy.shapes import expand_dims, line_along
from kerasnb.ops.operation import operation

__all__ = ["argpartition", "argsort", "digitize", "searchsorted", "sort"]


@operation("Sort", "axis")
def sort(x: TensorLike, axis: int | None = -1) -> Tensor:
    """Sorts elements along an axis, in ascending order.

    Args:
        x: Input tensor.
        axis: Integer, or None for the flattened tensor. Defaults to `-1`.

    Returns:
        The sorted tensor.

    Example:

    >>> keras.ops.sort([3, 1, 2]).tolist()
    [1, 2, 3]
    """
    line, at = line_along(tensor(x), axis)
    return gather.take_along(line, kernels.argsort(line, axis=at), axis=at)


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
    line, at = line_along(x, axis if x.ndim else None)
    return kernels.argsort(line, axis=at)


@operation("Argpartition", "kth", "axis")
def argpartition(x: TensorLike, kth: int, axis: int | None = -1) -> Tensor:
    """Returns indices that put the `kth` smallest element in its place, with smaller ones before it.

    Args:
        x: Input tensor.
        kth: Integer, the position.
        axis: Integer, or None for the flattened tensor. Defaults to `-1`.

    Returns:
        Tensor of int32 indices.

    Example:

    >>> int(keras.ops.argpartition([3, 1, 2], 1)[1])
    2
    """
    return argsort(x, axis)


@operation("SearchSorted", "side")
def searchsorted(sorted_sequence: TensorLike, values: TensorLike, side: str = "left") -> Tensor:
    """Returns the indices at which values would be inserted into a sorted sequence.

    Args:
        sorted_sequence: Tensor of one axis, ascending.
        values: Tensor of values.
        side: `"left"`: before equal elements; `"right"`: after them. Defaults to `"left"`.

    Returns:
        Tensor of int32 indices.

    Raises:
        ValueError: If the sequence does not have one axis, or `side` is unknown.

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
    if value.dtype in FLOATS:  # NaN comes after all numbers
        last = elementwise.isnan(value)
        if side == "left":
            last = elementwise.logical_and(last, elementwise.logical_not(elementwise.isnan(sequence)))
        before = elementwise.logical_or(before, last)
    return count_nonzero(before, -1)


@operation("Digitize")
def digitize(x: TensorLike, bins: TensorLike) -> Tensor:
    """Returns the index of the bin that each element belongs to.

    Args:
        x: Input tensor.
        bins: Tensor of one axis, the ascending edges of the bins.

    Returns:
        Tensor of int32 indices; 0 below the first edge.

    Example:

    >>> keras.ops.digitize([0.5, 1.5], [0.0, 1.0]).tolist()
    [1, 2]
    """
    return searchsorted(bins, x, side="right")
