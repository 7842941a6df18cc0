"""UpSampling1D: the steps of sequences are repeated."""

from __future__ import annotations

from typing import Any

from kerasnb.layers.reshaping.base_up_sampling import BaseUpSampling


class UpSampling1D(BaseUpSampling):
    """Upsampling layer for 1D inputs: each step is repeated.

    Args:
        size: Positive integer, upsampling factor. Defaults to `2`.

    Input shape:
        `(batch_size, steps, features)`.

    Output shape:
        `(batch_size, steps * size, features)`.

    Raises:
        TypeError: If `size` is no integer.
        ValueError: If it is not positive.

    Example:

    >>> keras.layers.UpSampling1D(2)(np.array([[[1.0], [2.0]]])).tolist()
    [[[1.0], [1.0], [2.0], [2.0]]]
    """

    def __init__(self, size: int = 2, **kwargs: Any) -> None:
        if not isinstance(size, int) or isinstance(size, bool):
            raise TypeError(f"Expected an integer value for `size`, got {type(size)}.")
        if size <= 0:
            raise ValueError(f"Argument `size` should be a positive integer. Received: size={size}")
        super().__init__((size,), "channels_last", **kwargs)
        self.size = size
