"""Lamb."""

from __future__ import annotations

from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.optimizers.moments import left_of, moved, step_number
from kerasnb.optimizers.optimizer import LearningRate, Optimizer


class Lamb(Optimizer):
    """Adam with the step of each variable scaled to the size of its weights, for large batches.

    Reference: [You et al., 2019](https://arxiv.org/abs/1904.00962)

    Args:
        learning_rate: Float, schedule or callable. Defaults to `0.001`.
        beta_1: Float, the share of the first moment that stays at a step. Defaults to `0.9`.
        beta_2: Float, the share of the second moment that stays at a step. Defaults to `0.999`.
        epsilon: Float, added to the root of the second moment. Defaults to `1e-7`.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: See
            `keras.optimizers.Optimizer`.

    Example:

    >>> w = keras.Variable([10.0])
    >>> keras.optimizers.Lamb(learning_rate=0.1).apply([np.array([10.0])], [w])
    >>> f"{w.numpy()[0]:.3f}"
    '9.000'
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
        """Creates the two moments."""
        if self.built:
            return
        super().build(var_list)
        self._momentums, self._velocities = self.add_optimizer_variables(var_list, ["momentum", "velocity"])

    def update_step(self, gradient: Tensor, variable: Variable, learning_rate: Tensor) -> None:
        """Changes one variable by its gradient."""
        rate, gradient = ops.cast(learning_rate, variable.dtype), ops.cast(gradient, variable.dtype)
        place, step = self._get_variable_index(variable), step_number(self, variable.dtype)
        m = moved(self._momentums[place], gradient, 1 - self.beta_1)
        v = moved(self._velocities[place], ops.square(gradient), 1 - self.beta_2)
        root = ops.add(ops.sqrt(ops.divide(v, left_of(self.beta_2, step))), self.epsilon)
        change = ops.divide(ops.divide(m, left_of(self.beta_1, step)), root)
        sizes = [ops.sqrt(ops.sum(ops.square(x))) for x in (variable.value, change)]
        both = ops.logical_and(ops.greater(sizes[0], 0.0), ops.greater(sizes[1], 0.0))
        ratio = ops.where(both, ops.divide_no_nan(sizes[0], sizes[1]), ops.ones_like(sizes[0]))
        self.assign_sub(variable, ops.multiply(change, ops.multiply(ratio, rate)))
