"""Losses of probabilities: the crossentropies and their kin."""

from __future__ import annotations

import warnings

from kerasnb import ops
from kerasnb.backend.tensor.dtypes import epsilon
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.ops.arguments import one_axis
from kerasnb.ops.numpy.half import in_float32


def _as_pair(y_true, y_pred) -> tuple[Tensor, Tensor]:
    y_pred = ops.convert_to_tensor(y_pred)
    return ops.cast(y_true, y_pred.dtype), y_pred


def _check_axis(axis) -> None:
    if isinstance(axis, bool):
        raise ValueError(f"`axis` must be of type `int`. Received: axis={axis} of type {type(axis)}")


def _warn_single_class(name: str, y_pred, axis: int) -> None:
    if y_pred.shape[one_axis(axis, y_pred.ndim)] == 1:
        warnings.warn(
            f"In loss {name}, expected y_pred.shape to be (batch_size, num_classes) with num_classes > 1. "
            f"Received: y_pred.shape={y_pred.shape}. "
            "Consider using 'binary_crossentropy' if you only have 2 classes.",
            SyntaxWarning,
            stacklevel=3,
        )


def _smoothed(y_true, label_smoothing: float, share: float):
    """Labels moved towards the uniform distribution."""
    if not label_smoothing:
        return y_true
    return ops.add(ops.multiply(y_true, 1.0 - label_smoothing), label_smoothing * share)


@in_float32
def kl_divergence(y_true: TensorLike, y_pred: TensorLike) -> Tensor:
    """Computes the Kullback-Leibler divergence: `sum(y_true * log(y_true / y_pred), axis=-1)`.

    Args:
        y_true: Tensor of true probabilities.
        y_pred: Tensor of predicted probabilities.

    Returns:
        Values of shape `[batch_size, d0, .. dN-1]`.

    Example:

    >>> keras.losses.kl_divergence([[0.5, 0.5]], [[0.5, 0.5]]).tolist()
    [0.0]
    """
    y_true, y_pred = (ops.clip(y, epsilon(), 1.0) for y in _as_pair(y_true, y_pred))
    return ops.sum(ops.multiply(y_true, ops.log(ops.divide(y_true, y_pred))), axis=-1)


@in_float32
def poisson(y_true: TensorLike, y_pred: TensorLike) -> Tensor:
    """Computes the Poisson loss: `mean(y_pred - y_true * log(y_pred), axis=-1)`.

    Args:
        y_true: Ground truth values of shape `[batch_size, d0, .. dN]`.
        y_pred: The predicted values of shape `[batch_size, d0, .. dN]`.

    Returns:
        Values of shape `[batch_size, d0, .. dN-1]`.

    Example:

    >>> keras.losses.poisson([[0.0, 0.0]], [[1.0, 2.0]]).tolist()
    [1.5]
    """
    y_true, y_pred = _as_pair(y_true, y_pred)
    return ops.mean(ops.subtract(y_pred, ops.multiply(y_true, ops.log(ops.add(y_pred, epsilon())))), axis=-1)


@in_float32
def categorical_crossentropy(
    y_true: TensorLike, y_pred: TensorLike, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Tensor:
    """Computes the categorical crossentropy loss.

    Args:
        y_true: Tensor of one-hot true targets.
        y_pred: Tensor of predicted targets.
        from_logits: Whether `y_pred` is logits rather than probabilities. Defaults to `False`.
        label_smoothing: Float in [0, 1]; how much of the labels is spread evenly. Defaults to `0.0`.
        axis: The axis of the classes. Defaults to `-1`.

    Returns:
        Values of the shape without the class axis.

    Example:

    >>> loss = keras.losses.categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]])
    >>> f"{loss.numpy()[0]:.4f}"
    '0.6931'
    """
    _check_axis(axis)
    y_true, y_pred = _as_pair(y_true, y_pred)
    _warn_single_class("categorical_crossentropy", y_pred, axis)
    y_true = _smoothed(y_true, label_smoothing, 1.0 / y_true.shape[axis])
    return ops.categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)


