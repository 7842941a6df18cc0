"""BaseZeroPadding: zeros are added at the ends of the spatial axes."""

from __future__ import annotations

from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape
from kerasnb.layers.reshaping.base_sides import Sides


class BaseZeroPadding(Sides):
    """Base of the padding layers.

    Args:
        rank: Integer, how many spatial axes there are.
        padding: Integer, integers, or pairs of integers.
        data_format: `"channels_last"` or `"channels_first"`.
    """

    def __init__(self, rank: int, padding: Any, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(rank, padding, "padding", data_format, **kwargs)
        self.padding = self._argument()

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape of the inputs with longer spatial axes."""
        return self._shape(input_shape, lambda extent, pair: extent + sum(pair))

    def call(self, inputs: Tensor) -> Tensor:
        """Adds the zeros."""
        return ops.pad(inputs, self._each_axis((0, 0)))
