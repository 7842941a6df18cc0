"""Cropping1D: ends of sequences are cut off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasnb.layers.reshaping.base_cropping import BaseCropping


class Cropping1D(BaseCropping):
    """Cropping layer for 1D input (such as a sequence).

    Args:
        cropping: A pair of integers, how many to cut off at the start and at the end, or an integer for
            both. Defaults to `(1, 1)`.

    Raises:
        ValueError: If `cropping` is none of these or negative.

    Example:

    >>> keras.layers.Cropping1D((1, 2))(keras.Input((8, 3))).shape
    (None, 5, 3)
    """

    def __init__(self, cropping: int | Sequence = (1, 1), **kwargs: Any) -> None:
        super().__init__(1, cropping, "channels_last", **kwargs)
