"""Rescaling: inputs moved to another range."""

from __future__ import annotations

from typing import Any, Self

from kerasnb import ops, serialization
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape, TensorLike
from kerasnb.layers.base.layer import Layer


class Rescaling(Layer):
    """Scales and shifts its inputs: `inputs * scale + offset`.

    Args:
        scale: Float (or array), the scale to apply to the inputs.
        offset: Float (or array), the offset to apply to the inputs. Defaults to `0.0`.

    Example:

    >>> keras.layers.Rescaling(1 / 255)(np.array([0, 255])).tolist()
    [0.0, 1.0]
    """

    def __init__(self, scale: TensorLike, offset: TensorLike = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale, self.offset = scale, offset
        self.supports_masking = True

    def call(self, inputs: Tensor) -> Tensor:
        """Computes `inputs * scale + offset` in the compute dtype."""
        dtype = self.compute_dtype
        scale, offset = (ops.convert_to_tensor(v, dtype=dtype) for v in (self.scale, self.offset))
        return ops.add(ops.multiply(ops.cast(inputs, dtype), scale), offset)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape of the outputs, which is that of the inputs."""
        return input_shape

    @classmethod
    def from_config(cls, config: dict) -> Self:
        """Creates a layer from its config."""
        values = {name: serialization.deserialize_keras_object(config[name]) for name in ("scale", "offset")}
        return super().from_config({**config, **values})
