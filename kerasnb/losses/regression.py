"""Losses of numbers: how far a prediction is from the truth."""

from __future__ import annotations

import math

from kerasnb import ops
from kerasnb.backend.tensor.dtypes import epsilon
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.dtype_policies.dtype_policy import PolicyLike
from kerasnb.losses.loss import LossFunctionWrapper, squeeze_or_expand_to_same_rank
from kerasnb.ops.numpy.half import in_float32


def as_pair(y_true: TensorLike, y_pred: TensorLike) -> tuple[Tensor, Tensor]:
    """Both as tensors of the dtype of `y_pred` and of the same rank."""
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.convert_to_tensor(y_true, dtype=y_pred.dtype)
    return squeeze_or_expand_to_same_rank(y_true, y_pred)


@in_float32
def mean_squared_error(y_true: TensorLike, y_pred: TensorLike) -> Tensor:
    """Computes the mean squared error: `mean(square(y_true - y_pred), axis=-1)`.

    Args:
        y_true: Ground truth values of shape `[batch_size, d0, .. dN]`.
        y_pred: The predicted values of shape `[batch_size, d0, .. dN]`.

    Returns:
        Values of shape `[batch_size, d0, .. dN-1]`.

    Example:

    >>> keras.losses.mean_squared_error([[0.0, 1.0]], [[1.0, 1.0]]).tolist()
    [0.5]
    """
    y_true, y_pred = as_pair(y_true, y_pred)
    return ops.mean(ops.square(ops.subtract(y_true, y_pred)), axis=-1)


@in_float32
def mean_absolute_error(y_true: TensorLike, y_pred: TensorLike) -> Tensor:
    """Computes the mean absolute error: `mean(abs(y_true - y_pred), axis=-1)`.

    Args:
        y_true: Ground truth values of shape `[batch_size, d0, .. dN]`.
        y_pred: The predicted values of shape `[batch_size, d0, .. dN]`.

    Returns:
        Values of shape `[batch_size, d0, .. dN-1]`.

    Example:

    >>> keras.losses.mean_absolute_error([[0.0, 1.0]], [[1.0, 1.0]]).tolist()
    [0.5]
    """
    y_true, y_pred = as_pair(y_true, y_pred)
    return ops.mean(ops.abs(ops.subtract(y_true, y_pred)), axis=-1)


@in_float32
def mean_absolute_percentage_error(y_true: TensorLike, y_pred: TensorLike) -> Tensor:
    """Computes the mean absolute percentage error: `100 * mean(abs((y_true - y_pred) / y_true), axis=-1)`.

    Args:
        y_true: Ground truth values of shape `[batch_size, d0, .. dN]`.
        y_pred: The predicted values of shape `[batch_size, d0, .. dN]`.

    Returns:
        Values of shape `[batch_size, d0, .. dN-1]`.

    Example:

    >>> keras.losses.mean_absolute_percentage_error([[2.0, 1.0]], [[1.0, 1.0]]).tolist()
    [25.0]
    """
    y_true, y_pred = as_pair(y_true, y_pred)
    scale = ops.maximum(ops.abs(y_true), epsilon())
    return ops.multiply(ops.mean(ops.abs(ops.divide(ops.subtract(y_true, y_pred), scale)), axis=-1), 100.0)


@in_float32
def mean_squared_logarithmic_error(y_true: TensorLike, y_pred: TensorLike) -> Tensor:
    """Computes the mean squared logarithmic error: `mean(square(log(y_true + 1) - log(y_pred + 1)), axis=-1)`.

    Values below `keras.config.epsilon()` count as that, so no logarithm of a negative number is taken.

    Args:
        y_true: Ground truth values of shape `[batch_size, d0, .. dN]`.
        y_pred: The predicted values of shape `[batch_size, d0, .. dN]`.

    Returns:
        Values of shape `[batch_size, d0, .. dN-1]`.

    Example:

    >>> keras.losses.mean_squared_logarithmic_error([[1.0, 1.0]], [[1.0, 1.0]]).tolist()
    [0.0]
    """
    y_true, y_pred = as_pair(y_true, y_pred)
    logs = [ops.log(ops.add(ops.maximum(y, epsilon()), 1.0)) for y in (y_pred, y_true)]
    return ops.mean(ops.square(ops.subtract(*logs)), axis=-1)


