"""ZeroPadding2D: zeros at the ends of images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasnb.layers.reshaping.base_zero_padding import BaseZeroPadding


class ZeroPadding2D(BaseZeroPadding):
    """Zero-padding layer for 2D input (such as an image).

    Args:
        padding: Integer, tuple of 2 integers, or tuple of 2 pairs of integers: how many to add at the
            start and at the end of each axis. Defaults to `(1, 1)`.
        data_format: `"channels_last"` (default) or `"channels_first"`, where the channels stand.

    Raises:
        ValueError: If `padding` is none of these or negative, or `data_format` is neither.

    Example:

    >>> keras.layers.ZeroPadding2D(((1, 2), 3))(keras.Input((8, 8, 3))).shape
    (None, 11, 14, 3)
    """

    def __init__(self, padding: int | Sequence = (1, 1), data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(2, padding, data_format, **kwargs)
