"""Complex tensors as pairs of real numbers, and back."""

from __future__ import annotations

from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import complex as kernels
from kerasnb.ops.arguments import tensor
from kerasnb.ops.numpy.elementwise.complex import imag, real
from kerasnb.ops.numpy.joining import stack
from kerasnb.ops.operation import operation

__all__ = ["view_as_complex", "view_as_real"]


@operation("ViewAsComplex")
def view_as_complex(x: TensorLike) -> Tensor:
    """Returns complex numbers from pairs of real ones.

    Args:
        x: Tensor of shape `(..., 2)`: real and imaginary parts.

    Returns:
        Tensor of shape `(...)` and dtype complex64.

    Raises:
        ValueError: If the last axis does not have two elements.

    Example:

    >>> keras.ops.view_as_complex([[1.0, 2.0]]).tolist()
    [(1+2j)]
    """
    x = tensor(x)
    if x.ndim < 1 or x.shape[-1] not in (2, None):
        raise ValueError(
            f"Last dimension of input must be size 2 (real and imaginary). Received shape: {tuple(x.shape)}"
        )
    x = tensor(x, "float32")
    return kernels.joined(x[..., 0], x[..., 1])


@operation("ViewAsReal")
def view_as_real(x: TensorLike) -> Tensor:
    """Returns pairs of real numbers from complex ones.

    Args:
        x: Complex tensor.

    Returns:
        Tensor of shape `(..., 2)`: real and imaginary parts.

    Example:

    >>> keras.ops.view_as_real([1.0 + 2.0j]).tolist()
    [[1.0, 2.0]]
    """
    x = tensor(x)
    return stack([real(x), imag(x)], -1)
