"""Metrics that sum or average values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasnb import ops, serialization
from kerasnb.backend.tensor.dtypes import floatx
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.dtype_policies.dtype_policy import PolicyLike
from kerasnb.losses.loss import apply_mask, mask_of, squeeze_or_expand_to_same_rank
from kerasnb.metrics.metric import Metric, any_arguments
from kerasnb.ops.numpy.half import sum_dtype


def reduce_to_samplewise_values(
    values: TensorLike, sample_weight: TensorLike | None, reduce_fn: Callable, dtype: str | None = None
) -> tuple[Tensor, Tensor | None]:
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
    reduced, weight = ops.cast(values, dtype), None
    if sample_weight is not None:
        weight = apply_mask(ops.convert_to_tensor(sample_weight, dtype=dtype), mask, dtype, "sum")
        reduced, weight = _weighted(*squeeze_or_expand_to_same_rank(reduced, weight), reduce_fn)
    if len(reduced.shape) > 1:
        reduced = reduce_fn(reduced, axis=tuple(range(1, len(reduced.shape))))
    return reduced, weight


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

    def __init__(self, name: str = "sum", dtype: PolicyLike = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.total = self._add_total((), "total", self.dtype)

    def update_state(self, values: TensorLike, sample_weight: TensorLike | None = None) -> None:
        """Adds the values, each times its weight."""
        values, _ = reduce_to_samplewise_values(values, sample_weight, ops.sum, self.total.dtype)
        self._add_to(self.total, ops.sum(values))

    def result(self) -> Tensor:
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

    def __init__(self, name: str | None = "mean", dtype: PolicyLike = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.total = self._add_total((), "total", self.dtype)
        self.count = self._add_total((), "count", self.dtype)

    @any_arguments
    def update_state(self, values: TensorLike, sample_weight: TensorLike | None = None) -> None:
        """Adds the values, each times its weight, and the weights."""
        reduced, weight = reduce_to_samplewise_values(values, sample_weight, ops.mean, self.total.dtype)
        self._add_to(self.total, ops.sum(reduced))
        if weight is None:
            count = float(reduced.shape[0]) if reduced.shape else 1.0
            self._add_to(self.count, ops.convert_to_tensor(count, dtype=self.count.dtype))
        else:
            self._add_to(self.count, ops.sum(weight))

    def result(self) -> Tensor:
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

    def __init__(self, fn: Callable, name: str | None = None, dtype: PolicyLike = None, **kwargs: Any) -> None:
        super().__init__(name=name, dtype=dtype)
        self._fn = fn
        self._fn_kwargs = kwargs

    def update_state(self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None) -> None:
        """Adds the function's values, each times its weight."""
        mask = mask_of(y_pred)
        values = self._fn(*map(_in_sum_dtype, (y_true, y_pred)), **self._fn_kwargs)
        super().update_state(values, apply_mask(sample_weight, mask, self.dtype, "sum"))

    def get_config(self) -> dict:
        """Returns the config: a JSON-serializable dict from which `from_config` creates the object again."""
        config = super().get_config()
        # a built-in metric has a function of its own, and its options are arguments
        return {**config, **serialization.serialize_keras_object(self._fn_kwargs)} if "fn" in config else config

    @classmethod
    def from_config(cls, config: dict) -> MeanMetricWrapper:
        """Creates an object from its config, the output of `get_config`."""
        return cls(**(serialization.deserialize_keras_object(config) if "fn" in config else config))
