"""Losses: what layers add to the loss of a model."""

from __future__ import annotations

from typing import Any

from kerasnb import ops, tree
from kerasnb.backend.autodiff import recording
from kerasnb.backend.tensor import scopes
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.layers.base.weights import Weights


class Losses(Weights):
    """What layers have of losses."""

    activity_regularizer: Any
    _losses: list[Tensor]

    def add_loss(self, loss: Any) -> None:
        """Adds a scalar to the loss of the model; call it inside `call()`.

        Args:
            loss: Scalar tensor, or a list of them.

        Raises:
            ValueError: If it is no tensor.

        Example:

        >>> class Penalty(keras.layers.Layer):
        ...     def call(self, x):
        ...         self.add_loss(keras.ops.sum(x))
        ...         return x
        >>> layer = Penalty()
        >>> y = layer(np.ones((2,)))
        >>> float(layer.losses[0])
        2.0
        """
        for value in tree.flatten(loss):
            if isinstance(value, KerasTensor) or (isinstance(value, Tensor) and scopes.is_inferring()):
                continue  # a symbolic call has shapes only
            if not isinstance(value, Tensor):
                raise ValueError(
                    "`add_loss()` can only be called from inside `build()` or `call()`, on a tensor input. "
                    f"Received invalid value: {value}"
                )
            self._losses.append(value)
            scope = scopes.stateless()
            if scope is not None and scope.collect_losses:
                scope.add_loss(value)

    @property
    def losses(self) -> list[Tensor]:
        """List of the scalars from `add_loss` and from regularizers, those of inner layers included."""
        added = [loss for layer in self._flatten_layers() for loss in layer._own_losses()]
        return added + [v.regularizer(v.value) for v in self.trainable_weights if v.regularizer is not None]

    def _own_losses(self) -> list[Tensor]:
        """Losses of the last call; those of a recorded step have no value once it is recorded."""
        recorded = recording.current() is not None
        return [loss for loss in self._losses if recorded or loss.data is not None]

    def _clear_losses(self) -> None:
        for layer in self._flatten_layers():
            layer._losses.clear()

    def _add_activity_losses(self, outputs) -> None:
        """Adds the activity regularizer's penalty of the outputs, per sample."""
        regularizer = self.activity_regularizer
        if regularizer is None:
            return
        for output in tree.flatten(outputs):
            if isinstance(output, Tensor):
                loss = regularizer(output)
                self.add_loss(ops.divide_no_nan(loss, output.shape[0]) if output.ndim > 0 else loss)
