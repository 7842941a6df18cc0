"""FTRL."""

from __future__ import annotations

from typing import Any

from kerasnb import initializers, ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.optimizers.optimizer import LearningRate, Optimizer

_NAMES = (
    "learning_rate_power", "initial_accumulator_value", "l1_regularization_strength", "l2_regularization_strength",
    "l2_shrinkage_regularization_strength", "beta",
)  # fmt: skip


class Ftrl(Optimizer):
    """The optimizer "follow the regularized leader", for shallow models with large and sparse features.

    Reference: [McMahan et al., 2013](https://research.google.com/pubs/archive/41159.pdf)

    Args:
        learning_rate: Float, schedule or callable. Defaults to `0.001`.
        learning_rate_power: Float of at most 0; how the rate falls. Defaults to `-0.5`.
        initial_accumulator_value: Float, where the sums of squares start. Defaults to `0.1`.
        l1_regularization_strength: Float of at least 0. Defaults to `0.0`.
        l2_regularization_strength: Float of at least 0. Defaults to `0.0`.
        l2_shrinkage_regularization_strength: Float of at least 0, a penalty on the size. Defaults to `0.0`.
        beta: Float, added to the sums. Defaults to `0.0`.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: See
            `keras.optimizers.Optimizer`.

    Raises:
        ValueError: If an argument is out of its range.

    Example:

    >>> w = keras.Variable([0.0])
    >>> keras.optimizers.Ftrl(learning_rate=0.1).apply([np.array([10.0])], [w])
    >>> f"{w.numpy()[0]:.3f}"
    '-0.100'
    """

    def __init__(
        self, learning_rate: LearningRate = 0.001, learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1, l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0, l2_shrinkage_regularization_strength: float = 0.0, beta: float = 0.0,
        weight_decay: float | None = None, clipnorm: float | None = None, clipvalue: float | None = None,
        global_clipnorm: float | None = None, use_ema: bool = False, ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None, loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None, name: str | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        if learning_rate_power > 0.0:
            raise ValueError(
                "`learning_rate_power` needs to be negative or zero. "
                f"Received: learning_rate_power={learning_rate_power}."
            )
        self.learning_rate_power, self.beta = learning_rate_power, beta
        self.initial_accumulator_value = initial_accumulator_value
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        for name in _NAMES[1:5]:
            if getattr(self, name) < 0.0:
                raise ValueError(f"`{name}` needs to be positive or zero. Received: {name}={getattr(self, name)}.")

    def build(self, var_list: list[Variable]) -> None:
        """Creates the sums of squares and the linear terms."""
        if self.built:
            return
        super().build(var_list)
        starts = [initializers.Constant(self.initial_accumulator_value), "zeros"]
        self._accumulators, self._linears = self.add_optimizer_variables(var_list, ["accumulator", "linear"], starts)

    def update_step(self, gradient: Tensor, variable: Variable, learning_rate: Tensor) -> None:
        """Changes one variable by its gradient."""
        rate, gradient = ops.cast(learning_rate, variable.dtype), ops.cast(gradient, variable.dtype)
        place, power = self._get_variable_index(variable), -float(self.learning_rate_power)
        accumulator, linear = self._accumulators[place], self._linears[place]
        shrunk = ops.add(gradient, ops.multiply(variable.value, 2.0 * self.l2_shrinkage_regularization_strength))
        total = ops.add(accumulator.value, ops.square(gradient))
        grown = ops.power(total, power)
        slowed = ops.divide(ops.subtract(grown, ops.power(accumulator.value, power)), rate)
        term = ops.add(linear.value, ops.subtract(shrunk, ops.multiply(slowed, variable.value)))
        l2 = ops.add(ops.divide(0.5 * self.beta, rate), self.l2_regularization_strength)
        quadratic = ops.add(ops.divide(grown, rate), ops.multiply(l2, 2.0))
        limit = self.l1_regularization_strength
        self.assign(linear, term)
        self.assign(variable, ops.divide(ops.subtract(ops.clip(term, -limit, limit), term), quadratic))
        self.assign(accumulator, total)
