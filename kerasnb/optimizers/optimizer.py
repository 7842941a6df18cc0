"""The base class of optimizers."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from kerasnb import ops, serialization
from kerasnb.backend.autodiff.recording import runs_once
from kerasnb.backend.tensor import naming
from kerasnb.backend.tensor.dtypes import floatx
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.optimizers.clipping import clip_gradients
from kerasnb.optimizers.schedules.learning_rate_schedule import LearningRateSchedule
from kerasnb.optimizers.slots import Slots
from kerasnb.optimizers.stateless import StatelessOptimizer
from kerasnb.serialization.configured import Configured

#: A number, a schedule, or a callable without arguments.
LearningRate: TypeAlias = "float | LearningRateSchedule | Callable[[], Any]"

_LEARNING_RATE = (
    "Argument `learning_rate` should be float, or an instance of LearningRateSchedule, or a callable (that takes in "
    "the current iteration value and returns the corresponding learning rate value). "
    "Received instead: learning_rate={}"
)
_SCHEDULED = (
    "This optimizer was created with a `LearningRateSchedule` object as its `learning_rate` constructor argument, "
    "hence its learning rate is not settable. If you need the learning rate to be settable, you should instantiate the "
    "optimizer with a float `learning_rate` argument."
)


class Optimizer(Slots, StatelessOptimizer, Configured):
    """Optimizer base class: subclasses implement `build`, `update_step` and `get_config`.

    Args:
        learning_rate: Float, a `keras.optimizers.schedules.LearningRateSchedule`, or a callable
            without arguments.
        weight_decay: Optional float; the share of the weights that is taken off, times the learning rate.
        clipnorm: Optional float; each gradient is scaled so that its norm is at most this.
        clipvalue: Optional float; each gradient is clipped to plus or minus this.
        global_clipnorm: Optional float; all gradients are scaled so that their common norm is at most this.
        use_ema: Boolean, whether a moving average of the weights is kept. Defaults to `False`.
        ema_momentum: Float, the share of the average that stays at a step. Defaults to `0.99`.
        ema_overwrite_frequency: Optional integer: every so many steps weights are set to their average.
        loss_scale_factor: Optional float; the loss is multiplied by it, the gradients divided by it.
        gradient_accumulation_steps: Optional integer of at least 2: weights change every so many
            steps, by the mean of the gradients.
        name: Optional name of the optimizer.

    Raises:
        ValueError: If an argument is out of its range, or two kinds of clipping are asked for.
    """

    _no_config: tuple[str, ...] = ("learning_rate",)  # it may be a schedule, whose rate of this step says nothing

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "build" in cls.__dict__:
            setattr(cls, "build", runs_once(cls.__dict__["build"]))  # noqa: B010  # the class's own method, wrapped

    def __init__(
        self, learning_rate: LearningRate, weight_decay: float | None = None, clipnorm: float | None = None,
        clipvalue: float | None = None, global_clipnorm: float | None = None, use_ema: bool = False,
        ema_momentum: float = 0.99, ema_overwrite_frequency: int | None = None, loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None, name: str | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        if kwargs.pop("decay", None) is not None:
            warnings.warn("Argument `decay` is no longer supported and will be ignored.", stacklevel=3)
        if kwargs:
            raise ValueError(f"Argument(s) not recognized: {kwargs}")
        _check_arguments(gradient_accumulation_steps, use_ema, ema_momentum, ema_overwrite_frequency)
        _check_clipping(clipnorm, clipvalue, global_clipnorm)
        if not callable(learning_rate) and not isinstance(learning_rate, float):
            raise ValueError(_LEARNING_RATE.format(learning_rate))
        self.name = name or naming.auto_name(self.__class__.__name__)
        self.weight_decay = weight_decay
        self.clipnorm, self.clipvalue, self.global_clipnorm = clipnorm, clipvalue, global_clipnorm
        self.use_ema, self.ema_momentum, self.ema_overwrite_frequency = use_ema, ema_momentum, ema_overwrite_frequency
        self.loss_scale_factor, self.gradient_accumulation_steps = loss_scale_factor, gradient_accumulation_steps
        self.built = False
        self._variables: list = []
        self._trainable_variables: list = []
        self._places: dict[int, int] = {}
        self._excluded_ids: set[int] = set()
        self._excluded_names: re.Pattern | None = None
        with naming.name_scope(self.name):
            self._iterations = self._tracked(Variable(0, dtype="int32", trainable=False, name="iteration"))
            self._learning_rate = learning_rate if callable(learning_rate) else self._rate_variable(learning_rate)

    def _rate_variable(self, learning_rate: float) -> Variable:
        return self._tracked(Variable(learning_rate, dtype=floatx(), trainable=False, name="learning_rate"))

    @property
    def iterations(self) -> Any:
        """How many updates have been applied."""
        if self.gradient_accumulation_steps:
            return ops.floor_divide(self._iterations.value, self.gradient_accumulation_steps)
        return self._iterations

    @property
    def learning_rate(self) -> Any:
        """The learning rate of the next step: a variable, or what the schedule or callable gives."""
        if isinstance(self._learning_rate, Variable):
            return self._learning_rate
        if isinstance(self._learning_rate, LearningRateSchedule):
            return self._learning_rate(self._iterations.value)
        return self._learning_rate()

    @learning_rate.setter
    def learning_rate(self, learning_rate: LearningRate) -> Any:
        if callable(learning_rate):
            self._variables = [v for v in self._variables if v is not self._learning_rate]
            self._learning_rate = learning_rate
        elif isinstance(self._learning_rate, LearningRateSchedule):
            raise TypeError(_SCHEDULED)
        elif isinstance(self._learning_rate, Variable):
            self._learning_rate.assign(learning_rate)
        else:
            raise TypeError(
                "This optimizer was created with a callable as its `learning_rate`, hence its learning rate is not "
                f"settable. Received: learning_rate={learning_rate}"
            )

    def build(self, variables: list) -> None:
        """Creates the optimizer's variables for a list of trainable variables."""
        variables = list(variables)
        self._averages = self.add_optimizer_variables(variables, "average") if self.use_ema else []
        self._accumulated = []
        if self.gradient_accumulation_steps:
            self._accumulated = self.add_optimizer_variables(variables, "gradient_accumulator")
        self._places = {id(v): i for i, v in enumerate(variables)}
        self._trainable_variables = variables
        self._shared = {id(v) for v in [*self._variables[:1], self._learning_rate, *self._averages, *self._accumulated]}
        self.built = True

    def _get_variable_index(self, variable: Variable) -> int:
        return self._places[id(variable)]

    # --- one step

    def update_step(self, gradient: Tensor, variable: Variable, learning_rate: Tensor) -> None:
        """Changes one variable by its gradient."""
        raise NotImplementedError(f"Optimizer {self.__class__.__name__} must implement the `update_step()` method.")

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> Variable:
        """Changes variables by their gradients.

        Args:
            grads_and_vars: Pairs of gradient and variable.

        Returns:
            The iteration counter.
        """
        grads, variables = zip(*grads_and_vars, strict=True)
        self.apply(grads, list(variables))
        return self._iterations

    def apply(self, grads: Iterable[Any], trainable_variables: list[Variable] | None = None) -> None:
        """Changes variables by their gradients.

        Args:
            grads: List of gradients.
            trainable_variables: List of variables, needed at the first call unless the optimizer is built.

        Raises:
            ValueError: If the variables are not those the optimizer was built with, or all gradients are None.
        """
        grads = list(grads)
        if not grads:
            return
        grads, variables = self._present(grads, self._checked(grads, trainable_variables))
        grads, variables = self._overwritten(grads, variables)
        if self.loss_scale_factor is not None:
            grads = [ops.divide(g, self.loss_scale_factor) for g in grads]
        if grads:
            (self._accumulate if self.gradient_accumulation_steps else self._update)(grads, variables)
        if self.use_ema:
            self._average()
        for variable in variables:
            if variable.constraint is not None:
                variable.assign(variable.constraint(variable.value))
        self.assign_add(self._iterations, 1)

    def _checked(self, grads, variables) -> list:
        if variables is None:
            if not self.built:
                raise ValueError(
                    "When passing `grads` without `variables`, the optimizer must already be built on a list of "
                    "variables. Call `optimizer.build(trainable_variables)` first. "
                )
            if len(grads) != len(self._trainable_variables):
                raise ValueError(
                    "When passing `grads` as a list of gradient tensors, the gradients must match "
                    f"`optimizer.variables` one-to-on. Received a list of {len(grads)} gradients, but the optimizer "
                    f"is tracking {len(self._trainable_variables)} trainable variables."
                )
            return self._trainable_variables
        variables = list(variables)
        if len(grads) != len(variables):
            raise ValueError(
                "Arguments `grads` and `trainable_variables` must have the same number of entries. "
                f"Received: {len(grads)} gradients and {len(variables)} variables"
            )
        if not self.built:
            self.build(variables)
        for variable in variables:
            if id(variable) not in self._places:
                raise ValueError(
                    f"Unknown variable: {variable}. This optimizer can only be called for the variables it was "
                    "originally built with. When working with a new set of variables, you should recreate a new "
                    "optimizer instance."
                )
        return variables

    @staticmethod
    def _present(grads, variables) -> tuple[list, list]:
        """The pairs whose gradient is not None, with a warning about the others."""
        pairs = [(ops.convert_to_tensor(g), v) for g, v in zip(grads, variables, strict=True) if g is not None]
        for gradient, variable in pairs:
            if tuple(gradient.shape) != tuple(variable.shape):
                raise ValueError(
                    f"Each gradient must have the shape of its variable. Expected: {tuple(variable.shape)} for "
                    f"{variable.path!r}, Received: gradient.shape={tuple(gradient.shape)}"
                )
        if not pairs:
            raise ValueError("No gradients provided for any variable.")
        missing = [v.path for g, v in zip(grads, variables, strict=True) if g is None]
        if missing:
            warnings.warn(
                f"Gradients do not exist for variables {missing} when minimizing the loss. "
                "If using `model.compile()`, did you forget to provide a `loss` argument?",
                stacklevel=3,
            )
        return [g for g, _ in pairs], [v for _, v in pairs]

    def _overwritten(self, grads, variables) -> tuple[list, list]:
        """Replaces variables that are marked for it by their gradients, and returns the other pairs.

        While gradients are accumulated it is the largest of them.
        """
        rest = []
        for gradient, variable in zip(grads, variables, strict=True):
            if not getattr(variable, "overwrite_with_gradient", False):
                rest.append((gradient, variable))
            elif not self.gradient_accumulation_steps:
                variable.assign(gradient)
            else:
                kept = self._accumulated[self._get_variable_index(variable)]
                largest = ops.maximum(gradient, kept.value)
                variable.assign(ops.where(self._is_update(), largest, variable.value))
                kept.assign(ops.where(self._is_update(), ops.zeros_like(largest), largest))
        return [g for g, _ in rest], [v for _, v in rest]

    def _is_update(self):
        """Whether accumulated gradients are used in this step."""
        steps = self.gradient_accumulation_steps or 1
        return ops.equal(ops.mod(ops.add(self._iterations.value, 1), steps), 0)

    def _update(self, grads, variables) -> None:
        grads = clip_gradients(grads, self.clipnorm, self.global_clipnorm, self.clipvalue)
        self._apply_weight_decay(variables)
        learning_rate = self.learning_rate
        for gradient, variable in zip(grads, variables, strict=True):
            self.update_step(gradient, variable, learning_rate)

    def _accumulate(self, grads, variables) -> None:
        """Updates with the mean gradient at every n-th step; at the others everything is put back.

        Both ways are computed and one is chosen by `where`, so that a recorded step needs no branch.
        """
        steps = self.gradient_accumulation_steps or 1
        is_update = self._is_update()
        kept = [self._accumulated[self._get_variable_index(v)] for v in variables]
        totals = [ops.add(g, a.value) for g, a in zip(grads, kept, strict=True)]
        changing = variables + [v for v in self._variables if id(v) not in self._shared]
        before = [v.value for v in changing]
        self._update([ops.divide(t, steps) for t in totals], variables)
        for variable, old in zip(changing, before, strict=True):
            variable.assign(ops.where(is_update, variable.value, old))
        for accumulated, total in zip(kept, totals, strict=True):
            accumulated.assign(ops.where(is_update, ops.zeros_like(total), total))

    def _average(self) -> None:
        """Moves the averages towards the weights, and every n-th step the weights to their averages."""
        iterations = ops.convert_to_tensor(self.iterations)
        for variable, average in zip(self._trainable_variables, self._averages, strict=True):
            # the first step copies: the average would otherwise start at zero
            momentum = ops.multiply(ops.cast(ops.not_equal(iterations, 0), variable.dtype), self.ema_momentum)
            new = ops.multiply(ops.subtract(1.0, momentum), variable.value)
            average.assign(ops.add(ops.multiply(momentum, average.value), new))
        if self.ema_overwrite_frequency:
            now = ops.equal(ops.mod(ops.add(iterations, 1), self.ema_overwrite_frequency), 0)
            for variable, average in zip(self._trainable_variables, self._averages, strict=True):
                variable.assign(ops.where(now, average.value, variable.value))

    def finalize_variable_values(self, var_list: list[Variable]) -> None:
        """Sets the model's variables to their averages at the end of training, where averages are kept."""
        if not self.use_ema:
            return
        if len(var_list) != len(self._averages):
            raise ValueError(
                f"The length of model variables ({len(var_list)}) to override does not match the length of model "
                f"variables stored in the optimizer ({len(self._averages)}). Please check if the optimizer was called "
                "on your model."
            )
        for variable, average in zip(var_list, self._averages, strict=True):
            variable.assign(average.value)

    def scale_loss(self, loss: Any) -> Any:
        """The loss times `loss_scale_factor`, where there is one."""
        return loss if self.loss_scale_factor is None else ops.multiply(loss, self.loss_scale_factor)

    # --- weight decay

    def exclude_from_weight_decay(
        self, var_list: Iterable[Variable] | None = None, var_names: Iterable[str] | None = None
    ) -> None:
        """Excludes variables from weight decay; to be called before the optimizer is built.

        Args:
            var_list: Optional list of variables.
            var_names: Optional list of strings; variables are left out whose name contains one of them.

        Raises:
            ValueError: If the optimizer is built already.
        """
        if self.built:
            raise ValueError("`exclude_from_weight_decay()` can only be configured before the optimizer is built.")
        self._excluded_ids = {id(v) for v in var_list or ()}
        self._excluded_names = re.compile("|".join(set(var_names))) if var_names else None

    def _use_weight_decay(self, variable) -> bool:
        if id(variable) in self._excluded_ids:
            return False
        return self._excluded_names is None or self._excluded_names.search(variable.name) is None

    def _decay_of(self, variable) -> float | None:
        """The weight decay of one variable."""
        return self.weight_decay

    def _apply_weight_decay(self, variables) -> None:
        for variable in filter(self._use_weight_decay, variables):
            share = self._decay_of(variable)
            if share is not None:
                rate = ops.cast(ops.convert_to_tensor(self.learning_rate), variable.dtype)
                decay = ops.multiply(ops.multiply(variable.value, share), rate)
                variable.assign(ops.subtract(variable.value, decay))

    # --- config

    def get_config(self) -> dict:
        """Returns the optimizer configuration as a JSON-serializable dict."""
        rate = self._learning_rate
        value = float(rate.numpy()) if isinstance(rate, Variable) else serialization.serialize_keras_object(rate)
        first = {"name": self.name, "learning_rate": value}  # as in Keras' files
        return {**first, **super().get_config(), **first}

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> Optimizer:
        """Creates an optimizer from the output of `get_config`."""
        config = dict(config)
        if isinstance(config.get("learning_rate"), dict):
            config["learning_rate"] = serialization.deserialize_keras_object(config["learning_rate"], custom_objects)
        return cls(**config)


def _check_arguments(gradient_accumulation_steps, use_ema, ema_momentum, ema_overwrite_frequency) -> None:
    if gradient_accumulation_steps and not gradient_accumulation_steps >= 2:
        raise ValueError(
            "`gradient_accumulation_steps` must be an integer >= 2. "
            f"Received: gradient_accumulation_steps={gradient_accumulation_steps}"
        )
    if not use_ema:
        return
    if ema_momentum > 1 or ema_momentum < 0:
        raise ValueError(f"`ema_momentum` must be in the range [0, 1]. Received: ema_momentum={ema_momentum}")
    if ema_overwrite_frequency and (not isinstance(ema_overwrite_frequency, int) or ema_overwrite_frequency < 1):
        raise ValueError(
            "`ema_overwrite_frequency` must be an integer >= 1 or None. "
            f"Received: ema_overwrite_frequency={ema_overwrite_frequency}"
        )


def _check_clipping(clipnorm, clipvalue, global_clipnorm) -> None:
    if sum(limit is not None for limit in (clipnorm, clipvalue, global_clipnorm)) > 1:
        raise ValueError(
            "Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set. "
            f"Received: clipnorm={clipnorm}, clipvalue={clipvalue}, global_clipnorm={global_clipnorm}"
        )
