"""MaxPooling1D: the largest element of each window."""

from __future__ import annotations

from typing import Any

from kerasnb.layers.pooling.base_pooling import BasePooling
from kerasnb.ops.nn.pool import max_pool


class MaxPooling1D(BasePooling):
    """Max pooling for temporal data: the largest element of each window, for each channel.

    Args:
        pool_size: An integer, the extents of the window. Defaults to `2`.
        strides: An integer, how far the window moves. Defaults to `pool_size`.
        padding: `"valid"` or `"same"`. Defaults to `"valid"`.
        data_format: `"channels_last"`, `"channels_first"`, or None for the one of `keras.config`.
        name: Optional name of the layer.

    Input shape:
        `(batch_size, steps, channels)`, or `(batch_size, channels, steps)` channels first.

    Output shape:
        `(batch_size, new_steps, channels)`, or `(batch_size, channels, new_steps)` channels first.

    Raises:
        ValueError: If an argument is out of its range.

    Example:

    >>> keras.layers.MaxPooling1D(2)(np.ones((2, 10, 3))).shape
    (2, 5, 3)
    """

    _pool = staticmethod(max_pool)

    def __init__(
        self, pool_size: Any = 2, strides: Any = None, padding: str = "valid", data_format: str | None = None,
        name: str | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(1, pool_size, strides, padding, data_format, name=name, **kwargs)
