"""Activation: any activation function as a layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasnb import activations
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape
from kerasnb.layers.base.layer import Layer


class Activation(Layer):
    """An activation function as a layer of its own.

    Args:
        activation: Activation function, or its name.

    Example:

    >>> keras.layers.Activation("relu")(np.array([-3.0, 0.0, 2.0])).tolist()
    [0.0, 0.0, 2.0]
    """

    def __init__(self, activation: str | dict | Callable | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.activation = activations.get(activation)
        self._build_at_init()

    def call(self, inputs: Tensor) -> Tensor:
        """Applies the activation function."""
        return self.activation(inputs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape of the outputs, which is that of the inputs."""
        return input_shape
