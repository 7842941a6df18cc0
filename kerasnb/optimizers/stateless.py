"""Optimizers without side effects: the values of all variables are passed in, and new ones come out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from kerasnb.backend.tensor.scopes import StatelessScope

if TYPE_CHECKING:
    from kerasnb.backend.tensor.tensor import Tensor
    from kerasnb.backend.tensor.variable import Variable


class StatelessOptimizer:
    """What optimizers have for steps without side effects."""

    built: bool
    _trainable_variables: list[Variable]
    apply: Callable[..., None]

    @property
    def variables(self) -> list[Variable]:
        """The variables of the optimizer."""
        raise NotImplementedError

    def stateless_apply(
        self, optimizer_variables: Sequence, grads: Sequence, trainable_variables: Sequence
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Returns what `apply` would make of given values of all variables.

        Args:
            optimizer_variables: Values of `optimizer.variables`.
            grads: List of gradients.
            trainable_variables: Values of the variables that the optimizer was built with.

        Returns:
            Tuple of the new values: of the trainable variables, and of the optimizer's.

        Raises:
            ValueError: If the optimizer is not built, or the number of values does not fit.

        Example:

        >>> v = keras.Variable([1.0, 2.0])
        >>> optimizer = keras.optimizers.SGD(0.5)
        >>> optimizer.build([v])
        >>> new, _ = optimizer.stateless_apply(optimizer.variables, [np.ones((2,))], [v])
        >>> new[0].tolist(), v.numpy().tolist()
        ([0.5, 1.5], [1.0, 2.0])
        """
        if not self.built:
            raise ValueError(
                f"To call stateless_apply, {type(self).__name__} must be built (i.e. its variables must have been "
                "created). You can build it via optimizer.build(trainable_variables)."
            )
        mapping: list = []
        for name, values, own in (
            ("optimizer_variables", optimizer_variables, self.variables),
            ("trainable_variables", trainable_variables, self._trainable_variables),
        ):
            if len(values) != len(own):
                raise ValueError(
                    f"Argument `{name}` must be a list of tensors corresponding 1:1 to those of {type(self).__name__}. "
                    f"Received list with length {len(values)}, but expected {len(own)}."
                )
            mapping += zip(own, values, strict=True)
        with StatelessScope(mapping) as scope:
            self.apply(grads, self._trainable_variables)
        return scope.current_values(self._trainable_variables), scope.current_values(self.variables)
