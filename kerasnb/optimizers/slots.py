"""The variables of an optimizer: how they are created, named, saved and changed."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasnb import initializers, ops
from kerasnb.backend.tensor import naming
from kerasnb.backend.tensor.variable import Variable
from kerasnb.backend.typing import Shape, TensorLike


class Slots:
    """Keeps an optimizer's variables in the order in which Keras writes them to files."""

    name: str
    built: bool
    _variables: list

    def _tracked(self, variable: Variable) -> Variable:
        self._variables.append(variable)
        return variable

    @property
    def variables(self) -> list:
        """The iteration counter, the learning rate, then the slots of all weights."""
        return self._variables[:]

    def add_variable(
        self, shape: Shape, initializer: Any = "zeros", dtype: str | None = None, aggregation: str = "none",
        layout: None = None, name: str | None = None,
    ) -> Variable:  # fmt: skip
        """Adds a variable to the optimizer.

        Args:
            shape: Shape tuple.
            initializer: An initializer or its name. Defaults to `"zeros"`.
            dtype: Optional dtype. Defaults to `keras.config.floatx()`.
            aggregation: How copies on several devices are combined. Defaults to `"none"`.
            layout: Must be None: variables lie on one device.
            name: Optional name.

        Returns:
            The variable.

        Raises:
            ValueError: If a layout is given.
        """
        if layout is not None:
            raise ValueError(f"Argument `layout` must be None: variables lie on one device. Received: {layout}")
        with naming.name_scope(self.name):
            variable = Variable(
                initializers.get(initializer), tuple(shape), dtype, trainable=False, aggregation=aggregation, name=name
            )
        return self._tracked(variable)

    def add_variable_from_reference(
        self, reference_variable: Variable, name: str | None = None, initializer: Any = "zeros"
    ) -> Variable:
        """Adds a variable of the shape and dtype of a model's variable, named after it."""
        name = f"{reference_variable.path.replace('/', '_')}_{name or 'var'}"
        return self.add_variable(reference_variable.shape, initializer, reference_variable.dtype, name=name)

    def add_optimizer_variables(
        self, trainable_variables: list[Variable], name: str | list[str], initializer: Any = "zeros"
    ) -> Any:
        """Adds one variable (or several) for each of a model's variables.

        Args:
            trainable_variables: List of variables.
            name: A name, or a list of names.
            initializer: One initializer, or a list with one for each name. Defaults to `"zeros"`.

        Returns:
            A list of variables for one name, a tuple of lists for several.

        Raises:
            ValueError: If the numbers of names and initializers differ.
        """
        names = [name] if isinstance(name, str) else list(name)
        starts = list(initializer) if isinstance(initializer, (list, tuple)) else [initializer] * len(names)
        if len(names) != len(starts):
            raise ValueError(
                "The number of provided names must match the number of provided initializers. "
                f"Received name='{name}', initializer='{initializer}'"
            )
        rows = [
            [self.add_variable_from_reference(v, n, start) for n, start in zip(names, starts, strict=True)]
            for v in trainable_variables
        ]
        columns = tuple([row[i] for row in rows] for i in range(len(names)))
        return columns[0] if isinstance(name, str) else columns

    def assign(self, variable: Variable, value: TensorLike) -> None:
        """Assigns a value to a variable."""
        variable.assign(value)

    def assign_add(self, variable: Variable, value: TensorLike) -> None:
        """Adds a value to a variable."""
        variable.assign(ops.add(variable.value, value))

    def assign_sub(self, variable: Variable, value: TensorLike) -> None:
        """Subtracts a value from a variable."""
        variable.assign(ops.subtract(variable.value, value))

    def set_weights(self, weights: Sequence[np.ndarray]) -> None:
        """Sets the optimizer's variables from a list of arrays.

        Raises:
            ValueError: If the optimizer is not built, or a shape differs.
        """
        if not self.built:
            raise ValueError(
                "You are calling `set_weights()` on an optimizer that has not yet been built. Please call "
                "`optimizer.build(trainable_variables)` to create the optimizer weights before calling `set_weights()`."
            )
        for variable, weight in zip(self._variables, weights, strict=False):
            if tuple(variable.shape) != tuple(weight.shape):
                raise ValueError(
                    f"Optimizer variable {variable.path} has shape {variable.shape} not compatible with provided "
                    f"weight shape {weight.shape}."
                )
        for variable, weight in zip(self._variables, weights, strict=False):
            variable.assign(weight)

    def save_own_variables(self, store: Any) -> None:
        """Puts the optimizer's variables into a dict-like store, numbered."""
        for i, variable in enumerate(self.variables):
            store[str(i)] = variable.numpy()

    def load_own_variables(self, store: Any) -> None:
        """Sets the optimizer's variables from a dict-like store; warns where the numbers differ."""
        if len(store.keys()) == len(self.variables):
            for i, variable in enumerate(self.variables):
                variable.assign(store[str(i)])
            return
        hint = "This is likely because the optimizer has not been called/built yet." if not self.variables else ""
        warnings.warn(
            f"Skipping variable loading for optimizer '{self.name}', because it has {len(self.variables)} variables "
            f"whereas the saved optimizer has {len(store.keys())} variables. {hint}",
            stacklevel=2,
        )
