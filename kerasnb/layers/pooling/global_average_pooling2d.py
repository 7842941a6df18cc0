"""GlobalAveragePooling2D: the mean of each channel."""

from __future__ import annotations

from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.layers.pooling.base_global_pooling import BaseGlobalPooling


class GlobalAveragePooling2D(BaseGlobalPooling):
    """Global average pooling for images: the mean of each channel.

    Reference: [Lin et al., 2013](https://arxiv.org/abs/1312.4400)

    Args:
        data_format: `"channels_last"`, `"channels_first"`, or None for the one of `keras.config`.
        keepdims: Boolean, whether the spatial axes are kept with an extent of 1. Defaults to `False`.

    Input shape:
        `(batch_size, height, width, channels)`, or `(batch_size, channels, height, width)` channels first.

    Output shape:
        `(batch_size, channels)`; with `keepdims` `(batch_size, 1, 1, channels)`, or channels first accordingly.

    Raises:
        ValueError: If `data_format` is unknown.

    Example:

    >>> keras.layers.GlobalAveragePooling2D()(np.ones((2, 4, 4, 3))).shape
    (2, 3)
    """

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any) -> None:
        super().__init__(2, data_format, keepdims, **kwargs)

    def call(self, inputs: Tensor) -> Tensor:
        """Computes the mean of each channel."""
        return ops.mean(inputs, axis=self._axes(), keepdims=self.keepdims)
