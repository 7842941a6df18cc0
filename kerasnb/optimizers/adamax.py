"""Adamax."""

from __future__ import annotations

from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.optimizers.moments import left_of, moved, step_number
from kerasnb.optimizers.optimizer import LearningRate, Optimizer


class Adamax(Optimizer):
    """Adam with the infinity norm in place of the second moment.

    Reference: [Kingma & Ba, 2014, section 7](https://arxiv.org/abs/1412.6980)

    Args:
        learning_rate: Float, schedule or callable. Defaults to `0.001`.
        beta_1: Float, the share of the first moment that stays at a step. Defaults to `0.9`.
        beta_2: Float, the share of the norm that stays at a step. Defaults to `0.999`.
        epsilon: Float, added to the norm. Defaults to `1e-7`.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: See
            `keras.optimizers.Optimizer`.

    Example:

    >>> w = keras.Variable([10.0])
    >>> keras.optimizers.Adamax(learning_rate=0.1).apply([np.array([10.0])], [w])
    >>> f"{w.numpy()[0]:.3f}"
    '9.900'
    """

    def __init__(
        self, learning_rate: LearningRate = 0.001, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7,
        weight_decay: float | None = None, clipnorm: float | None = None, clipvalue: float | None = None,
        global_clipnorm: float | None = None, use_ema: bool = False, ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None, loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None, name: str | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

    def build(self, var_list: list[Variable]) -> None:
        """Creates the first moments and the norms."""
        if self.built:
            return
        super().build(var_list)
        self._m, self._u = self.add_optimizer_variables(var_list, ["momentum", "norm"])

    def update_step(self, gradient: Tensor, variable: Variable, learning_rate: Tensor) -> None:
        """Changes one variable by its gradient."""
        rate, gradient = ops.cast(learning_rate, variable.dtype), ops.cast(gradient, variable.dtype)
        place = self._get_variable_index(variable)
        m = moved(self._m[place], gradient, 1 - self.beta_1)
        u = ops.maximum(ops.multiply(self._u[place].value, self.beta_2), ops.abs(gradient))
        self.assign(self._u[place], u)
        left = left_of(self.beta_1, step_number(self, variable.dtype))
        scale = ops.multiply(left, ops.add(u, self.epsilon))
        self.assign_sub(variable, ops.divide(ops.multiply(rate, m), scale))
