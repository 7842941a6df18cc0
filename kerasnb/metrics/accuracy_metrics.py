"""Metrics that count how often a prediction is right."""

from __future__ import annotations

from kerasnb import ops
from kerasnb.backend.tensor.dtypes import floatx
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.dtype_policies.dtype_policy import PolicyLike
from kerasnb.losses.loss import squeeze_or_expand_to_same_rank
from kerasnb.metrics.reduction_metrics import MeanMetricWrapper


def _matches(y_true, y_pred):
    return ops.cast(ops.equal(y_true, y_pred), floatx())


def accuracy(y_true: TensorLike, y_pred: TensorLike) -> Tensor:
    """1 where prediction and label are equal, else 0."""
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.convert_to_tensor(y_true, dtype=y_pred.dtype)
    return _matches(*squeeze_or_expand_to_same_rank(y_true, y_pred))


def binary_accuracy(y_true: TensorLike, y_pred: TensorLike, threshold: float = 0.5) -> Tensor:
    """Calculates how often predictions match binary labels.

    Args:
        y_true: Labels, 0 or 1.
        y_pred: Predictions; those above the threshold count as 1.
        threshold: Float. Defaults to `0.5`.

    Returns:
        1 where they match, else 0, of the shape of the predictions.

    Example:

    >>> keras.metrics.binary_accuracy([[1.0], [0.0]], [[0.9], [0.7]]).tolist()
    [[1.0], [0.0]]
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    y_true, y_pred = squeeze_or_expand_to_same_rank(y_true, y_pred)
    return _matches(y_true, ops.cast(ops.greater(y_pred, threshold), y_true.dtype))


def categorical_accuracy(y_true: TensorLike, y_pred: TensorLike) -> Tensor:
    """Calculates how often predictions match one-hot labels.

    Args:
        y_true: One-hot labels of shape `[batch_size, .., num_classes]`.
        y_pred: Probabilities or scores of the same shape.

    Returns:
        1 where the largest entries stand at the same place, else 0.

    Example:

    >>> keras.metrics.categorical_accuracy([[0.0, 1.0], [1.0, 0.0]], [[0.1, 0.9], [0.4, 0.6]]).tolist()
    [1.0, 0.0]
    """
    return _class_matches(ops.argmax(ops.convert_to_tensor(y_true), axis=-1), ops.convert_to_tensor(y_pred))


def sparse_categorical_accuracy(y_true: TensorLike, y_pred: TensorLike) -> Tensor:
    """Calculates how often predictions match integer labels.

    Args:
        y_true: Integer labels of shape `[batch_size, ..]` or `[batch_size, .., 1]`.
        y_pred: Probabilities or scores of shape `[batch_size, .., num_classes]`.

    Returns:
        1 where the largest entry is that of the label, else 0.

    Example:

    >>> keras.metrics.sparse_categorical_accuracy([1, 0], [[0.1, 0.9], [0.4, 0.6]]).tolist()
    [1.0, 0.0]
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    if y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1:
        y_true = ops.squeeze(y_true, axis=-1)
    return _class_matches(y_true, y_pred)


def _class_matches(labels, y_pred):
    matches = _matches(labels, ops.cast(ops.argmax(y_pred, axis=-1), labels.dtype))
    return ops.squeeze(matches, axis=-1) if matches.ndim > 1 and matches.shape[-1] == 1 else matches


def in_top_k(labels: Tensor, y_pred: Tensor, k: int) -> Tensor:
    """Whether the label's score is one of the `k` largest (ties count as within)."""
    chosen = ops.cast(ops.one_hot(labels, y_pred.shape[-1]), "bool")
    score = ops.sum(ops.where(chosen, y_pred, ops.zeros_like(y_pred)), axis=-1, keepdims=True)
    better = ops.sum(ops.cast(ops.greater(y_pred, score), "int32"), axis=-1)
    return ops.logical_and(ops.less(better, k), ops.any(chosen, axis=-1))


def top_k_categorical_accuracy(y_true: TensorLike, y_pred: TensorLike, k: int = 5) -> Tensor:
    """Computes how often the label is in the top `k` predictions.

    Args:
        y_true: One-hot labels of shape `[batch_size, .., num_classes]`.
        y_pred: Probabilities or scores of the same shape.
        k: Number of top predictions to look at. Defaults to `5`.

    Returns:
        1 where the label is among them, else 0.

    Example:

    >>> keras.metrics.top_k_categorical_accuracy([[0.0, 0.0, 1.0]], [[0.5, 0.2, 0.3]], k=2).tolist()
    [1.0]
    """
    labels = ops.argmax(ops.convert_to_tensor(y_true), axis=-1)
    return sparse_top_k_categorical_accuracy(labels, y_pred, k)


