"""Losses of margins."""

from __future__ import annotations

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.dtype_policies.dtype_policy import PolicyLike
from kerasnb.losses.loss import LossFunctionWrapper
from kerasnb.ops.numpy.half import in_float32


def as_signs(y_true: TensorLike) -> Tensor:
    """Labels that are all 0 or 1 become -1 or 1; others stay."""
    is_binary = ops.all(ops.logical_or(ops.equal(y_true, 0), ops.equal(y_true, 1)))
    return ops.where(is_binary, ops.subtract(ops.multiply(y_true, 2.0), 1.0), y_true)


def _margin(y_true, y_pred):
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = as_signs(ops.cast(y_true, y_pred.dtype))
    return ops.maximum(ops.subtract(1.0, ops.multiply(y_true, y_pred)), 0.0)


@in_float32
def hinge(y_true: TensorLike, y_pred: TensorLike) -> Tensor:
    """Computes the hinge loss: `mean(maximum(1 - y_true * y_pred, 0), axis=-1)`.

    Args:
        y_true: The ground truth values, -1 or 1 (0 or 1 are converted).
        y_pred: The predicted values of shape `[batch_size, d0, .. dN]`.

    Returns:
        Values of shape `[batch_size, d0, .. dN-1]`.

    Example:

    >>> keras.losses.hinge([[-1.0, 1.0]], [[0.5, 0.5]]).tolist()
    [1.0]
    """
    return ops.mean(_margin(y_true, y_pred), axis=-1)


@in_float32
def squared_hinge(y_true: TensorLike, y_pred: TensorLike) -> Tensor:
    """Computes the squared hinge loss: `mean(square(maximum(1 - y_true * y_pred, 0)), axis=-1)`.

    Args:
        y_true: The ground truth values, -1 or 1 (0 or 1 are converted).
        y_pred: The predicted values of shape `[batch_size, d0, .. dN]`.

    Returns:
        Values of shape `[batch_size, d0, .. dN-1]`.

    Example:

    >>> keras.losses.squared_hinge([[-1.0, 1.0]], [[0.5, 0.5]]).tolist()
    [1.25]
    """
    return ops.mean(ops.square(_margin(y_true, y_pred)), axis=-1)


@in_float32
def categorical_hinge(y_true: TensorLike, y_pred: TensorLike) -> Tensor:
    """Computes the categorical hinge loss: `maximum(neg - pos + 1, 0)`.

    Here `neg = max((1 - y_true) * y_pred)` and `pos = sum(y_true * y_pred)`.

    Args:
        y_true: The ground truth values, 0 or 1, of shape `[batch_size, num_classes]`.
        y_pred: The predicted values of the same shape.

    Returns:
        Values of shape `[batch_size]`.

    Example:

    >>> keras.losses.categorical_hinge([[0.0, 1.0]], [[0.5, 0.5]]).tolist()
    [1.0]
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.cast(y_true, y_pred.dtype)
    positive = ops.sum(ops.multiply(y_true, y_pred), axis=-1)
    negative = ops.max(ops.multiply(ops.subtract(1.0, y_true), y_pred), axis=-1)
    return ops.maximum(ops.add(ops.subtract(negative, positive), 1.0), 0.0)


class Hinge(LossFunctionWrapper):
    """Computes the hinge loss between labels and predictions.

    Args:
        reduction: See `keras.losses.Loss`. Defaults to `"sum_over_batch_size"`.
        name: Optional name of the loss.
        dtype: See `keras.losses.Loss`.

    Example:

    >>> float(keras.losses.Hinge()([[-1.0, 1.0]], [[0.5, 0.5]]))
    1.0
    """

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str | None = "hinge", dtype: PolicyLike = None
    ) -> None:
        super().__init__(hinge, reduction, name, dtype)


class SquaredHinge(LossFunctionWrapper):
    """Computes the squared hinge loss between labels and predictions.

    Args:
        reduction: See `keras.losses.Loss`. Defaults to `"sum_over_batch_size"`.
        name: Optional name of the loss.
        dtype: See `keras.losses.Loss`.

    Example:

    >>> float(keras.losses.SquaredHinge()([[-1.0, 1.0]], [[0.5, 0.5]]))
    1.25
    """

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str | None = "squared_hinge",
        dtype: PolicyLike = None,
    ) -> None:  # fmt: skip
        super().__init__(squared_hinge, reduction, name, dtype)


class CategoricalHinge(LossFunctionWrapper):
    """Computes the categorical hinge loss between labels and predictions.

    Args:
        reduction: See `keras.losses.Loss`. Defaults to `"sum_over_batch_size"`.
        name: Optional name of the loss.
        dtype: See `keras.losses.Loss`.

    Example:

    >>> float(keras.losses.CategoricalHinge()([[0.0, 1.0]], [[0.5, 0.5]]))
    1.0
    """

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str | None = "categorical_hinge",
        dtype: PolicyLike = None,
    ) -> None:  # fmt: skip
        super().__init__(categorical_hinge, reduction, name, dtype)
