"""Metrics of right and wrong positives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.dtype_policies.dtype_policy import PolicyLike
from kerasnb.metrics.counts import NEVER, confusion_counts, parsed_thresholds
from kerasnb.metrics.metric import Metric

_NAMES = {"tp": "true_positives", "fp": "false_positives", "tn": "true_negatives", "fn": "false_negatives"}


class _Counting(Metric):
    """A metric whose variables are counts at thresholds.

    Args:
        counted: Tuple of the keys of `_NAMES` that are kept.
        thresholds: List of floats.
    """

    def __init__(self, counted: tuple, thresholds: list, name: str | None = None, dtype: PolicyLike = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self._counted, self.thresholds = counted, thresholds
        for key in counted:
            setattr(self, _NAMES[key], self._add_total((len(thresholds),), _NAMES[key]))

    def _count(self, y_true, y_pred, sample_weight, **options) -> None:
        counts = confusion_counts(
            y_true, y_pred, self.thresholds, self.variables[0].dtype, sample_weight=sample_weight, **options
        )
        for key in self._counted:
            self._add_to(getattr(self, _NAMES[key]), counts[key])

    def _share(self, part: str, rest: str):
        """One count divided by the sum of two; 0 where there are none."""
        part = getattr(self, _NAMES[part]).value
        return ops.divide_no_nan(part, ops.add(part, getattr(self, _NAMES[rest]).value))

    def _single(self, x):
        """A scalar where there is one threshold."""
        return x[0] if len(self.thresholds) == 1 else x


class _ConditionCount(Metric):
    """Counts one kind of prediction."""

    condition = ""

    def __init__(
        self, thresholds: float | Sequence[float] | None = None, name: str | None = None, dtype: PolicyLike = None
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        self.thresholds = parsed_thresholds(thresholds)
        self.accumulator = self._add_total((len(self.thresholds),), "accumulator")

    def update_state(self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None) -> None:
        """Adds the counts of a batch."""
        counts = confusion_counts(y_true, y_pred, self.thresholds, self.accumulator.dtype, sample_weight=sample_weight)
        self._add_to(self.accumulator, counts[self.condition])

    def result(self) -> Tensor:
        """The count since the last reset, one for each threshold."""
        return self.accumulator.value[0] if len(self.thresholds) == 1 else self.accumulator.value

    def get_config(self) -> dict:
        return {**super().get_config(), "thresholds": self.init_thresholds}


class FalsePositives(_ConditionCount):
    """Calculates the number of false positives.

    Args:
        thresholds: Optional float or list of floats in [0, 1]. Defaults to `0.5`.
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.

    Example:

    >>> m = keras.metrics.FalsePositives()
    >>> m.update_state([0, 1, 0, 0], [0, 0, 1, 1])
    >>> float(m.result())
    2.0
    """

    condition = "fp"


class FalseNegatives(_ConditionCount):
    """Calculates the number of false negatives.

    Args:
        thresholds: Optional float or list of floats in [0, 1]. Defaults to `0.5`.
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.

    Example:

    >>> m = keras.metrics.FalseNegatives()
    >>> m.update_state([0, 1, 1, 1], [0, 1, 0, 0])
    >>> float(m.result())
    2.0
    """

    condition = "fn"


class TrueNegatives(_ConditionCount):
    """Calculates the number of true negatives.

    Args:
        thresholds: Optional float or list of floats in [0, 1]. Defaults to `0.5`.
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.

    Example:

    >>> m = keras.metrics.TrueNegatives()
    >>> m.update_state([0, 1, 0, 0], [1, 1, 0, 0])
    >>> float(m.result())
    2.0
    """

    condition = "tn"


class TruePositives(_ConditionCount):
    """Calculates the number of true positives.

    Args:
        thresholds: Optional float or list of floats in [0, 1]. Defaults to `0.5`.
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.

    Example:

    >>> m = keras.metrics.TruePositives()
    >>> m.update_state([0, 1, 1, 1], [1, 0, 1, 1])
    >>> float(m.result())
    2.0
    """

    condition = "tp"


class _OfPositives(_Counting):
    """Precision and recall: right positives as a share of two counts."""

    rest = ""

    def __init__(
        self, thresholds: float | Sequence[float] | None = None, top_k: int | None = None, class_id: int | None = None,
        name: str | None = None, dtype: PolicyLike = None,
    ) -> None:  # fmt: skip
        default = 0.5 if top_k is None else NEVER
        super().__init__(("tp", self.rest), parsed_thresholds(thresholds, default), name, dtype)
        self.init_thresholds, self.top_k, self.class_id = thresholds, top_k, class_id
        self._direction = "up"

    def update_state(self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None) -> None:
        """Adds the counts of a batch."""
        self._count(y_true, y_pred, sample_weight, top_k=self.top_k, class_id=self.class_id)

    def result(self) -> Tensor:
        """The share since the last reset, one for each threshold."""
        return self._single(self._share("tp", self.rest))

    def get_config(self) -> dict:
        return {**super().get_config(), "thresholds": self.init_thresholds}


class Precision(_OfPositives):
    """Computes the precision: the share of positive predictions that are right.

    Args:
        thresholds: Optional float or list of floats in [0, 1]. Defaults to `0.5`, or with `top_k` to none.
        top_k: Optional integer: only so many largest predictions of a row count as positive.
        class_id: Optional integer: only this class counts.
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.

    Example:

    >>> m = keras.metrics.Precision()
    >>> m.update_state([0, 1, 1, 1], [1, 0, 1, 1])
    >>> f"{float(m.result()):.4f}"
    '0.6667'
    """

    rest = "fp"


class Recall(_OfPositives):
    """Computes the recall: the share of positive labels that are predicted.

    Args:
        thresholds: Optional float or list of floats in [0, 1]. Defaults to `0.5`, or with `top_k` to none.
        top_k: Optional integer: only so many largest predictions of a row count as positive.
        class_id: Optional integer: only this class counts.
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.

    Example:

    >>> m = keras.metrics.Recall()
    >>> m.update_state([0, 1, 1, 1], [1, 0, 1, 1])
    >>> f"{float(m.result()):.4f}"
    '0.6667'
    """

    rest = "fn"


def even_thresholds(num_thresholds: int) -> list:
    """Thresholds from 0 to 1 at even distances; 0.5 where there is only one."""
    if num_thresholds <= 0:
        raise ValueError(f"Argument `num_thresholds` must be an integer > 0. Received: num_thresholds={num_thresholds}")
    return [0.5] if num_thresholds == 1 else [i / (num_thresholds - 1) for i in range(num_thresholds)]


class _AtBound(_Counting):
    """The best of one share among the thresholds at which another is at least a given value."""

    bound = ""
    _SHARES: ClassVar = {"sensitivity": ("tp", "fn"), "specificity": ("tn", "fp"), "precision": ("tp", "fp")}

    def __init__(
        self, value: float, num_thresholds: int = 200, class_id: int | None = None, name: str | None = None,
        dtype: PolicyLike = None,
    ) -> None:  # fmt: skip
        if value < 0 or value > 1:
            raise ValueError(f"Argument `{self.bound}` must be in the range [0, 1]. Received: {self.bound}={value}")
        thresholds = even_thresholds(num_thresholds)
        super().__init__(("tp", "fp", "tn", "fn"), thresholds, name, dtype)
        self.value, self.num_thresholds, self.class_id = value, num_thresholds, class_id
        setattr(self, self.bound, value)
        self._direction = "up"

    def update_state(self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None) -> None:
        """Adds the counts of a batch."""
        self._count(y_true, y_pred, sample_weight, class_id=self.class_id)

    def _best(self, constrained: str, dependent: str):
        bounded, best = self._share(*self._SHARES[constrained]), self._share(*self._SHARES[dependent])
        return ops.max(ops.where(ops.greater_equal(bounded, self.value), best, ops.zeros_like(best)))


class SensitivityAtSpecificity(_AtBound):
    """Computes the best sensitivity where the specificity is at least the given value.

    Args:
        specificity: Float in [0, 1].
        num_thresholds: Integer, how many thresholds are tried. Defaults to `200`.
        class_id: Optional integer: only this class counts.
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.

    Example:

    >>> m = keras.metrics.SensitivityAtSpecificity(0.5)
    >>> m.update_state([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8])
    >>> float(m.result())
    0.5
    """

    bound = "specificity"

    def __init__(
        self, specificity: float, num_thresholds: int = 200, class_id: int | None = None, name: str | None = None,
        dtype: PolicyLike = None,
    ) -> None:  # fmt: skip
        super().__init__(specificity, num_thresholds, class_id, name, dtype)

    def result(self) -> Tensor:
        """The best sensitivity since the last reset."""
        return self._best("specificity", "sensitivity")


class SpecificityAtSensitivity(_AtBound):
    """Computes the best specificity where the sensitivity is at least the given value.

    Args:
        sensitivity: Float in [0, 1].
        num_thresholds: Integer, how many thresholds are tried. Defaults to `200`.
        class_id: Optional integer: only this class counts.
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.

    Example:

    >>> m = keras.metrics.SpecificityAtSensitivity(0.5)
    >>> m.update_state([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8])
    >>> f"{float(m.result()):.4f}"
    '0.6667'
    """

    bound = "sensitivity"

    def __init__(
        self, sensitivity: float, num_thresholds: int = 200, class_id: int | None = None, name: str | None = None,
        dtype: PolicyLike = None,
    ) -> None:  # fmt: skip
        super().__init__(sensitivity, num_thresholds, class_id, name, dtype)

    def result(self) -> Tensor:
        """The best specificity since the last reset."""
        return self._best("sensitivity", "specificity")


class PrecisionAtRecall(_AtBound):
    """Computes the best precision where the recall is at least the given value.

    Args:
        recall: Float in [0, 1].
        num_thresholds: Integer, how many thresholds are tried. Defaults to `200`.
        class_id: Optional integer: only this class counts.
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.

    Example:

    >>> m = keras.metrics.PrecisionAtRecall(0.5)
    >>> m.update_state([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8])
    >>> float(m.result())
    0.5
    """

    bound = "recall"

    def __init__(
        self, recall: float, num_thresholds: int = 200, class_id: int | None = None, name: str | None = None,
        dtype: PolicyLike = None,
    ) -> None:  # fmt: skip
        super().__init__(recall, num_thresholds, class_id, name, dtype)

    def result(self) -> Tensor:
        """The best precision since the last reset."""
        return self._best("sensitivity", "precision")


class RecallAtPrecision(_AtBound):
    """Computes the best recall where the precision is at least the given value.

    Args:
        precision: Float in [0, 1].
        num_thresholds: Integer, how many thresholds are tried. Defaults to `200`.
        class_id: Optional integer: only this class counts.
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.

    Example:

    >>> m = keras.metrics.RecallAtPrecision(0.8)
    >>> m.update_state([0, 0, 1, 1], [0, 0.5, 0.3, 0.9])
    >>> float(m.result())
    0.5
    """

    bound = "precision"

    def __init__(
        self, precision: float, num_thresholds: int = 200, class_id: int | None = None, name: str | None = None,
        dtype: PolicyLike = None,
    ) -> None:  # fmt: skip
        super().__init__(precision, num_thresholds, class_id, name, dtype)

    def result(self) -> Tensor:
        """The best recall since the last reset."""
        return self._best("precision", "sensitivity")
