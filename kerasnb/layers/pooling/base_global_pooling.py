"""BaseGlobalPooling: what global max and average pooling share."""

from __future__ import annotations

from typing import Any

from kerasnb.backend.typing import Shape
from kerasnb.layers.base.input_spec import InputSpec
from kerasnb.layers.base.layer import Layer
from kerasnb.layers.base.spatial import channels_of, check_rank, shape_of
from kerasnb.ops.spatial import format_of


class BaseGlobalPooling(Layer):
    """One number of each channel; subclasses implement `call`.

    Args:
        rank: Integer, how many spatial axes there are.
        data_format: `"channels_last"`, `"channels_first"`, or None for the one of `keras.config`.
        keepdims: Boolean, whether the spatial axes are kept with an extent of 1.

    Raises:
        ValueError: If `data_format` is neither.
    """

    def __init__(
        self, rank: int, data_format: str | None = None, keepdims: bool = False, **kwargs: Any
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.data_format, self.keepdims = format_of(data_format), keepdims
        self.input_spec = InputSpec(ndim=rank + 2)
        self._rank = rank
        self._build_at_init()

    def _axes(self) -> tuple[int, ...]:
        """The spatial axes."""
        first = 1 if self.data_format == "channels_last" else 2
        return tuple(range(first, first + self._rank))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the batch size and the channels; with `keepdims` there are extents of 1 too."""
        check_rank(self, input_shape, self._rank)
        ones = (1,) * self._rank if self.keepdims else ()
        return shape_of(input_shape[0], ones, channels_of(input_shape, self.data_format), self.data_format)
