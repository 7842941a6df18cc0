"""Metrics of correlation."""

from __future__ import annotations

from kerasnb import ops
from kerasnb.backend.tensor.dtypes import epsilon
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.dtype_policies.dtype_policy import PolicyLike
from kerasnb.losses.regression import as_pair
from kerasnb.metrics.reduction_metrics import MeanMetricWrapper


def _centred(x, axis):
    return ops.subtract(x, ops.mean(x, axis=axis, keepdims=True))


def pearson_correlation(y_true: TensorLike, y_pred: TensorLike, axis: int = -1) -> Tensor:
    """Computes the Pearson coefficient between labels and predictions.

    Args:
        y_true: Tensor of true targets.
        y_pred: Tensor of predicted targets.
        axis: Axis along which the coefficient is taken. Defaults to `-1`.

    Returns:
        Values between -1 and 1.

    Example:

    >>> f"{keras.metrics.pearson_correlation([[0.0, 1.0, 0.5]], [[0.1, 0.9, 0.5]]).numpy()[0]:.4f}"
    '1.0000'
    """
    parts = [_centred(y, axis) for y in as_pair(y_true, y_pred)]
    parts = [ops.divide(y, ops.std(y, axis=axis, keepdims=True)) for y in parts]
    return ops.mean(ops.multiply(*parts), axis=axis)


def concordance_correlation(y_true: TensorLike, y_pred: TensorLike, axis: int = -1) -> Tensor:
    """Computes the concordance coefficient between labels and predictions.

    Unlike Pearson's it also falls where the means or the spreads differ.
    Reference: [Lin, 1989](https://www.jstor.org/stable/2532051)

    Args:
        y_true: Tensor of true targets.
        y_pred: Tensor of predicted targets.
        axis: Axis along which the coefficient is taken. Defaults to `-1`.

    Returns:
        Values between -1 and 1.

    Example:

    >>> f"{keras.metrics.concordance_correlation([[0.0, 1.0, 0.5]], [[0.1, 0.9, 0.5]]).numpy()[0]:.4f}"
    '0.9756'
    """
    y_true, y_pred = as_pair(y_true, y_pred)
    means = [ops.mean(y, axis=axis, keepdims=True) for y in (y_true, y_pred)]
    shared = ops.multiply(ops.subtract(y_true, means[1]), ops.subtract(y_pred, means[1]))
    spread = ops.add(*(ops.var(y, axis=axis, keepdims=True) for y in (y_true, y_pred)))
    spread = ops.add(spread, ops.square(ops.subtract(*means)))
    return ops.mean(ops.divide(ops.multiply(shared, 2.0), ops.add(spread, epsilon())), axis=axis)


class PearsonCorrelation(MeanMetricWrapper):
    """Calculates the Pearson correlation coefficient.

    Args:
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.
        axis: Axis along which the coefficient is taken. Defaults to `-1`.

    Example:

    >>> m = keras.metrics.PearsonCorrelation()
    >>> m.update_state([[0.0, 1.0, 0.5]], [[0.1, 0.9, 0.5]])
    >>> f"{float(m.result()):.4f}"
    '1.0000'
    """

    def __init__(self, name: str = "pearson_correlation", dtype: PolicyLike = None, axis: int = -1) -> None:
        super().__init__(pearson_correlation, name, dtype, axis=axis)
        self.axis = axis
        self._direction = "up"


class ConcordanceCorrelation(MeanMetricWrapper):
    """Calculates the concordance correlation coefficient.

    Args:
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.
        axis: Axis along which the coefficient is taken. Defaults to `-1`.

    Example:

    >>> m = keras.metrics.ConcordanceCorrelation()
    >>> m.update_state([[0.0, 1.0, 0.5]], [[0.1, 0.9, 0.5]])
    >>> f"{float(m.result()):.4f}"
    '0.9756'
    """

    def __init__(self, name: str = "concordance_correlation", dtype: PolicyLike = None, axis: int = -1) -> None:
        super().__init__(concordance_correlation, name, dtype, axis=axis)
        self.axis = axis
        self._direction = "up"
