"""Gradient descent."""

from __future__ import annotations

from kerasnb import ops
from kerasnb.ops import update
from kerasnb.optimizers.optimizer import Optimizer


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
        self, learning_rate=0.01, momentum=0.0, nesterov=False, weight_decay=None, clipnorm=None, clipvalue=None,
        global_clipnorm=None, use_ema=False, ema_momentum=0.99, ema_overwrite_frequency=None, loss_scale_factor=None,
        gradient_accumulation_steps=None, name=None, **kwargs,
    ) -> None:  # fmt: skip
        if not isinstance(momentum, float) or momentum < 0 or momentum > 1:
            raise ValueError(f"`momentum` must be a float between [0, 1]. Received: momentum={momentum}")
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        self.momentum, self.nesterov = momentum, nesterov

    def build(self, variables) -> None:
        """Creates the velocities, where there is momentum."""
        if self.built:
            return
        super().build(variables)
        self.momentums = self.add_optimizer_variables(variables, "momentum") if self.momentum else []

    def update_step(self, gradient, variable, learning_rate) -> None:
        """Changes one variable by its gradient."""
        velocity = self.momentums[self._get_variable_index(variable)] if self.momentum else None
        update.sgd(
            variable, ops.cast(gradient, variable.dtype), ops.cast(learning_rate, variable.dtype), velocity,
            momentum=self.momentum, nesterov=self.nesterov,
        )  # fmt: skip
