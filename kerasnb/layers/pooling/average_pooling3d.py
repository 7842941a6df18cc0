"""AveragePooling3D: the mean of each window."""

from __future__ import annotations

from typing import Any

from kerasnb.layers.pooling.base_pooling import BasePooling
from kerasnb.ops.nn.pool import average_pool


class AveragePooling3D(BasePooling):
    """Average pooling for volumes: the mean of each window, for each channel.

    Args:
        pool_size: An integer or tuple of 3 integers, the extents of the window.
        strides: An integer or tuple of 3 integers, how far the window moves. Defaults to `pool_size`.
        padding: `"valid"` or `"same"`. A mean leaves the padding out. Defaults to `"valid"`.
        data_format: `"channels_last"`, `"channels_first"`, or None for the one of `keras.config`.
        name: Optional name of the layer.

    Input shape:
        `(batch_size, depth, height, width, channels)`, or channels first
        `(batch_size, channels, depth, height, width)`.

    Output shape:
        `(batch_size, new_depth, new_height, new_width, channels)`, or channels first
        `(batch_size, channels, new_depth, new_height, new_width)`.

    Raises:
        ValueError: If an argument is out of its range.

    Example:

    >>> keras.layers.AveragePooling3D(2)(np.ones((2, 4, 4, 4, 3))).shape
    (2, 2, 2, 2, 3)
    """

    _pool = staticmethod(average_pool)

    def __init__(
        self, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: str | None = None,
        name: str | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(3, pool_size, strides, padding, data_format, name=name, **kwargs)
