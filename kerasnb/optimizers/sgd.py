"""Gradient descent."""

from __future__ import annotations

from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.ops import update
from kerasnb.optimizers.optimizer import LearningRate, Optimizer


class SGD(Optimizer):
    """Gradient descent (with momentum) optimizer.

    `velocity = momentum * velocity - learning_rate * g; w = w + velocity`, and with Nesterov
    momentum `w = w + momentum * velocity - learning_rate * g`.

    Args:
        learning_rate: Float, schedule or callable. Defaults to `0.01`.
        momentum: Float between 0 and 1. Defaults to `0.0`.
        nesterov: Boolean, whether Nesterov momentum is used. Defaults to `False`.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: See
            `keras.optimizers.Optimizer`.

    Raises:
        ValueError: If `momentum` is not a float between 0 and 1.

    Example:

    >>> w = keras.Variable([1.0])
    >>> keras.optimizers.SGD(learning_rate=0.1).apply([np.array([5.0])], [w])
    >>> w.numpy().tolist()
    [0.5]
    """

    def __init__(
        self, learning_rate: LearningRate = 0.01, momentum: float = 0.0, nesterov: bool = False,
        weight_decay: float | None = None, clipnorm: float | None = None, clipvalue: float | None = None,
        global_clipnorm: float | None = None, use_ema: bool = False, ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None, loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None, name: str | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        if not isinstance(momentum, float) or momentum < 0 or momentum > 1:
            raise ValueError(f"`momentum` must be a float between [0, 1]. Received: momentum={momentum}")
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        self.momentum, self.nesterov = momentum, nesterov

    def build(self, variables: list[Variable]) -> None:
        """Creates the velocities, where there is momentum."""
        if self.built:
            return
        super().build(variables)
        self.momentums = self.add_optimizer_variables(variables, "momentum") if self.momentum else []

    def update_step(self, gradient: Tensor, variable: Variable, learning_rate: Tensor) -> None:
        """Changes one variable by its gradient."""
        velocity = self.momentums[self._get_variable_index(variable)] if self.momentum else None
        update.sgd(
            variable, ops.cast(gradient, variable.dtype), ops.cast(learning_rate, variable.dtype), velocity,
            momentum=self.momentum, nesterov=self.nesterov,
        )  # fmt: skip
