"""The logistic function and its integral."""

from __future__ import annotations

from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import elementwise
from kerasnb.ops.arguments import floating
from kerasnb.ops.operation import operation

__all__ = ["sigmoid", "softplus"]


@operation("Sigmoid")
def sigmoid(x: TensorLike) -> Tensor:
    """Logistic function: `1 / (1 + exp(-x))`.

    Args:
        x: Input tensor.

    Returns:
        The activated tensor.

    Example:

    >>> round(float(keras.ops.sigmoid(1.0)), 4)
    0.7311
    """
    return elementwise.sigmoid(floating(x))


@operation("Softplus")
def softplus(x: TensorLike) -> Tensor:
    """Smooth rectifier: `log(1 + exp(x))`.

    Args:
        x: Input tensor.

    Returns:
        The activated tensor.

    Example:

    >>> round(float(keras.ops.softplus(1.0)), 4)
    1.3133
    """
    return elementwise.softplus(floating(x))
