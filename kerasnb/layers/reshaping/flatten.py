"""Flatten: all axes but the batch in one."""

from __future__ import annotations

import math
from typing import Any

from kerasnb import ops
from kerasnb.backend.settings import standardize_data_format
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape
from kerasnb.layers.base.input_spec import InputSpec
from kerasnb.layers.reshaping.base import Reshaping


class Flatten(Reshaping):
    """Flattens the input. Does not affect the batch size.

    Args:
        data_format: `"channels_last"` (default) or `"channels_first"`, in which the channels are moved
            to the end first.

    Raises:
        ValueError: If `data_format` is neither.

    Example:

    >>> keras.layers.Flatten()(keras.Input(shape=(10, 64))).shape
    (None, 640)
    """

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs: Tensor) -> Tensor:
        """Moves all axes but the batch into one."""
        rank = len(inputs.shape)
        if self.data_format == "channels_first" and rank > 1:
            inputs = ops.transpose(inputs, axes=(0, *range(2, rank), 1))
        width = self.compute_output_shape(inputs.shape)[1]
        return ops.reshape(inputs, (inputs.shape[0], -1 if width is None else width))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the batch size and the product of the other extents."""
        rest = [extent for extent in input_shape[1:] if extent is not None]
        return (input_shape[0], math.prod(rest) if len(rest) == len(input_shape) - 1 else None)
