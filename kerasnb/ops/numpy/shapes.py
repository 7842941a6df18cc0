"""The shape of a tensor, and its axes: read, changed, reordered, broadcast."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.backend.typing import Axis, Shape, TensorLike
from kerasnb.kernels import move
from kerasnb.kernels.common import broadcast_shapes
from kerasnb.kernels.sum import broadcast
from kerasnb.ops.arguments import axes_of, one_axis, symbolic, tensor
from kerasnb.ops.numpy.creation import dimensions
from kerasnb.ops.operation import operation

__all__ = [
    "broadcast_to", "expand_dims", "moveaxis", "ndim", "ravel", "reshape", "size", "squeeze", "swapaxes", "transpose",
]  # fmt: skip


@operation("Ndim")
def ndim(x: TensorLike) -> int:
    """Returns the number of axes.

    Args:
        x: Input tensor.

    Returns:
        Integer.

    Example:

    >>> keras.ops.ndim([[1, 2]])
    2
    """
    return tensor(x).ndim


@operation("Size")
def size(x: TensorLike) -> int:
    """Returns the number of elements of a tensor.

    Args:
        x: Input tensor.

    Returns:
        Integer; a symbolic scalar for a symbolic tensor.

    Example:

    >>> keras.ops.size(keras.ops.zeros((2, 3)))
    6
    """
    if isinstance(x, KerasTensor):
        return symbolic((), "int32")
    return int(np.prod(x.shape if isinstance(x, (Tensor, Variable)) else np.shape(x), dtype=np.int64))


@operation("Reshape", "newshape")
def reshape(x: TensorLike, newshape: Shape | int) -> Tensor:
    """Gives a tensor a new shape without changing its elements.

    Args:
        x: Input tensor.
        newshape: Integer or tuple of integers; one may be -1 and is inferred.

    Returns:
        The reshaped tensor.

    Raises:
        ValueError: If the number of elements does not fit.

    Example:

    >>> keras.ops.reshape([[1, 2], [3, 4]], -1).tolist()
    [1, 2, 3, 4]
    """
    x = tensor(x)
    target: tuple[Any, ...] = tuple(newshape) if isinstance(newshape, (list, tuple)) else (newshape,)
    unknown = isinstance(x, KerasTensor) and None in (*x.shape, *target)
    target = tuple(-1 if e is None else e if isinstance(e, int) else int(e) for e in target)
    if unknown:
        return _symbolic(x, target)
    if None not in x.shape:
        target = _resolved(x.shape, target)
    return move.reshape(x, shape=target)


def _symbolic(x, target: tuple):
    """A reshape where extents are unknown: as one call of the graph."""
    if None not in x.shape and target.count(-1) == 1:
        target = _resolved(x.shape, target)
    if target.count(-1) > 1:
        shape = tuple(None if e == -1 else e for e in target)
        return symbolic(shape, x.dtype)
    return move.reshape(x, shape=target)


def _resolved(shape: tuple, target: tuple) -> tuple:
    size, rest = math.prod(shape), math.prod(e for e in target if e != -1)
    if target.count(-1) > 1 or (size != rest if -1 not in target else (rest and size % rest)):
        raise ValueError(f"Cannot reshape a tensor of shape {shape} into shape {target}.")
    return tuple(size // rest if rest and e == -1 else (0 if e == -1 else e) for e in target)


@operation("Ravel")
def ravel(x: TensorLike) -> Tensor:
    """Flattens a tensor into one axis.

    Args:
        x: Input tensor.

    Returns:
        Tensor of one axis.

    Example:

    >>> keras.ops.ravel([[1, 2], [3, 4]]).tolist()
    [1, 2, 3, 4]
    """
    return reshape(x, -1)


def line_along(x: Tensor, axis: int | None) -> tuple[Tensor, int]:
    """The tensor and the axis as a non-negative integer; without an axis, the flattened tensor and its only one."""
    return (reshape(x, -1), 0) if axis is None else (x, one_axis(axis, x.ndim))


@operation("ExpandDims", "axis")
def expand_dims(x: TensorLike, axis: int | Sequence[int]) -> Tensor:
    """Inserts axes of extent 1.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers, positions in the result.

    Returns:
        The tensor with these axes.

    Example:

    >>> keras.ops.expand_dims([1, 2], -1).shape
    (2, 1)
    """
    x = tensor(x)
    axes = axis if isinstance(axis, (list, tuple)) else (axis,)
    places = axes_of(tuple(axes), x.ndim + len(axes))
    rest = iter(x.shape)
    return reshaped(x, tuple(1 if a in places else next(rest) for a in range(x.ndim + len(axes))))


@operation("Squeeze", "axis")
def squeeze(x: TensorLike, axis: Axis = None) -> Tensor:
    """Removes axes of extent 1.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes of extent 1.

    Returns:
        The tensor without these axes.

    Raises:
        ValueError: If a named axis has another extent.

    Example:

    >>> keras.ops.squeeze([[1, 2]]).shape
    (2,)
    """
    x = tensor(x)
    axes = tuple(a for a, e in enumerate(x.shape) if e == 1) if axis is None else axes_of(axis, x.ndim)
    for a in axes:
        if x.shape[a] != 1:
            raise ValueError(f"Cannot squeeze axis={axis}, because the dimension is not 1. Received: shape={x.shape}")
    return reshaped(x, tuple(e for a, e in enumerate(x.shape) if a not in axes))


def reshaped(x: Tensor, shape: Shape) -> Tensor:
    """Reshape that keeps unknown extents unknown."""
    return move.reshape(x, shape=tuple(-1 if e is None else e for e in shape))


@operation("Transpose", "axes")
def transpose(x: TensorLike, axes: Sequence[int] | None = None) -> Tensor:
    """Permutes the axes.

    Args:
        x: Input tensor.
        axes: Tuple of integers. Defaults to the reverse order.

    Returns:
        The transposed tensor.

    Raises:
        ValueError: If `axes` does not name each axis once.

    Example:

    >>> keras.ops.transpose([[1, 2], [3, 4]]).tolist()
    [[1, 3], [2, 4]]
    """
    x = tensor(x)
    order = tuple(reversed(range(x.ndim))) if axes is None else tuple(one_axis(a, x.ndim, "axes") for a in axes)
    if sorted(order) != list(range(x.ndim)):
        raise ValueError(f"Argument `axes` must name each of the {x.ndim} axes once. Received: axes={axes}")
    return x if order == tuple(range(x.ndim)) else move.transpose(x, axes=order)


@operation("Moveaxis", "source", "destination")
def moveaxis(x: TensorLike, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
    """Moves axes to other positions; the others keep their order.

    Args:
        x: Input tensor.
        source: Integer or tuple of integers, the axes.
        destination: Integer or tuple of integers, their positions in the result.

    Returns:
        The tensor with its axes moved.

    Raises:
        ValueError: If `source` and `destination` differ in length.

    Example:

    >>> keras.ops.moveaxis(keras.ops.ones((2, 3, 4)), 0, -1).shape
    (3, 4, 2)
    """
    x = tensor(x)
    sources, targets = axes_in_order(source, x.ndim, "source"), axes_in_order(destination, x.ndim, "destination")
    if len(sources) != len(targets):
        raise ValueError(
            f"Arguments `source` and `destination` must be of one length. Received: {source} and {destination}"
        )
    order = [a for a in range(x.ndim) if a not in sources]
    for target, origin in sorted(zip(targets, sources, strict=True)):
        order.insert(target, origin)
    return transpose(x, order)


def axes_in_order(axes: int | Sequence[int], rank: int, name: str) -> list[int]:
    return [one_axis(a, rank, name) for a in (axes if isinstance(axes, (list, tuple)) else (axes,))]


@operation("Swapaxes", "axis1", "axis2")
def swapaxes(x: TensorLike, axis1: int, axis2: int) -> Tensor:
    """Exchanges two axes.

    Args:
        x: Input tensor.
        axis1: Integer, one axis.
        axis2: Integer, the other axis.

    Returns:
        The tensor with the axes exchanged.

    Example:

    >>> keras.ops.swapaxes(keras.ops.ones((2, 3)), 0, 1).shape
    (3, 2)
    """
    x = tensor(x)
    order = list(range(x.ndim))
    a, b = one_axis(axis1, x.ndim, "axis1"), one_axis(axis2, x.ndim, "axis2")
    order[a], order[b] = b, a
    return transpose(x, order)


@operation("BroadcastTo", "shape")
def broadcast_to(x: TensorLike, shape: Shape) -> Tensor:
    """Broadcasts a tensor to a larger shape.

    Args:
        x: Input tensor.
        shape: Tuple of integers.

    Returns:
        The tensor of that shape.

    Raises:
        ValueError: If the shapes are not compatible.

    Example:

    >>> keras.ops.broadcast_to([1, 2], (2, 2)).tolist()
    [[1, 2], [1, 2]]
    """
    x = tensor(x)
    if isinstance(x, KerasTensor) and None in tuple(shape):
        return symbolic(broadcast_shapes(x.shape, tuple(shape)), x.dtype)
    shape = dimensions(shape)
    if broadcast_shapes(x.shape, shape) != shape:
        raise ValueError(f"Cannot broadcast a tensor of shape {x.shape} to shape {shape}.")
    return broadcast(x, shape=shape)
