"""Schedule-free AdamW."""

from __future__ import annotations

from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.optimizers.moments import left_of, moved, step_number
from kerasnb.optimizers.optimizer import LearningRate, Optimizer


class ScheduleFreeAdamW(Optimizer):
    """AdamW that needs no learning rate schedule: it averages the points it has been at.

    Reference: [Defazio et al., 2024](https://arxiv.org/abs/2405.15682)

    Args:
        learning_rate: Float, schedule or callable. Defaults to `0.0025`.
        beta_1: Float, the share of the average in the weights. Defaults to `0.9`.
        beta_2: Float, the share of the second moment that stays at a step. Defaults to `0.999`.
        epsilon: Float, added to the root of the second moment. Defaults to `1e-8`.
        warmup_steps: Integer, over how many steps the rate rises from zero. Defaults to `0`.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: See
            `keras.optimizers.Optimizer`.

    Example:

    >>> w = keras.Variable([10.0])
    >>> keras.optimizers.ScheduleFreeAdamW(learning_rate=0.1).apply([np.array([10.0])], [w])
    >>> f"{w.numpy()[0]:.3f}"
    '9.900'
    """

    def __init__(
        self, learning_rate: LearningRate = 0.0025, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-08,
        warmup_steps: int = 0, weight_decay: float | None = None, clipnorm: float | None = None,
        clipvalue: float | None = None, global_clipnorm: float | None = None, use_ema: bool = False,
        ema_momentum: float = 0.99, ema_overwrite_frequency: int | None = None, loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None, name: str | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        self.beta_1, self.beta_2, self.epsilon, self.warmup_steps = beta_1, beta_2, epsilon, warmup_steps

    def build(self, var_list: list[Variable]) -> None:
        """Creates the points that steps are taken from, which start at the weights, and the second moments."""
        if self.built:
            return
        super().build(var_list)
        self._momentums, self._velocities = self.add_optimizer_variables(var_list, ["momentum", "velocity"])
        for momentum, variable in zip(self._momentums, var_list, strict=True):
            momentum.assign(variable.value)

    def update_step(self, gradient: Tensor, variable: Variable, learning_rate: Tensor) -> None:
        """Changes one variable by its gradient."""
        rate, gradient = ops.cast(learning_rate, variable.dtype), ops.cast(gradient, variable.dtype)
        place, step = self._get_variable_index(variable), step_number(self, variable.dtype)
        if self.warmup_steps > 0:
            rate = ops.multiply(rate, ops.minimum(ops.divide(step, float(self.warmup_steps)), 1.0))
        v = moved(self._velocities[place], ops.square(gradient), 1 - self.beta_2)
        root = ops.add(ops.sqrt(ops.divide(v, left_of(self.beta_2, step))), self.epsilon)
        z = self._momentums[place].value
        average = ops.divide(ops.subtract(variable.value, ops.multiply(z, 1 - self.beta_1)), self.beta_1)
        z = ops.subtract(z, ops.divide(ops.multiply(rate, gradient), root))
        self.assign(self._momentums[place], z)
        average = ops.add(average, ops.divide(ops.subtract(z, average), step))
        self.assign(variable, ops.add(ops.multiply(z, 1 - self.beta_1), ops.multiply(average, self.beta_1)))
