"""Cropping2D: ends of images are cut off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasnb.layers.reshaping.base_cropping import BaseCropping


class Cropping2D(BaseCropping):
    """Cropping layer for 2D input (such as an image).

    Args:
        cropping: Integer, tuple of 2 integers, or tuple of 2 pairs of integers: how many to cut off at
            the start and at the end of each axis. Defaults to `((0, 0), (0, 0))`.
        data_format: `"channels_last"` (default) or `"channels_first"`, where the channels stand.

    Raises:
        ValueError: If `cropping` is none of these or negative, or `data_format` is neither.

    Example:

    >>> keras.layers.Cropping2D(((1, 2), 3))(keras.Input((8, 8, 3))).shape
    (None, 5, 2, 3)
    """

    def __init__(
        self, cropping: int | Sequence = ((0, 0), (0, 0)), data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(2, cropping, data_format, **kwargs)
