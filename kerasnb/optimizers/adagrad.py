"""Adagrad."""

from __future__ import annotations

from typing import Any

from kerasnb import initializers, ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.optimizers.optimizer import LearningRate, Optimizer


class Adagrad(Optimizer):
    """Optimizer whose rate for each weight falls with the sum of its squared gradients.

    Reference: [Duchi et al., 2011](http://www.jmlr.org/papers/volume12/duchi11a/duchi11a.pdf)

    Args:
        learning_rate: Float, schedule or callable. Defaults to `0.001`.
        initial_accumulator_value: Float, where the sums start. Defaults to `0.1`.
        epsilon: Float, added to the sums. Defaults to `1e-7`.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: See
            `keras.optimizers.Optimizer`.

    Example:

    >>> w = keras.Variable([10.0])
    >>> keras.optimizers.Adagrad(learning_rate=0.1).apply([np.array([10.0])], [w])
    >>> f"{w.numpy()[0]:.3f}"
    '9.900'
    """

    def __init__(
        self, learning_rate: LearningRate = 0.001, initial_accumulator_value: float = 0.1, epsilon: float = 1e-7,
        weight_decay: float | None = None, clipnorm: float | None = None, clipvalue: float | None = None,
        global_clipnorm: float | None = None, use_ema: bool = False, ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None, loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None, name: str | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        self.initial_accumulator_value, self.epsilon = initial_accumulator_value, epsilon

    def build(self, var_list: list[Variable]) -> None:
        """Creates the sums of squares."""
        if self.built:
            return
        super().build(var_list)
        start = initializers.Constant(self.initial_accumulator_value)
        self._accumulators = self.add_optimizer_variables(var_list, "accumulator", start)

    def update_step(self, gradient: Tensor, variable: Variable, learning_rate: Tensor) -> None:
        """Changes one variable by its gradient."""
        rate, gradient = ops.cast(learning_rate, variable.dtype), ops.cast(gradient, variable.dtype)
        accumulator = self._accumulators[self._get_variable_index(variable)]
        total = ops.add(accumulator.value, ops.square(gradient))
        self.assign(accumulator, total)
        self.assign_sub(variable, ops.divide(ops.multiply(rate, gradient), ops.sqrt(ops.add(total, self.epsilon))))