@in_float32
def categorical_focal_crossentropy(
    y_true: TensorLike, y_pred: TensorLike, alpha: float = 0.25, gamma: float = 2.0, from_logits: bool = False,
    label_smoothing: float = 0.0, axis: int = -1,
) -> Tensor:  # fmt: skip
    """Computes the categorical focal crossentropy loss: `-alpha * (1 - p)^gamma * y_true * log(p)`.

    Reference: [Lin et al., 2018](https://arxiv.org/abs/1708.02002)

    Args:
        y_true: Tensor of one-hot true targets.
        y_pred: Tensor of predicted targets.
        alpha: Weight of all classes, or a list with one for each. Defaults to `0.25`.
        gamma: Focusing parameter: well classified samples count less. Defaults to `2.0`.
        from_logits: Whether `y_pred` is logits rather than probabilities. Defaults to `False`.
        label_smoothing: Float in [0, 1]; how much of the labels is spread evenly. Defaults to `0.0`.
        axis: The axis of the classes. Defaults to `-1`.

    Returns:
        Values of the shape without the class axis.

    Example:

    >>> loss = keras.losses.categorical_focal_crossentropy([[0.0, 1.0]], [[0.5, 0.5]])
    >>> f"{loss.numpy()[0]:.4f}"
    '0.0433'
    """
    _check_axis(axis)
    y_true, y_pred = _as_pair(y_true, y_pred)
    _warn_single_class("categorical_focal_crossentropy", y_pred, axis)
    y_true = _smoothed(y_true, label_smoothing, 1.0 / y_true.shape[axis])
    p = ops.softmax(y_pred, axis=axis) if from_logits else y_pred
    p = ops.clip(ops.divide(p, ops.sum(p, axis=axis, keepdims=True)), epsilon(), 1.0 - epsilon())
    weight = ops.multiply(ops.power(ops.subtract(1.0, p), gamma), alpha)
    return ops.sum(ops.multiply(weight, ops.multiply(ops.negative(y_true), ops.log(p))), axis=axis)


