"""Calls without side effects: a layer's variables are passed in, and new values come out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasnb.backend.tensor.scopes import StatelessScope
from kerasnb.layers.base.losses import Losses


class Stateless(Losses):
    """What layers have for calls without side effects."""

    def stateless_call(
        self, trainable_variables: Sequence, non_trainable_variables: Sequence, *args: Any, return_losses: bool = False,
        **kwargs: Any,
    ) -> tuple:  # fmt: skip
        """Calls the layer with given values of its variables, without changing any of them.

        Args:
            trainable_variables: Values of `layer.trainable_variables`.
            non_trainable_variables: Values of `layer.non_trainable_variables`.
            *args: Arguments of `call`.
            return_losses: Boolean, whether the losses of the call are returned as well. Defaults to `False`.
            **kwargs: Keyword arguments of `call`.

        Returns:
            Tuple `(outputs, non_trainable_variables)`, the latter with their new values; the list of losses is
            third where `return_losses` is set.

        Raises:
            ValueError: If the layer is not built, or the number of values does not fit.

        Example:

        >>> layer = keras.layers.Dense(2, kernel_initializer="ones")
        >>> layer.build((None, 3))
        >>> y, _ = layer.stateless_call([np.zeros((3, 2)), np.ones((2,))], [], np.ones((1, 3)))
        >>> y.tolist()
        [[1.0, 1.0]]
        """
        self._check_stateless(trainable_variables, non_trainable_variables)
        mapping = [
            *zip(self.trainable_variables, trainable_variables, strict=True),
            *zip(self.non_trainable_variables, non_trainable_variables, strict=True),
        ]
        with StatelessScope(mapping, collect_losses=return_losses) as scope:
            outputs = self(*args, **kwargs)
            losses = list(self.losses) if return_losses else []
        after = scope.current_values(self.non_trainable_variables)
        return (outputs, after, losses) if return_losses else (outputs, after)

    def _check_stateless(self, trainable: Sequence, non_trainable: Sequence) -> None:
        if not self.built:
            raise ValueError(
                f"To call stateless_call, {type(self).__name__} must be built (i.e. its variables must have been "
                "already created). You can build it by calling it on some data."
            )
        for name, values in (("trainable_variables", trainable), ("non_trainable_variables", non_trainable)):
            own = getattr(self, name)
            if len(values) != len(own):
                raise ValueError(
                    f"Argument `{name}` must be a list of tensors corresponding 1:1 to {type(self).__name__}().{name}. "
                    f"Received list with length {len(values)}, but expected {len(own)} variables."
                )
