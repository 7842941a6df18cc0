"""Functions with names of their own: Bessel's `i0`, Heaviside's step, the cardinal sine."""

from __future__ import annotations

import math

from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import elementwise
from kerasnb.ops.arguments import floating, promoted
from kerasnb.ops.numpy.elementwise.common import scaled
from kerasnb.ops.operation import operation

__all__ = ["heaviside", "i0", "sinc"]


@operation("Heaviside")
def heaviside(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Returns the step function of `x1`: 0 below zero, 1 above, and `x2` at zero.

    Args:
        x1: First tensor.
        x2: Values at zero.

    Returns:
        Tensor of a float dtype.

    Example:

    >>> float(keras.ops.heaviside(0.0, 0.5))
    0.5
    """
    x1, x2 = promoted(x1, x2, floating=True)
    zero, one = elementwise.like(x1, 0), elementwise.like(x1, 1)
    step = elementwise.where(
        elementwise.less(x1, zero), zero, elementwise.where(elementwise.greater(x1, zero), one, x2)
    )
    return elementwise.where(elementwise.isnan(x1), x1, step)


@operation("I0")
def i0(x: TensorLike) -> Tensor:
    """Returns the modified Bessel function of the first kind, of order 0, of each element.

    Args:
        x: Input tensor.

    Returns:
        Tensor of a float dtype.

    Example:

    >>> round(float(keras.ops.i0(1.0)), 4)
    1.2661
    """
    return elementwise.i0(floating(x))


@operation("Sinc")
def sinc(x: TensorLike) -> Tensor:
    """Returns `sin(pi x) / (pi x)` of each element; 1 at 0.

    Args:
        x: Input tensor.

    Returns:
        Tensor of a float dtype.

    Example:

    >>> round(float(keras.ops.sinc(0.5)), 4)
    0.6366
    """
    return _sinc(floating(x))


def _sinc(x):
    """`sin(pi x) / (pi x)`; near 0 its series, whose gradient neither divides by 0 nor loses digits."""
    near, one = elementwise.less(elementwise.absolute(x), elementwise.like(x, 0.1)), elementwise.like(x, 1)
    squared = elementwise.square(scaled(elementwise.where(near, x, one), math.pi))
    series = one
    for n in (110, 72, 42, 20, 6):
        series = elementwise.subtract(one, scaled(elementwise.multiply(squared, series), 1 / n))
    away = elementwise.where(near, one, x)
    return elementwise.where(near, series, elementwise.divide(scaled(_sine_of_turn(away), 1 / math.pi), away))


def _sine_of_turn(x):
    """`sin(pi x)`, of what remains after whole turns, folded to the quarters next to 0: both are exact."""
    turn = elementwise.subtract(x, scaled(elementwise.rint(scaled(x, 0.5)), 2.0))
    beyond = elementwise.greater(elementwise.absolute(turn), elementwise.like(x, 0.5))
    folded = elementwise.where(beyond, elementwise.subtract(elementwise.sign(turn), turn), turn)
    return elementwise.sin(scaled(folded, math.pi))
