"""Metrics of margins."""

from __future__ import annotations

from kerasnb.dtype_policies.dtype_policy import PolicyLike
from kerasnb.losses import hinge_losses as functions
from kerasnb.metrics.reduction_metrics import MeanMetricWrapper


class Hinge(MeanMetricWrapper):
    """Computes the hinge metric between labels and predictions.

    Args:
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.

    Example:

    >>> m = keras.metrics.Hinge()
    >>> m.update_state([[-1.0, 1.0]], [[0.5, 0.5]])
    >>> float(m.result())
    1.0
    """

    def __init__(self, name: str = "hinge", dtype: PolicyLike = None) -> None:
        super().__init__(functions.hinge, name, dtype)
        self._direction = "down"


class SquaredHinge(MeanMetricWrapper):
    """Computes the squared hinge metric between labels and predictions.

    Args:
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.

    Example:

    >>> m = keras.metrics.SquaredHinge()
    >>> m.update_state([[-1.0, 1.0]], [[0.5, 0.5]])
    >>> float(m.result())
    1.25
    """

    def __init__(self, name: str = "squared_hinge", dtype: PolicyLike = None) -> None:
        super().__init__(functions.squared_hinge, name, dtype)
        self._direction = "down"


class CategoricalHinge(MeanMetricWrapper):
    """Computes the categorical hinge metric between labels and predictions.

    Args:
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.

    Example:

    >>> m = keras.metrics.CategoricalHinge()
    >>> m.update_state([[0.0, 1.0]], [[0.5, 0.5]])
    >>> float(m.result())
    1.0
    """

    def __init__(self, name: str = "categorical_hinge", dtype: PolicyLike = None) -> None:
        super().__init__(functions.categorical_hinge, name, dtype)
        self._direction = "down"
