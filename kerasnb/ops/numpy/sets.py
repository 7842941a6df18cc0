"""Tensors as sets: distinct elements, and membership."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor, from_host
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import elementwise
from kerasnb.ops.arguments import one_axis, promoted, tensor
from kerasnb.ops.numpy import reductions
from kerasnb.ops.numpy.shapes import expand_dims, reshape
from kerasnb.ops.operation import operation

__all__ = ["isin", "unique"]


@operation("Unique", "sorted", "return_index", "return_inverse", "return_counts", "axis", "size", "fill_value")
def unique(
    x: TensorLike,
    sorted: bool = True,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    size: int | None = None,
    fill_value: TensorLike | None = None,
) -> Tensor | tuple[Tensor, ...]:
    """Returns the distinct elements, in ascending order.

    Args:
        x: Input tensor.
        sorted: Boolean; the result is sorted in either case.
        return_index: Boolean, whether to return the index of the first occurrence of each.
        return_inverse: Boolean, whether to return, for each element, which distinct one it is.
        return_counts: Boolean, whether to return how often each occurs.
        axis: Integer, the axis whose slices are compared. Defaults to the flattened tensor.
        size: Optional integer, the number of elements in the result.
        fill_value: Value that fills the result up to `size`. Defaults to the smallest element.

    Returns:
        A tensor, or a tuple of it and the tensors requested. Without `size` their extent depends on values, so that a
        recorded step cannot contain it.

    Example:

    >>> keras.ops.unique([3, 1, 3]).tolist()
    [1, 3]
    """
    x = tensor(x)
    axis = axis if axis is None else one_axis(axis, x.ndim)
    if isinstance(x, KerasTensor):
        return _distinct(x, (return_index, return_inverse, return_counts), axis, size)
    results = list(np.unique(x.host(), True, True, True, axis, equal_nan=False))
    if size is not None:
        at = 0 if axis is None else axis
        fill = np.take(results[0], [0], at) if fill_value is None and results[0].size else fill_value or 0
        results[0] = _sized(results[0], size, fill, at)
        results[1] = _sized(results[1], size, results[1][0] if results[1].size else 0, 0)
        results[3] = _sized(results[3], size, 0, 0)
    requested = (True, return_index, return_inverse, return_counts)
    out = tuple(from_host(f, x.dtype if i == 0 else "int32") for i, f in enumerate(results) if requested[i])
    return out[0] if len(out) == 1 else out


def _sized(values, size, fill, axis: int):
    """Exactly `size` rows of an axis: cut or filled up."""
    lead = (slice(None),) * axis
    values = values[(*lead, slice(0, size))]
    rest = size - values.shape[axis]
    shape = (*values.shape[:axis], rest, *values.shape[axis + 1 :])
    return np.concatenate([values, np.broadcast_to(np.asarray(fill, values.dtype), shape)], axis) if rest else values


def _distinct(x, requested: tuple, axis, size):
    """The result of `unique` for a symbolic tensor: without `size`, its extent is unknown."""
    at = None if axis is None else one_axis(axis, x.ndim)
    values = (size,) if at is None else (*x.shape[:at], size, *x.shape[at + 1 :])
    others = (size,), (x.shape if at is None else (x.shape[at],)), (size,)
    out = (
        KerasTensor(values, x.dtype),
        *(KerasTensor(s, "int32") for s, a in zip(others, requested, strict=True) if a),
    )
    return out[0] if len(out) == 1 else out


@operation("IsIn", "assume_unique", "invert")
def isin(x1: TensorLike, x2: TensorLike, assume_unique: bool = False, invert: bool = False) -> Tensor:
    """Returns whether each element of `x1` is among the elements of `x2`.

    Args:
        x1: First tensor.
        x2: Second tensor.
        assume_unique: Boolean, a hint without effect. Defaults to `False`.
        invert: Boolean, whether to return the opposite. Defaults to `False`.

    Returns:
        Boolean tensor.

    Example:

    >>> keras.ops.isin([1, 2], [2, 3]).tolist()
    [False, True]
    """
    x1, x2 = promoted(x1, [x2] if isinstance(x2, int) else x2)  # in a list it brings its own dtype
    among = reductions.any(elementwise.equal(expand_dims(x1, -1), reshape(x2, -1)), -1)
    return elementwise.logical_not(among) if invert else among
