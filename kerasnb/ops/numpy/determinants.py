"""`slogdet`, which Keras has among the operations of NumPy."""

from __future__ import annotations

from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import linalg
from kerasnb.ops.linalg.checks import squares
from kerasnb.ops.operation import operation

__all__ = ["slogdet"]


@operation("Slogdet", trials=True)
def slogdet(x: TensorLike) -> tuple[Tensor, Tensor]:
    """Computes the sign and the logarithm of the absolute value of determinants.

    Args:
        x: Tensor of shape `(..., M, M)`.

    Returns:
        Tuple of tensors of shape `(...)`: the signs, and the logarithms.

    Raises:
        ValueError: If the matrices are not square.

    Example:

    >>> [round(float(t), 4) for t in keras.ops.slogdet([[1.0, 2.0], [3.0, 4.0]])]
    [-1.0, 0.6931]
    """
    return linalg.slogdet(squares(x))
