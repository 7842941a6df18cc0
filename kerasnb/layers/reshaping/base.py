"""The base of layers that change nothing but the shape."""

from __future__ import annotations

from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.layers.base.layer import Layer


class Reshaping(Layer):
    """A layer whose outputs have the dtype of the inputs."""

    def compute_output_spec(self, inputs: Tensor) -> KerasTensor:
        """Returns a KerasTensor of the new shape and the dtype of the inputs."""
        return KerasTensor(self.compute_output_shape(inputs.shape), dtype=inputs.dtype)
