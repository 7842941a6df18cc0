"""Several optimizers for the variables of one model."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from typing import Any

from kerasnb import serialization
from kerasnb.backend.tensor.variable import Variable
from kerasnb.optimizers.loss_scale_optimizer import LossScaleOptimizer
from kerasnb.optimizers.optimizer import LearningRate, Optimizer
from kerasnb.serialization.configured import Configured


class OptimizerMap(Configured, MutableMapping):
    """A map from patterns of variable paths to optimizers.

    Args:
        default_optimizer: The optimizer of variables that no pattern matches.
        optimizer_map: Optional dict from patterns (regular expressions for the whole path) to optimizers.

    Raises:
        TypeError: If one of them is something else.

    Example:

    >>> chosen = keras.optimizers.OptimizerMap(keras.optimizers.SGD())
    >>> chosen["encoder/.*"] = keras.optimizers.Adam()
    >>> type(chosen["encoder/kernel"]).__name__, type(chosen["head/kernel"]).__name__
    ('Adam', 'SGD')
    """

    def __init__(self, default_optimizer: Optimizer, optimizer_map: dict | None = None) -> None:
        if not isinstance(default_optimizer, Optimizer):
            raise TypeError(f"default_optimizer must be a Keras Optimizer instance. Received: {default_optimizer}")
        if optimizer_map is not None and not isinstance(optimizer_map, dict):
            raise TypeError(f"optimizer_map must be a dictionary. Received: {optimizer_map}")
        self.default_optimizer = default_optimizer
        self._optimizer_map = optimizer_map or {}

    def __getitem__(self, key: str) -> Optimizer:
        if key in self._optimizer_map:
            return self._optimizer_map[key]
        matching = [pattern for pattern in self._optimizer_map if re.fullmatch(pattern, key)]
        if len(matching) > 1:
            raise ValueError(f"Multiple optimizers assigned to variable {key}.")
        return self._optimizer_map[matching[0]] if matching else self.default_optimizer

    def __setitem__(self, key: str, optimizer: Optimizer) -> None:
        if key in self._optimizer_map:
            raise ValueError(
                f"'{key}' already exists in the OptimizerMap with value {self._optimizer_map[key]}. Please make sure "
                "to not use duplicated keys."
            )
        if not isinstance(key, str):
            raise ValueError(f"key must be a string. Received: {key}")
        if not isinstance(optimizer, Optimizer):
            raise ValueError(f"optimizer must be a Keras Optimizer instance. Received: {optimizer}")
        if isinstance(optimizer, (LossScaleOptimizer, MultiOptimizer)):
            raise ValueError(f"optimizer cannot be {type(optimizer).__name__}.")
        self._optimizer_map[key] = optimizer

    def __delitem__(self, key: str) -> None:
        del self._optimizer_map[key]

    def __len__(self) -> int:
        return len(self._optimizer_map)

    def __iter__(self) -> Iterator:
        return iter(self._optimizer_map)

    def __call__(self, variable: Variable) -> Optimizer:
        """The optimizer of a variable."""
        return self[variable.path]

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> OptimizerMap:
        """Creates a map from the output of `get_config`."""
        return cls(
            *(
                serialization.deserialize_keras_object(config[k], custom_objects)
                for k in ("default_optimizer", "optimizer_map")
            )
        )


class MultiOptimizer(Optimizer):
    """An optimizer that leaves each variable to one of several optimizers.

    Args:
        optimizer_map: An `OptimizerMap`, or a callable that returns the optimizer of a variable.
        loss_scale_factor: Optional float, given to all of them.
        name: Optional name of the optimizer.

    Raises:
        ValueError: When built, if a variable has no optimizer, or one of its own kind.

    Example:

    >>> a, b = keras.Variable([1.0], name="a"), keras.Variable([1.0], name="b")
    >>> chosen = keras.optimizers.OptimizerMap(keras.optimizers.SGD(0.5), {"b": keras.optimizers.SGD(0.25)})
    >>> keras.optimizers.MultiOptimizer(chosen).apply([np.ones(1), np.ones(1)], [a, b])
    >>> a.numpy().tolist(), b.numpy().tolist()
    ([0.5], [0.75])
    """

    def __init__(
        self, optimizer_map: OptimizerMap | Callable, loss_scale_factor: float | None = None, name: str | None = None
    ) -> None:
        super().__init__(0.0, loss_scale_factor=loss_scale_factor, name=name)
        self._optimizer_map = optimizer_map
        self.optimizers: list = []
        named = list(optimizer_map.values()) if hasattr(optimizer_map, "values") else []
        for optimizer in [*named, getattr(optimizer_map, "default_optimizer", None)]:
            if optimizer is not None:
                self._joined(optimizer)

    def _joined(self, optimizer) -> int:
        """The place of an optimizer in the list, which it is added to where it is not there yet."""
        if optimizer not in self.optimizers:
            optimizer.loss_scale_factor = self.loss_scale_factor
            self.optimizers.append(optimizer)
        return self.optimizers.index(optimizer)

    def _chosen(self, variable) -> Optimizer:
        optimizer = self._optimizer_map(variable)
        if not isinstance(optimizer, Optimizer):
            raise ValueError(f"Optimizer for variable {variable} is not an Optimizer instance.")
        if isinstance(optimizer, (LossScaleOptimizer, MultiOptimizer)):
            raise ValueError(f"{type(optimizer).__name__} cannot be used inside an MultiOptimizer.")
        return optimizer

    def build(self, var_list: list[Variable]) -> None:
        """Builds each optimizer on its variables."""
        if self.built:
            return
        self._owner = {id(v): self._joined(self._chosen(v)) for v in var_list}
        for optimizer, variables in zip(self.optimizers, self._shared_out(var_list, var_list), strict=True):
            if variables:
                optimizer.build(variables)
        super().build(var_list)

    def _shared_out(self, values, variables) -> list[list]:
        """Values that belong to variables, as one list for each optimizer."""
        lists: list[list] = [[] for _ in self.optimizers]
        for value, variable in zip(values, variables, strict=True):
            lists[self._owner[id(variable)]].append(value)
        return lists

    @property
    def variables(self) -> list:
        """Its own variables, then those of each optimizer."""
        return self._variables + [v for optimizer in self.optimizers for v in optimizer.variables]

    @property
    def learning_rate(self) -> Any:
        """Raises: each optimizer inside has a learning rate of its own."""
        raise AttributeError(
            "Learning rate cannot be accessed on a MultiOptimizer. Access the learning rate on the individual "
            "sub-optimizers instead."
        )

    @learning_rate.setter
    def learning_rate(self, learning_rate: LearningRate) -> Any:
        raise AttributeError(
            "Learning rate cannot be set on a MultiOptimizer. Set the learning rate on the individual sub-optimizers "
            "instead."
        )

    def apply(self, grads: Iterable[Any], trainable_variables: list[Variable] | None = None) -> None:
        """Lets each optimizer change its variables."""
        grads = list(grads)
        if not grads:
            return
        variables = self._checked(grads, trainable_variables)
        shared = zip(self._shared_out(grads, variables), self._shared_out(variables, variables), strict=True)
        for optimizer, (some, theirs) in zip(self.optimizers, shared, strict=True):
            if theirs:
                optimizer.apply(some, theirs)
        self.assign_add(self._iterations, 1)

    def finalize_variable_values(self, var_list: list[Variable]) -> None:
        """Lets each optimizer set the final values of its variables."""
        for optimizer, variables in zip(self.optimizers, self._shared_out(var_list, var_list), strict=True):
            if variables:
                optimizer.finalize_variable_values(variables)

    def get_config(self) -> dict:
        """Returns the optimizer configuration as a JSON-serializable dict."""
        return Configured.get_config(self)  # each optimizer has a learning rate of its own

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> MultiOptimizer:
        """Creates an object from its config, the output of `get_config`."""
        return cls(
            **{
                **config,
                "optimizer_map": serialization.deserialize_keras_object(config["optimizer_map"], custom_objects),
            }
        )
