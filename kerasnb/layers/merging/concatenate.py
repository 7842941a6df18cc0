"""Concatenate: inputs joined along an axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape, TensorLike
from kerasnb.layers.merging.base import Merge, check_list, check_masks
from kerasnb.ops.arguments import one_axis

_MATCHING = "A `Concatenate` layer requires inputs with matching shapes except for the concatenation axis."


class Concatenate(Merge):
    """Joins a list of inputs, which have the same shape but for one axis.

    Args:
        axis: Integer, the axis along which to join. Defaults to `-1`.

    Raises:
        ValueError: If the inputs are no list, or their other extents differ.

    Example:

    >>> keras.layers.Concatenate()([np.array([[1.0, 2.0]]), np.array([[3.0]])]).tolist()
    [[1.0, 2.0, 3.0]]
    """

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis

    def build(self, input_shape: Any) -> None:
        """Checks the shapes of the inputs.

        Raises:
            ValueError: If there is no list of inputs, or they cannot be joined.
        """
        check_list(input_shape, "A `Concatenate` layer should be called on a list of at least 1 input.")
        self.compute_output_shape(input_shape)

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        """Joins the inputs."""
        return ops.concatenate(inputs, axis=self.axis)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """Returns the shape of the joined inputs.

        Raises:
            ValueError: If there is no list of inputs, or they cannot be joined.
        """
        check_list(input_shape, "A `Concatenate` layer should be called on a list of inputs.")
        rank = len(input_shape[0])
        axis = one_axis(self.axis, rank)
        if any(len(shape) != rank for shape in input_shape):
            raise ValueError(f"{_MATCHING} Received: input_shape={input_shape}")
        columns = list(zip(*input_shape, strict=True))
        known = [{extent for extent in column if extent is not None} for column in columns]
        if any(len(extents) > 1 for i, extents in enumerate(known) if i != axis):
            raise ValueError(f"{_MATCHING} Received: input_shape={input_shape}")
        joined = None if None in columns[axis] else sum(columns[axis])
        return tuple(joined if i == axis else next(iter(extents), None) for i, extents in enumerate(known))

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Returns the joined masks; an input without one counts as not masked.

        Raises:
            ValueError: If there is not one mask, or None, for each input.
        """
        if mask is None:
            return None
        check_masks(inputs, mask)
        if all(m is None for m in mask):
            return None
        masks = [_mask_of_shape(x, m) for x, m in zip(inputs, mask, strict=True)]
        return ops.any(ops.concatenate(masks, axis=self.axis), axis=-1)


def _mask_of_shape(x: Any, mask: Any) -> Any:
    """A mask of the rank of the input."""
    if mask is None:
        return ops.ones_like(x, dtype="bool")
    if len(mask.shape) == len(x.shape):
        return mask
    return ops.logical_or(ops.expand_dims(mask, axis=-1), ops.zeros_like(x, dtype="bool"))


def concatenate(inputs: list[TensorLike], axis: int = -1, **kwargs: Any) -> Tensor:
    """Functional interface to the `Concatenate` layer.

    Args:
        inputs: List of tensors.
        axis: Integer, the axis along which to join. Defaults to `-1`.
        **kwargs: Standard layer keyword arguments.

    Returns:
        The joined inputs.

    Example:

    >>> keras.layers.concatenate([np.array([[1.0, 2.0]]), np.array([[3.0]])]).tolist()
    [[1.0, 2.0, 3.0]]
    """
    return Concatenate(axis=axis, **kwargs)(inputs)
