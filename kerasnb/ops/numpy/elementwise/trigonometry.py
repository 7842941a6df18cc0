"""Trigonometric and hyperbolic functions and their inverses; degrees and radians."""

from __future__ import annotations

import math

from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import elementwise
from kerasnb.ops.arguments import floating, promoted, tensor
from kerasnb.ops.numpy.elementwise.common import scaled
from kerasnb.ops.operation import operation

__all__ = [
    "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "cos", "cosh", "deg2rad", "hypot",
    "rad2deg", "sin", "sinh", "tan", "tanh",
]  # fmt: skip


@operation("Sin")
def sin(x: TensorLike) -> Tensor:
    """Returns the sine of each element.

    Args:
        x: Tensor of angles, in radians.

    Returns:
        Tensor of a float dtype.

    Example:

    >>> round(float(keras.ops.sin(1.0)), 4)
    0.8415
    """
    return elementwise.sin(floating(x))


@operation("Cos")
def cos(x: TensorLike) -> Tensor:
    """Returns the cosine of each element.

    Args:
        x: Tensor of angles, in radians.

    Returns:
        Tensor of a float dtype.

    Example:

    >>> round(float(keras.ops.cos(1.0)), 4)
    0.5403
    """
    return elementwise.cos(floating(x))


@operation("Tan")
def tan(x: TensorLike) -> Tensor:
    """Returns the tangent of each element.

    Args:
        x: Tensor of angles, in radians.

    Returns:
        Tensor of a float dtype.

    Example:

    >>> round(float(keras.ops.tan(1.0)), 4)
    1.5574
    """
    return elementwise.tan(floating(x))


@operation("Arcsin")
def arcsin(x: TensorLike) -> Tensor:
    """Returns the inverse sine of each element.

    Args:
        x: Input tensor.

    Returns:
        Tensor of angles, in radians.

    Example:

    >>> round(float(keras.ops.arcsin(1.0)), 4)
    1.5708
    """
    return elementwise.arcsin(floating(x))


@operation("Arccos")
def arccos(x: TensorLike) -> Tensor:
    """Returns the inverse cosine of each element.

    Args:
        x: Input tensor.

    Returns:
        Tensor of angles, in radians.

    Example:

    >>> round(float(keras.ops.arccos(0.0)), 4)
    1.5708
    """
    return elementwise.arccos(floating(x))


@operation("Arctan")
def arctan(x: TensorLike) -> Tensor:
    """Returns the inverse tangent of each element.

    Args:
        x: Input tensor.

    Returns:
        Tensor of angles, in radians.

    Example:

    >>> round(float(keras.ops.arctan(1.0)), 4)
    0.7854
    """
    return elementwise.arctan(floating(x))


@operation("Arctan2")
def arctan2(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Returns the angle of the point `(x2, x1)`, element-wise.

    Args:
        x1: Tensor of second coordinates.
        x2: Tensor of first coordinates.

    Returns:
        Tensor of angles in radians, from -pi to pi.

    Example:

    >>> round(float(keras.ops.arctan2(1.0, -1.0)), 4)
    2.3562
    """
    return elementwise.arctan2(*promoted(tensor(x1), tensor(x2), floating=True))


@operation("Sinh")
def sinh(x: TensorLike) -> Tensor:
    """Returns the hyperbolic sine of each element.

    Args:
        x: Input tensor.

    Returns:
        Tensor of a float dtype.

    Example:

    >>> round(float(keras.ops.sinh(1.0)), 4)
    1.1752
    """
    return elementwise.sinh(floating(x))


@operation("Cosh")
def cosh(x: TensorLike) -> Tensor:
    """Returns the hyperbolic cosine of each element.

    Args:
        x: Input tensor.

    Returns:
        Tensor of a float dtype.

    Example:

    >>> round(float(keras.ops.cosh(1.0)), 4)
    1.5431
    """
    return elementwise.cosh(floating(x))


@operation("Tanh")
def tanh(x: TensorLike) -> Tensor:
    """Returns the hyperbolic tangent of each element.

    Args:
        x: Input tensor.

    Returns:
        Tensor of a float dtype.

    Example:

    >>> round(float(keras.ops.tanh(1.0)), 4)
    0.7616
    """
    return elementwise.tanh(floating(x))


@operation("Arcsinh")
def arcsinh(x: TensorLike) -> Tensor:
    """Returns the inverse hyperbolic sine of each element.

    Args:
        x: Input tensor.

    Returns:
        Tensor of a float dtype.

    Example:

    >>> round(float(keras.ops.arcsinh(1.0)), 4)
    0.8814
    """
    return elementwise.arcsinh(floating(x))


@operation("Arccosh")
def arccosh(x: TensorLike) -> Tensor:
    """Returns the inverse hyperbolic cosine of each element.

    Args:
        x: Input tensor.

    Returns:
        Tensor of a float dtype.

    Example:

    >>> round(float(keras.ops.arccosh(2.0)), 4)
    1.317
    """
    return elementwise.arccosh(floating(x))


@operation("Arctanh")
def arctanh(x: TensorLike) -> Tensor:
    """Returns the inverse hyperbolic tangent of each element.

    Args:
        x: Input tensor.

    Returns:
        Tensor of a float dtype.

    Example:

    >>> round(float(keras.ops.arctanh(0.5)), 4)
    0.5493
    """
    return elementwise.arctanh(floating(x))


@operation("Hypot")
def hypot(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Returns `sqrt(x1**2 + x2**2)` element-wise, without overflow.

    Args:
        x1: First tensor.
        x2: Second tensor.

    Returns:
        Tensor of a float dtype.

    Example:

    >>> float(keras.ops.hypot(3.0, 4.0))
    5.0
    """
    return elementwise.hypot(*promoted(x1, x2, floating=True))


@operation("Deg2rad")
def deg2rad(x: TensorLike) -> Tensor:
    """Converts angles from degrees to radians.

    Args:
        x: Input tensor.

    Returns:
        Tensor of angles, in radians.

    Example:

    >>> round(float(keras.ops.deg2rad(180.0)), 4)
    3.1416
    """
    return scaled(floating(x), math.pi / 180)


@operation("Rad2deg")
def rad2deg(x: TensorLike) -> Tensor:
    """Converts angles from radians to degrees.

    Args:
        x: Input tensor.

    Returns:
        Tensor of angles, in degrees.

    Example:

    >>> round(float(keras.ops.rad2deg(1.0)), 4)
    57.2958
    """
    return scaled(floating(x), 180 / math.pi)
