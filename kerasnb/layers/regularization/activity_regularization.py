"""ActivityRegularization: a penalty on the inputs."""

from __future__ import annotations

from typing import Any

from kerasnb import regularizers
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape
from kerasnb.layers.base.config import default
from kerasnb.layers.base.layer import Layer


class ActivityRegularization(Layer):
    """Adds a penalty on its inputs to the loss, and returns them as they are.

    Args:
        l1: Number, the factor of the sum of absolute values. Defaults to `0.0`.
        l2: Number, the factor of the sum of squares. Defaults to `0.0`.

    Example:

    >>> layer = keras.layers.ActivityRegularization(l2=0.5)
    >>> _ = layer(np.array([[1.0, 2.0]]))
    >>> float(layer.losses[0])
    2.5
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None:
        super().__init__(activity_regularizer=regularizers.L1L2(l1=l1, l2=l2), **kwargs)
        self.supports_masking = True
        self.l1, self.l2 = l1, l2
        self._build_at_init()

    def call(self, inputs: Tensor) -> Tensor:
        """Returns the inputs."""
        return inputs

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape of the outputs, which is that of the inputs."""
        return input_shape

    @default
    def get_config(self) -> dict:
        """Returns the config of the layer: the arguments of its constructor."""
        config = super().get_config()
        del config["activity_regularizer"]  # which follows from the arguments
        return config
