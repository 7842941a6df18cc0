"""Multiply: the product of the inputs."""

from __future__ import annotations

from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.layers.merging.base import Merge, expanded_mask, folded


class Multiply(Merge):
    """Multiplies a list of inputs element-wise.

    The inputs have the same shape, or shapes that broadcast to one.
    What is masked counts as 1, and what is masked in all of them is 0.

    Raises:
        ValueError: If there is no list of inputs, or their shapes do not broadcast to one.

    Example:

    >>> x, y = np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])
    >>> keras.layers.Multiply()([x, y]).tolist()
    [[3.0, 8.0]]
    """

    def _merge(self, inputs: list) -> Tensor:
        masks = [expanded_mask(x) for x in inputs]
        factors = [
            x if mask is None else ops.where(mask, x, ops.ones((), x.dtype))
            for x, mask in zip(inputs, masks, strict=True)
        ]
        product = folded(ops.multiply, factors)
        if any(mask is None for mask in masks):
            return product
        mask = folded(ops.logical_or, masks)
        product = ops.where(mask, product, ops.zeros((), product.dtype))
        product._keras_mask = ops.any(mask, axis=-1)
        return product


def multiply(inputs: list[TensorLike], **kwargs: Any) -> Tensor:
    """Functional interface to the `Multiply` layer.

    Args:
        inputs: List of tensors.
        **kwargs: Standard layer keyword arguments.

    Returns:
        The product of the inputs.

    Example:

    >>> keras.layers.multiply([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])]).tolist()
    [[3.0, 8.0]]
    """
    return Multiply(**kwargs)(inputs)
