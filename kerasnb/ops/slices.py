"""Parts of tensors by position: slices read and replaced, values written by index, axes taken apart."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor, from_host
from kerasnb.backend.typing import Shape, TensorLike
from kerasnb.kernels import elementwise, gather
from kerasnb.kernels import scatter as kernels
from kerasnb.ops.arguments import one_axis, symbolic, tensor
from kerasnb.ops.numpy.creation import dimensions, zeros
from kerasnb.ops.numpy.elementwise.extremes import clip
from kerasnb.ops.numpy.elementwise.selection import where
from kerasnb.ops.numpy.shapes import broadcast_to, reshape
from kerasnb.ops.numpy.writing import written
from kerasnb.ops.operation import operation

__all__ = ["scatter", "scatter_update", "slice", "slice_update", "unstack"]


@operation("Slice", "shape", trials=True)
def slice(inputs: TensorLike, start_indices: TensorLike, shape: Sequence[int]) -> Tensor:
    """Returns the part of a tensor that starts at the given positions.

    Args:
        inputs: Input tensor.
        start_indices: Integers or an integer tensor, the first position along each axis.
        shape: Tuple of integers, the extents of the part; -1 for all that follow.

    Returns:
        The part.

    Raises:
        ValueError: If the part does not fit into the tensor.

    Example:

    >>> keras.ops.slice([1, 2, 3], (1,), (2,)).tolist()
    [2, 3]
    """
    x = tensor(inputs)
    known = _known(start_indices)
    starts = _each(start_indices) if known is None else known
    rest = [0] * x.ndim if known is None else known
    if known is None and -1 in shape and isinstance(x, KerasTensor):  # how many follow is known when it is called
        extents = tuple(None if n == -1 else int(n) for n in shape)
        return symbolic(extents, x.dtype)
    sizes = [e - s if n == -1 else int(n) for s, n, e in zip(rest, shape, x.shape, strict=True)]
    if any(n < 0 or n > e for n, e in zip(sizes, x.shape, strict=True)):
        raise ValueError(f"Argument `shape` does not fit a tensor of shape {x.shape}. Received: shape={tuple(shape)}")
    if known is not None:
        inside = [min(max(s + e * (s < 0), 0), e - n) for s, n, e in zip(known, sizes, x.shape, strict=True)]
        return x[tuple(builtins.slice(s, s + n) for s, n in zip(inside, sizes, strict=True))]
    for axis, (start, size) in enumerate(zip(starts, sizes, strict=True)):
        x = gather.take(x, _range(start, x.shape[axis], size), axis=axis)
    return x


@operation("SliceUpdate")
def slice_update(inputs: TensorLike, start_indices: TensorLike, updates: TensorLike) -> Tensor:
    """Returns a tensor with a part of it replaced.

    Args:
        inputs: Input tensor.
        start_indices: Integers or an integer tensor, the first position of the part along each axis.
        updates: The new part.

    Returns:
        Tensor with the shape of `inputs`.

    Raises:
        ValueError: If the part does not fit into the tensor.

    Example:

    >>> keras.ops.slice_update([1, 2, 3], (1,), [8, 9]).tolist()
    [1, 8, 9]
    """
    x = tensor(inputs)
    updates = tensor(updates, x.dtype)
    pairs = [] if updates.ndim != x.ndim else zip(updates.shape, x.shape, strict=True)
    if updates.ndim != x.ndim or any(n > e for n, e in pairs if None not in (n, e)):
        raise ValueError(f"Argument `updates` of shape {updates.shape} does not fit a tensor of shape {x.shape}.")
    if not x.ndim:
        return updates
    if None in (*x.shape, *updates.shape) or isinstance(start_indices, KerasTensor):
        return symbolic(x.shape, x.dtype)
    at = elementwise.like(tensor(0), 0)
    for start, size, extent in zip(_each(start_indices), updates.shape, x.shape, strict=True):
        line = _range(start, extent, size)
        at = elementwise.add(reshape(elementwise.multiply(at, elementwise.like(at, extent)), (-1, 1)), line)
        at = reshape(at, -1)
    flat = kernels.scatter(reshape(x, -1), at, reshape(updates, -1), kind="set")
    return reshape(flat, x.shape)


def _known(start):
    """The positions of a slice as integers, or None where they are computed later."""
    values = [s.host() if isinstance(s, Tensor) and s.data is not None else s for s in _each(start)]
    if any(isinstance(v, (Tensor, KerasTensor)) for v in values):
        return None
    return [int(v) for v in values]


def _each(start) -> list:
    if isinstance(start, (list, tuple)):
        return list(start)
    start = tensor(start)
    if isinstance(start, Tensor) and start.data is not None:
        return list(np.atleast_1d(start.host()))
    return [start[i] for i in range(start.shape[0])] if start.ndim else [start]


def _range(start, extent: int, size: int):
    """The indices of a slice, moved inwards where it would reach over the end; below zero counts from there."""
    start = tensor(start, "int32")
    first = clip(where(start < 0, start + extent, start), 0, extent - size)
    return elementwise.add(first, from_host(np.arange(size), "int32"))


@operation("Scatter", "shape", trials=True)
def scatter(indices: TensorLike, values: TensorLike, shape: Shape) -> Tensor:
    """Writes values by index into zeros; values of one index are added up.

    Args:
        indices: Integer tensor whose last axis holds the indices.
        values: Tensor of values, one for each index.
        shape: Tuple of integers, the shape of the result.

    Returns:
        Tensor of that shape.

    Example:

    >>> keras.ops.scatter([[0], [2]], [1, 5], (3,)).tolist()
    [1, 0, 5]
    """
    values = tensor(values)
    return scatter_update(zeros(dimensions(shape), values.dtype), indices, values, "add")


@operation("ScatterUpdate", "reduction", trials=True)
def scatter_update(
    inputs: TensorLike, indices: TensorLike, updates: TensorLike, reduction: str | None = None
) -> Tensor:
    """Returns a tensor with values written into it by index.

    Args:
        inputs: Input tensor.
        indices: Integer tensor whose last axis holds the indices.
        updates: Tensor of values, one for each index.
        reduction: `None`, `"add"`, `"max"`, `"min"` or `"mul"`: how a value is combined with the present one. Defaults
            to `None`: it replaces it.

    Returns:
        Tensor with the shape of `inputs`.

    Raises:
        ValueError: If `reduction` is unknown.

    Example:

    >>> keras.ops.scatter_update([1, 2, 3], [[1]], [9]).tolist()
    [1, 9, 3]
    """
    x = tensor(inputs)
    if reduction not in (None, "add", "max", "min", "mul"):
        raise ValueError(f"Unsupported reduction: {reduction}")
    indices = tensor(indices)
    depth = indices.shape[-1]
    at, count = _row_numbers(indices, x.shape)
    rest = tuple(x.shape[depth:])
    updates = tensor(updates, x.dtype)
    updates = reshape(broadcast_to(updates, (*indices.shape[:-1], *rest)), (at.shape[0], *rest))
    return reshape(written(reshape(x, (count, *rest)), at, updates, reduction or "set"), x.shape)


def _row_numbers(indices, shape):
    """The number of the row that each index tuple (the last axis) names, of the flattened first axes."""
    depth = indices.shape[-1]
    total: Any = None
    valid: Any = None
    for i, extent in enumerate(shape[:depth]):
        at = elementwise.cast_to(indices[..., i], "int32")
        at = elementwise.where(
            elementwise.less(at, elementwise.like(at, 0)), elementwise.add(at, elementwise.like(at, extent)), at
        )
        inside = elementwise.equal(at, clip(at, 0, extent - 1))
        valid = inside if valid is None else elementwise.logical_and(valid, inside)
        total = at if total is None else elementwise.add(elementwise.multiply(total, elementwise.like(at, extent)), at)
    count = int(np.prod(shape[:depth]))
    return reshape(elementwise.where(valid, total, elementwise.like(total, count)), -1), count


@operation("Unstack", "num", "axis")
def unstack(x: TensorLike, num: int | None = None, axis: int = 0) -> list[Tensor]:
    """Splits a tensor along an axis into tensors without that axis.

    Args:
        x: Input tensor.
        num: Optional integer, the extent. Defaults to that of the axis.
        axis: Integer, the axis. Defaults to `0`.

    Returns:
        List of tensors.

    Raises:
        ValueError: If the extent is unknown and `num` is None.

    Example:

    >>> [int(p) for p in keras.ops.unstack([1, 2])]
    [1, 2]
    """
    x = tensor(x)
    axis = one_axis(axis, x.ndim)
    num = x.shape[axis] if num is None else num
    if num is None:
        raise ValueError(f"Cannot infer argument `num` from shape {x.shape}.")
    return [x[(*(builtins.slice(None),) * axis, i)] for i in range(num)]
