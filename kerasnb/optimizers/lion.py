"""Lion."""

from __future__ import annotations

from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.optimizers.moments import mixed
from kerasnb.optimizers.optimizer import LearningRate, Optimizer


class Lion(Optimizer):
    """Optimizer that steps by the sign of momentum and gradient.

    Reference: [Chen et al., 2023](https://arxiv.org/abs/2302.06675)

    Args:
        learning_rate: Float, schedule or callable. Defaults to `0.001`.
        beta_1: Float between 0 and 1, the share of the momentum in the step. Defaults to `0.9`.
        beta_2: Float, the share of the momentum that stays at a step. Defaults to `0.99`.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: See
            `keras.optimizers.Optimizer`.

    Raises:
        ValueError: If `beta_1` is out of its range.

    Example:

    >>> w = keras.Variable([10.0])
    >>> keras.optimizers.Lion(learning_rate=0.5).apply([np.array([10.0])], [w])
    >>> w.numpy().tolist()
    [9.5]
    """

    def __init__(
        self, learning_rate: LearningRate = 0.001, beta_1: float = 0.9, beta_2: float = 0.99,
        weight_decay: float | None = None, clipnorm: float | None = None, clipvalue: float | None = None,
        global_clipnorm: float | None = None, use_ema: bool = False, ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None, loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None, name: str | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        if beta_1 <= 0 or beta_1 > 1:
            raise ValueError(
                "Argument `beta_1` must be in the [0, 1] range. Otherwise, the optimizer degenerates to SignSGD. "
                f"Received: beta_1={beta_1}."
            )
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        self.beta_1, self.beta_2 = beta_1, beta_2

    def build(self, var_list: list[Variable]) -> None:
        """Creates the momentums."""
        if self.built:
            return
        super().build(var_list)
        self._momentums = self.add_optimizer_variables(var_list, "momentum")

    def update_step(self, gradient: Tensor, variable: Variable, learning_rate: Tensor) -> None:
        """Changes one variable by its gradient."""
        rate, gradient = ops.cast(learning_rate, variable.dtype), ops.cast(gradient, variable.dtype)
        m = self._momentums[self._get_variable_index(variable)]
        direction = ops.add(ops.multiply(m.value, self.beta_1), ops.multiply(gradient, 1.0 - self.beta_1))
        self.assign_sub(variable, ops.multiply(ops.sign(direction), rate))
        mixed(m, gradient, self.beta_2)
