"""Metrics of numbers: how far predictions are from the truth."""

from __future__ import annotations

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.dtype_policies.dtype_policy import PolicyLike
from kerasnb.losses import regression as functions
from kerasnb.losses.loss import squeeze_or_expand_to_same_rank
from kerasnb.metrics.metric import Metric
from kerasnb.metrics.reduction_metrics import Mean, MeanMetricWrapper
from kerasnb.ops.numpy.half import sum_dtype


def cosine_similarity(y_true: TensorLike, y_pred: TensorLike, axis: int = -1) -> Tensor:
    """The cosine of the angle between labels and predictions, 1 for the same direction."""
    return ops.negative(functions.cosine_similarity(y_true, y_pred, axis=axis))


class MeanSquaredError(MeanMetricWrapper):
    """Computes the mean squared error between labels and predictions.

    Args:
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.

    Example:

    >>> m = keras.metrics.MeanSquaredError()
    >>> m.update_state([[0, 1], [0, 0]], [[1, 1], [0, 0]])
    >>> float(m.result())
    0.25
    """

    def __init__(self, name: str = "mean_squared_error", dtype: PolicyLike = None) -> None:
        super().__init__(functions.mean_squared_error, name, dtype)
        self._direction = "down"


class MeanAbsoluteError(MeanMetricWrapper):
    """Computes the mean absolute error between labels and predictions.

    Args:
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.

    Example:

    >>> m = keras.metrics.MeanAbsoluteError()
    >>> m.update_state([[0, 1], [0, 0]], [[1, 1], [0, 0]])
    >>> float(m.result())
    0.25
    """

    def __init__(self, name: str = "mean_absolute_error", dtype: PolicyLike = None) -> None:
        super().__init__(functions.mean_absolute_error, name, dtype)
        self._direction = "down"


class MeanAbsolutePercentageError(MeanMetricWrapper):
    """Computes the mean absolute percentage error between labels and predictions.

    Args:
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.

    Example:

    >>> m = keras.metrics.MeanAbsolutePercentageError()
    >>> m.update_state([[2.0, 1.0]], [[1.0, 1.0]])
    >>> float(m.result())
    25.0
    """

    def __init__(self, name: str = "mean_absolute_percentage_error", dtype: PolicyLike = None) -> None:
        super().__init__(functions.mean_absolute_percentage_error, name, dtype)
        self._direction = "down"


class MeanSquaredLogarithmicError(MeanMetricWrapper):
    """Computes the mean squared logarithmic error between labels and predictions.

    Args:
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.

    Example:

    >>> m = keras.metrics.MeanSquaredLogarithmicError()
    >>> m.update_state([[1.0, 1.0]], [[1.0, 1.0]])
    >>> float(m.result())
    0.0
    """

    def __init__(self, name: str = "mean_squared_logarithmic_error", dtype: PolicyLike = None) -> None:
        super().__init__(functions.mean_squared_logarithmic_error, name, dtype)
        self._direction = "down"


class RootMeanSquaredError(Mean):
    """Computes the root mean squared error between labels and predictions.

    Args:
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.

    Example:

    >>> m = keras.metrics.RootMeanSquaredError()
    >>> m.update_state([[0, 1], [0, 0]], [[1, 1], [0, 0]])
    >>> float(m.result())
    0.5
    """

    def __init__(self, name: str = "root_mean_squared_error", dtype: PolicyLike = None) -> None:
        super().__init__(name, dtype)
        self._direction = "down"

    def update_state(self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None) -> None:
        """Adds the squared errors, each times its weight."""
        y_true, y_pred = (ops.convert_to_tensor(y, dtype=self.dtype) for y in (y_true, y_pred))
        y_true, y_pred = squeeze_or_expand_to_same_rank(y_true, y_pred)
        super().update_state(ops.square(ops.subtract(y_pred, y_true)), sample_weight)

    def result(self) -> Tensor:
        """The root of the mean of all squared errors since the last reset."""
        return ops.sqrt(super().result())


class CosineSimilarity(MeanMetricWrapper):
    """Computes the cosine similarity between labels and predictions.

    Args:
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.
        axis: The axis along which the similarity is computed. Defaults to `-1`.

    Example:

    >>> m = keras.metrics.CosineSimilarity()
    >>> m.update_state([[0.0, 1.0]], [[0.0, 2.0]])
    >>> float(m.result())
    1.0
    """

    _no_config = ("axis",)  # Keras leaves it out

    def __init__(self, name: str = "cosine_similarity", dtype: PolicyLike = None, axis: int = -1) -> None:
        super().__init__(cosine_similarity, name, dtype, axis=axis)
        self.axis = axis
        self._direction = "up"

    def get_config(self) -> dict:
        """Returns the config: a JSON-serializable dict from which `from_config` creates the object again."""
        config = super().get_config()
        return config if self.axis == -1 else {**config, "axis": self.axis}


class LogCoshError(MeanMetricWrapper):
    """Computes the logarithm of the hyperbolic cosine of the prediction error.

    Args:
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.

    Example:

    >>> m = keras.metrics.LogCoshError()
    >>> m.update_state([[0.0, 0.0]], [[0.0, 0.0]])
    >>> float(m.result())
    0.0
    """

    def __init__(self, name: str = "logcosh", dtype: PolicyLike = None) -> None:
        super().__init__(functions.log_cosh, name, dtype)
        self._direction = "down"


