"""Identity: the inputs as they are."""

from __future__ import annotations

from typing import Any

from kerasnb import tree
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.layers.base.layer import Layer


class Identity(Layer):
    """Returns its inputs: a placeholder where nothing is to be done.

    Example:

    >>> keras.layers.Identity()(np.array([1.0, 2.0])).tolist()
    [1.0, 2.0]
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs: Any) -> Any:
        """Returns the inputs."""
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the outputs, which is that of the inputs."""
        return input_shape

    def compute_output_spec(self, inputs: Any) -> Any:
        """Returns KerasTensors of the shapes and dtypes of the inputs."""
        return tree.map_structure(lambda x: KerasTensor(x.shape, dtype=x.dtype), inputs)
