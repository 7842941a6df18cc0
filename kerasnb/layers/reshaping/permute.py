"""Permute: the axes in another order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape
from kerasnb.layers.base.arguments import entries
from kerasnb.layers.base.input_spec import InputSpec
from kerasnb.layers.reshaping.base import Reshaping


class Permute(Reshaping):
    """Reorders the axes of the inputs.

    Args:
        dims: Tuple of integers, the order of the axes; the batch axis is not counted, the first after it is 1.

    Raises:
        ValueError: If `dims` is no permutation.

    Example:

    >>> keras.layers.Permute((2, 1))(keras.Input(shape=(10, 64))).shape
    (None, 64, 10)
    """

    def __init__(self, dims: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dims = dims = entries(dims, "dims")
        if sorted(dims) != list(range(1, len(dims) + 1)):
            raise ValueError(
                "Invalid permutation argument `dims` for Permute Layer. The set of indices in `dims` must be "
                f"consecutive and start from 1. Received dims={dims}"
            )
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the extents of the inputs in the new order."""
        return (input_shape[0], *(input_shape[axis] for axis in self.dims))

    def call(self, inputs: Tensor) -> Tensor:
        """Transposes the inputs."""
        return ops.transpose(inputs, axes=(0, *self.dims))
