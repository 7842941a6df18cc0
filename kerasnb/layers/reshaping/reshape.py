"""Reshape: the same elements in another shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape
from kerasnb.layers.base.arguments import entries
from kerasnb.layers.reshaping.base import Reshaping


class Reshape(Reshaping):
    """Gives each sample another shape.

    Args:
        target_shape: Tuple of integers without the batch size; one may be -1 and is inferred.

    Output shape:
        `(batch_size, *target_shape)`

    Raises:
        ValueError: If the target shape is invalid, or does not fit the inputs.

    Example:

    >>> keras.layers.Reshape((-1, 2, 2))(keras.Input(shape=(12,))).shape
    (None, 3, 2, 2)
    """

    def __init__(self, target_shape: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.target_shape = entries(target_shape, "target_shape")
        _check_target(self.target_shape)
        self.built = True

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the batch size and the target shape, -1 resolved where the inputs' extents are known."""
        return (input_shape[0], *_resolved(tuple(input_shape[1:]), self.target_shape))

    def call(self, inputs: Tensor) -> Tensor:
        """Reshapes the inputs."""
        shape = _resolved(inputs.shape[1:], self.target_shape)
        return ops.reshape(inputs, (inputs.shape[0], *(-1 if e is None else e for e in shape)))


def _check_target(target: tuple) -> None:
    if target.count(-1) > 1:
        raise ValueError(
            f"There must be at most one unknown dimension (-1) in `target_shape`. Received: target_shape={target}."
        )
    for extent in target:
        if extent is not None and (not hasattr(extent, "__index__") or extent < -1):
            raise ValueError(
                "Each dimension in `target_shape` must be a non-negative integer, or `-1` for a single unknown "
                f"dimension. Received: target_shape={target}."
            )


def _resolved(shape: tuple, target: tuple) -> tuple:
    """The target shape with -1 replaced by the extent that is left, or by None where that is unknown."""
    if None in shape or None in target:
        return tuple(None if e == -1 else e for e in target)
    size, known = math.prod(shape), math.prod(e for e in target if e != -1)
    if -1 not in target:
        if size != known:
            raise ValueError(
                f"The total size of the tensor must be unchanged. Received: input_shape={shape}, target_shape={target}"
            )
        return target
    if known == 0 or size % known:
        raise ValueError(
            "The total size of the tensor must be unchanged, however, the input size cannot by divided by the "
            f"specified dimensions in target_shape. Received: input_shape={shape}, target_shape={target}"
        )
    return tuple(size // known if e == -1 else e for e in target)
