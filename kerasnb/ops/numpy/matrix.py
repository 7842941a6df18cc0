"""Products of `keras.ops`."""

from __future__ import annotations

from kerasnb.backend.tensor.tensor import size_of
from kerasnb.kernels import matmul as rooms
from kerasnb.ops.arguments import dtype_of, promoted, tensor
from kerasnb.ops.describe import shaped
from kerasnb.ops.numpy.shapes import expand_dims, reshape, squeeze, transpose

__all__ = [
    "dot", "matmul",
]  # fmt: skip


def matmul(x1, x2):
    """Multiplies matrices; leading axes are batches and broadcast.

    Args:
        x1: First tensor.
        x2: Second tensor.

    Returns:
        The product.

    Raises:
        ValueError: If an argument is a scalar, or the inner extents differ.

    Example:

    >>> keras.ops.matmul([[1.0, 2.0]], [[3.0], [4.0]]).tolist()
    [[11.0]]
    """
    if dtype_of(x1) == dtype_of(x2) == "int8":  # as in Keras, sums of bytes are computed where they fit
        x1, x2 = tensor(x1, "int32"), tensor(x2, "int32")
    return product(x1, x2)


def product(x1, x2):
    """`matmul` in the dtype of its arguments."""
    x1, x2 = promoted(x1, x2)
    if not x1.ndim or not x2.ndim:
        raise ValueError(f"`matmul` needs tensors of rank 1 or more. Received: shapes {x1.shape} and {x2.shape}")
    a = expand_dims(x1, 0) if x1.ndim == 1 else x1
    b = expand_dims(x2, -1) if x2.ndim == 1 else x2
    y = rooms.matmul(a, b)
    y = squeeze(y, -1) if x2.ndim == 1 else y
    return squeeze(y, -2 if x2.ndim > 1 else -1) if x1.ndim == 1 else y


def dot(x1, x2):
    """Multiplies and sums over the last axis of `x1` and the last but one of `x2`.

    Args:
        x1: First tensor.
        x2: Second tensor.

    Returns:
        The product.

    Example:

    >>> float(keras.ops.dot([1.0, 2.0], [3.0, 4.0]))
    11.0
    """
    x1, x2 = promoted(x1, x2)
    if not x1.ndim or not x2.ndim:
        return x1 * x2
    if x2.ndim > 2:
        order = (x2.ndim - 2, *(a for a in range(x2.ndim) if a != x2.ndim - 2))
        return _contracted(x1, transpose(x2, order))
    return product(x1, x2)


@shaped
def _contracted(x1, x2):
    """The sum over the last axis of x1 and the first of x2."""
    if x1.shape[-1] != x2.shape[0]:
        raise ValueError(f"`dot` needs inner extents that are equal. Received: {x1.shape[-1]} and {x2.shape[0]}")
    flat = product(x1, reshape(x2, (x2.shape[0], size_of(x2.shape[1:]))))
    return reshape(flat, (*x1.shape[:-1], *x2.shape[1:]))
