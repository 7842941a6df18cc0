"""Maximum: the largest of the inputs."""

from __future__ import annotations

from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.layers.merging.base import Merge, extreme


class Maximum(Merge):
    """Takes the largest of a list of inputs element-wise.

    The inputs have the same shape, or shapes that broadcast to one.
    What is masked in one input leaves the others as they are.

    Raises:
        ValueError: If there is no list of inputs, or their shapes do not broadcast to one.

    Example:

    >>> x, y = np.array([[1.0, 5.0]]), np.array([[3.0, 4.0]])
    >>> keras.layers.Maximum()([x, y]).tolist()
    [[3.0, 5.0]]
    """

    def _merge(self, inputs: list) -> Tensor:
        return extreme(ops.maximum, inputs)


def maximum(inputs: list[TensorLike], **kwargs: Any) -> Tensor:
    """Functional interface to the `Maximum` layer.

    Args:
        inputs: List of tensors.
        **kwargs: Standard layer keyword arguments.

    Returns:
        The largest element at each place.

    Example:

    >>> keras.layers.maximum([np.array([[1.0, 5.0]]), np.array([[3.0, 4.0]])]).tolist()
    [[3.0, 5.0]]
    """
    return Maximum(**kwargs)(inputs)
