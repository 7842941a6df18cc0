"""Masking: timesteps that hold only one value are skipped by later layers."""

from __future__ import annotations

from typing import Any

from kerasnb import ops, serialization
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape
from kerasnb.layers.base.layer import Layer


class Masking(Layer):
    """Masks the steps whose features all have one value, so that later layers skip them.

    A timestep whose features all equal `mask_value` is masked: it becomes 0, and later layers that support masks skip
    it.

    Args:
        mask_value: Number. Defaults to `0.0`.

    Example:

    >>> y = keras.layers.Masking(mask_value=-1.0)(np.array([[[-1.0, -1.0], [-1.0, 2.0]]]))
    >>> y.tolist()
    [[[0.0, 0.0], [-1.0, 2.0]]]
    """

    def __init__(self, mask_value: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if isinstance(mask_value, dict) and mask_value.get("config"):  # a tensor in a config
            mask_value = serialization.deserialize_keras_object(mask_value)
        self.mask_value = mask_value
        self.supports_masking = True
        self._build_at_init()

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Returns whether a timestep has a feature that is not `mask_value`."""
        return ops.any(ops.not_equal(inputs, self.mask_value), axis=-1)

    def call(self, inputs: Tensor) -> Tensor:
        """Sets masked timesteps to 0."""
        keep = self.compute_mask(inputs)
        outputs = ops.where(ops.expand_dims(keep, -1), inputs, ops.zeros((), inputs.dtype))
        outputs._keras_mask = keep
        return outputs

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape of the outputs, which is that of the inputs."""
        return input_shape