def sparse_top_k_categorical_accuracy(
    y_true: TensorLike, y_pred: TensorLike, k: int = 5, from_sorted_ids: bool = False
) -> Tensor:
    """Computes how often the integer label is in the top `k` predictions.

    Args:
        y_true: Integer labels of shape `[batch_size, ..]`.
        y_pred: Scores of shape `[batch_size, .., num_classes]`, or sorted class ids.
        k: Number of top predictions to look at. Defaults to `5`.
        from_sorted_ids: Whether `y_pred` holds class ids, the best first. Defaults to `False`.

    Returns:
        1 where the label is among them, else 0.

    Example:

    >>> keras.metrics.sparse_top_k_categorical_accuracy([2], [[0.5, 0.2, 0.3]], k=2).tolist()
    [1.0]
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.convert_to_tensor(y_true, dtype=y_pred.dtype if from_sorted_ids else "int32")
    shape = y_true.shape
    scores, labels = ops.reshape(y_pred, (-1, y_pred.shape[-1])), ops.reshape(y_true, (-1,))
    if from_sorted_ids:
        inside = ops.any(ops.equal(ops.expand_dims(labels, 1), scores[:, :k]), axis=1)
    else:
        inside = in_top_k(labels, scores, k)
    return ops.reshape(ops.cast(inside, floatx()), shape)


class Accuracy(MeanMetricWrapper):
    """Calculates how often predictions equal labels.

    Args:
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.

    Example:

    >>> m = keras.metrics.Accuracy()
    >>> m.update_state([[1], [2], [3], [4]], [[0], [2], [3], [4]])
    >>> float(m.result())
    0.75
    """

    def __init__(self, name: str = "accuracy", dtype: PolicyLike = None) -> None:
        super().__init__(accuracy, name, dtype)
        self._direction = "up"


class BinaryAccuracy(MeanMetricWrapper):
    """Calculates how often predictions match binary labels.

    Args:
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.
        threshold: Predictions above it count as 1. Defaults to `0.5`.

    Example:

    >>> m = keras.metrics.BinaryAccuracy()
    >>> m.update_state([[1], [1], [0], [0]], [[0.98], [1], [0], [0.6]])
    >>> float(m.result())
    0.75
    """

    def __init__(self, name: str = "binary_accuracy", dtype: PolicyLike = None, threshold: float = 0.5) -> None:
        super().__init__(binary_accuracy, name, dtype, threshold=threshold)
        self.threshold = threshold
        self._direction = "up"


class CategoricalAccuracy(MeanMetricWrapper):
    """Calculates how often predictions match one-hot labels.

    Args:
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.

    Example:

    >>> m = keras.metrics.CategoricalAccuracy()
    >>> m.update_state([[0, 0, 1], [0, 1, 0]], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]])
    >>> float(m.result())
    0.5
    """

    def __init__(self, name: str = "categorical_accuracy", dtype: PolicyLike = None) -> None:
        super().__init__(categorical_accuracy, name, dtype)
        self._direction = "up"


class SparseCategoricalAccuracy(MeanMetricWrapper):
    """Calculates how often predictions match integer labels.

    Args:
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.

    Example:

    >>> m = keras.metrics.SparseCategoricalAccuracy()
    >>> m.update_state([[2], [1]], [[0.1, 0.6, 0.3], [0.05, 0.95, 0]])
    >>> float(m.result())
    0.5
    """

    def __init__(self, name: str = "sparse_categorical_accuracy", dtype: PolicyLike = None) -> None:
        super().__init__(sparse_categorical_accuracy, name, dtype)
        self._direction = "up"


class TopKCategoricalAccuracy(MeanMetricWrapper):
    """Computes how often the one-hot label is in the top `k` predictions.

    Args:
        k: Number of top predictions to look at. Defaults to `5`.
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.

    Example:

    >>> m = keras.metrics.TopKCategoricalAccuracy(k=1)
    >>> m.update_state([[0, 0, 1], [0, 1, 0]], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]])
    >>> float(m.result())
    0.5
    """

    def __init__(self, k: int = 5, name: str = "top_k_categorical_accuracy", dtype: PolicyLike = None) -> None:
        super().__init__(top_k_categorical_accuracy, name, dtype, k=k)
        self.k = k
        self._direction = "up"


class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """Computes how often the integer label is in the top `k` predictions.

    Args:
        k: Number of top predictions to look at. Defaults to `5`.
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.
        from_sorted_ids: Whether predictions are class ids, the best first. Defaults to `False`.

    Example:

    >>> m = keras.metrics.SparseTopKCategoricalAccuracy(k=1)
    >>> m.update_state([2, 1], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]])
    >>> float(m.result())
    0.5
    """

    _no_config = ("from_sorted_ids",)

    def __init__(
        self, k: int = 5, name: str = "sparse_top_k_categorical_accuracy", dtype: PolicyLike = None,
        from_sorted_ids: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(sparse_top_k_categorical_accuracy, name, dtype, k=k, from_sorted_ids=from_sorted_ids)
        self.k, self.from_sorted_ids = k, from_sorted_ids
        self._direction = "up"

    def get_config(self) -> dict:
        """Returns the config: a JSON-serializable dict from which `from_config` creates the object again."""
        config = super().get_config()
        return {**config, "from_sorted_ids": True} if self.from_sorted_ids else config
