"""Adam, and its form with decoupled weight decay."""

from __future__ import annotations

from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.ops import update
from kerasnb.optimizers.moments import left_of, step_number
from kerasnb.optimizers.optimizer import LearningRate, Optimizer


class Adam(Optimizer):
    """Optimizer with adaptive estimates of the first and second moments of the gradient.

    Reference: [Kingma & Ba, 2014](https://arxiv.org/abs/1412.6980)

    Args:
        learning_rate: Float, schedule or callable. Defaults to `0.001`.
        beta_1: Float, the share of the first moment that stays at a step. Defaults to `0.9`.
        beta_2: Float, the share of the second moment that stays at a step. Defaults to `0.999`.
        epsilon: Float, added to the root of the second moment ("epsilon hat" in the paper). Defaults to `1e-7`.
        amsgrad: Boolean, whether the largest second moment so far is used. Defaults to `False`.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: See
            `keras.optimizers.Optimizer`.

    Example:

    >>> w = keras.Variable([10.0])
    >>> keras.optimizers.Adam(learning_rate=0.1).apply([np.array([10.0])], [w])
    >>> f"{w.numpy()[0]:.3f}"
    '9.900'
    """

    def __init__(
        self, learning_rate: LearningRate = 0.001, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7,
        amsgrad: bool = False, weight_decay: float | None = None, clipnorm: float | None = None,
        clipvalue: float | None = None, global_clipnorm: float | None = None, use_ema: bool = False,
        ema_momentum: float = 0.99, ema_overwrite_frequency: int | None = None, loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None, name: str | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        self.beta_1, self.beta_2, self.epsilon, self.amsgrad = beta_1, beta_2, epsilon, amsgrad

    def build(self, var_list: list[Variable]) -> None:
        """Creates the two moments, and the largest second one for `amsgrad`."""
        if self.built:
            return
        super().build(var_list)
        self._momentums, self._velocities = self.add_optimizer_variables(var_list, ["momentum", "velocity"])
        self._velocity_hats = self.add_optimizer_variables(var_list, "velocity_hat") if self.amsgrad else []

    def _update(self, grads, variables) -> None:
        self._corrections: dict = {}
        super()._update(grads, variables)

    def _step_size(self, learning_rate, dtype: str):
        """The learning rate with the correction of both moments' bias; computed once for all variables."""
        if dtype not in self._corrections:
            step = step_number(self, dtype)
            rate = ops.multiply(ops.cast(learning_rate, dtype), ops.sqrt(left_of(self.beta_2, step)))
            self._corrections[dtype] = ops.divide(rate, left_of(self.beta_1, step))
        return self._corrections[dtype]

    def update_step(self, gradient: Tensor, variable: Variable, learning_rate: Tensor) -> None:
        """Changes one variable by its gradient."""
        place = self._get_variable_index(variable)
        update.adam(
            variable, ops.cast(gradient, variable.dtype), self._step_size(learning_rate, variable.dtype),
            self._momentums[place], self._velocities[place], self.beta_1, self.beta_2, self.epsilon,
            v_hat=self._velocity_hats[place] if self.amsgrad else None,
        )  # fmt: skip


class AdamW(Adam):
    """Adam with decoupled weight decay.

    Reference: [Loshchilov & Hutter, 2019](https://arxiv.org/abs/1711.05101)

    Args:
        learning_rate: Float, schedule or callable. Defaults to `0.001`.
        weight_decay: Float, the share of the weights that is taken off, times the learning rate. Defaults to `0.004`.
        beta_1: Float, the share of the first moment that stays at a step. Defaults to `0.9`.
        beta_2: Float, the share of the second moment that stays at a step. Defaults to `0.999`.
        epsilon: Float, added to the root of the second moment. Defaults to `1e-7`.
        amsgrad: Boolean, whether the largest second moment so far is used. Defaults to `False`.
        clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: See `keras.optimizers.Optimizer`.

    Raises:
        ValueError: If `weight_decay` is None.

    Example:

    >>> keras.optimizers.AdamW().weight_decay
    0.004
    """

    def __init__(
        self, learning_rate: LearningRate = 0.001, weight_decay: float | None = 0.004, beta_1: float = 0.9,
        beta_2: float = 0.999, epsilon: float = 1e-7, amsgrad: bool = False, clipnorm: float | None = None,
        clipvalue: float | None = None, global_clipnorm: float | None = None, use_ema: bool = False,
        ema_momentum: float = 0.99, ema_overwrite_frequency: int | None = None, loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None, name: str | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        if weight_decay is None:
            raise ValueError("Argument `weight_decay` must be a float. Received: weight_decay=None")
        super().__init__(
            learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay, clipnorm, clipvalue, global_clipnorm,
            use_ema, ema_momentum, ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name,
            **kwargs,
        )  # fmt: skip
