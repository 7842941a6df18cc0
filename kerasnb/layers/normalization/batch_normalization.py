"""BatchNormalization: each channel is brought to mean 0 and variance 1 over the batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasnb import initializers, ops
from kerasnb.backend.tensor import dtypes
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.backend.typing import Shape
from kerasnb.layers.base.arguments import axis_number, number
from kerasnb.layers.base.input_spec import InputSpec
from kerasnb.layers.normalization.base_normalization import BaseNormalization, extents_of, wide_dtype
from kerasnb.ops.nn.normalization import normalize_batch


class BatchNormalization(BaseNormalization):
    """Layer that normalizes its inputs by statistics of each channel (Ioffe & Szegedy, 2015).

    In training, the mean and the variance are those of the current batch:
    `gamma * (batch - mean(batch)) / sqrt(var(batch) + epsilon) + beta`, and moving averages of them are kept:
    `moving_mean = moving_mean * momentum + mean(batch) * (1 - momentum)`. In inference the moving averages stand
    for the statistics of the batch. A layer with `trainable = False` normalizes by the moving averages in training
    too, and does not change them.

    Args:
        axis: Integer, the axis that is kept, typically that of channels. Defaults to `-1`.
        momentum: Momentum of the moving averages. Defaults to `0.99`.
        epsilon: Small float added to the variance to avoid a division by zero. Defaults to `1e-3`.
        center: Boolean, whether the offset `beta` is added. Defaults to `True`.
        scale: Boolean, whether the result is multiplied by `gamma`. Defaults to `True`.
        beta_initializer: Initializer of `beta`.
        gamma_initializer: Initializer of `gamma`.
        moving_mean_initializer: Initializer of the moving mean.
        moving_variance_initializer: Initializer of the moving variance.
        beta_regularizer: Optional regularizer of `beta`.
        gamma_regularizer: Optional regularizer of `gamma`.
        beta_constraint: Optional constraint on `beta`.
        gamma_constraint: Optional constraint on `gamma`.
        renorm: Boolean, whether batches are corrected towards moving statistics in training (batch
            renormalization, Ioffe, 2017). Defaults to `False`.
        renorm_clipping: Optional dict with `"rmax"`, `"rmin"` and `"dmax"`, bounds of that correction.
        renorm_momentum: Momentum of the statistics that the correction uses. Defaults to `0.99`.
        synchronized: Must be `False`: there is one device.
        **kwargs: Arguments of every layer.

    Call arguments:
        inputs: Input tensor (of any rank).
        training: Boolean, whether the layer normalizes by the statistics of the batch.
        mask: Optional boolean tensor with one axis less than `inputs`; masked elements are left out of the
            statistics.

    Raises:
        ValueError: If `synchronized` is true, or `renorm_clipping` is invalid.

    Example:

    >>> layer = keras.layers.BatchNormalization(epsilon=0.0)
    >>> layer(np.array([[1.0], [3.0]]), training=True).tolist()
    [[-1.0], [1.0]]
    >>> np.round(layer.moving_mean, 3).tolist()
    [0.019...]
    """

    def __init__(
        self, axis: int = -1, momentum: float = 0.99, epsilon: float = 0.001, center: bool = True, scale: bool = True,
        beta_initializer: Any = "zeros", gamma_initializer: Any = "ones", moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones", beta_regularizer: Any = None, gamma_regularizer: Any = None,
        beta_constraint: Any = None, gamma_constraint: Any = None, renorm: bool = False,
        renorm_clipping: dict[str, float] | None = None, renorm_momentum: float = 0.99, synchronized: bool = False,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(
            center, scale, beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer, beta_constraint,
            gamma_constraint, **kwargs,
        )  # fmt: skip
        if synchronized:
            raise ValueError("Argument `synchronized` must be False: there is one device. Received: synchronized=True")
        self.axis = axis_number(axis)
        self.momentum, self.epsilon = float(number(momentum, "momentum")), float(number(epsilon, "epsilon"))
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.synchronized, self.renorm, self.renorm_momentum = synchronized, renorm, renorm_momentum
        self.renorm_clipping = _checked_clipping(renorm_clipping or {}) if renorm else renorm_clipping

    def build(self, input_shape: Shape) -> None:
        """Creates scale, offset and moving averages, a number for each channel."""
        (channels,) = extents_of(input_shape, [self.axis])
        self._add_scale_and_offset((channels,), self.scale, self.center)
        self.moving_mean = self._statistic("moving_mean", channels, self.moving_mean_initializer)
        self.moving_variance = self._statistic("moving_variance", channels, self.moving_variance_initializer)
        if self.renorm:
            self.moving_stddev = self._statistic("moving_stddev", channels, self._initial_stddev)
            self.renorm_mean = self._statistic("renorm_mean", channels, self.moving_mean_initializer)
            self.renorm_stddev = self._statistic("renorm_stddev", channels, self._initial_stddev)
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: channels})
        self._others = [a for a in range(len(input_shape)) if a != self.axis % len(input_shape)]

    def _statistic(self, name: str, channels: int | None, initializer: Callable) -> Variable:
        return self.add_weight(shape=(channels,), name=name, initializer=initializer, trainable=False, autocast=False)

    def _initial_stddev(self, shape: Shape, dtype: str | None = None) -> Tensor:
        return ops.sqrt(self.moving_variance_initializer(shape, dtype=dtype))

    def call(self, inputs: Tensor, training: bool | None = None, mask: Tensor | None = None) -> Tensor:
        """Normalizes by the statistics of the batch in training, else by the moving averages."""
        if mask is not None and len(mask.shape) != len(inputs.shape) - 1:
            raise ValueError(
                "The mask must have one dimension less than the inputs. Received: "
                f"mask.shape={mask.shape}, inputs.shape={inputs.shape}"
            )
        x = ops.cast(inputs, wide_dtype(inputs.dtype))  # half precision would overflow
        gamma, beta = (None if v is None else ops.cast(v, x.dtype) for v in (self.gamma, self.beta))
        if not (training and self.trainable):
            mean, variance = ops.cast(self.moving_mean, x.dtype), ops.cast(self.moving_variance, x.dtype)
        elif mask is None and not self.renorm:
            y, mean, variance = normalize_batch(x, self.axis, gamma, beta, self.epsilon)
            self._update_averages(mean, variance)
            return ops.cast(y, self.compute_dtype)
        else:
            mean, variance = ops.moments(x, axes=self._others) if mask is None else self._masked_moments(x, mask)
            if self.renorm:
                gamma, beta = self._corrected(mean, variance, gamma, beta)
                self._update_renorm_averages(mean, variance)
            else:
                self._update_averages(mean, variance)
        y = ops.batch_normalization(x, mean, variance, self.axis, offset=beta, scale=gamma, epsilon=self.epsilon)
        return ops.cast(y, self.compute_dtype)

    def _masked_moments(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """The mean and variance of the elements that the mask keeps."""
        keep = ops.cast(ops.broadcast_to(ops.expand_dims(mask, -1), x.shape), "bool")
        count = ops.sum(ops.cast(keep, x.dtype), self._others, keepdims=True) + dtypes.epsilon()
        mean = ops.sum(ops.where(keep, x, 0), self._others, keepdims=True) / count
        squares = ops.square(ops.where(keep, x - mean, 0))
        variance = ops.sum(squares, self._others, keepdims=True) / count
        return ops.reshape(mean, (-1,)), ops.reshape(variance, (-1,))

    # --- moving averages

    def _update_averages(self, mean: Tensor, variance: Tensor) -> None:
        _average(self.moving_mean, mean, self.momentum)
        _average(self.moving_variance, variance, self.momentum)

    def _corrected(
        self, mean: Tensor, variance: Tensor, gamma: Tensor | None, beta: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Scale and offset with the correction `r`, `d` of batch renormalization: `(x * r + d) * gamma + beta`."""
        least = ops.sqrt(ops.cast(self.epsilon, mean.dtype))
        usual = ops.maximum(ops.cast(self.renorm_stddev, mean.dtype), least)
        r = ops.sqrt(variance + self.epsilon) / usual
        d = (mean - ops.cast(self.renorm_mean, mean.dtype)) / usual
        clipping = self.renorm_clipping or {}
        rmin, rmax, dmax = (clipping.get(name) for name in ("rmin", "rmax", "dmax"))
        r = r if rmin is None else ops.maximum(r, rmin)
        r = r if rmax is None else ops.minimum(r, rmax)
        d = d if dmax is None else ops.clip(d, -dmax, dmax)
        r, d = ops.stop_gradient(r), ops.stop_gradient(d)
        if gamma is not None:
            r, d = r * gamma, d * gamma
        return r, d if beta is None else d + beta

    def _update_renorm_averages(self, mean: Tensor, variance: Tensor) -> None:
        """Averages the standard deviation, as in the paper; the moving variance follows from it."""
        stddev = ops.sqrt(variance + self.epsilon)
        _average(self.renorm_mean, mean, self.renorm_momentum)
        _average(self.renorm_stddev, stddev, self.renorm_momentum)
        _average(self.moving_mean, mean, self.momentum)
        moving = _average(self.moving_stddev, stddev, self.momentum)
        self.moving_variance.assign(ops.relu(moving * moving - self.epsilon))  # rounding may leave it below 0


def _average(variable: Variable, value: Tensor, momentum: float) -> Tensor:
    """Moves an average towards a value; returns the average."""
    moved = ops.cast(variable, value.dtype) * momentum + value * (1.0 - momentum)
    variable.assign(moved)
    return moved


def _checked_clipping(bounds: dict[str, float]) -> dict[str, float]:
    """The bounds of the correction.

    Raises:
        ValueError: If one is unknown, negative, or crosses another one.
    """
    names = ["rmax", "rmin", "dmax"]
    received = f"Received: renorm_clipping={bounds}"
    if set(bounds) - set(names):
        raise ValueError(f"Received invalid keys for argument `renorm_clipping`. Supported are {names}. {received}")
    rmax, rmin, dmax = (bounds.get(name) for name in names)
    if rmax is not None and rmin is not None and rmax < rmin:
        raise ValueError(f"In `renorm_clipping`, rmax should not be smaller than rmin. {received}")
    if dmax is not None and dmax < 0:
        raise ValueError(f"In `renorm_clipping`, dmax should be non-negative. {received}")
    return bounds