class R2Score(Metric):
    """Computes the R2 score, also called the coefficient of determination.

    1 is a perfect prediction, 0 one that is as good as the mean of the labels.

    Args:
        class_aggregation: `"uniform_average"`, `"variance_weighted_average"`, or None for one score
            for each output. Defaults to `"uniform_average"`.
        num_regressors: Integer, the number of independent variables of the adjusted score; 0 for the
            plain one. Defaults to `0`.
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.

    Raises:
        ValueError: If an argument is none of these, or, when updated, if the input is not 2D.

    Example:

    >>> m = keras.metrics.R2Score()
    >>> m.update_state([[1.0], [4.0], [3.0]], [[2.0], [4.0], [4.0]])
    >>> f"{float(m.result()):.4f}"
    '0.5714'
    """

    _AGGREGATIONS = (None, "uniform_average", "variance_weighted_average")

    def __init__(
        self, class_aggregation: str | None = "uniform_average", num_regressors: int = 0, name: str = "r2_score",
        dtype: PolicyLike = None,
    ) -> None:  # fmt: skip
        if class_aggregation not in self._AGGREGATIONS:
            raise ValueError(
                f"Invalid value for argument `class_aggregation`. Expected one of {self._AGGREGATIONS}. "
                f"Received: class_aggregation={class_aggregation}"
            )
        if num_regressors < 0:
            raise ValueError(
                "Invalid value for argument `num_regressors`. Expected a value >= 0. "
                f"Received: num_regressors={num_regressors}"
            )
        super().__init__(name=name, dtype=dtype)
        self.class_aggregation, self.num_regressors = class_aggregation, num_regressors
        self.num_samples = self._add_total((), "num_samples")
        self._built = False
        self._direction = "up"

    def _build(self, y_true_shape, y_pred_shape) -> None:
        if len(y_pred_shape) != 2 or len(y_true_shape) != 2:
            raise ValueError(
                "R2Score expects 2D inputs with shape (batch_size, output_dim). Received input shapes: "
                f"y_pred.shape={y_pred_shape} and y_true.shape={y_true_shape}."
            )
        shape = (y_pred_shape[-1],)
        self.squared_sum = self._add_total(shape, "squared_sum")
        self.sum = self._add_total(shape, "sum")
        self.total_mse = self._add_total(shape, "residual")
        self.count = self._add_total(shape, "count")
        self._built = True

    def update_state(self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None) -> None:
        """Adds labels, their squares and the squared errors, each times its weight."""
        dtype = sum_dtype(self.dtype)
        y_true, y_pred = (ops.convert_to_tensor(y, dtype=dtype) for y in (y_true, y_pred))
        y_true, y_pred = squeeze_or_expand_to_same_rank(y_true, y_pred)
        if not self._built:
            self._build(y_true.shape, y_pred.shape)
        weight = ops.convert_to_tensor(1.0 if sample_weight is None else sample_weight, dtype=dtype)
        weight = ops.expand_dims(weight, axis=1) if len(weight.shape) == 1 else weight
        weight = ops.broadcast_to(weight, y_true.shape)
        weighted = ops.multiply(y_true, weight)
        errors = ops.multiply(ops.square(ops.subtract(y_true, y_pred)), weight)
        self._add_to(self.sum, ops.sum(weighted, axis=0))
        self._add_to(self.squared_sum, ops.sum(ops.multiply(y_true, weighted), axis=0))
        self._add_to(self.total_mse, ops.sum(errors, axis=0))
        self._add_to(self.count, ops.sum(weight, axis=0))
        self._add_to(self.num_samples, ops.cast(y_true.shape[0], self.num_samples.dtype))

    def result(self) -> Tensor:
        """The score of all labels and predictions since the last reset."""
        total = self.sum.value
        spread = ops.subtract(self.squared_sum.value, ops.divide(ops.square(total), self.count.value))
        scores = ops.subtract(1.0, ops.divide(self.total_mse.value, spread))
        scores = ops.where(ops.logical_or(ops.isfinite(scores), ops.isnan(scores)), scores, ops.zeros_like(scores))
        return self._adjusted(self._aggregated(scores, spread))

    def _aggregated(self, scores, spread):
        if self.class_aggregation == "uniform_average":
            return ops.mean(scores)
        if self.class_aggregation is None:
            return scores
        return ops.divide(ops.sum(ops.multiply(spread, scores)), ops.sum(spread))

    def _adjusted(self, score):
        """The score corrected for the number of regressors, where there are more samples than those."""
        if not self.num_regressors:
            return score
        n = ops.cast(self.num_samples.value, score.dtype)
        free = ops.subtract(n, self.num_regressors + 1.0)
        share = ops.divide_no_nan(ops.subtract(n, 1.0), free)
        adjusted = ops.subtract(1.0, ops.multiply(ops.subtract(1.0, score), share))
        return ops.where(ops.greater(free, 0.0), adjusted, score)
