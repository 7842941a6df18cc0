"""The area under a curve of rates."""

from __future__ import annotations

from collections.abc import Sequence

from kerasnb import ops, serialization
from kerasnb.backend.tensor.dtypes import epsilon
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.backend.typing import TensorLike
from kerasnb.dtype_policies.dtype_policy import PolicyLike
from kerasnb.metrics.counts import confusion_counts
from kerasnb.metrics.metric import Metric

_CURVES = ("ROC", "PR", "PRGAIN")
_METHODS = ("interpolation", "majoring", "minoring")
_NAMES = {"tp": "true_positives", "fp": "false_positives", "tn": "true_negatives", "fn": "false_negatives"}


def _chosen(argument: str, value: str, allowed: tuple) -> str:
    for name in allowed:
        if value in (name, name.lower(), name.capitalize()):
            return name
    raise ValueError(f'Invalid AUC {argument} value: "{value}". Expected values are {list(allowed)}')


class AUC(Metric):
    """Approximates the area under the ROC or precision-recall curve.

    Args:
        num_thresholds: Integer, at how many thresholds the curve is computed. Defaults to `200`.
        curve: `"ROC"`, `"PR"` or `"PRGAIN"`. Defaults to `"ROC"`.
        summation_method: `"interpolation"`, `"majoring"` or `"minoring"`. Defaults to `"interpolation"`.
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.
        thresholds: Optional list of floats in [0, 1] in place of evenly spaced ones.
        multi_label: Whether columns are labels of their own, whose areas are averaged. Defaults to `False`.
        num_labels: Optional integer, the number of labels for `multi_label`.
        label_weights: Optional list with the weight of each label.
        from_logits: Whether predictions are logits rather than probabilities. Defaults to `False`.

    Raises:
        ValueError: If an argument is none of these.

    Example:

    >>> m = keras.metrics.AUC(num_thresholds=3)
    >>> m.update_state([0, 0, 1, 1], [0, 0.5, 0.3, 0.9])
    >>> float(m.result())
    0.75
    """

    true_positives: Variable

    _no_config = ("thresholds",)  # evenly spaced ones follow from their number

    def __init__(
        self, num_thresholds: int = 200, curve: str = "ROC", summation_method: str = "interpolation",
        name: str | None = None, dtype: PolicyLike = None, thresholds: Sequence[float] | None = None,
        multi_label: bool = False, num_labels: int | None = None, label_weights: Sequence[float] | None = None,
        from_logits: bool = False,
    ) -> None:  # fmt: skip
        self._init_from_thresholds = thresholds is not None
        inner = sorted(thresholds) if thresholds is not None else _inner_thresholds(num_thresholds)
        if num_labels and not multi_label:
            raise ValueError("`num_labels` is needed only when `multi_label` is True.")
        curve = _chosen("curve", curve, _CURVES)
        summation_method = _chosen("summation method", summation_method, _METHODS)
        super().__init__(name=name, dtype=dtype)
        self.num_thresholds = len(inner) + 2
        # a little below 0 and above 1, so that all predictions lie between
        self.thresholds = [-epsilon(), *inner, 1.0 + epsilon()]
        self.curve, self.summation_method = curve, summation_method
        self.multi_label, self.num_labels, self.label_weights = multi_label, num_labels, label_weights
        self._from_logits, self._built, self._direction = from_logits, False, "up"
        if not multi_label or num_labels:
            self._build((None, num_labels) if multi_label else ())

    def _build(self, shape) -> None:
        if self.multi_label and len(shape) != 2:
            raise ValueError(
                f"`y_pred` must have rank 2 when `multi_label=True`. Found rank {len(shape)}. "
                f"Full shape received for `y_pred`: {shape}"
            )
        shape = (self.num_thresholds, shape[1]) if self.multi_label else (self.num_thresholds,)
        for key in ("tp", "fp", "tn", "fn"):
            setattr(self, _NAMES[key], self._add_total(shape, _NAMES[key]))
        self._built = True

    def _weights(self):
        if self.label_weights is None:
            return None
        return ops.convert_to_tensor(self.label_weights, dtype=self.dtype)

    def update_state(self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None) -> None:
        """Adds the counts of a batch."""
        y_pred = ops.convert_to_tensor(y_pred)
        if not self._built:
            self._build(y_pred.shape)
        counts = confusion_counts(
            y_true, ops.sigmoid(y_pred) if self._from_logits else y_pred, self.thresholds, self.true_positives.dtype,
            sample_weight=sample_weight, multi_label=self.multi_label,
            label_weights=None if self.multi_label else self._weights(),
        )  # fmt: skip
        for key, count in counts.items():
            self._add_to(getattr(self, _NAMES[key]), count)

    def result(self) -> Tensor:
        """The area of all predictions since the last reset."""
        tp, fp, tn, fn = (getattr(self, name).value for name in _NAMES.values())
        if self.curve == "PR" and self.summation_method == "interpolation":
            return self._average(_interpolated_pr(tp, fp, fn))
        x, y = {"ROC": _roc, "PR": _precision_recall, "PRGAIN": _gains}[self.curve](tp, fp, tn, fn)
        left, right = y[:-1], y[1:]
        if self.summation_method == "interpolation":
            heights = ops.multiply(ops.add(left, right), 0.5)
        else:
            heights = (ops.minimum if self.summation_method == "minoring" else ops.maximum)(left, right)
        return self._average(ops.multiply(ops.subtract(x[:-1], x[1:]), heights))

    def _average(self, parts):
        """The sum of the parts, averaged over labels."""
        if not self.multi_label:
            return ops.sum(parts)
        areas, weights = ops.sum(parts, axis=0), self._weights()
        if weights is None:
            return ops.mean(areas)
        return ops.divide_no_nan(ops.sum(ops.multiply(areas, weights)), ops.sum(weights))

    def get_config(self) -> dict:
        """Returns the config: a JSON-serializable dict from which `from_config` creates the object again."""
        config = super().get_config()
        return {**config, "thresholds": self.thresholds[1:-1]} if self._init_from_thresholds else config

    @classmethod
    def from_config(cls, config: dict) -> AUC:
        """Creates an object from its config, the output of `get_config`."""
        return cls(**serialization.deserialize_keras_object(config))  # Keras writes `label_weights` as a tensor


