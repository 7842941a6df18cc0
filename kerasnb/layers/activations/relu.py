"""ReLU: the rectifier as a layer."""

from __future__ import annotations

from typing import Any

from kerasnb import activations
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape
from kerasnb.layers.base.arguments import number
from kerasnb.layers.base.layer import Layer


class ReLU(Layer):
    """Rectified Linear Unit activation function layer.

    Reference: Nair and Hinton, 2010, Rectified linear units improve restricted Boltzmann machines

    Args:
        max_value: Float >= 0, the largest output. None means unlimited.
        negative_slope: Float >= 0, the slope below the threshold. Defaults to `0.0`.
        threshold: Float >= 0, below which the output is damped. Defaults to `0.0`.

    Raises:
        ValueError: If an argument is negative.

    Example:

    >>> keras.layers.ReLU(max_value=10, negative_slope=0.5)(np.array([-10.0, 5.0, 12.0])).tolist()
    [-5.0, 5.0, 10.0]
    """

    def __init__(
        self, max_value: float | None = None, negative_slope: float = 0.0, threshold: float = 0.0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        if max_value is not None and number(max_value, "max_value") < 0.0:
            raise ValueError(f"max_value of a ReLU layer cannot be a negative value. Received: max_value={max_value}")
        for name, value in (("negative_slope", negative_slope), ("threshold", threshold)):
            if value is None or number(value, name) < 0.0:
                raise ValueError(f"{name} of a ReLU layer cannot be None or a negative value. Received: {name}={value}")
        self.max_value, self.negative_slope, self.threshold = max_value, negative_slope, threshold
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs: Tensor) -> Tensor:
        """Applies the rectifier to each element."""
        return activations.relu(
            inputs, negative_slope=self.negative_slope, max_value=self.max_value, threshold=self.threshold
        )

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape of the outputs, which is that of the inputs."""
        return input_shape
