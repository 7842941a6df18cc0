"""Choosing by index: `take`, `take_along_axis`, `one_hot`, `multi_hot`."""

from __future__ import annotations

from kerasnb.backend.tensor.dtypes import FLOATS, floatx, standardize_dtype
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.kernels import gather as rooms
from kerasnb.kernels import move
from kerasnb.kernels.common import broadcast_shapes
from kerasnb.kernels.elementwise import cast_to
from kerasnb.kernels.sum import broadcast
from kerasnb.ops.arguments import one_axis, tensor
from kerasnb.ops.numpy.reductions import max as largest

__all__ = ["multi_hot", "one_hot", "take", "take_along_axis"]


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


def take(x, indices, axis=None):
    """Takes slices of a tensor along an axis.

    Args:
        x: The tensor.
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
    x = tensor(x)
    if axis is None:
        x, axis = move.reshape(x, shape=(-1,)), 0
    axis = one_axis(axis, x.ndim)
    return rooms.take(x, _indices(indices, x.shape[axis]), axis=axis)


def take_along_axis(x, indices, axis=None):
    """Takes elements of a tensor along an axis, each row by its own indices.

    Args:
        x: The tensor.
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
    x = tensor(x)
    if axis is None:
        x, axis = move.reshape(x, shape=(-1,)), 0
    axis = one_axis(axis, x.ndim)
    at = _indices(indices, x.shape[axis])
    if at.ndim != x.ndim:
        raise ValueError(
            f"`x` and `indices` must have the same number of dimensions, but receive shape {x.shape} and {at.shape}."
        )
    x, at = _aligned(x, at, axis)
    return rooms.take_along(x, at, axis=axis)


def _aligned(x, at, axis):
    """Both broadcast along all axes but the one that is indexed."""
    shape = broadcast_shapes(*((*t.shape[:axis], 1, *t.shape[axis + 1 :]) for t in (x, at)))
    out = []
    for t in (x, at):
        wanted = (*shape[:axis], t.shape[axis], *shape[axis + 1 :])
        out.append(t if tuple(t.shape) == wanted else broadcast(t, shape=wanted))
    return out


def one_hot(x, num_classes, axis=-1, dtype=None, sparse=False):
    """Turns integer labels into rows with a single one.

    Args:
        x: Integer tensor.
        num_classes: Integer, the extent of the new axis.
        axis: Where the new axis stands. Defaults to `-1`.
        dtype: The dtype of the result. Defaults to `keras.config.floatx()`.
        sparse: Accepted for compatibility; tensors here are dense.

    Returns:
        Tensor; labels out of range give rows of zeros.

    Example:

    >>> keras.ops.one_hot([1, 0], 2).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    if sparse:
        raise ValueError(f"Sparse tensors are not supported. Received: sparse={sparse}")
    at = tensor(x)
    at = cast_to(at, "int32") if at.dtype in FLOATS or at.dtype == "bool" else at
    dtype = floatx() if dtype is None else standardize_dtype(dtype)
    place = one_axis(axis, at.ndim + 1)
    if dtype == "bool":
        return cast_to(rooms.one_hot(at, axis=place, classes=int(num_classes), dtype="int8"), "bool")
    return rooms.one_hot(at, axis=place, classes=int(num_classes), dtype=dtype)


def multi_hot(inputs, num_classes=None, axis=-1, dtype=None, sparse=False, **kwargs):
    """Turns rows of integer labels into rows with a one for each label.

    Args:
        inputs: Integer tensor of shape `(labels,)` or `(batch, labels, ...)`.
        num_classes: Integer, the extent of the new axis.
        axis: Where the new axis stands. Defaults to `-1`.
        dtype: The dtype of the result. Defaults to `keras.config.floatx()`.
        sparse: Accepted for compatibility; tensors here are dense.
        kwargs: `num_tokens`, another name of `num_classes`.

    Returns:
        Tensor; labels out of range are left out.

    Raises:
        ValueError: If `num_classes` is missing, or `axis` is out of range.

    Example:

    >>> keras.ops.multi_hot([0, 2], 4).tolist()
    [1.0, 0.0, 1.0, 0.0]
    """
    named = kwargs.pop("num_tokens", None)
    if kwargs:
        raise ValueError(f"Unrecognized keyword arguments passed to multi_hot: {kwargs}")
    classes = named if num_classes is None else num_classes
    if classes is None:
        raise ValueError("Argument `num_classes` must be specified.")
    at = tensor(inputs)
    one_axis(axis, at.ndim + 1)
    if axis < -1:
        raise ValueError(f"axis must be -1 or between [0, {at.ndim}), but received {axis}.")
    return largest(one_hot(at, classes, axis, dtype, sparse), axis=1 if at.ndim > 1 else 0)
