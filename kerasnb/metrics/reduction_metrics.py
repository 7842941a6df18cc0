"""Metrics that sum or average values."""

from __future__ import annotations

from kerasnb import ops, serialization
from kerasnb.backend.tensor.dtypes import floatx
from kerasnb.losses.loss import apply_mask, mask_of, squeeze_or_expand_to_same_rank
from kerasnb.metrics.metric import Metric
from kerasnb.ops.numpy.half import sum_dtype


def reduce_to_samplewise_values(values, sample_weight, reduce_fn, dtype=None) -> tuple:
    """Reduces values and weights to one number for each sample.

    Args:
        values: Tensor whose first axis counts samples.
        sample_weight: Optional weights: scalar, one per sample, or of more axes.
        reduce_fn: `ops.sum` or `ops.mean`, applied to all other axes.
        dtype: Optional dtype of the result.

    Returns:
        The values times their weights, and the weights (or None).
    """
    dtype = dtype or floatx()
    mask = mask_of(values)
    values = ops.cast(values, dtype)
    if sample_weight is not None:
        sample_weight = ops.convert_to_tensor(sample_weight, dtype=dtype)
        sample_weight = apply_mask(sample_weight, mask, dtype, "sum")
        values, sample_weight = squeeze_or_expand_to_same_rank(values, sample_weight)
        values, sample_weight = _weighted(values, sample_weight, reduce_fn)
    if len(values.shape) > 1:
        values = reduce_fn(values, axis=tuple(range(1, len(values.shape))))
    return values, sample_weight


def _weighted(values, sample_weight, reduce_fn) -> tuple:
    rank = len(sample_weight.shape)
    if len(values.shape) > rank:
        values = reduce_fn(values, axis=tuple(range(rank, len(values.shape))))
    sample_weight = ops.broadcast_to(sample_weight, values.shape)
    values = ops.multiply(values, sample_weight)
    if rank > 1:
        sample_weight = reduce_fn(sample_weight, axis=tuple(range(1, rank)))
    return values, sample_weight


class Sum(Metric):
    """Computes the (weighted) sum of the given values.

    Args:
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.

    Example:

    >>> m = keras.metrics.Sum()
    >>> m.update_state([1.0, 3.0, 5.0])
    >>> float(m.result())
    9.0
    """

    def __init__(self, name: str = "sum", dtype=None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.total = self._add_total((), "total", self.dtype)

    def update_state(self, values, sample_weight=None) -> None:
        """Adds the values, each times its weight."""
        values, _ = reduce_to_samplewise_values(values, sample_weight, ops.sum, self.total.dtype)
        self._add_to(self.total, ops.sum(values))

    def result(self):
        """The sum of all values since the last reset."""
        return ops.cast(self.total.value, self.dtype)


class Mean(Metric):
    """Computes the (weighted) mean of the given values.

    Args:
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.

    Example:

    >>> m = keras.metrics.Mean()
    >>> m.update_state([1.0, 3.0, 5.0, 7.0])
    >>> float(m.result())
    4.0
    """

    def __init__(self, name: str | None = "mean", dtype=None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.total = self._add_total((), "total", self.dtype)
        self.count = self._add_total((), "count", self.dtype)

    def update_state(self, values, sample_weight=None) -> None:
        """Adds the values, each times its weight, and the weights."""
        values, sample_weight = reduce_to_samplewise_values(values, sample_weight, ops.mean, self.total.dtype)
        self._add_to(self.total, ops.sum(values))
        if sample_weight is None:
            count = float(values.shape[0]) if values.shape else 1.0
            self._add_to(self.count, ops.convert_to_tensor(count, dtype=self.count.dtype))
        else:
            self._add_to(self.count, ops.sum(sample_weight))

    def result(self):
        """The mean of all values since the last reset; 0 where there were none."""
        return ops.cast(ops.divide_no_nan(self.total.value, self.count.value), self.dtype)


def _in_sum_dtype(x):
    """Half precision in the dtype that it is added up in."""
    x = ops.convert_to_tensor(x)
    return ops.cast(x, sum_dtype(x.dtype))


class MeanMetricWrapper(Mean):
    """Wraps a function `fn(y_true, y_pred, **kwargs)` into a metric: the mean of its values.

    Args:
        fn: The function; it returns one value per sample.
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`.
        **kwargs: Further arguments of `fn`.

    Example:

    >>> m = keras.metrics.MeanMetricWrapper(keras.losses.mean_squared_error, name="error")
    >>> float(m([[0.0, 1.0]], [[1.0, 1.0]]))
    0.5
    """

    config_names: tuple | None = None  # the arguments of a built-in metric that stand in its config

    def __init__(self, fn, name: str | None = None, dtype=None, **kwargs) -> None:
        super().__init__(name=name, dtype=dtype)
        self._fn = fn
        self._fn_kwargs = kwargs

    def update_state(self, y_true, y_pred, sample_weight=None) -> None:
        """Adds the function's values, each times its weight."""
        mask = mask_of(y_pred)
        values = self._fn(*map(_in_sum_dtype, (y_true, y_pred)), **self._fn_kwargs)
        super().update_state(values, apply_mask(sample_weight, mask, self.dtype, "sum"))

    def get_config(self) -> dict:
        config = super().get_config()
        if self.config_names is not None:
            return {**config, **{name: self._fn_kwargs[name] for name in self.config_names}}
        return {
            **config,
            "fn": serialization.serialize_keras_object(self._fn),
            **serialization.serialize_keras_object(self._fn_kwargs),
        }

    @classmethod
    def from_config(cls, config: dict) -> MeanMetricWrapper:
        return cls(**(serialization.deserialize_keras_object(config) if "fn" in config else config))
