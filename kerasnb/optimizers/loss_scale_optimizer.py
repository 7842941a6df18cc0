"""Loss scaling, for training in float16."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

from kerasnb import initializers, ops, serialization
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.backend.typing import TensorLike
from kerasnb.optimizers.optimizer import LearningRate, Optimizer
from kerasnb.serialization.configured import Configured

_UNUSED = {
    "weight_decay": None, "clipnorm": None, "global_clipnorm": None, "clipvalue": None, "use_ema": False,
    "ema_momentum": 0.99, "ema_overwrite_frequency": None, "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
}  # fmt: skip


class LossScaleOptimizer(Optimizer):
    """An optimizer that multiplies the loss by a factor so that float16 gradients do not vanish.

    The factor is halved where a gradient is not finite (that step changes nothing else), and doubled
    after a number of steps without such.

    Args:
        inner_optimizer: The optimizer that changes the weights.
        initial_scale: Float, the first factor. Defaults to `2 ** 15`.
        dynamic_growth_steps: Integer, after how many good steps the factor is doubled. Defaults to `2000`.
        name: Optional name of the optimizer.

    Raises:
        ValueError: If an argument is given that belongs to the inner optimizer.

    Example:

    >>> w = keras.Variable([1.0])
    >>> optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.5), initial_scale=4.0)
    >>> optimizer.apply([np.array([4.0])], [w])
    >>> w.numpy().tolist()
    [0.5]
    """

    def __init__(
        self, inner_optimizer: Optimizer, initial_scale: float = 2.0 ** 15, dynamic_growth_steps: int = 2000,
        name: str | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        if not kwargs.pop("dynamic", True):
            raise ValueError(
                "LossScaleOptimizer no longer supports `dynamic=False`. Instead, simply set `loss_scale_factor` "
                "directly on the `inner_optimizer`."
            )
        for argument in [a for a in kwargs if a in _UNUSED]:
            if kwargs.pop(argument) != _UNUSED[argument]:
                raise ValueError(
                    f"LossScaleOptimizer does not support `{argument}`. Instead, set `{argument}` on the "
                    "`inner_optimizer`."
                )
        if kwargs:
            raise ValueError(f"LossScaleOptimizer does not support arguments: `{'`, `'.join(kwargs)}`.")
        super().__init__(0.0, name=name)
        self.inner_optimizer = inner_optimizer
        self.initial_scale, self.dynamic_growth_steps = initial_scale, dynamic_growth_steps
        self.inner_optimizer.loss_scale_factor = None  # gradients would be scaled twice

    def build(self, var_list: list[Variable]) -> None:
        """Creates the factor, the counter of good steps, and the inner optimizer's variables."""
        start = initializers.Constant(self.initial_scale)
        self.step_counter = self.add_variable((), "zeros", dtype="int32", name="step_counter")
        self.dynamic_scale = self.add_variable((), start, dtype="float32", name="dynamic_scale")
        self.inner_optimizer.build(var_list)
        super().build(var_list)

    @property
    def variables(self) -> list:
        """Its own variables, then those of the inner optimizer."""
        return self._variables + self.inner_optimizer.variables

    @property
    def learning_rate(self) -> Any:
        """The learning rate of the inner optimizer."""
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, learning_rate: LearningRate) -> Any:
        self.inner_optimizer.learning_rate = learning_rate

    @property
    def iterations(self) -> Any:
        """How many updates the inner optimizer has applied."""
        return self.inner_optimizer.iterations

    def apply(self, grads: Iterable[Any], trainable_variables: list[Variable] | None = None) -> None:
        """Changes variables by their gradients, where all of those are finite."""
        grads = list(grads)
        if not self.built and trainable_variables is not None:
            self.build(list(trainable_variables))
        variables = self._checked(grads, trainable_variables)
        finite = self.check_finite(grads)
        changing = variables + self.inner_optimizer.variables
        before = [v.value for v in changing]
        scale = self.dynamic_scale.value
        one = ops.ones_like(scale)  # a gradient that is a value itself stands for no slope
        scales = [one if getattr(v, "overwrite_with_gradient", False) else scale for v in variables]
        pairs = zip(grads, scales, strict=True)
        grads = [None if g is None else self._unscaled(ops.convert_to_tensor(g), s, finite) for g, s in pairs]
        self.inner_optimizer.apply(grads, variables)
        for variable, old in zip(changing, before, strict=True):
            variable.assign(ops.where(finite, variable.value, old))
        self._adapt(finite)

    @staticmethod
    def _unscaled(gradient, scale, finite) -> Tensor:
        """The gradient over the factor; zero in a step that is thrown away, so that no NaN is computed with."""
        gradient = ops.where(finite, gradient, ops.zeros_like(gradient))
        return ops.divide(gradient, ops.cast(scale, gradient.dtype))

    def _adapt(self, finite) -> None:
        """Halves, keeps or doubles the factor."""
        steps, scale = self.step_counter.value, self.dynamic_scale.value
        grown = ops.logical_and(finite, ops.equal(steps, self.dynamic_growth_steps - 1))
        going_on = ops.logical_and(finite, ops.logical_not(grown))
        self.step_counter.assign(ops.where(going_on, ops.add(steps, 1), ops.zeros_like(steps)))
        factor = ops.where(finite, ops.where(grown, 2.0, 1.0), 0.5)
        self.dynamic_scale.assign(ops.multiply(scale, ops.cast(factor, scale.dtype)))

    def check_finite(self, grads: Iterable[Any]) -> Tensor:
        """Whether all gradients are finite, a scalar tensor."""
        finite = [ops.all(ops.isfinite(g)) for g in grads if g is not None]
        return functools.reduce(ops.logical_and, finite)

    def scale_loss(self, loss: TensorLike) -> Tensor:
        """The loss times the present factor."""
        return ops.multiply(loss, self.dynamic_scale.value if self.built else self.initial_scale)

    def finalize_variable_values(self, var_list: list[Variable]) -> None:
        """Lets the inner optimizer set the final values of variables."""
        self.inner_optimizer.finalize_variable_values(var_list)

    def get_config(self) -> dict:
        """Returns the optimizer configuration as a JSON-serializable dict."""
        return Configured.get_config(self)  # the learning rate is that of the inner optimizer

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> LossScaleOptimizer:
        """Creates an object from its config, the output of `get_config`."""
        config = dict(config)
        return cls(serialization.deserialize_keras_object(config.pop("inner_optimizer"), custom_objects), **config)
