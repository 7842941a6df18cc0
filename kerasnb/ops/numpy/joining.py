"""Tensors joined, stacked, and split."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import move
from kerasnb.ops.arguments import one_axis, promoted, tensor
from kerasnb.ops.describe import shaped
from kerasnb.ops.numpy.shapes import expand_dims, reshape
from kerasnb.ops.operation import operation

__all__ = [
    "append", "array_split", "concatenate", "dsplit", "dstack", "hsplit", "hstack", "split", "stack", "vsplit",
    "vstack",
]  # fmt: skip


@operation("Concatenate", "axis")
def concatenate(xs: Sequence[TensorLike], axis: int = 0) -> Tensor:
    """Joins tensors along an axis.

    Args:
        xs: List of tensors.
        axis: Integer. Defaults to `0`.

    Returns:
        The joined tensor.

    Raises:
        ValueError: If the other extents differ.

    Example:

    >>> keras.ops.concatenate([[1, 2], [3]]).tolist()
    [1, 2, 3]
    """
    xs = promoted(*xs)
    axis = one_axis(axis, xs[0].ndim)
    for x in xs[1:]:
        if x.ndim != xs[0].ndim or not _joinable(x.shape, xs[0].shape, axis):
            raise ValueError(f"Cannot concatenate along axis={axis}. Received: shapes {[t.shape for t in xs]}")
    return move.concatenate(*xs, axis=axis) if len(xs) > 1 else xs[0]


def _joinable(a: tuple, b: tuple, axis: int) -> bool:
    """Whether two shapes agree but for one axis; unknown extents agree with any."""
    return all(i == axis or p == q or None in (p, q) for i, (p, q) in enumerate(zip(a, b, strict=True)))


@operation("Stack", "axis")
def stack(x: Sequence[TensorLike], axis: int = 0) -> Tensor:
    """Joins tensors along a new axis.

    Args:
        x: List of tensors of one shape.
        axis: Integer, position of the new axis. Defaults to `0`.

    Returns:
        The stacked tensor.

    Raises:
        ValueError: If the shapes differ.

    Example:

    >>> keras.ops.stack([[1, 2], [3, 4]]).tolist()
    [[1, 2], [3, 4]]
    """
    xs = promoted(*x)
    shapes = [tuple(t.shape) for t in xs]
    if any(len(s) != len(shapes[0]) or not _joinable(s, shapes[0], -1) for s in shapes):
        raise ValueError(f"Tensors to stack must have one shape. Received: shapes {shapes}")
    at = one_axis(axis, xs[0].ndim + 1)
    return concatenate([expand_dims(t, at) for t in xs], at)


@operation("Vstack")
def vstack(xs: Sequence[TensorLike]) -> Tensor:
    """Joins tensors along the first axis; vectors become rows.

    Args:
        xs: List of tensors.

    Returns:
        The joined tensor.

    Example:

    >>> keras.ops.vstack([[1, 2], [3, 4]]).tolist()
    [[1, 2], [3, 4]]
    """
    return concatenate([_at_least(x, 2) for x in promoted(*xs)], 0)


@operation("Hstack")
def hstack(xs: Sequence[TensorLike]) -> Tensor:
    """Joins tensors along the second axis, vectors along their only one.

    Args:
        xs: List of tensors.

    Returns:
        The joined tensor.

    Example:

    >>> keras.ops.hstack([[1, 2], [3, 4]]).tolist()
    [1, 2, 3, 4]
    """
    tensors = [_at_least(x, 1) for x in promoted(*xs)]
    return concatenate(tensors, 0 if tensors[0].ndim == 1 else 1)


@operation("Dstack")
def dstack(xs: Sequence[TensorLike]) -> Tensor:
    """Joins tensors along the third axis.

    Args:
        xs: List of tensors.

    Returns:
        The joined tensor, of rank 3 or more.

    Example:

    >>> keras.ops.dstack([[1, 2], [3, 4]]).shape
    (1, 2, 2)
    """
    return concatenate([_at_least(x, 3) for x in promoted(*xs)], 2)


def _at_least(x, rank: int):
    """The tensor with the axes that the stacking functions add: a row, or a plane."""
    if x.ndim == 0:
        return reshape(x, (1,) * rank)
    if x.ndim == 1 and rank > 1:
        x = expand_dims(x, 0)
    return expand_dims(x, -1) if x.ndim == 2 and rank == 3 else x


@operation("Append", "axis", trials=True)
def append(x1: TensorLike, x2: TensorLike, axis: int | None = None) -> Tensor:
    """Appends one tensor to another.

    Args:
        x1: First tensor.
        x2: Second tensor.
        axis: Integer. Defaults to joining the flattened tensors.

    Returns:
        The joined tensor.

    Example:

    >>> keras.ops.append([1, 2], [3]).tolist()
    [1, 2, 3]
    """
    x1, x2 = promoted(x1, x2)
    return concatenate([reshape(x1, -1), reshape(x2, -1)]) if axis is None else concatenate([x1, x2], axis)


@operation("Split", "indices_or_sections", "axis")
def split(x: TensorLike, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Tensor]:
    """Splits a tensor along an axis.

    Args:
        x: Input tensor.
        indices_or_sections: Integer, the number of equal parts, or the list of positions at which to split.
        axis: Integer, the axis. Defaults to `0`.

    Returns:
        List of the parts.

    Raises:
        ValueError: If the axis cannot be split into that many equal parts.

    Example:

    >>> [p.tolist() for p in keras.ops.split([1, 2, 3, 4], 2)]
    [[1, 2], [3, 4]]
    """
    x = tensor(x)
    axis = one_axis(axis, x.ndim)
    if isinstance(indices_or_sections, (int, np.integer)):
        return _equal_parts(x, int(indices_or_sections), axis)
    return _cut(x, tuple(map(int, indices_or_sections)), axis)


@shaped
def _equal_parts(x, count: int, axis: int) -> list:
    extent = x.shape[axis]
    if count < 1 or extent % count:
        raise ValueError(
            f"Argument `indices_or_sections` must divide the extent {extent} of axis {axis}. "
            f"Received: indices_or_sections={count}"
        )
    return _parts(x, [i * (extent // count) for i in range(count + 1)], axis)


def _cut(x, positions: tuple, axis: int) -> list:
    """The parts between positions; of an unknown extent the last is unknown, as are those counted from the end."""
    extent = x.shape[axis]
    if extent is not None:
        return _parts(x, _bounds(positions, extent), axis)
    pairs = zip((0, *positions), (*positions, -1), strict=True)
    sizes = [None if a < 0 or b < 0 else max(b - a, 0) for a, b in pairs]
    lead, rest = x.shape[:axis], x.shape[axis + 1 :]
    return [KerasTensor((*lead, n, *rest), x.dtype) for n in sizes]


def _parts(x, bounds, axis: int) -> list:
    """The slices of an axis between neighbouring bounds."""
    lead = (slice(None),) * axis
    return [x[(*lead, slice(a, b))] for a, b in itertools.pairwise(bounds)]


def _bounds(positions, extent: int) -> list[int]:
    positions = [min(max(p + extent if p < 0 else p, 0), extent) for p in map(int, positions)]
    return [0, *positions, extent]


@operation("ArraySplit", "indices_or_sections", "axis", trials=True)
def array_split(x: TensorLike, indices_or_sections: int, axis: int = 0) -> list[Tensor]:
    """Splits a tensor along an axis into parts whose extents differ by one at most; the first ones are longer.

    Args:
        x: Input tensor.
        indices_or_sections: Integer, the number of parts.
        axis: Integer, the axis. Defaults to `0`.

    Returns:
        List of the parts.

    Raises:
        TypeError: If `indices_or_sections` is not an integer.

    Example:

    >>> [p.tolist() for p in keras.ops.array_split([1, 2, 3], 2)]
    [[1, 2], [3]]
    """
    x = tensor(x)
    axis = one_axis(axis, x.ndim)
    if not isinstance(indices_or_sections, (int, np.integer)):
        raise TypeError(
            f"Argument `indices_or_sections` must be of type `int`. Received: indices_or_sections={indices_or_sections}"
        )
    size, longer = divmod(x.shape[axis], int(indices_or_sections))
    bounds = [i * size + min(i, longer) for i in range(int(indices_or_sections) + 1)]
    return _parts(x, bounds, axis)


@operation("Vsplit", "indices_or_sections")
def vsplit(x: TensorLike, indices_or_sections: int | Sequence[int]) -> list[Tensor]:
    """Splits a tensor along its first axis.

    Args:
        x: Input tensor.
        indices_or_sections: Integer, the number of equal parts, or the list of positions at which to split.

    Returns:
        List of the parts.

    Raises:
        ValueError: If the tensor is a scalar.

    Example:

    >>> [p.tolist() for p in keras.ops.vsplit([[1], [2]], 2)]
    [[[1]], [[2]]]
    """
    return _split_along(tensor(x), indices_or_sections, 0, "vsplit")


@operation("Hsplit", "indices_or_sections")
def hsplit(x: TensorLike, indices_or_sections: int | Sequence[int]) -> list[Tensor]:
    """Splits a tensor along its second axis, a vector along its only one.

    Args:
        x: Input tensor.
        indices_or_sections: Integer, the number of equal parts, or the list of positions at which to split.

    Returns:
        List of the parts.

    Raises:
        ValueError: If the tensor is a scalar.

    Example:

    >>> [p.tolist() for p in keras.ops.hsplit([[1, 2]], 2)]
    [[[1]], [[2]]]
    """
    return _split_along(tensor(x), indices_or_sections, 1, "hsplit")


@operation("Dsplit", "indices_or_sections")
def dsplit(x: TensorLike, indices_or_sections: int | Sequence[int]) -> list[Tensor]:
    """Splits a tensor along its third axis.

    Args:
        x: Input tensor.
        indices_or_sections: Integer, the number of equal parts, or the list of positions at which to split.

    Returns:
        List of the parts.

    Raises:
        ValueError: If the rank is below 3.

    Example:

    >>> [p.tolist() for p in keras.ops.dsplit([[[1, 2]]], 2)]
    [[[[1]]], [[[2]]]]
    """
    return _split_along(tensor(x), indices_or_sections, 2, "dsplit")


def _split_along(x, indices_or_sections, axis: int, name: str) -> list:
    if x.ndim < (1 if name == "hsplit" else axis + 1):
        raise ValueError(f"`{name}` needs a tensor of rank {axis + 1} or more. Received: x.shape={x.shape}")
    return split(x, indices_or_sections, 0 if x.ndim == 1 else axis)
