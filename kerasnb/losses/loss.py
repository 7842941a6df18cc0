"""The base class of losses, and how values, weights and masks become one number."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from kerasnb import ops, serialization
from kerasnb.backend.tensor import naming
from kerasnb.backend.tensor.dtypes import floatx, standardize_dtype
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.dtype_policies.dtype_policy import PolicyLike
from kerasnb.ops.numpy.half import sum_dtype
from kerasnb.serialization.configured import Configured, argument_names, default_of

REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None)


def compute_dtype(dtype: PolicyLike) -> str:
    """The dtype that losses and metrics compute in, from a dtype, a policy or its name, or None."""
    dtype = getattr(dtype, "compute_dtype", dtype)
    if isinstance(dtype, str) and dtype.startswith("mixed_"):
        dtype = dtype.removeprefix("mixed_")
    return standardize_dtype(dtype or floatx())


def mask_of(x: TensorLike) -> Any:
    """The mask that a layer attached to a tensor, or None."""
    return getattr(x, "_keras_mask", None)


class Loss(Configured):
    """Loss base class: subclasses implement `call(self, y_true, y_pred)`.

    Args:
        name: Optional name of the loss.
        reduction: One of `"sum_over_batch_size"`, `"mean"` (the sum over the number of values),
            `"sum"`, `"mean_with_sample_weight"` (the sum over the sum of the weights), `"none"` or
            None. Defaults to `"sum_over_batch_size"`.
        dtype: Optional dtype or policy of the computation. Defaults to `keras.config.floatx()`.

    Raises:
        ValueError: If `reduction` is none of these.

    Example:

    >>> class Difference(keras.losses.Loss):
    ...     def call(self, y_true, y_pred):
    ...         return keras.ops.mean(y_pred - y_true, axis=-1)
    >>> float(Difference()(np.zeros((2, 2)), np.ones((2, 2))))
    1.0
    """

    _no_config: tuple[str, ...] = ("dtype",)

    def __init__(
        self, name: str | None = None, reduction: str | None = "sum_over_batch_size", dtype: PolicyLike = None
    ) -> None:
        self.name = name or naming.auto_name(self.__class__.__name__)
        self.reduction = standardize_reduction(reduction)
        self._dtype = compute_dtype(dtype)

    @property
    def dtype(self) -> str:
        """The dtype of the computation."""
        return self._dtype

    def __call__(self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None) -> Tensor:
        """Computes the loss.

        Args:
            y_true: Ground truth values.
            y_pred: The predicted values.
            sample_weight: Optional weights, one per sample or of the shape of the losses.

        Returns:
            A scalar, or the values themselves where the reduction is none.
        """
        mask = mask_of(y_pred)
        y_pred = ops.convert_to_tensor(y_pred, dtype=self.dtype)
        y_true = ops.convert_to_tensor(y_true, dtype=self.dtype)
        values = self.call(y_true, y_pred)
        mask = combined_mask(mask, mask_of(values))
        loss = reduce_weighted_values(values, sample_weight, mask, self.reduction, sum_dtype(self.dtype))
        return ops.cast(loss, self.dtype)

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        """Returns the loss of each sample."""
        raise NotImplementedError(f"Loss {self.__class__.__name__} must implement the `call()` method.")


class LossFunctionWrapper(Loss):
    """A loss made of a function `fn(y_true, y_pred, **kwargs)`.

    Args:
        fn: The function; it returns one value per sample.
        reduction: See `keras.losses.Loss`.
        name: Optional name of the loss.
        dtype: See `keras.losses.Loss`.
        **kwargs: Further arguments of `fn`.
    """

    def __init__(
        self, fn: Callable, reduction: str | None = "sum_over_batch_size", name: str | None = None,
        dtype: PolicyLike = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.fn = fn
        self._fn_kwargs = kwargs

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        """Returns what the function gives for each sample."""
        y_true, y_pred = (ops.cast(y, sum_dtype(y.dtype)) for y in (y_true, y_pred))
        y_true, y_pred = squeeze_or_expand_to_same_rank(y_true, y_pred)
        return self.fn(y_true, y_pred, **self._fn_kwargs)

    def get_config(self) -> dict:
        """Returns the config: a JSON-serializable dict from which `from_config` creates the object again."""
        config = super().get_config()
        if "fn" in config:
            return {**config, **serialization.serialize_keras_object(self._fn_kwargs)}
        # A built-in loss has a function of its own, and its options are arguments. Keras forgets some of them: where
        # they matter they are written, and Keras reads them.
        forgotten = [n for n in argument_names(type(self)) if n in self._no_config and n in self._fn_kwargs]
        return config | {n: self._fn_kwargs[n] for n in forgotten if self._fn_kwargs[n] != default_of(type(self), n)}

    @classmethod
    def from_config(cls, config: dict) -> LossFunctionWrapper:
        """Creates an object from its config, the output of `get_config`."""
        return cls(**(serialization.deserialize_keras_object(config) if "fn" in config else config))

    def __repr__(self) -> str:
        return f"<LossFunctionWrapper({self.fn}, kwargs={self._fn_kwargs})>"


def standardize_reduction(reduction: str | None) -> str | None:
    """The reduction itself, checked."""
    if reduction not in REDUCTIONS:
        raise ValueError(
            f"Invalid value for argument `reduction`. Expected one of {set(REDUCTIONS)}. "
            f"Received: reduction={reduction}"
        )
    return reduction


def squeeze_or_expand_to_same_rank(x1: Tensor, x2: Tensor, expand_rank_1: bool = True) -> tuple[Tensor, Tensor]:
    """Squeezes or expands the last axis where the ranks differ by exactly one.

    Args:
        x1: Tensor.
        x2: Tensor.
        expand_rank_1: Boolean, whether a vector becomes a column (rather than the column a vector).

    Returns:
        Both tensors.
    """
    difference = len(x1.shape) - len(x2.shape)
    if difference == 1 and x1.shape[-1] == 1:
        if len(x2.shape) == 1 and expand_rank_1:
            return x1, ops.expand_dims(x2, axis=-1)
        return ops.squeeze(x1, axis=-1), x2
    if difference == -1 and x2.shape[-1] == 1:
        if len(x1.shape) == 1 and expand_rank_1:
            return ops.expand_dims(x1, axis=-1), x2
        return x1, ops.squeeze(x2, axis=-1)
    return x1, x2


def combined_mask(*masks: Any) -> Any:
    """Where all masks that are not None are True, or None."""
    present = [m for m in masks if m is not None]
    if len(present) < 2:
        return present[0] if present else None
    return ops.logical_and(*present)


def apply_mask(sample_weight: Any, mask: Tensor | None, dtype: str, reduction: str | None) -> Any:
    """The sample weights with masked entries set to 0.

    For the mean reductions valid entries weigh `total / valid`, so that the mean over all entries
    is the mean over the valid ones.
    """
    if mask is None:
        return sample_weight
    weight = ops.cast(mask, dtype)
    if reduction in ("mean", "sum_over_batch_size"):
        share = ops.divide_no_nan(ops.convert_to_tensor(float(math.prod(mask.shape)), dtype=dtype), ops.sum(weight))
        weight = ops.multiply(ops.cast(ops.not_equal(weight, 0), dtype), share)
    if sample_weight is None:
        return weight
    weight, sample_weight = squeeze_or_expand_to_same_rank(weight, ops.cast(sample_weight, dtype))
    return ops.multiply(sample_weight, weight)


def reduce_values(
    values: Tensor, sample_weight: Tensor | None = None, reduction: str | None = "sum_over_batch_size"
) -> Tensor:
    """One number from the losses of all samples."""
    if reduction in (None, "none") or values.shape in ((), (0,)):
        return values
    total = ops.sum(values)
    if reduction == "sum":
        return total
    if reduction == "mean_with_sample_weight" and sample_weight is not None:
        return ops.divide_no_nan(total, ops.cast(ops.sum(sample_weight), total.dtype))
    return ops.divide(total, float(math.prod(values.shape))) if math.prod(values.shape) else total


def _check_weights(weights: tuple, values: tuple) -> None:
    pairs = zip(reversed(weights), reversed(values), strict=False)
    if any(None not in (w, v) and w != v and 1 not in (w, v) for w, v in pairs):
        raise ValueError(
            f"Argument `sample_weight` has a shape that does not fit the losses it weighs: expected a shape that "
            f"broadcasts to {values}. Received: shape {weights}"
        )


def reduce_weighted_values(
    values: TensorLike, sample_weight: TensorLike | None = None, mask: Tensor | None = None,
    reduction: str | None = "sum_over_batch_size", dtype: str | None = None,
) -> Tensor:  # fmt: skip
    """One number from the losses of all samples, their weights and their mask."""
    reduction = standardize_reduction(reduction)
    values = ops.convert_to_tensor(values, dtype=dtype)
    weight = None if sample_weight is None else ops.convert_to_tensor(sample_weight, dtype=dtype)
    weight = apply_mask(weight, mask, values.dtype, reduction)
    if weight is not None:
        values, weight = squeeze_or_expand_to_same_rank(values, ops.cast(weight, values.dtype))
        _check_weights(weight.shape, values.shape)
        values = ops.multiply(values, weight)
    return reduce_values(values, weight, reduction)
