"""Counts of right and wrong predictions at thresholds, and of classes against classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kerasnb import ops
from kerasnb.backend.tensor.dtypes import epsilon
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.losses.loss import squeeze_or_expand_to_same_rank

NEVER = -1e10  # below every prediction


def as_list(x: TensorLike) -> list:
    """A list, of one element where `x` is not a sequence."""
    return list(x) if isinstance(x, (list, tuple, np.ndarray)) else [x]


def parsed_thresholds(thresholds: float | Sequence[float] | None, default: float = 0.5) -> list:
    """The thresholds as a list, checked to be within [0, 1]."""
    if thresholds is None:
        return [default]
    invalid = [t for t in as_list(thresholds) if t is None or t < 0 or t > 1]
    if invalid:
        raise ValueError(f"Threshold values must be in [0, 1]. Received: {invalid}")
    return as_list(thresholds)


def is_even(thresholds: Sequence[float] | np.ndarray) -> bool:
    """Whether at least three thresholds divide [0, 1] evenly."""
    if len(thresholds) < 3:
        return False
    return np.allclose(thresholds, np.linspace(0, 1, len(thresholds)), atol=epsilon())


def _above(y_pred, thresholds):
    """Whether predictions are above each threshold; the thresholds are the first axis.

    Predictions are scaled rather than evenly spaced thresholds: the comparison is then with whole
    numbers, which have no rounding of their own.
    """
    levels = np.asarray(thresholds, dtype=np.float64)
    if is_even(levels):
        y_pred = ops.multiply(ops.clip(y_pred, 0.0, 1.0), float(len(levels) - 1))
        outside = levels[0] < 0.0 or levels[-1] > 1.0
        levels = np.arange(len(levels), dtype=np.float64)
        levels[0] = -1.0 if outside else 0.0
    levels = levels.reshape((-1,) + (1,) * len(y_pred.shape))
    return ops.greater(ops.expand_dims(y_pred, 0), ops.convert_to_tensor(levels, dtype=y_pred.dtype))


def _chosen_top_k(y_pred, k: int):
    """Predictions with all but the `k` largest of a row set far below; of equal ones the first count."""
    x = ops.expand_dims(y_pred, -1)
    other = ops.expand_dims(y_pred, -2)
    place = np.arange(y_pred.shape[-1])
    earlier = ops.convert_to_tensor(place[None, :] < place[:, None])
    ahead = ops.logical_or(ops.greater(other, x), ops.logical_and(ops.equal(other, x), earlier))
    rank = ops.sum(ops.cast(ahead, "int32"), axis=-1)
    return ops.where(ops.less(rank, k), y_pred, ops.full_like(y_pred, NEVER))


def _of_class(x, class_id: int):
    stop = class_id + 1 if class_id != -1 else None
    return x[..., class_id:stop]


def confusion_counts(
    y_true: TensorLike, y_pred: TensorLike, thresholds: float | Sequence[float] | None, dtype: str,
    top_k: int | None = None, class_id: int | None = None, sample_weight: TensorLike | None = None,
    multi_label: bool = False, label_weights: Sequence[float] | None = None,
) -> dict:  # fmt: skip
    """True and false positives and negatives at each threshold.

    Args:
        y_true: Labels, 0 or not.
        y_pred: Predictions of the same shape.
        thresholds: List of floats; predictions above count as positive.
        dtype: The dtype of the counts.
        top_k: Optional integer: only so many largest predictions of a row can be positive.
        class_id: Optional integer: only this column counts.
        sample_weight: Optional weights of the samples.
        multi_label: Whether the last axis is counted apart.
        label_weights: Optional weights of the last axis.

    Returns:
        Dict with the keys `"tp"`, `"fp"`, `"tn"`, `"fn"`: tensors of shape `(thresholds,)`, and with
        `multi_label` `(thresholds, labels)`.
    """
    predictions, labels = squeeze_or_expand_to_same_rank(ops.cast(y_pred, dtype), ops.cast(y_true, dtype))
    weight = _weights(labels, sample_weight, dtype)
    if top_k is not None:
        predictions = _chosen_top_k(predictions, top_k)
    if class_id is not None:
        if len(predictions.shape) == 1:
            raise ValueError(
                "When class_id is provided, y_pred must be a 2D array with shape (num_samples, num_classes), "
                f"found shape: {predictions.shape}"
            )
        labels, predictions = _of_class(labels, class_id), _of_class(predictions, class_id)
    weight = ops.broadcast_to(weight, predictions.shape)
    if label_weights is not None:
        weight = ops.multiply(weight, ops.expand_dims(label_weights, 0))
    true = ops.multiply(ops.cast(ops.not_equal(labels, 0), dtype), weight)
    false = ops.subtract(weight, true)
    if not multi_label:
        true, false, predictions = (ops.reshape(x, (-1,)) for x in (true, false, predictions))
    above = ops.cast(_above(predictions, thresholds), dtype)
    tp, fp = (ops.sum(ops.multiply(above, ops.expand_dims(x, 0)), axis=1) for x in (true, false))
    tn, fn = ops.subtract(ops.sum(false, axis=0), fp), ops.subtract(ops.sum(true, axis=0), tp)
    return {"tp": tp, "fp": fp, "tn": tn, "fn": fn}


def _weights(y_true, sample_weight, dtype: str):
    if sample_weight is None:
        return ops.ones((1,) * len(y_true.shape), dtype=dtype)
    weight = ops.expand_dims(ops.cast(sample_weight, dtype), axis=-1)
    return squeeze_or_expand_to_same_rank(y_true, weight, expand_rank_1=False)[1]


def class_counts(labels: Tensor, predictions: Tensor, num_classes: int, weights: Tensor, dtype: str) -> Tensor:
    """How often class i was predicted as class j, each time weighted; out of range ids count nothing.

    Args:
        labels: Integer tensor of shape `(n,)`.
        predictions: Integer tensor of shape `(n,)`.
        num_classes: Integer.
        weights: Tensor of shape `(n,)`.
        dtype: The dtype of the counts.

    Returns:
        Tensor of shape `(num_classes, num_classes)`: labels are rows.
    """
    classes = ops.expand_dims(ops.arange(num_classes, dtype="int32"), 0)
    rows, columns = (
        ops.cast(ops.equal(ops.expand_dims(ops.cast(x, "int32"), 1), classes), "float32") for x in (labels, predictions)
    )
    rows = ops.multiply(rows, ops.expand_dims(ops.cast(weights, "float32"), 1))
    return ops.cast(ops.matmul(ops.transpose(rows), columns), dtype)
