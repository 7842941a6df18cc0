"""RMSprop."""

from __future__ import annotations

from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.ops import update
from kerasnb.optimizers.optimizer import LearningRate, Optimizer


class RMSprop(Optimizer):
    """Optimizer that divides the gradient by the root of a moving average of its square.

    Reference: [Hinton, 2012](http://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf)

    Args:
        learning_rate: Float, schedule or callable. Defaults to `0.001`.
        rho: Float, the share of the average that stays at a step. Defaults to `0.9`.
        momentum: Float, the share of the last change that is added. Defaults to `0.0`.
        epsilon: Float, added to the average. Defaults to `1e-7`.
        centered: Boolean, whether the gradient's mean is taken off its mean square. Defaults to `False`.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: See
            `keras.optimizers.Optimizer`.

    Example:

    >>> w = keras.Variable([10.0])
    >>> keras.optimizers.RMSprop(learning_rate=0.1).apply([np.array([10.0])], [w])
    >>> f"{w.numpy()[0]:.3f}"
    '9.684'
    """

    def __init__(
        self, learning_rate: LearningRate = 0.001, rho: float = 0.9, momentum: float = 0.0, epsilon: float = 1e-7,
        centered: bool = False, weight_decay: float | None = None, clipnorm: float | None = None,
        clipvalue: float | None = None, global_clipnorm: float | None = None, use_ema: bool = False,
        ema_momentum: float = 0.99, ema_overwrite_frequency: int | None = None, loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None, name: str | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        self.rho, self.momentum, self.epsilon, self.centered = rho, momentum, epsilon, centered

    def build(self, var_list: list[Variable]) -> None:
        """Creates the averages, and the momentums where there are some."""
        if self.built:
            return
        super().build(var_list)
        self._velocities = self.add_optimizer_variables(var_list, "velocity")
        self._momentums = self.add_optimizer_variables(var_list, "momentum") if self.momentum > 0 else []
        self._average_gradients = self.add_optimizer_variables(var_list, "average_gradient") if self.centered else []

    def update_step(self, gradient: Tensor, variable: Variable, learning_rate: Tensor) -> None:
        """Changes one variable by its gradient."""
        place = self._get_variable_index(variable)
        update.rmsprop(
            variable, ops.cast(gradient, variable.dtype), ops.cast(learning_rate, variable.dtype),
            self._velocities[place], self.rho, self.epsilon,
            momentum_variable=self._momentums[place] if self._momentums else None, momentum=self.momentum,
            average_gradient=self._average_gradients[place] if self.centered else None,
        )  # fmt: skip