def _inner_thresholds(num_thresholds: int) -> list:
    if num_thresholds <= 1:
        raise ValueError(f"Argument `num_thresholds` must be an integer > 1. Received: num_thresholds={num_thresholds}")
    return [i / (num_thresholds - 1) for i in range(1, num_thresholds - 1)]


def _roc(tp, fp, tn, fn) -> tuple:
    return ops.divide_no_nan(fp, ops.add(fp, tn)), ops.divide_no_nan(tp, ops.add(tp, fn))


def _precision_recall(tp, fp, tn, fn) -> tuple:
    return ops.divide_no_nan(tp, ops.add(tp, fn)), ops.divide_no_nan(tp, ops.add(tp, fp))


def _gains(tp, fp, tn, fn) -> tuple:
    """Recall gain and precision gain (Flach & Kull, 2015); without true positives 0 and 1."""
    odds = ops.divide_no_nan(ops.add(tp, fn), ops.add(tn, fp))
    none = ops.equal(tp, 0.0)
    recall, precision = (ops.subtract(1.0, ops.multiply(odds, ops.divide_no_nan(x, tp))) for x in (fn, fp))
    recall = ops.where(none, ops.zeros_like(recall), recall)
    return ops.maximum(recall, 0.0), ops.where(none, ops.ones_like(precision), precision)


def _interpolated_pr(tp, fp, fn):
    """The area of each piece of the PR curve, true positives being linear in positives (Davis & Goadrich, 2006)."""
    positives = ops.add(tp, fp)
    left, right = positives[:-1], positives[1:]
    gained = ops.subtract(tp[:-1], tp[1:])
    slope = ops.divide_no_nan(gained, ops.maximum(ops.subtract(left, right), 0.0))
    intercept = ops.subtract(tp[1:], ops.multiply(slope, right))
    both = ops.logical_and(ops.greater(left, 0.0), ops.greater(right, 0.0))
    ratio = ops.where(both, ops.divide_no_nan(left, ops.maximum(right, 0.0)), ops.ones_like(right))
    area = ops.multiply(slope, ops.add(gained, ops.multiply(intercept, ops.log(ratio))))
    return ops.divide_no_nan(area, ops.maximum(ops.add(tp[1:], fn[1:]), 0.0))
