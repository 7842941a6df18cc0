"""Elements read by index, and the indices of elements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasnb.backend.tensor.dtypes import FLOATS
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import elementwise, gather
from kerasnb.kernels.common import broadcast_shapes
from kerasnb.kernels.elementwise import cast_to
from kerasnb.kernels.sum import broadcast
from kerasnb.ops.arguments import tensor
from kerasnb.ops.numpy.elementwise.extremes import clip
from kerasnb.ops.numpy.places import true_places
from kerasnb.ops.numpy.shapes import line_along
from kerasnb.ops.numpy.subscripts import subscript
from kerasnb.ops.operation import operation

__all__ = ["get_item", "nonzero", "take", "take_along_axis", "unravel_index"]


@operation("GetItem")
def get_item(x: TensorLike, key: Any) -> Tensor:
    """Returns `x[key]`.

    Args:
        x: Input tensor.
        key: Integers, slices, None, Ellipsis, arrays of integers, or masks, as in NumPy.

    Returns:
        The selected part.

    Example:

    >>> int(keras.ops.get_item([1, 2], 1))
    2
    """
    return subscript(tensor(x), key)


@operation("Take", "axis")
def take(x: TensorLike, indices: TensorLike, axis: int | None = None) -> Tensor:
    """Takes slices of a tensor along an axis.

    Args:
        x: Input tensor.
        indices: Integer tensor of any shape; negative ones count from the end.
        axis: Integer. Defaults to the flattened tensor.

    Returns:
        Tensor with the shape of `indices` in place of the axis.

    Raises:
        ValueError: If an index is out of range.

    Example:

    >>> keras.ops.take([10, 20, 30], [2, 0]).tolist()
    [30, 10]
    """
    line, at = line_along(tensor(x), axis)
    return gather.take(line, _indices(indices, line.shape[at]), axis=at)


@operation("TakeAlongAxis", "axis")
def take_along_axis(x: TensorLike, indices: TensorLike, axis: int | None = None) -> Tensor:
    """Takes elements of a tensor along an axis, each row by its own indices.

    Args:
        x: Input tensor.
        indices: Integer tensor of the same rank; the other axes broadcast.
        axis: Integer. Defaults to the flattened tensor.

    Returns:
        Tensor of the (broadcast) shape of `indices`.

    Raises:
        ValueError: If the ranks differ, or an index is out of range.

    Example:

    >>> keras.ops.take_along_axis([[1, 2], [3, 4]], [[1], [0]], axis=1).tolist()
    [[2], [3]]
    """
    line, along = line_along(tensor(x), axis)
    at = _indices(indices, line.shape[along])
    if at.ndim != line.ndim:
        raise ValueError(
            f"`x` and `indices` must have the same number of dimensions, but receive shape {line.shape} and {at.shape}."
        )
    return gather.take_along(*_aligned(line, at, along), axis=along)


def _indices(indices, extent):
    """The indices as integers; those whose values are known are checked."""
    at = tensor(indices)
    if at.dtype in FLOATS or at.dtype == "bool":
        at = cast_to(at, "int32")
    known = isinstance(at, Tensor) and at.data is not None and extent is not None
    if known and at.size and ((at.host() >= extent).any() or (at.host() < -extent).any()):
        raise ValueError(
            f"Argument `indices` must be between {-extent} and {extent - 1} for an axis of extent {extent}. "
            f"Received: indices from {at.host().min()} to {at.host().max()}"
        )
    return at


def _aligned(x, at, axis):
    """Both broadcast along all axes but the one that is indexed."""
    shape = broadcast_shapes(*((*t.shape[:axis], 1, *t.shape[axis + 1 :]) for t in (x, at)))
    out = []
    for t in (x, at):
        extents = (*shape[:axis], t.shape[axis], *shape[axis + 1 :])
        out.append(t if tuple(t.shape) == extents else broadcast(t, shape=extents))
    return out


@operation("Nonzero")
def nonzero(x: TensorLike) -> tuple[Tensor, ...]:
    """Returns the indices of the elements that are not zero.

    Args:
        x: Input tensor.

    Returns:
        Tuple of int32 tensors, one for each axis. Their extent depends on values, so that a recorded step cannot
        contain it.

    Example:

    >>> [t.tolist() for t in keras.ops.nonzero([0, 3, 5])]
    [[1, 2]]
    """
    return true_places(tensor(x))


@operation("UnravelIndex", "shape")
def unravel_index(indices: TensorLike, shape: Sequence[int]) -> tuple[Tensor, ...]:
    """Converts positions in a flattened tensor to an index for each axis.

    Args:
        indices: Integer tensor of positions.
        shape: Tuple of integers, the shape of the tensor.

    Returns:
        Tuple of integer tensors, one for each axis.

    Example:

    >>> [int(i) for i in keras.ops.unravel_index(5, (2, 3))]
    [1, 2]
    """
    at = tensor(indices)
    size = int(np.prod(shape))
    at = clip(
        elementwise.where(
            elementwise.less(at, elementwise.like(at, 0)), elementwise.add(at, elementwise.like(at, size)), at
        ),
        0,
        size - 1,
    )
    index = []
    for extent in reversed(tuple(shape)):
        index.append(elementwise.mod_int(at, elementwise.like(at, extent)))
        at = elementwise.floor_divide_int(at, elementwise.like(at, extent))
    return tuple(reversed(index))
