"""BaseAdaptivePooling: what adaptive max and average pooling share."""

from __future__ import annotations

from typing import Any

from kerasnb.backend.typing import Shape
from kerasnb.layers.base.input_spec import InputSpec
from kerasnb.layers.base.layer import Layer
from kerasnb.layers.base.spatial import channels_of, check_rank, shape_of, tuple_of
from kerasnb.ops.spatial import format_of


class BaseAdaptivePooling(Layer):
    """Windows that cover inputs of any extents evenly; subclasses implement `call`.

    Args:
        rank: Integer, how many spatial axes there are.
        output_size: Integer or tuple of `rank` integers, the extents of the outputs.
        data_format: `"channels_last"`, `"channels_first"`, or None for the one of `keras.config`.

    Raises:
        TypeError: If `output_size` is no integer and no tuple of them.
        ValueError: If it has another length or is not positive.
    """

    def __init__(self, rank: int, output_size: Any, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.output_size = _output_size(output_size, rank)
        self.data_format = format_of(data_format)
        self.input_spec = InputSpec(ndim=rank + 2)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape of the inputs with the extents of `output_size`."""
        check_rank(self, input_shape, len(self.output_size))
        channels = channels_of(input_shape, self.data_format)
        return shape_of(input_shape[0], self.output_size, channels, self.data_format)


def _output_size(value: Any, rank: int) -> tuple[int, ...]:
    several = isinstance(value, (list, tuple))
    if not isinstance(value, int) and not (several and (rank == 1 or len(value) == rank)):
        axes = {1: "1 integer", 2: "2 integers (height, width)", 3: "3 integers (depth, height, width)"}[rank]
        raise TypeError(
            f"`output_size` must be an integer or a tuple of {axes}. Received: {value} of type {type(value)}"
        )
    return tuple_of(value, rank, "output_size")
