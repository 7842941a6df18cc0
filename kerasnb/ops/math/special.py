"""The error function and its inverse, inverse roots, sums of exponentials, and distances."""

from __future__ import annotations

import math

import numpy as np

from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Axis, TensorLike
from kerasnb.kernels import elementwise, special
from kerasnb.kernels.identity import stop_gradient
from kerasnb.ops.arguments import axes_of, floating, promoted
from kerasnb.ops.numpy import reductions
from kerasnb.ops.numpy.elementwise.arithmetic import add, subtract
from kerasnb.ops.numpy.elementwise.common import scaled
from kerasnb.ops.numpy.elementwise.exponents import sqrt, square
from kerasnb.ops.numpy.elementwise.predicates import isinf
from kerasnb.ops.numpy.half import in_float32
from kerasnb.ops.numpy.shapes import expand_dims, squeeze
from kerasnb.ops.operation import operation

__all__ = ["cdist", "erf", "erfc", "erfinv", "logsumexp", "rsqrt"]


@operation("Erf")
def erf(x: TensorLike) -> Tensor:
    """Returns the error function of each element.

    Args:
        x: Input tensor.

    Returns:
        Tensor of a float dtype.

    Example:

    >>> round(float(keras.ops.erf(1.0)), 4)
    0.8427
    """
    return elementwise.erf(floating(x))


@operation("Erfc")
def erfc(x: TensorLike) -> Tensor:
    """Returns `1 - erf(x)` of each element, accurate for large x.

    Args:
        x: Input tensor.

    Returns:
        Tensor of a float dtype.

    Example:

    >>> round(float(keras.ops.erfc(1.0)), 4)
    0.1573
    """
    return elementwise.erfc(floating(x))


@operation("Erfinv")
def erfinv(x: TensorLike) -> Tensor:
    """Returns the inverse of the error function of each element.

    Args:
        x: Input tensor.

    Returns:
        Tensor of a float dtype.

    Example:

    >>> round(float(keras.ops.erfinv(0.5)), 4)
    0.4769
    """
    return _erfinv(floating(x))


def _erfinv(x):
    """The series of the kernel is for single precision: in float64, steps of Newton's method follow."""
    y = special.erfinv(x)
    if x.dtype != "float64":
        return y
    part, b = elementwise.absolute(x), elementwise.absolute(y)
    for _ in range(4):
        b = _newton_step(x, part, b)
    gap = elementwise.subtract(elementwise.multiply(b, elementwise.sign(x)), y)
    return elementwise.add(y, stop_gradient(elementwise.where(elementwise.isfinite(gap), gap, elementwise.like(x, 0))))


def _newton_step(x, part, b):
    """One step of the root of `erf(b) = part`."""
    over = elementwise.erfc(b)
    rest = elementwise.log(elementwise.subtract(elementwise.like(x, 1), part))
    # far out by logarithms: erfc itself is too curved
    far = elementwise.multiply(over, elementwise.subtract(elementwise.log(over), rest))
    near = elementwise.less(part, elementwise.like(x, 0.5))
    miss = elementwise.where(near, elementwise.subtract(part, elementwise.erf(b)), far)
    step = elementwise.multiply(miss, elementwise.exp(elementwise.square(b)))
    return elementwise.add(b, scaled(step, math.sqrt(math.pi) / 2))


@operation("Rsqrt")
def rsqrt(x: TensorLike) -> Tensor:
    """Returns `1 / sqrt(x)` of each element.

    Args:
        x: Input tensor.

    Returns:
        Tensor of a float dtype.

    Example:

    >>> float(keras.ops.rsqrt(4.0))
    0.5
    """
    return elementwise.rsqrt(floating(x))


@operation("Logsumexp", "axis", "keepdims")
@in_float32
def logsumexp(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Returns `log(sum(exp(x)))` over axes, without overflow.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.
        keepdims: Boolean, whether reduced axes stay with extent 1.

    Returns:
        Tensor of a float dtype.

    Example:

    >>> round(float(keras.ops.logsumexp([0.0, 0.0])), 4)
    0.6931
    """
    x = floating(x)
    top = reductions.max(x, axis, keepdims=True, initial=-np.inf)
    top = elementwise.where(isinf(top), elementwise.like(top, 0), top)
    y = add(elementwise.log(reductions.sum(elementwise.exp(subtract(x, top)), axis, keepdims=True)), top)
    return y if keepdims else squeeze(y, axes_of(axis, x.ndim))


@operation("CDist")
@in_float32
def cdist(x: TensorLike, y: TensorLike) -> Tensor:
    """Computes the Euclidean distances of all pairs of rows of two tensors.

    Args:
        x: Tensor of shape `(..., N, D)`.
        y: Tensor of shape `(..., M, D)`.

    Returns:
        Tensor of shape `(..., N, M)`.

    Example:

    >>> keras.ops.cdist([[0.0, 0.0]], [[3.0, 4.0]]).tolist()
    [[5.0]]
    """
    x, y = promoted(x, y, floating=True)
    gap = subtract(expand_dims(x, -2), expand_dims(y, -3))
    return sqrt(reductions.sum(square(gap), -1))
