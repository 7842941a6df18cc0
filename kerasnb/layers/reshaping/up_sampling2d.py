"""UpSampling2D: the rows and columns of images are repeated, or interpolated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.layers.base.spatial import extents_of, tuple_of
from kerasnb.layers.reshaping.base_up_sampling import BaseUpSampling

INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")


class UpSampling2D(BaseUpSampling):
    """Upsampling layer for 2D inputs: rows and columns are repeated, or interpolated.

    Args:
        size: Positive integer, or one for rows and one for columns. Defaults to `(2, 2)`.
        data_format: `"channels_last"` (default) or `"channels_first"`, where the channels stand.
        interpolation: `"nearest"` (default), `"bilinear"`, `"bicubic"`, `"lanczos3"` or `"lanczos5"`.

    Raises:
        ValueError: If an argument is none of these.

    Example:

    >>> keras.layers.UpSampling2D((1, 2))(np.array([[[[1.0], [2.0]]]])).tolist()
    [[[[1.0], [1.0], [2.0], [2.0]]]]
    """

    def __init__(
        self, size: int | Sequence[int] = (2, 2), data_format: str | None = None, interpolation: str = "nearest",
        **kwargs: Any,
    ) -> None:  # fmt: skip
        self.size = tuple_of(size, 2, "size")
        super().__init__(self.size, data_format, **kwargs)
        self.interpolation = str(interpolation).lower()
        if self.interpolation not in INTERPOLATIONS:
            raise ValueError(
                f"Argument `interpolation` must be one of {INTERPOLATIONS}. Received: interpolation={interpolation}"
            )

    def call(self, inputs: Tensor) -> Tensor:
        """Repeats or interpolates rows and columns."""
        if self.interpolation == "nearest":
            return super().call(inputs)
        size = extents_of(self.compute_output_shape(inputs.shape), self.data_format)
        return ops.image.resize(inputs, size, interpolation=self.interpolation, data_format=self.data_format)
