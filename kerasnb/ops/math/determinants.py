"""`logdet`: the logarithm of determinants."""

from __future__ import annotations

from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.ops.numpy.determinants import slogdet
from kerasnb.ops.operation import operation

__all__ = ["logdet"]


@operation("Logdet")
def logdet(x: TensorLike) -> Tensor:
    """Computes the logarithm of the determinant of symmetric positive definite matrices.

    Args:
        x: Tensor of shape `(..., M, M)`.

    Returns:
        Tensor of shape `(...)`.

    Raises:
        ValueError: If the matrices are not square.

    Example:

    >>> round(float(keras.ops.logdet([[2.0, 0.0], [0.0, 3.0]])), 4)
    1.7918
    """
    return slogdet(x)[1]
