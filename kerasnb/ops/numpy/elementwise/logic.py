"""Logical operations on booleans."""

from __future__ import annotations

from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import elementwise
from kerasnb.ops.arguments import tensor
from kerasnb.ops.operation import operation

__all__ = ["logical_and", "logical_not", "logical_or", "logical_xor"]


@operation("LogicalAnd")
def logical_and(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Returns whether both arguments are true, element-wise.

    Args:
        x1: First tensor.
        x2: Second tensor.

    Returns:
        Boolean tensor.

    Example:

    >>> keras.ops.logical_and([True, True], [True, False]).tolist()
    [True, False]
    """
    return elementwise.logical_and(tensor(x1, "bool"), tensor(x2, "bool"))


@operation("LogicalOr")
def logical_or(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Returns whether an argument is true, element-wise.

    Args:
        x1: First tensor.
        x2: Second tensor.

    Returns:
        Boolean tensor.

    Example:

    >>> keras.ops.logical_or([True, False], [False, False]).tolist()
    [True, False]
    """
    return elementwise.logical_or(tensor(x1, "bool"), tensor(x2, "bool"))


@operation("LogicalXor")
def logical_xor(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Returns whether exactly one argument is true, element-wise.

    Args:
        x1: First tensor.
        x2: Second tensor.

    Returns:
        Boolean tensor.

    Example:

    >>> keras.ops.logical_xor([True, True], [True, False]).tolist()
    [False, True]
    """
    return elementwise.not_equal(tensor(x1, "bool"), tensor(x2, "bool"))


@operation("LogicalNot")
def logical_not(x: TensorLike) -> Tensor:
    """Returns whether each element is false.

    Args:
        x: Boolean tensor.

    Returns:
        Boolean tensor.

    Example:

    >>> keras.ops.logical_not([True, False]).tolist()
    [False, True]
    """
    return elementwise.logical_not(tensor(x, "bool"))
