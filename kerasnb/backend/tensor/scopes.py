"""Scopes of the current thread: shape inference, the no-assign scope, and state that is passed in."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from kerasnb.backend.tensor.tensor import Tensor, to_tensor


class _Local(threading.local):
    inferring = False
    stateless: StatelessScope | None = None
    autocast: str | None = None


_local = _Local()


def is_inferring() -> bool:
    """Whether this thread only infers shapes: calls leave no nodes in the symbolic graph, and assign nothing."""
    return _local.inferring


def stateless() -> StatelessScope | None:
    """The innermost `StatelessScope` of this thread, or None."""
    return _local.stateless


def autocast_dtype() -> str | None:
    """The dtype that variables which allow it are read in, that of the running layer; None for their own."""
    return _local.autocast


@contextlib.contextmanager
def autocast(dtype: str | None) -> Iterator[None]:
    """Inside, float variables that allow it are read in a dtype; in their own with None."""
    outer, _local.autocast = _local.autocast, dtype
    try:
        yield
    finally:
        _local.autocast = outer


@contextlib.contextmanager
def inferring(active: bool) -> Iterator[None]:
    """Switches shape inference on or off: no nodes, no assignments."""
    outer, _local.inferring = _local.inferring, active
    try:
        yield
    finally:
        _local.inferring = outer


class SymbolicScope:
    """Scope of the symbolic stage: calls inside infer shapes and dtypes only.

    Example:

    >>> with keras.SymbolicScope():
    ...     y = keras.ops.exp(keras.KerasTensor((None, 3)))
    >>> y.shape
    (None, 3)
    """

    def __init__(self) -> None:
        self._scope: Any = None

    def __enter__(self) -> SymbolicScope:
        self._scope = inferring(True)
        self._scope.__enter__()
        return self

    def __exit__(self, *exception: Any) -> None:
        self._scope.__exit__(*exception)


class StatelessScope:
    """Scope in which variables have the values that are passed to it, and assignments change none of them.

    The scope keeps assigned values: `get_current_value(variable)` returns them.

    Args:
        state_mapping: Optional iterable of pairs `(variable, value)`: the values that the variables have inside.
        collect_losses: Boolean, whether losses added inside are kept in `losses`. Defaults to `False`.
        initialize_variables: Accepted for compatibility; variables are always initialized when they are created.

    Raises:
        ValueError: If a key is no variable, or a value has another shape than its variable.

    Example:

    >>> v = keras.Variable(1.0)
    >>> with keras.StatelessScope(state_mapping=[(v, 2.0)]) as scope:
    ...     _ = v.assign(v + 1.0)
    >>> float(scope.get_current_value(v)), float(v)
    (3.0, 1.0)
    """

    def __init__(
        self, state_mapping: Iterable | None = None, collect_losses: bool = False, initialize_variables: bool = True
    ) -> None:
        self.collect_losses = collect_losses
        self.initialize_variables = initialize_variables
        self.losses: list = []
        self.state_mapping: dict[int, Tensor] = {}
        self._variables: dict[int, Any] = {}
        for variable, value in state_mapping or ():
            self._set(variable, _checked(variable, value))

    def _set(self, variable: Any, value: Tensor) -> None:
        self.state_mapping[id(variable)] = value
        self._variables[id(variable)] = variable  # another object could get the id of a variable that no one refers to

    def add_loss(self, loss: Any) -> None:
        """Keeps a loss that a layer added."""
        self.losses.append(loss)

    def add_update(self, update: tuple) -> None:
        """Sets the value that a variable has inside the scope.

        Args:
            update: Tuple `(variable, value)`.
        """
        variable, value = update
        self._set(variable, value)

    def get_current_value(self, variable: Any) -> Tensor | None:
        """Returns the value that a variable has inside the scope, None where that is its own.

        Args:
            variable: A `keras.Variable`.
        """
        return self.state_mapping.get(id(variable))

    def current_values(self, variables: Iterable) -> list[Tensor]:
        """Returns the values that variables have inside the scope."""
        values = ((v, self.get_current_value(v)) for v in variables)
        return [v.value if value is None else value for v, value in values]

    def mutated(self, write: Callable, variables: tuple) -> None:
        """Runs an operation that writes into variables on copies of them, whose values the scope keeps.

        Args:
            write: Function of the copies.
            variables: Tuple of variables.
        """
        copies = [variable.detached_copy(self.get_current_value(variable)) for variable in variables]
        with _suspended():
            write(*copies)
        for variable, copy in zip(variables, copies, strict=True):
            self._set(variable, copy.value)

    def __enter__(self) -> StatelessScope:
        self._outer = _local.stateless
        _local.stateless = self
        return self

    def __exit__(self, *_: Any) -> None:
        _local.stateless = self._outer


@contextlib.contextmanager
def _suspended() -> Iterator[None]:
    outer, _local.stateless = _local.stateless, None
    try:
        yield
    finally:
        _local.stateless = outer


def _checked(variable: Any, value: Any) -> Tensor:
    if not hasattr(variable, "assign"):
        raise ValueError(
            "Invalid reference variable in StatelessScope: all keys in argument `state_mapping` must be Variable "
            f"instances. Received instead: {variable}"
        )
    value = to_tensor(getattr(value, "value", value), variable.dtype)
    if tuple(value.shape) != tuple(variable.shape):
        raise ValueError(
            "Invalid variable value in StatelessScope: all values in argument `state_mapping` must be tensors with a "
            f"shape that matches the corresponding variable shape. For variable {variable.path}, received a value of "
            f"shape {tuple(value.shape)}, expected {tuple(variable.shape)}."
        )
    return value
