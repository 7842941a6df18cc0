"""Softmax: probabilities from logits, as a layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasnb import activations, ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape
from kerasnb.layers.base.layer import Layer
from kerasnb.ops.arguments import axes_of


class Softmax(Layer):
    """Softmax activation layer.

    Args:
        axis: Integer, or list of integers, axis along which the softmax is applied. Defaults to `-1`.

    Call arguments:
        inputs: The logits.
        mask: Optional boolean mask that is broadcastable to `inputs`: 1 to keep, 0 to mask.

    Example:

    >>> y = keras.layers.Softmax()(np.array([1.0, 2.0, 1.0]))
    >>> np.round(y, 4).tolist()
    [0.21..., 0.57..., 0.21...]
    """

    def __init__(self, axis: int | Sequence[int] = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """Normalizes the inputs along the axis; masked elements become 0."""
        if mask is None:
            return activations.softmax(inputs, axis=self._axis())
        _check_mask(mask, inputs)
        keep = mask if mask.dtype == "bool" else ops.greater(mask, 0.5)
        kept = ops.where(keep, inputs, -3e4 if inputs.dtype == "float16" else -1e9)
        return ops.where(keep, activations.softmax(kept, axis=self._axis()), 0.0)

    def _axis(self) -> int | Sequence[int]:
        return self.axis[0] if isinstance(self.axis, (list, tuple)) and len(self.axis) == 1 else self.axis

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape of the outputs, which is that of the inputs.

        Raises:
            ValueError: If the inputs lack the axis.
        """
        axes_of(self.axis, len(input_shape))  # a wrong axis fails here, before a model contains the layer
        return input_shape


def _check_mask(mask: Tensor, inputs: Tensor) -> None:
    received = f"Received: inputs.shape={inputs.shape}, mask.shape={mask.shape}"
    if len(mask.shape) > len(inputs.shape):
        raise ValueError(f"The `mask` must be broadcastable to `inputs` and must not have more dimensions. {received}")
    for m, i in zip(mask.shape[::-1], inputs.shape[::-1], strict=False):
        if None not in (m, i) and m not in (1, i):
            raise ValueError(
                "The `mask` must be broadcastable to `inputs`. Each mask dimension must be 1 or match the "
                f"corresponding input dimension. {received}"
            )