@in_float32
def sparse_categorical_crossentropy(
    y_true: TensorLike, y_pred: TensorLike, from_logits: bool = False, ignore_class: int | None = None, axis: int = -1
) -> Tensor:
    """Computes the sparse categorical crossentropy loss.

    Args:
        y_true: Tensor of integer class ids.
        y_pred: Tensor of predicted targets.
        from_logits: Whether `y_pred` is logits rather than probabilities. Defaults to `False`.
        ignore_class: Optional integer: samples of this class count nothing. Defaults to `None`.
        axis: The axis of the classes. Defaults to `-1`.

    Returns:
        Values of the shape without the class axis.

    Example:

    >>> loss = keras.losses.sparse_categorical_crossentropy([1], [[0.5, 0.5]])
    >>> f"{loss.numpy()[0]:.4f}"
    '0.6931'
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    if y_true.ndim == y_pred.ndim and y_true.shape[axis] == 1:
        y_true = ops.squeeze(y_true, axis=axis)
    if ignore_class is None:
        return ops.sparse_categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)
    valid = ops.not_equal(y_true, ops.cast(ops.convert_to_tensor(ignore_class), y_true.dtype))
    y_true = ops.where(valid, y_true, ops.zeros_like(y_true))
    y_pred = ops.where(ops.expand_dims(valid, axis), y_pred, ops.ones_like(y_pred))
    losses = ops.sparse_categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)
    losses = ops.where(valid, losses, ops.zeros_like(losses))
    losses._keras_mask = valid
    return losses


@in_float32
def binary_crossentropy(
    y_true: TensorLike, y_pred: TensorLike, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Tensor:
    """Computes the binary crossentropy loss, averaged over an axis.

    Args:
        y_true: Ground truth values, 0 or 1, of shape `[batch_size, d0, .. dN]`.
        y_pred: The predicted values of shape `[batch_size, d0, .. dN]`.
        from_logits: Whether `y_pred` is logits rather than probabilities. Defaults to `False`.
        label_smoothing: Float in [0, 1]; how far labels are moved towards 0.5. Defaults to `0.0`.
        axis: The axis along which the mean is computed. Defaults to `-1`.

    Returns:
        Values of shape `[batch_size, d0, .. dN-1]`.

    Example:

    >>> loss = keras.losses.binary_crossentropy([[0.0, 1.0]], [[0.5, 0.5]])
    >>> f"{loss.numpy()[0]:.4f}"
    '0.6931'
    """
    y_true, y_pred = _as_pair(y_true, y_pred)
    y_true = _smoothed(y_true, label_smoothing, 0.5)
    return ops.mean(ops.binary_crossentropy(y_true, y_pred, from_logits=from_logits), axis=axis)


@in_float32
def binary_focal_crossentropy(
    y_true: TensorLike, y_pred: TensorLike, apply_class_balancing: bool = False, alpha: float = 0.25,
    gamma: float = 2.0, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1,
) -> Tensor:  # fmt: skip
    """Computes the binary focal crossentropy loss, averaged over an axis.

    Reference: [Lin et al., 2018](https://arxiv.org/abs/1708.02002)

    Args:
        y_true: Ground truth values, 0 or 1, of shape `[batch_size, d0, .. dN]`.
        y_pred: The predicted values of shape `[batch_size, d0, .. dN]`.
        apply_class_balancing: Whether class 1 weighs `alpha` and class 0 `1 - alpha`. Defaults to `False`.
        alpha: Weight of class 1. Defaults to `0.25`.
        gamma: Focusing parameter: well classified samples count less. Defaults to `2.0`.
        from_logits: Whether `y_pred` is logits rather than probabilities. Defaults to `False`.
        label_smoothing: Float in [0, 1]; how far labels are moved towards 0.5. Defaults to `0.0`.
        axis: The axis along which the mean is computed. Defaults to `-1`.

    Returns:
        Values of shape `[batch_size, d0, .. dN-1]`.

    Example:

    >>> loss = keras.losses.binary_focal_crossentropy([[0.0, 1.0]], [[0.5, 0.5]])
    >>> f"{loss.numpy()[0]:.4f}"
    '0.1733'
    """
    y_true, y_pred = _as_pair(y_true, y_pred)
    y_true = _smoothed(y_true, label_smoothing, 0.5)
    p = ops.sigmoid(y_pred) if from_logits else y_pred
    losses = ops.binary_crossentropy(y_true, p, from_logits=False)
    losses = ops.multiply(ops.power(ops.subtract(1.0, _agreement(y_true, p)), gamma), losses)
    if apply_class_balancing:
        losses = ops.multiply(_agreement(y_true, alpha), losses)
    return ops.mean(losses, axis=axis)


def _agreement(y_true, p):
    """`p` where the label is 1, `1 - p` where it is 0."""
    return ops.add(ops.multiply(y_true, p), ops.multiply(ops.subtract(1.0, y_true), ops.subtract(1.0, p)))


@in_float32
def categorical_generalized_cross_entropy(y_true: TensorLike, y_pred: TensorLike, q: float) -> Tensor:
    """Computes the generalized crossentropy loss: `(1 - p^q) / q`, where `p` is the true class' probability.

    Reference: [Zhang & Sabuncu, 2018](https://arxiv.org/abs/1805.07836)

    Args:
        y_true: Tensor of integer class ids.
        y_pred: Tensor of predicted probabilities.
        q: Float between 0 (crossentropy) and 1 (mean absolute error).

    Returns:
        Values of the shape without the class axis.

    Example:

    >>> keras.losses.categorical_generalized_cross_entropy([1], [[0.75, 0.25]], 0.5).tolist()
    [1.0]
    """
    y_pred = ops.convert_to_tensor(y_pred)
    chosen = ops.one_hot(ops.cast(y_true, "int32"), y_pred.shape[-1], dtype=y_pred.dtype)
    p = ops.sum(ops.multiply(y_pred, chosen), axis=-1)
    return ops.divide(ops.subtract(1.0, ops.power(p, q)), q)
