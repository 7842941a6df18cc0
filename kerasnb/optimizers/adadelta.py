"""Adadelta."""

from __future__ import annotations

from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.optimizers.moments import mixed
from kerasnb.optimizers.optimizer import LearningRate, Optimizer


class Adadelta(Optimizer):
    """Optimizer that scales gradients by the ratio of recent changes to recent gradients.

    Reference: [Zeiler, 2012](https://arxiv.org/abs/1212.5701)

    Args:
        learning_rate: Float, schedule or callable; 1.0 is the form of the paper. Defaults to `0.001`.
        rho: Float, the share of the averages that stays at a step. Defaults to `0.95`.
        epsilon: Float, added to the averages. Defaults to `1e-7`.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: See
            `keras.optimizers.Optimizer`.

    Example:

    >>> w = keras.Variable([10.0])
    >>> keras.optimizers.Adadelta(learning_rate=1.0).apply([np.array([10.0])], [w])
    >>> f"{w.numpy()[0]:.3f}"
    '9.999'
    """

    def __init__(
        self, learning_rate: LearningRate = 0.001, rho: float = 0.95, epsilon: float = 1e-7,
        weight_decay: float | None = None, clipnorm: float | None = None, clipvalue: float | None = None,
        global_clipnorm: float | None = None, use_ema: bool = False, ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None, loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None, name: str | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        self.rho, self.epsilon = rho, epsilon

    def build(self, var_list: list[Variable]) -> None:
        """Creates the averages of squared gradients and of squared changes."""
        if self.built:
            return
        super().build(var_list)
        names = ["accumulated_grad", "accumulated_delta_var"]
        self._accumulated_grads, self._accumulated_delta_vars = self.add_optimizer_variables(var_list, names)

    def _root(self, mean_square):
        return ops.sqrt(ops.add(mean_square, self.epsilon))

    def update_step(self, gradient: Tensor, variable: Variable, learning_rate: Tensor) -> None:
        """Changes one variable by its gradient."""
        rate, gradient = ops.cast(learning_rate, variable.dtype), ops.cast(gradient, variable.dtype)
        place = self._get_variable_index(variable)
        changes = self._accumulated_delta_vars[place]
        squared = mixed(self._accumulated_grads[place], ops.square(gradient), self.rho)
        change = ops.divide(ops.multiply(self._root(changes.value), gradient), self._root(squared))
        mixed(changes, ops.square(change), self.rho)
        self.assign_sub(variable, ops.multiply(rate, change))
