"""Average: the mean of the inputs."""

from __future__ import annotations

from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.dtypes import floatx, is_float_dtype
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.layers.merging.base import Merge, folded


class Average(Merge):
    """Takes the mean of a list of inputs element-wise.

    The inputs have the same shape, or shapes that broadcast to one.

    Raises:
        ValueError: If there is no list of inputs, or their shapes do not broadcast to one.

    Example:

    >>> x, y = np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])
    >>> keras.layers.Average()([x, y]).tolist()
    [[2.0, 3.0]]
    """

    def _merge(self, inputs: list) -> Tensor:
        return folded(ops.add, inputs) / len(inputs)

    def _merged_dtype(self, dtype: str) -> str:
        return dtype if is_float_dtype(dtype) else floatx()


def average(inputs: list[TensorLike], **kwargs: Any) -> Tensor:
    """Functional interface to the `Average` layer.

    Args:
        inputs: List of tensors.
        **kwargs: Standard layer keyword arguments.

    Returns:
        The mean of the inputs.

    Example:

    >>> keras.layers.average([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])]).tolist()
    [[2.0, 3.0]]
    """
    return Average(**kwargs)(inputs)
