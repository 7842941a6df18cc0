"""Subtract: the difference of two inputs."""

from __future__ import annotations

from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.layers.merging.base import Merge, check_pair


class Subtract(Merge):
    """Subtracts the second of two inputs from the first, element-wise.

    The inputs have the same shape, or shapes that broadcast to one.

    Raises:
        ValueError: If there are not exactly two inputs.

    Example:

    >>> keras.layers.Subtract()([np.array([[5.0, 4.0]]), np.array([[1.0, 2.0]])]).tolist()
    [[4.0, 2.0]]
    """

    def build(self, input_shape: Any) -> None:
        """Checks the shapes of the inputs.

        Raises:
            ValueError: If there are not exactly two, or they cannot be broadcast to one shape.
        """
        super().build(input_shape)
        check_pair(input_shape, "Subtract", "input_shape")

    def _merge(self, inputs: list) -> Tensor:
        check_pair(inputs, "Subtract", "inputs")
        return ops.subtract(*inputs)


def subtract(inputs: list[TensorLike], **kwargs: Any) -> Tensor:
    """Functional interface to the `Subtract` layer.

    Args:
        inputs: List of two tensors.
        **kwargs: Standard layer keyword arguments.

    Returns:
        The first without the second.

    Example:

    >>> keras.layers.subtract([np.array([[5.0, 4.0]]), np.array([[1.0, 2.0]])]).tolist()
    [[4.0, 2.0]]
    """
    return Subtract(**kwargs)(inputs)
