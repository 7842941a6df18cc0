"""BasePooling: what max and average pooling share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape
from kerasnb.kernels.conv.geometry import out_extents
from kerasnb.layers.base.input_spec import InputSpec
from kerasnb.layers.base.layer import Layer
from kerasnb.layers.base.spatial import (
    channels_of,
    check_fits,
    check_rank,
    extents_of,
    padding_of,
    shape_of,
    tuple_of,
)
from kerasnb.ops.spatial import format_of

WINDOW = ("pool_size", "strides", "padding")


class BasePooling(Layer):
    """One number of each window, for each channel; subclasses have the operation that computes it.

    Args:
        rank: Integer, how many spatial axes there are.
        pool_size: Integer or tuple of `rank` integers, the extents of the window.
        strides: Integer or tuple of `rank` integers, how far the window moves; None for `pool_size`.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"`, `"channels_first"`, or None for the one of `keras.config`.

    Raises:
        ValueError: If an argument is out of its range.
    """

    _pool: Callable

    def __init__(
        self, rank: int, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: str | None = None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.pool_size = tuple_of(pool_size, rank, "pool_size")
        self.strides = tuple_of(pool_size if strides is None else strides, rank, "strides")
        self.padding = padding_of(padding)
        self.data_format = format_of(data_format)
        self.input_spec = InputSpec(ndim=rank + 2)
        self._build_at_init()

    def call(self, inputs: Tensor) -> Tensor:
        """Computes one number of each window."""
        self.compute_output_shape(inputs.shape)  # names the layer where the window does not fit
        return self._pool(inputs, self.pool_size, self.strides, self.padding, self.data_format)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape of the outputs, None for extents that are not known.

        Raises:
            ValueError: If the rank is another one, or the window does not fit into the inputs.
        """
        rank = len(self.pool_size)
        check_rank(self, input_shape, rank)
        inside = extents_of(input_shape, self.data_format)
        extents = out_extents(inside, self.pool_size, self.strides, (1,) * rank, self.padding)
        check_fits(self, input_shape, extents, WINDOW)
        return shape_of(input_shape[0], extents, channels_of(input_shape, self.data_format), self.data_format)
