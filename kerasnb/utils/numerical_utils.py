"""Labels and vectors, prepared for training."""

from __future__ import annotations

from typing import cast

import numpy as np

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.ops.arguments import one_axis


def to_categorical(x: TensorLike, num_classes: int | None = None) -> np.ndarray | Tensor:
    """Makes a one-hot row of each class number.

    Args:
        x: Array-like with class values from 0 to `num_classes - 1`.
        num_classes: Total number of classes. Defaults to `max(x) + 1`.

    Returns:
        A binary matrix as a NumPy array of float64, with the class axis last. For a tensor, a tensor.

    Raises:
        ValueError: If `x` holds a number that is not finite.
        IndexError: If a class is not in `[0, num_classes)`.

    Example:

    >>> print(keras.utils.to_categorical([0, 2, 1], num_classes=3))
    [[1. 0. 0.]
     [0. 0. 1.]
     [0. 1. 0.]]
    """
    if isinstance(x, Tensor):
        x = ops.squeeze(x, -1) if x.ndim > 1 and x.shape[-1] == 1 else x
        return ops.one_hot(x, cast(int, num_classes))
    labels = _labels(x)
    if not num_classes:
        if labels.size == 0:
            raise ValueError("`num_classes` must be given when `x` is empty. Received: num_classes=None")
        num_classes = int(labels.max()) + 1
    _check_classes(labels, num_classes)
    matrix = np.zeros((labels.size, num_classes))
    matrix[np.arange(labels.size), labels.reshape(-1)] = 1
    return matrix.reshape((*labels.shape, num_classes))


def _labels(x) -> np.ndarray:
    numbers = np.asarray(x)
    if numbers.dtype.kind == "f" and not np.isfinite(numbers).all():
        raise ValueError("`x` must hold class numbers. Received: NaN or infinity")
    labels = numbers.astype("int64")
    return labels.squeeze(-1) if labels.ndim > 1 and labels.shape[-1] == 1 else labels


def _check_classes(labels: np.ndarray, num_classes: int) -> None:
    outside = labels[(labels < 0) | (labels >= num_classes)]
    if outside.size:
        raise IndexError(
            f"`x` must hold classes from 0 to {num_classes - 1} (num_classes={num_classes}). "
            f"Received: class {outside.flat[0]}"
        )


def normalize(x: TensorLike, axis: int | None = -1, order: int = 2) -> np.ndarray | Tensor:
    """Normalizes an array to norm 1 along an axis.

    Args:
        x: Array or tensor to normalize.
        axis: Integer, the axis along which to normalize.
        order: The order of the norm, for instance 2 for the Euclidean norm.

    Returns:
        A normalized copy: a NumPy array for an array, a tensor for a tensor.

    Raises:
        ValueError: If `order` is not an integer of at least 1 and `x` is a tensor.

    Example:

    >>> print(keras.utils.normalize(np.array([[3.0, 4.0]])))
    [[0.6 0.8]]
    """
    if not isinstance(x, np.ndarray):
        return ops.normalize(x, axis=axis, order=order)
    axis = axis if axis is None else one_axis(axis, x.ndim)
    norm = np.atleast_1d(np.linalg.norm(x, order, axis))
    norm[norm == 0] = 1
    return x / np.expand_dims(norm, -1 if axis is None else axis)
