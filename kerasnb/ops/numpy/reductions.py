"""Reductions over axes: sums, products, extremes and their positions, tests, counts."""

from __future__ import annotations

from builtins import any as any_true
from collections.abc import Sequence

from kerasnb.backend.tensor.dtypes import standardize_dtype
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Axis, DType, Shape, TensorLike
from kerasnb.kernels import elementwise, move, reduce
from kerasnb.kernels import sum as sums
from kerasnb.ops.arguments import axes_of, one_axis, tensor
from kerasnb.ops.operation import operation

__all__ = ["all", "amax", "amin", "any", "argmax", "argmin", "count_nonzero", "max", "min", "prod", "ptp", "sum"]


@operation("Sum", "axis", "keepdims")
def sum(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Sums elements over axes.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.
        keepdims: Boolean, whether reduced axes stay with extent 1.

    Returns:
        The tensor of sums.

    Example:

    >>> float(keras.ops.sum([1.0, 2.0]))
    3.0
    """
    x = countable(x)
    axes = axes_of(axis, x.ndim)
    return kept(sums.total(x, axes=axes), x.shape, axes, keepdims) if axes else x


@operation("Prod", "axis", "keepdims", "dtype")
def prod(x: TensorLike, axis: Axis = None, keepdims: bool = False, dtype: DType | None = None) -> Tensor:
    """Multiplies elements over axes.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.
        keepdims: Boolean, whether reduced axes stay with extent 1.
        dtype: The dtype of the result. Defaults to that of `x`.

    Returns:
        The tensor of products.

    Example:

    >>> float(keras.ops.prod([2.0, 3.0]))
    6.0
    """
    x = countable(x) if dtype is None else tensor(x, standardize_dtype(dtype))
    return _reduced(reduce.prod, x, axis, keepdims)


def countable(x: TensorLike) -> Tensor:
    """Sums of small integers and booleans are computed in 32 bits."""
    x = tensor(x)
    wider = {"bool": "int32", "int8": "int32", "int16": "int32", "uint8": "uint32", "uint16": "uint32"}
    return elementwise.cast_to(x, wider.get(x.dtype, x.dtype))


@operation("Any", "axis", "keepdims")
def any(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Returns whether any element over axes is true.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.
        keepdims: Boolean, whether reduced axes stay with extent 1.

    Returns:
        Boolean tensor.

    Example:

    >>> keras.ops.any([True, False]).tolist()
    True
    """
    return _reduced(reduce.any_, tensor(x, "bool"), axis, keepdims)


@operation("All", "axis", "keepdims")
def all(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Returns whether all elements over axes are true.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.
        keepdims: Boolean, whether reduced axes stay with extent 1.

    Returns:
        Boolean tensor.

    Example:

    >>> keras.ops.all([True, False]).tolist()
    False
    """
    return _reduced(reduce.all_, tensor(x, "bool"), axis, keepdims)


def _reduced(reduction, x, axis, keepdims):
    axes = axes_of(axis, x.ndim)
    return kept(reduction(x, axes=axes), x.shape, axes, keepdims)


def kept(y: Tensor, shape: Shape, axes: Sequence[int], keepdims: bool) -> Tensor:
    """Puts the reduced axes back with extent 1, where they are kept."""
    if not keepdims:
        return y
    return move.reshape(y, shape=tuple(1 if a in axes else (-1 if e is None else e) for a, e in enumerate(shape)))


@operation("CountNonzero", "axis")
def count_nonzero(x: TensorLike, axis: Axis = None) -> Tensor:
    """Counts the elements over axes that are not zero.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.

    Returns:
        Tensor of int32 counts.

    Example:

    >>> int(keras.ops.count_nonzero([0, 3, 5]))
    2
    """
    return sum(tensor(x, "bool"), axis)


@operation("Max", "axis", "keepdims", "initial")
def max(x: TensorLike, axis: Axis = None, keepdims: bool = False, initial: float | None = None) -> Tensor:
    """Returns the largest element over axes.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.
        keepdims: Boolean, whether reduced axes stay with extent 1.
        initial: Optional lower bound of the result.

    Returns:
        The tensor of maxima.

    Raises:
        ValueError: If there are no elements and no `initial`.

    Example:

    >>> keras.ops.max([3, 1, 2]).tolist()
    3
    """
    return _extreme(reduce.max_, elementwise.maximum, "max", tensor(x), axis, keepdims, initial)


@operation("Min", "axis", "keepdims", "initial")
def min(x: TensorLike, axis: Axis = None, keepdims: bool = False, initial: float | None = None) -> Tensor:
    """Returns the smallest element over axes.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.
        keepdims: Boolean, whether reduced axes stay with extent 1.
        initial: Optional upper bound of the result.

    Returns:
        The tensor of minima.

    Raises:
        ValueError: If there are no elements and no `initial`.

    Example:

    >>> keras.ops.min([3, 1, 2]).tolist()
    1
    """
    return _extreme(reduce.min_, elementwise.minimum, "min", tensor(x), axis, keepdims, initial)


@operation("Amax", "axis", "keepdims")
def amax(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Returns the largest element over axes.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.
        keepdims: Boolean, whether reduced axes stay with extent 1.

    Returns:
        The tensor of maxima.

    Raises:
        ValueError: If there are no elements.

    Example:

    >>> int(keras.ops.amax([3, 1]))
    3
    """
    return _extreme(reduce.max_, elementwise.maximum, "max", tensor(x), axis, keepdims, None)


@operation("Amin", "axis", "keepdims")
def amin(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Returns the smallest element over axes.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.
        keepdims: Boolean, whether reduced axes stay with extent 1.

    Returns:
        The tensor of minima.

    Raises:
        ValueError: If there are no elements.

    Example:

    >>> int(keras.ops.amin([3, 1]))
    1
    """
    return _extreme(reduce.min_, elementwise.minimum, "min", tensor(x), axis, keepdims, None)


@operation("Ptp", "axis", "keepdims")
def ptp(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Returns the range of elements over axes: the largest minus the smallest.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.
        keepdims: Boolean, whether reduced axes stay with extent 1.

    Returns:
        The tensor of ranges.

    Raises:
        TypeError: If `x` holds booleans.

    Example:

    >>> int(keras.ops.ptp([3, 1]))
    2
    """
    x = tensor(x)
    if x.dtype == "bool":
        raise TypeError(f"`ptp` needs numbers that can be subtracted. Received: dtype={x.dtype}")
    return elementwise.subtract(max(x, axis, keepdims), min(x, axis, keepdims))


def _extreme(reduction, choose, name, x, axis, keepdims, initial):
    axes = axes_of(axis, x.ndim)
    if initial is not None and _empty(x, axes):
        shape = tuple(1 if a in axes else e for a, e in enumerate(x.shape))
        y = sums.broadcast(elementwise.like(x, initial), shape=shape)
        return y if keepdims else move.reshape(y, shape=sums.reduced_shape(x.shape, axes))
    check_not_empty(x, axes, name)
    y = kept(reduction(x, axes=axes), x.shape, axes, keepdims)
    return y if initial is None else choose(y, elementwise.like(y, initial))


def _empty(x, axes) -> bool:
    """Whether there are no elements to reduce."""
    return any_true(x.shape[a] == 0 for a in axes)


def check_not_empty(x: Tensor, axes: Sequence[int], name: str) -> None:
    """Refuses to choose among no elements.

    Raises:
        ValueError: If a reduced axis is empty.
    """
    if _empty(x, axes):
        raise ValueError(
            f"`{name}` has no value for an array without elements: zero-size array to reduction operation {name} which "
            f"has no identity. Received: x.shape={tuple(x.shape)}, axis={axes}"
        )


@operation("Argmax", "axis", "keepdims")
def argmax(x: TensorLike, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Returns the index of the largest element.

    Args:
        x: Input tensor.
        axis: Integer. Defaults to the flattened tensor.
        keepdims: Boolean, whether the reduced axis stays with extent 1.

    Returns:
        Tensor of int32 indices; the first where several are equal.

    Raises:
        ValueError: If there are no elements.

    Example:

    >>> keras.ops.argmax([3, 1, 2]).tolist()
    0
    """
    return _position(reduce.argmax, "argmax", tensor(x), axis, keepdims)


@operation("Argmin", "axis", "keepdims")
def argmin(x: TensorLike, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Returns the index of the smallest element.

    Args:
        x: Input tensor.
        axis: Integer. Defaults to the flattened tensor.
        keepdims: Boolean, whether the reduced axis stays with extent 1.

    Returns:
        Tensor of int32 indices; the first where several are equal.

    Raises:
        ValueError: If there are no elements.

    Example:

    >>> keras.ops.argmin([3, 1, 2]).tolist()
    1
    """
    return _position(reduce.argmin, "argmin", tensor(x), axis, keepdims)


def _position(reduction, name, x, axis, keepdims):
    line = x if axis is not None else move.reshape(x, shape=(-1,))
    at = one_axis(axis if axis is not None else 0, line.ndim)
    if line.shape[at] == 0:
        shape = tuple(x.shape)
        raise ValueError(f"attempt to get {name} of an empty sequence. Received: x.shape={shape}, axis={axis}")
    return kept(reduction(line, axis=at), x.shape, axes_of(axis, x.ndim), keepdims)
