"""GlobalAveragePooling1D: the mean of each channel."""

from __future__ import annotations

from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.layers.pooling.base_global_pooling import BaseGlobalPooling


class GlobalAveragePooling1D(BaseGlobalPooling):
    """Global average pooling for temporal data: the mean of each channel.

    Reference: [Lin et al., 2013](https://arxiv.org/abs/1312.4400)

    Args:
        data_format: `"channels_last"`, `"channels_first"`, or None for the one of `keras.config`.
        keepdims: Boolean, whether the spatial axes are kept with an extent of 1. Defaults to `False`.

    Call arguments:
        inputs: The sequences.
        mask: Optional boolean mask of shape `(batch_size, steps)`: steps where it is False are left out.

    Input shape:
        `(batch_size, steps, channels)`, or `(batch_size, channels, steps)` channels first.

    Output shape:
        `(batch_size, channels)`; with `keepdims` `(batch_size, 1, channels)`, or channels first accordingly.

    Raises:
        ValueError: If `data_format` is unknown.

    Example:

    >>> keras.layers.GlobalAveragePooling1D()(np.ones((2, 5, 3))).shape
    (2, 3)
    """

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any) -> None:
        super().__init__(1, data_format, keepdims, **kwargs)
        self.supports_masking = True

    def call(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """Computes the mean of each channel, over the steps that the mask keeps."""
        axes = self._axes()
        if mask is None:
            return ops.mean(inputs, axis=axes, keepdims=self.keepdims)
        keep = ops.cast(ops.expand_dims(mask, 3 - axes[0]), "bool")
        count = ops.sum(ops.cast(keep, inputs.dtype), axis=axes, keepdims=self.keepdims)
        return ops.sum(ops.where(keep, inputs, 0), axis=axes, keepdims=self.keepdims) / count

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        """Returns None: the outputs have no steps that could be masked."""
        return None
