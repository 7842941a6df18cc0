"""Cropping3D: ends of volumes are cut off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasnb.layers.reshaping.base_cropping import BaseCropping


class Cropping3D(BaseCropping):
    """Cropping layer for 3D input (such as a volume).

    Args:
        cropping: Integer, tuple of 3 integers, or tuple of 3 pairs of integers: how many to cut off at
            the start and at the end of each axis. Defaults to `((1, 1), (1, 1), (1, 1))`.
        data_format: `"channels_last"` (default) or `"channels_first"`, where the channels stand.

    Raises:
        ValueError: If `cropping` is none of these or negative, or `data_format` is neither.

    Example:

    >>> keras.layers.Cropping3D((1, 2, 3))(keras.Input((8, 8, 8, 3))).shape
    (None, 6, 4, 2, 3)
    """

    def __init__(
        self, cropping: int | Sequence = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(3, cropping, data_format, **kwargs)
