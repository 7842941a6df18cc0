"""Metrics without side effects: the values of their variables are passed in, and new ones come out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from kerasnb.backend.tensor.scopes import StatelessScope

if TYPE_CHECKING:
    from kerasnb.backend.tensor.tensor import Tensor
    from kerasnb.backend.tensor.variable import Variable


class StatelessMetric:
    """What metrics have for calls without side effects."""

    update_state: Callable[..., None]
    reset_state: Callable[[], None]
    result: Callable[[], Any]

    @property
    def variables(self) -> list[Variable]:
        """The variables of the metric."""
        raise NotImplementedError

    def stateless_update_state(self, metric_variables: Sequence, *args: Any, **kwargs: Any) -> list[Tensor]:
        """Returns what `update_state` would make of given values of the variables.

        Args:
            metric_variables: Values of `metric.variables`.
            *args: Arguments of `update_state`.
            **kwargs: Keyword arguments of `update_state`.

        Returns:
            List of the new values.

        Raises:
            ValueError: If the number of values does not fit.

        Example:

        >>> metric = keras.metrics.Sum()
        >>> [float(v) for v in metric.stateless_update_state([2.0], [1.0, 3.0])]
        [6.0]
        """
        with self._scope(metric_variables) as scope:
            self.update_state(*args, **kwargs)
        return scope.current_values(self.variables)

    def stateless_result(self, metric_variables: Sequence) -> Any:
        """Returns what `result` would be for given values of the variables.

        Args:
            metric_variables: Values of `metric.variables`.

        Raises:
            ValueError: If the number of values does not fit.
        """
        with self._scope(metric_variables):
            return self.result()

    def stateless_reset_state(self) -> list[Tensor]:
        """Returns the values that the variables have after `reset_state`."""
        with StatelessScope() as scope:
            self.reset_state()
        return scope.current_values(self.variables)

    def _scope(self, values: Sequence) -> StatelessScope:
        if len(values) != len(self.variables):
            raise ValueError(
                "Argument `metric_variables` must be a list of tensors corresponding 1:1 to "
                f"{type(self).__name__}().variables. Received list with length {len(values)}, but expected "
                f"{len(self.variables)} variables."
            )
        return StatelessScope(zip(self.variables, values, strict=True))
