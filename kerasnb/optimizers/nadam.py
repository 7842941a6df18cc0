"""Nadam."""

from __future__ import annotations

from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.dtypes import floatx
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.optimizers.moments import left_of, moved, step_number
from kerasnb.optimizers.optimizer import LearningRate, Optimizer


class Nadam(Optimizer):
    """Adam with Nesterov momentum.

    Reference: [Dozat, 2015](http://cs229.stanford.edu/proj2015/054_report.pdf)

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
    >>> keras.optimizers.Nadam(learning_rate=0.1).apply([np.array([10.0])], [w])
    >>> bool(w.numpy()[0] < 10.0)
    True
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
        """Creates the two moments, and the product of all momentums so far."""
        if self.built:
            return
        super().build(var_list)
        self._momentums, self._velocities = self.add_optimizer_variables(var_list, ["momentum", "velocity"])
        dtype = var_list[0].dtype if var_list else floatx()
        self._u_product = self._tracked(Variable(1.0, dtype=dtype, trainable=False))

    def _momentum_at(self, step):
        return ops.multiply(ops.subtract(1.0, ops.multiply(ops.power(0.96, step), 0.5)), self.beta_1)

    def _update(self, grads, variables) -> None:
        step = step_number(self, self._u_product.dtype)
        self.assign(self._u_product, ops.multiply(self._u_product.value, self._momentum_at(step)))
        super()._update(grads, variables)

    def update_step(self, gradient: Tensor, variable: Variable, learning_rate: Tensor) -> None:
        """Changes one variable by its gradient."""
        rate, gradient = ops.cast(learning_rate, variable.dtype), ops.cast(gradient, variable.dtype)
        place, step = self._get_variable_index(variable), step_number(self, variable.dtype)
        now, following = self._momentum_at(step), self._momentum_at(ops.add(step, 1.0))
        product = ops.cast(self._u_product.value, variable.dtype)
        m = moved(self._momentums[place], gradient, 1 - self.beta_1)
        v = moved(self._velocities[place], ops.square(gradient), 1 - self.beta_2)
        ahead = ops.multiply(m, ops.divide(following, ops.subtract(1.0, ops.multiply(product, following))))
        fresh = ops.multiply(gradient, ops.divide(ops.subtract(1.0, now), ops.subtract(1.0, product)))
        scale = ops.add(ops.sqrt(ops.divide(v, left_of(self.beta_2, step))), self.epsilon)
        self.assign_sub(variable, ops.divide(ops.multiply(ops.add(ahead, fresh), rate), scale))
