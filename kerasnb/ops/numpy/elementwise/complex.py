"""The parts of complex numbers."""

from __future__ import annotations

import math

from kerasnb.backend.tensor.dtypes import COMPLEX
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import complex as kernels
from kerasnb.kernels import elementwise
from kerasnb.ops.arguments import floating, tensor
from kerasnb.ops.operation import operation

__all__ = ["angle", "conj", "conjugate", "imag", "real"]


@operation("Real")
def real(x: TensorLike) -> Tensor:
    """Returns the real part of each element.

    Args:
        x: Input tensor.

    Returns:
        The tensor of real parts.

    Example:

    >>> float(keras.ops.real(2.0 + 1.0j))
    2.0
    """
    x = tensor(x)
    return kernels.real_part(x) if x.dtype in COMPLEX else x


@operation("Imag")
def imag(x: TensorLike) -> Tensor:
    """Returns the imaginary part of each element; zero for real numbers.

    Args:
        x: Input tensor.

    Returns:
        The tensor of imaginary parts.

    Example:

    >>> float(keras.ops.imag(2.0 + 1.0j))
    1.0
    """
    x = tensor(x)
    if x.dtype in COMPLEX:
        return kernels.imaginary_part(x)
    zero = elementwise.like(x, 0)
    return elementwise.where(elementwise.not_equal(x, x), zero, zero)


@operation("Conjugate")
def conjugate(x: TensorLike) -> Tensor:
    """Returns the complex conjugate of each element.

    Args:
        x: Input tensor.

    Returns:
        Tensor of the dtype of `x`.

    Example:

    >>> keras.ops.conjugate([1.0 + 2.0j]).tolist()
    [(1-2j)]
    """
    x = tensor(x)
    return kernels.conjugate(x) if x.dtype in COMPLEX else x


def conj(x: TensorLike) -> Tensor:
    """Returns the complex conjugate of each element.

    Args:
        x: Input tensor.

    Returns:
        Tensor of the dtype of `x`.

    Example:

    >>> keras.ops.conj([1.0 + 2.0j]).tolist()
    [(1-2j)]
    """
    return conjugate(x)


@operation("Angle")
def angle(x: TensorLike) -> Tensor:
    """Returns the angle of each number in the complex plane.

    Args:
        x: Input tensor.

    Returns:
        Tensor of angles in radians; of real numbers, pi below zero and 0 above.

    Example:

    >>> float(keras.ops.angle(1.0))
    0.0
    """
    x = floating(x)
    if x.dtype in COMPLEX:
        return elementwise.arctan2(kernels.imaginary_part(x), kernels.real_part(x))
    side = elementwise.where(elementwise.signbit(x), elementwise.like(x, math.pi), elementwise.like(x, 0))
    return elementwise.where(elementwise.isnan(x), x, side)
