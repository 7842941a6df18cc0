"""BaseUpSampling: each element is repeated along the spatial axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape
from kerasnb.layers.base.input_spec import InputSpec
from kerasnb.layers.base.spatial import channels_of, extents_of, shape_of
from kerasnb.layers.reshaping.base import Reshaping
from kerasnb.ops.spatial import format_of


class BaseUpSampling(Reshaping):
    """Base of the upsampling layers.

    Args:
        factors: One integer for each spatial axis.
        data_format: `"channels_last"` or `"channels_first"`.
    """

    def __init__(self, factors: Sequence[int], data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = format_of(data_format)
        self._factors = tuple(factors)
        self.input_spec = InputSpec(ndim=len(self._factors) + 2)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape of the inputs with longer spatial axes."""
        extents = extents_of(input_shape, self.data_format)
        longer = [None if e is None else e * f for e, f in zip(extents, self._factors, strict=True)]
        return shape_of(input_shape[0], longer, channels_of(input_shape, self.data_format), self.data_format)

    def call(self, inputs: Tensor) -> Tensor:
        """Repeats the elements: each spatial axis gets one of the factor behind it, and both become one."""
        factors = shape_of(1, self._factors, 1, self.data_format)
        pairs = list(zip(inputs.shape, factors, strict=True))
        apart = [e for extent, factor in pairs for e in ((extent,) if factor == 1 else (extent, 1))]
        wide = [e for extent, factor in pairs for e in ((extent,) if factor == 1 else (extent, factor))]
        repeated = ops.broadcast_to(ops.reshape(inputs, apart), wide)
        return ops.reshape(repeated, [math.prod(pair) for pair in pairs])
