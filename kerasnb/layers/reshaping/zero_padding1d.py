"""ZeroPadding1D: zeros at the ends of sequences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasnb.layers.reshaping.base_zero_padding import BaseZeroPadding


class ZeroPadding1D(BaseZeroPadding):
    """Zero-padding layer for 1D input (such as a sequence).

    Args:
        padding: A pair of integers, how many to add at the start and at the end, or an integer for both.
            Defaults to `1`.
        data_format: `"channels_last"` (default) or `"channels_first"`, where the channels stand.

    Raises:
        ValueError: If `padding` is none of these or negative, or `data_format` is neither.

    Example:

    >>> keras.layers.ZeroPadding1D((1, 2))(keras.Input((8, 3))).shape
    (None, 11, 3)
    """

    def __init__(self, padding: int | Sequence = 1, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(1, padding, data_format, **kwargs)