@in_float32
def cosine_similarity(y_true: TensorLike, y_pred: TensorLike, axis: int = -1) -> Tensor:
    """Computes the cosine similarity, negated: `-sum(l2_norm(y_true) * l2_norm(y_pred))`.

    Args:
        y_true: Tensor of true targets.
        y_pred: Tensor of predicted targets.
        axis: Axis along which the similarity is taken. Defaults to `-1`.

    Returns:
        Values between -1 (same direction) and 1 (opposite); 0 where one of them is zero.

    Example:

    >>> keras.losses.cosine_similarity([[0.0, 1.0]], [[0.0, 2.0]]).tolist()
    [-1.0]
    """
    y_true, y_pred = as_pair(y_true, y_pred)
    units = [ops.normalize(y, axis=axis) for y in (y_true, y_pred)]
    return ops.negative(ops.sum(ops.multiply(*units), axis=axis))


@in_float32
def huber(y_true: TensorLike, y_pred: TensorLike, delta: float = 1.0) -> Tensor:
    """Computes the Huber loss: quadratic for errors up to `delta`, linear above.

    Reference: [Huber, 1964](https://doi.org/10.1214/aoms/1177703732)

    Args:
        y_true: Ground truth values of shape `[batch_size, d0, .. dN]`.
        y_pred: The predicted values of shape `[batch_size, d0, .. dN]`.
        delta: Where the loss changes from quadratic to linear. Defaults to `1.0`.

    Returns:
        Values of shape `[batch_size, d0, .. dN-1]`.

    Example:

    >>> keras.losses.huber([[0.0, 0.0]], [[1.0, 3.0]]).tolist()
    [1.5]
    """
    y_true, y_pred = as_pair(y_true, y_pred)
    error = ops.subtract(y_pred, y_true)
    size = ops.abs(error)
    quadratic = ops.multiply(ops.square(error), 0.5)
    linear = ops.subtract(ops.multiply(size, delta), 0.5 * delta * delta)
    return ops.mean(ops.where(ops.less_equal(size, delta), quadratic, linear), axis=-1)


@in_float32
def log_cosh(y_true: TensorLike, y_pred: TensorLike) -> Tensor:
    """Computes the logarithm of the hyperbolic cosine of the error: `mean(log(cosh(y_pred - y_true)), axis=-1)`.

    Args:
        y_true: Ground truth values of shape `[batch_size, d0, .. dN]`.
        y_pred: The predicted values of shape `[batch_size, d0, .. dN]`.

    Returns:
        Values of shape `[batch_size, d0, .. dN-1]`.

    Example:

    >>> f"{keras.losses.log_cosh([[0.0, 0.0]], [[1.0, 0.0]]).numpy()[0]:.4f}"
    '0.2169'
    """
    y_true, y_pred = as_pair(y_true, y_pred)
    x = ops.subtract(y_pred, y_true)
    # log(cosh(x)) without the overflow of exp
    return ops.mean(ops.subtract(ops.add(x, ops.softplus(ops.multiply(x, -2.0))), math.log(2.0)), axis=-1)


class MeanSquaredError(LossFunctionWrapper):
    """Computes the mean of squares of errors between labels and predictions.

    Args:
        reduction: See `keras.losses.Loss`. Defaults to `"sum_over_batch_size"`.
        name: Optional name of the loss.
        dtype: See `keras.losses.Loss`.

    Example:

    >>> float(keras.losses.MeanSquaredError()([[0.0, 1.0]], [[1.0, 1.0]]))
    0.5
    """

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str | None = "mean_squared_error",
        dtype: PolicyLike = None,
    ) -> None:  # fmt: skip
        super().__init__(mean_squared_error, reduction, name, dtype)


