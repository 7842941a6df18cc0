"""Metrics of probabilities: the crossentropies and their kin."""

from __future__ import annotations

from kerasnb.dtype_policies.dtype_policy import PolicyLike
from kerasnb.losses import probabilistic as functions
from kerasnb.metrics.reduction_metrics import MeanMetricWrapper


class KLDivergence(MeanMetricWrapper):
    """Computes the Kullback-Leibler divergence between labels and predictions.

    Args:
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.

    Example:

    >>> m = keras.metrics.KLDivergence()
    >>> m.update_state([[0.5, 0.5]], [[0.5, 0.5]])
    >>> float(m.result())
    0.0
    """

    def __init__(self, name: str = "kl_divergence", dtype: PolicyLike = None) -> None:
        super().__init__(functions.kl_divergence, name, dtype)


class Poisson(MeanMetricWrapper):
    """Computes the Poisson loss between labels and predictions.

    Args:
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.

    Example:

    >>> m = keras.metrics.Poisson()
    >>> m.update_state([[0.0, 0.0]], [[1.0, 2.0]])
    >>> float(m.result())
    1.5
    """

    def __init__(self, name: str = "poisson", dtype: PolicyLike = None) -> None:
        super().__init__(functions.poisson, name, dtype)


class BinaryCrossentropy(MeanMetricWrapper):
    """Computes the crossentropy between true labels (0 or 1) and predictions.

    Args:
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.
        from_logits: Whether predictions are logits rather than probabilities. Defaults to `False`.
        label_smoothing: Float in [0, 1]; how far labels are moved towards 0.5. Defaults to `0`.

    Example:

    >>> m = keras.metrics.BinaryCrossentropy()
    >>> m.update_state([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]])
    >>> f"{float(m.result()):.4f}"
    '0.8149'
    """

    def __init__(
        self, name: str = "binary_crossentropy", dtype: PolicyLike = None, from_logits: bool = False,
        label_smoothing: float = 0,
    ) -> None:  # fmt: skip
        options = {"from_logits": from_logits, "label_smoothing": label_smoothing}
        super().__init__(functions.binary_crossentropy, name, dtype, **options)
        self.from_logits, self.label_smoothing = from_logits, label_smoothing
        self._direction = "down"


class CategoricalCrossentropy(MeanMetricWrapper):
    """Computes the crossentropy between one-hot labels and predictions.

    Args:
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.
        from_logits: Whether predictions are logits rather than probabilities. Defaults to `False`.
        label_smoothing: Float in [0, 1]; how much of the labels is spread evenly. Defaults to `0`.
        axis: The axis of the classes. Defaults to `-1`.

    Example:

    >>> m = keras.metrics.CategoricalCrossentropy()
    >>> m.update_state([[0, 1]], [[0.5, 0.5]])
    >>> f"{float(m.result()):.4f}"
    '0.6931'
    """

    def __init__(
        self, name: str = "categorical_crossentropy", dtype: PolicyLike = None, from_logits: bool = False,
        label_smoothing: float = 0, axis: int = -1,
    ) -> None:  # fmt: skip
        options = {"from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis}
        super().__init__(functions.categorical_crossentropy, name, dtype, **options)
        self.from_logits, self.label_smoothing, self.axis = from_logits, label_smoothing, axis
        self._direction = "down"


class SparseCategoricalCrossentropy(MeanMetricWrapper):
    """Computes the crossentropy between integer labels and predictions.

    Args:
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.
        from_logits: Whether predictions are logits rather than probabilities. Defaults to `False`.
        ignore_class: Optional integer: samples of this class count nothing. Defaults to `None`.
        axis: The axis of the classes. Defaults to `-1`.

    Example:

    >>> m = keras.metrics.SparseCategoricalCrossentropy()
    >>> m.update_state([1], [[0.5, 0.5]])
    >>> f"{float(m.result()):.4f}"
    '0.6931'
    """

    def __init__(
        self, name: str = "sparse_categorical_crossentropy", dtype: PolicyLike = None, from_logits: bool = False,
        ignore_class: int | None = None, axis: int = -1,
    ) -> None:  # fmt: skip
        options = {"from_logits": from_logits, "ignore_class": ignore_class, "axis": axis}
        super().__init__(functions.sparse_categorical_crossentropy, name, dtype, **options)
        self.from_logits, self.ignore_class, self.axis = from_logits, ignore_class, axis
        self._direction = "down"
