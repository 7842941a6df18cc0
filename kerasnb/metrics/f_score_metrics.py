"""Metrics that weigh precision against recall."""

from __future__ import annotations

from kerasnb import ops
from kerasnb.backend.tensor.dtypes import epsilon
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.dtype_policies.dtype_policy import PolicyLike
from kerasnb.metrics.metric import Metric
from kerasnb.ops.numpy.half import sum_dtype

_AVERAGES = (None, "micro", "macro", "weighted")


def _check(average, beta, threshold) -> None:
    if average not in _AVERAGES:
        raise ValueError(
            f"Invalid `average` argument value. Expected one of: {set(_AVERAGES)}. Received: average={average}"
        )
    if not isinstance(beta, float) or beta <= 0.0:
        raise ValueError(
            f"Invalid `beta` argument value. It should be a Python float > 0. Received: beta={beta} of type "
            f"'{type(beta)}'"
        )
    if threshold is not None and (not isinstance(threshold, float) or not 0.0 < threshold <= 1.0):
        raise ValueError(
            "Invalid `threshold` argument value. It should be a Python float and verify 0 < threshold <= 1. "
            f"Received: threshold={threshold} of type '{type(threshold)}'"
        )


class FBetaScore(Metric):
    """Computes the F-beta score: `(1 + b^2) * precision * recall / (b^2 * precision + recall)`.

    Args:
        average: How the classes are put together: `"micro"` (over all counts), `"macro"` (plain mean
            of the scores), `"weighted"` (weighted by the classes' share), or None for one score each.
        beta: Float; how much more recall counts than precision. Defaults to `1.0`.
        threshold: Optional float; predictions above it are 1. By default the largest of a row is 1.
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.

    Raises:
        ValueError: If an argument is out of its range, or, when updated, if the input is not 2D.

    Example:

    >>> m = keras.metrics.FBetaScore(beta=2.0, threshold=0.5)
    >>> m.update_state([[1, 1, 1], [1, 0, 0]], [[0.2, 0.6, 0.7], [0.6, 0.2, 0.8]])
    >>> m.result().numpy().round(3).tolist()
    [0.5559999942779541, 1.0, 0.8330000042915344]
    """

    def __init__(
        self, average: str | None = None, beta: float = 1.0, threshold: float | None = None, name: str = "fbeta_score",
        dtype: PolicyLike = None,
    ) -> None:  # fmt: skip
        _check(average, beta, threshold)
        super().__init__(name=name, dtype=dtype)
        self.average, self.beta, self.threshold = average, beta, threshold
        self.axis = None if average == "micro" else 0
        self._built = False
        self._direction = "up"

    def _build(self, y_true_shape, y_pred_shape) -> None:
        if len(y_pred_shape) != 2 or len(y_true_shape) != 2:
            raise ValueError(
                f"{self.__class__.__name__} expects 2D inputs with shape (batch_size, output_dim). Received input "
                f"shapes: y_pred.shape={y_pred_shape} and y_true.shape={y_true_shape}."
            )
        shape = () if self.average == "micro" else (y_pred_shape[-1],)
        self.true_positives = self._add_total(shape, "true_positives", self.dtype)
        self.false_positives = self._add_total(shape, "false_positives", self.dtype)
        self.false_negatives = self._add_total(shape, "false_negatives", self.dtype)
        self.intermediate_weights = self._add_total(shape, "intermediate_weights", self.dtype)
        self._built = True

    def _decided(self, y_pred):
        """Predictions as 0 and 1."""
        if self.threshold is not None:
            return ops.cast(ops.greater(y_pred, self.threshold), y_pred.dtype)
        largest = ops.greater_equal(y_pred, ops.max(y_pred, axis=-1, keepdims=True))
        # a row of zeros chooses nothing
        return ops.cast(ops.logical_and(largest, ops.greater(ops.abs(y_pred), 1e-9)), y_pred.dtype)

    def update_state(self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None) -> None:
        """Adds the counts of right and wrong predictions, each times its weight."""
        dtype = sum_dtype(self.dtype)
        y_true, y_pred = (ops.convert_to_tensor(y, dtype=dtype) for y in (y_true, y_pred))
        if not self._built:
            self._build(y_true.shape, y_pred.shape)
        y_pred = self._decided(y_pred)
        if sample_weight is not None:
            sample_weight = ops.convert_to_tensor(sample_weight, dtype=dtype)
            sample_weight = ops.expand_dims(sample_weight, 1) if sample_weight.ndim == 1 else sample_weight

        def total(x):
            return ops.sum(x if sample_weight is None else ops.multiply(x, sample_weight), axis=self.axis)

        self._add_to(self.true_positives, total(ops.multiply(y_pred, y_true)))
        self._add_to(self.false_positives, total(ops.multiply(y_pred, ops.subtract(1.0, y_true))))
        self._add_to(self.false_negatives, total(ops.multiply(ops.subtract(1.0, y_pred), y_true)))
        self._add_to(self.intermediate_weights, total(y_true))

    def result(self) -> Tensor:
        """The score of all predictions since the last reset."""
        return ops.cast(self._score(), self.dtype)

    def _score(self):
        right = self.true_positives.value
        precision = ops.divide(right, ops.add(ops.add(right, self.false_positives.value), epsilon()))
        recall = ops.divide(right, ops.add(ops.add(right, self.false_negatives.value), epsilon()))
        squared = self.beta**2
        below = ops.add(ops.add(ops.multiply(precision, squared), recall), epsilon())
        score = ops.multiply(ops.divide(ops.multiply(precision, recall), below), 1 + squared)
        if self.average is None:
            return score
        if self.average != "weighted":
            return ops.mean(score)
        weights = self.intermediate_weights.value
        return ops.sum(ops.multiply(score, ops.divide(weights, ops.add(ops.sum(weights), epsilon()))))


class F1Score(FBetaScore):
    """Computes the F-1 score: `2 * precision * recall / (precision + recall)`.

    Args:
        average: How the classes are put together: `"micro"` (over all counts), `"macro"` (plain mean
            of the scores), `"weighted"` (weighted by the classes' share), or None for one score each.
        threshold: Optional float; predictions above it are 1. By default the largest of a row is 1.
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.

    Example:

    >>> m = keras.metrics.F1Score(threshold=0.5)
    >>> m.update_state([[1, 1, 1], [1, 0, 0]], [[0.2, 0.6, 0.7], [0.6, 0.2, 0.8]])
    >>> m.result().numpy().round(3).tolist()
    [0.6669999957084656, 1.0, 0.6669999957084656]
    """

    def __init__(
        self, average: str | None = None, threshold: float | None = None, name: str = "f1_score",
        dtype: PolicyLike = None,
    ) -> None:  # fmt: skip
        super().__init__(average, 1.0, threshold, name, dtype)
