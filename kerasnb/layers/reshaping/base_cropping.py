"""BaseCropping: elements at the ends of the spatial axes are cut off."""

from __future__ import annotations

from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape
from kerasnb.layers.reshaping.base_sides import Sides


class BaseCropping(Sides):
    """Base of the cropping layers.

    Args:
        rank: Integer, how many spatial axes there are.
        cropping: Integer, integers, or pairs of integers.
        data_format: `"channels_last"` or `"channels_first"`.
    """

    def __init__(self, rank: int, cropping: Any, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(rank, cropping, "cropping", data_format, **kwargs)
        self.cropping = self._argument()

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape of what is left.

        Raises:
            ValueError: If nothing is left.
        """
        shape = self._shape(input_shape, lambda extent, pair: extent - sum(pair))
        if any(extent is not None and extent <= 0 for extent in shape[1:]):
            raise ValueError(
                "Values in `cropping` argument should be smaller than the corresponding spatial dimension of the "
                f"input. Received: input_shape={tuple(input_shape)}, cropping={self.cropping}"
            )
        return shape

    def call(self, inputs: Tensor) -> Tensor:
        """Cuts off the ends."""
        shape = self.compute_output_shape(inputs.shape)
        pairs = zip(self._each_axis((0, 0)), shape, strict=True)
        return ops.get_item(inputs, tuple(slice(start, start + extent) for (start, _), extent in pairs))
