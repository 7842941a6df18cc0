"""The fused dense operation that `layers.Dense` calls."""

from __future__ import annotations

from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels.matmul import ACTIVATIONS
from kerasnb.kernels.matmul import dense as fused
from kerasnb.kernels.matmul import matmul as product
from kerasnb.ops.arguments import tensor


def dense(x: TensorLike, kernel: TensorLike, bias: TensorLike | None = None, activation: str | None = None) -> Tensor:
    """Computes `activation(x @ kernel + bias)` in one operation.

    Args:
        x: Tensor of shape `(..., inputs)`.
        kernel: Tensor of shape `(inputs, units)`.
        bias: Optional tensor of shape `(units,)`.
        activation: One of None, "linear", "relu", "sigmoid", "tanh".

    Returns:
        Tensor of shape `(..., units)`.
    """
    x, kernel = tensor(x), tensor(kernel)
    activation = activation or "linear"
    if bias is None:
        y = product(x, kernel)
        return y if activation == "linear" else ACTIVATIONS[activation](y)
    return fused(x, kernel, tensor(bias), activation=activation)
