"""Adafactor."""

from __future__ import annotations

from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.optimizers.moments import mixed, step_number
from kerasnb.optimizers.optimizer import LearningRate, Optimizer


def _root_mean_square(x):
    return ops.sqrt(ops.mean(ops.square(x)))


class Adafactor(Optimizer):
    """Optimizer that keeps row and column means of squared gradients rather than all of them.

    Reference: [Shazeer & Stern, 2018](https://arxiv.org/abs/1804.04235)

    Args:
        learning_rate: Float, schedule or callable. Defaults to `0.001`.
        beta_2_decay: Float, how the share of old averages grows. Defaults to `-0.8`.
        epsilon_1: Float, added to squared gradients. Defaults to `1e-30`.
        epsilon_2: Float, the least size of weights that steps are scaled by. Defaults to `1e-3`.
        clip_threshold: Float, the largest root mean square of a step. Defaults to `1.0`.
        relative_step: Boolean, whether the rate is at most one over the root of the step. Defaults to `True`.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: See
            `keras.optimizers.Optimizer`.

    Example:

    >>> w = keras.Variable([10.0])
    >>> keras.optimizers.Adafactor(learning_rate=0.1).apply([np.array([10.0])], [w])
    >>> f"{w.numpy()[0]:.3f}"
    '9.000'
    """

    def __init__(
        self, learning_rate: LearningRate = 0.001, beta_2_decay: float = -0.8, epsilon_1: float = 1e-30,
        epsilon_2: float = 0.001, clip_threshold: float = 1.0, relative_step: bool = True,
        weight_decay: float | None = None, clipnorm: float | None = None, clipvalue: float | None = None,
        global_clipnorm: float | None = None, use_ema: bool = False, ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None, loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None, name: str | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        self.beta_2_decay, self.epsilon_1, self.epsilon_2 = beta_2_decay, epsilon_1, epsilon_2
        self.clip_threshold, self.relative_step = clip_threshold, relative_step

    def build(self, var_list: list[Variable]) -> None:
        """Creates row and column means for matrices, and the full averages."""
        if self.built:
            return
        super().build(var_list)
        self._r, self._c, self._v = [], [], []
        for variable in var_list:
            shape = variable.shape
            if len(shape) < 2:
                # Keras keeps two unused scalars here; they stand in its files, so they do in ours
                self._r.append(self._tracked(Variable(0, name=variable.name, trainable=False)))
                self._c.append(self._tracked(Variable(0, name=variable.name, trainable=False)))
            else:
                self._r.append(self.add_variable(shape[:-1], dtype=variable.dtype, name=variable.name))
                self._c.append(self.add_variable(shape[:-2] + shape[-1:], dtype=variable.dtype, name=variable.name))
            self._v.append(self.add_variable_from_reference(variable, "velocity"))

    def update_step(self, gradient: Tensor, variable: Variable, learning_rate: Tensor) -> None:
        """Changes one variable by its gradient."""
        rate, gradient = ops.cast(learning_rate, variable.dtype), ops.cast(gradient, variable.dtype)
        place, step = self._get_variable_index(variable), step_number(self, variable.dtype)
        # with or without `relative_step`, the published form caps the rate here
        rate = ops.minimum(rate, ops.rsqrt(step))
        size = ops.maximum(_root_mean_square(variable.value), self.epsilon_2)
        squared = ops.add(ops.square(gradient), self.epsilon_1)
        kept = ops.subtract(1.0, ops.power(step, float(self.beta_2_decay)))
        v = self._mean_square(place, variable, squared, kept)
        change = ops.divide(gradient, ops.sqrt(v))
        large = ops.maximum(ops.divide(_root_mean_square(change), self.clip_threshold), 1.0)
        self.assign_sub(variable, ops.multiply(ops.divide(change, large), ops.multiply(size, rate)))

    def _mean_square(self, place, variable, squared, kept):
        """The average of squared gradients: for matrices the product of its row and column means."""
        if len(variable.shape) < 2:
            return mixed(self._v[place], squared, kept)
        r = mixed(self._r[place], ops.mean(squared, axis=-1), kept)
        c = mixed(self._c[place], ops.mean(squared, axis=-2), kept)
        r = ops.divide(r, ops.mean(r, axis=-1, keepdims=True))
        v = ops.multiply(ops.expand_dims(r, -1), ops.expand_dims(c, -2))
        self.assign(self._v[place], v)
        return v
