"""Minimum: the smallest of the inputs."""

from __future__ import annotations

from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.layers.merging.base import Merge, extreme


class Minimum(Merge):
    """Takes the smallest of a list of inputs element-wise.

    The inputs have the same shape, or shapes that broadcast to one.
    What is masked in one input leaves the others as they are.

    Raises:
        ValueError: If there is no list of inputs, or their shapes do not broadcast to one.

    Example:

    >>> x, y = np.array([[1.0, 5.0]]), np.array([[3.0, 4.0]])
    >>> keras.layers.Minimum()([x, y]).tolist()
    [[1.0, 4.0]]
    """

    def _merge(self, inputs: list) -> Tensor:
        return extreme(ops.minimum, inputs)


def minimum(inputs: list[TensorLike], **kwargs: Any) -> Tensor:
    """Functional interface to the `Minimum` layer.

    Args:
        inputs: List of tensors.
        **kwargs: Standard layer keyword arguments.

    Returns:
        The smallest element at each place.

    Example:

    >>> keras.layers.minimum([np.array([[1.0, 5.0]]), np.array([[3.0, 4.0]])]).tolist()
    [[1.0, 4.0]]
    """
    return Minimum(**kwargs)(inputs)
