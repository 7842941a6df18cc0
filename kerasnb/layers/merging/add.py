"""Add: the sum of the inputs."""

from __future__ import annotations

from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.layers.merging.base import Merge, folded


class Add(Merge):
    """Adds a list of inputs element-wise.

    The inputs have the same shape, or shapes that broadcast to one.

    Raises:
        ValueError: If there is no list of inputs, or their shapes do not broadcast to one.

    Example:

    >>> x, y = np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])
    >>> keras.layers.Add()([x, y]).tolist()
    [[4.0, 6.0]]
    """

    def _merge(self, inputs: list) -> Tensor:
        return folded(ops.add, inputs)


def add(inputs: list[TensorLike], **kwargs: Any) -> Tensor:
    """Functional interface to the `Add` layer.

    Args:
        inputs: List of tensors.
        **kwargs: Standard layer keyword arguments.

    Returns:
        The sum of the inputs.

    Example:

    >>> keras.layers.add([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])]).tolist()
    [[4.0, 6.0]]
    """
    return Add(**kwargs)(inputs)
