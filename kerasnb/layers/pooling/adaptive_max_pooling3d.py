"""AdaptiveMaxPooling3D: the largest element of as many windows as asked for."""

from __future__ import annotations

from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.layers.pooling.base_adaptive_pooling import BaseAdaptivePooling


class AdaptiveMaxPooling3D(BaseAdaptivePooling):
    """Adaptive max pooling for volumes: windows cover inputs of any extents with outputs of given ones.

    Args:
        output_size: Integer or tuple of 3 integers (depth, height, width), the extents of the outputs.
        data_format: `"channels_last"`, `"channels_first"`, or None for the one of `keras.config`.

    Input shape:
        `(batch_size, depth, height, width, channels)`, or channels first
        `(batch_size, channels, depth, height, width)`.

    Output shape:
        `(batch_size, *output_size, channels)`, or `(batch_size, channels, *output_size)` channels first.

    Raises:
        TypeError: If `output_size` is no integer and no tuple of them.
        ValueError: If it has another length or is not positive.

    Example:

    >>> keras.layers.AdaptiveMaxPooling3D(4)(np.ones((2, 5, 6, 7, 3))).shape
    (2, 4, 4, 4, 3)
    """

    def __init__(self, output_size: Any, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(3, output_size, data_format, **kwargs)

    def call(self, inputs: Tensor) -> Tensor:
        """Computes the largest element of each window."""
        return ops.adaptive_max_pool(inputs, self.output_size, self.data_format)