class MeanAbsoluteError(LossFunctionWrapper):
    """Computes the mean of absolute difference between labels and predictions.

    Args:
        reduction: See `keras.losses.Loss`. Defaults to `"sum_over_batch_size"`.
        name: Optional name of the loss.
        dtype: See `keras.losses.Loss`.

    Example:

    >>> float(keras.losses.MeanAbsoluteError()([[0.0, 1.0]], [[1.0, 1.0]]))
    0.5
    """

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str | None = "mean_absolute_error",
        dtype: PolicyLike = None,
    ) -> None:  # fmt: skip
        super().__init__(mean_absolute_error, reduction, name, dtype)


class MeanAbsolutePercentageError(LossFunctionWrapper):
    """Computes the mean absolute percentage error between labels and predictions.

    Args:
        reduction: See `keras.losses.Loss`. Defaults to `"sum_over_batch_size"`.
        name: Optional name of the loss.
        dtype: See `keras.losses.Loss`.

    Example:

    >>> float(keras.losses.MeanAbsolutePercentageError()([[2.0, 1.0]], [[1.0, 1.0]]))
    25.0
    """

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str | None = "mean_absolute_percentage_error",
        dtype: PolicyLike = None,
    ) -> None:  # fmt: skip
        super().__init__(mean_absolute_percentage_error, reduction, name, dtype)


class MeanSquaredLogarithmicError(LossFunctionWrapper):
    """Computes the mean squared logarithmic error between labels and predictions.

    Args:
        reduction: See `keras.losses.Loss`. Defaults to `"sum_over_batch_size"`.
        name: Optional name of the loss.
        dtype: See `keras.losses.Loss`.

    Example:

    >>> float(keras.losses.MeanSquaredLogarithmicError()([[1.0, 1.0]], [[1.0, 1.0]]))
    0.0
    """

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str | None = "mean_squared_logarithmic_error",
        dtype: PolicyLike = None,
    ) -> None:  # fmt: skip
        super().__init__(mean_squared_logarithmic_error, reduction, name, dtype)


class CosineSimilarity(LossFunctionWrapper):
    """Computes the cosine similarity between labels and predictions, negated.

    Args:
        axis: The axis along which the similarity is computed. Defaults to `-1`.
        reduction: See `keras.losses.Loss`. Defaults to `"sum_over_batch_size"`.
        name: Optional name of the loss.
        dtype: See `keras.losses.Loss`.

    Example:

    >>> float(keras.losses.CosineSimilarity()([[0.0, 1.0]], [[0.0, 2.0]]))
    -1.0
    """

    _no_config = ("dtype", "axis")  # Keras leaves it out

    def __init__(
        self, axis: int = -1, reduction: str | None = "sum_over_batch_size", name: str | None = "cosine_similarity",
        dtype: PolicyLike = None,
    ) -> None:  # fmt: skip
        super().__init__(cosine_similarity, reduction, name, dtype, axis=axis)


class Huber(LossFunctionWrapper):
    """Computes the Huber loss between labels and predictions.

    Args:
        delta: Where the loss changes from quadratic to linear. Defaults to `1.0`.
        reduction: See `keras.losses.Loss`. Defaults to `"sum_over_batch_size"`.
        name: Optional name of the loss.
        dtype: See `keras.losses.Loss`.

    Example:

    >>> float(keras.losses.Huber()([[0.0, 0.0]], [[1.0, 3.0]]))
    1.5
    """

    _no_config = ("dtype", "delta")  # Keras leaves it out

    def __init__(
        self, delta: float = 1.0, reduction: str | None = "sum_over_batch_size", name: str | None = "huber_loss",
        dtype: PolicyLike = None,
    ) -> None:  # fmt: skip
        super().__init__(huber, reduction, name, dtype, delta=delta)


class LogCosh(LossFunctionWrapper):
    """Computes the logarithm of the hyperbolic cosine of the prediction error.

    Args:
        reduction: See `keras.losses.Loss`. Defaults to `"sum_over_batch_size"`.
        name: Optional name of the loss.
        dtype: See `keras.losses.Loss`.

    Example:

    >>> float(keras.losses.LogCosh()([[0.0, 0.0]], [[0.0, 0.0]]))
    0.0
    """

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str | None = "log_cosh", dtype: PolicyLike = None
    ) -> None:
        super().__init__(log_cosh, reduction, name, dtype)
