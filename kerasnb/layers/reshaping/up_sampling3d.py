"""UpSampling3D: the elements of volumes are repeated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasnb.layers.base.spatial import tuple_of
from kerasnb.layers.reshaping.base_up_sampling import BaseUpSampling


class UpSampling3D(BaseUpSampling):
    """Upsampling layer for 3D inputs: elements are repeated along the three spatial axes.

    Args:
        size: Positive integer, or one for each axis. Defaults to `(2, 2, 2)`.
        data_format: `"channels_last"` (default) or `"channels_first"`, where the channels stand.

    Raises:
        ValueError: If an argument is none of these.

    Example:

    >>> keras.layers.UpSampling3D((1, 2, 3))(keras.Input((4, 4, 4, 2))).shape
    (None, 4, 8, 12, 2)
    """

    def __init__(self, size: int | Sequence[int] = (2, 2, 2), data_format: str | None = None, **kwargs: Any) -> None:
        self.size = tuple_of(size, 3, "size")
        super().__init__(self.size, data_format, **kwargs)
