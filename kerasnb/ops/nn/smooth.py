"""Activations with exponentials, composed of elementwise operations."""

from __future__ import annotations

import math

from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels.elementwise import hypot, like, maximum, minimum, where
from kerasnb.ops.arguments import floating, one_axis
from kerasnb.ops.math.special import erf
from kerasnb.ops.nn.logistic import sigmoid, softplus
from kerasnb.ops.numpy.elementwise.arithmetic import absolute
from kerasnb.ops.numpy.elementwise.comparison import greater, less
from kerasnb.ops.numpy.elementwise.exponents import expm1
from kerasnb.ops.numpy.elementwise.trigonometry import tanh
from kerasnb.ops.operation import operation

__all__ = [
    "celu", "elu", "gelu", "glu", "log_sigmoid", "selu", "silu", "softsign", "squareplus", "swish",
    "tanh_shrink",
]  # fmt: skip


@operation("Softsign")
def softsign(x: TensorLike) -> Tensor:
    """Softsign: `x / (1 + |x|)`.

    Args:
        x: Input tensor.

    Returns:
        The activated tensor, of a float dtype.

    Example:

    >>> keras.ops.softsign([-1.0, 0.0, 1.0]).tolist()
    [-0.5, 0.0, 0.5]
    """
    x = floating(x)
    return x / (1 + absolute(x))


@operation("Silu")
def silu(x: TensorLike) -> Tensor:
    """Swish, or sigmoid linear unit: `x * sigmoid(x)`.

    Reference: [Ramachandran et al., 2017](https://arxiv.org/abs/1710.05941)

    Args:
        x: Input tensor.

    Returns:
        The activated tensor, of a float dtype.

    Example:

    >>> round(float(keras.ops.silu(1.0)), 4)
    0.7311
    """
    x = floating(x)
    return x * sigmoid(x)


def swish(x: TensorLike) -> Tensor:
    """Swish: the other name of `silu`.

    Args:
        x: Input tensor.

    Returns:
        Tensor of the shape of `x`.

    Example:

    >>> round(float(keras.ops.swish(1.0)), 4)
    0.7311
    """
    return silu(x)


@operation("LogSigmoid")
def log_sigmoid(x: TensorLike) -> Tensor:
    """Logarithm of the sigmoid, finite for large negative `x`: `-softplus(-x)`.

    Args:
        x: Input tensor.

    Returns:
        The activated tensor, of a float dtype.

    Example:

    >>> round(float(keras.ops.log_sigmoid(0.0)), 4)
    -0.6931
    """
    return -softplus(-floating(x))


@operation("TanhShrink")
def tanh_shrink(x: TensorLike) -> Tensor:
    """Tanh shrink: `x - tanh(x)`.

    Args:
        x: Input tensor.

    Returns:
        The activated tensor, of a float dtype.

    Example:

    >>> round(float(keras.ops.tanh_shrink(1.0)), 4)
    0.2384
    """
    x = floating(x)
    return x - tanh(x)


@operation("Elu", "alpha")
def elu(x: TensorLike, alpha: float = 1.0) -> Tensor:
    """Exponential linear unit: `x` above zero, `alpha * (exp(x) - 1)` below.

    Reference: [Clevert et al., 2016](https://arxiv.org/abs/1511.07289)

    Args:
        x: Input tensor.
        alpha: Float; far below zero the result is `-alpha`. Defaults to `1.0`.

    Returns:
        The activated tensor.

    Example:

    >>> keras.ops.elu([1.0]).tolist()
    [1.0]
    """
    x = floating(x)
    positive = greater(x, 0)
    # `where` rather than `minimum`: the slope at 0 is that of one side, not the mean of both
    return where(positive, x, expm1(where(positive, like(x, 0), x)) * alpha)


@operation("Selu")
def selu(x: TensorLike) -> Tensor:
    """Scaled exponential linear unit: `1.0507 * elu(x, alpha=1.6733)`, with more digits.

    Reference: [Klambauer et al., 2017](https://arxiv.org/abs/1706.02515)

    Args:
        x: Input tensor.

    Returns:
        The activated tensor.

    Example:

    >>> round(float(keras.ops.selu(1.0)), 4)
    1.0507
    """
    return elu(x, 1.6732632423543772) * 1.0507009873554805


@operation("Celu", "alpha")
def celu(x: TensorLike, alpha: float = 1.0) -> Tensor:
    """Continuously differentiable exponential linear unit: `alpha * (exp(x / alpha) - 1)` below zero.

    Reference: [Barron, 2017](https://arxiv.org/abs/1704.07483)

    Args:
        x: Input tensor.
        alpha: Float; far below zero the result is `-alpha`. Defaults to `1.0`.

    Returns:
        The activated tensor.

    Example:

    >>> keras.ops.celu([1.0]).tolist()
    [1.0]
    """
    x = floating(x)
    positive = greater(x, 0)
    return where(positive, x, expm1(where(positive, like(x, 0), x) / alpha) * alpha)


@operation("Gelu", "approximate")
def gelu(x: TensorLike, approximate: bool = True) -> Tensor:
    """Gaussian error linear unit: `x` times the probability that a standard normal number is below `x`.

    Reference: [Hendrycks and Gimpel, 2016](https://arxiv.org/abs/1606.08415)

    Args:
        x: Input tensor.
        approximate: Boolean, whether to use the approximation with a tanh. Defaults to `True`.

    Returns:
        The activated tensor.

    Example:

    >>> round(float(keras.ops.gelu(1.0)), 4)
    0.8412
    """
    x = floating(x)
    if approximate:
        # The third power of 40 is beyond half precision, and its slope infinity times zero; tanh is 1 long before.
        near = maximum(minimum(x, like(x, 10)), like(x, -10)) if x.dtype == "float16" else x
        return 0.5 * x * (1 + tanh(math.sqrt(2 / math.pi) * (near + 0.044715 * near * near * near)))
    return 0.5 * x * (1 + erf(x * math.sqrt(0.5)))


@operation("Squareplus", "b")
def squareplus(x: TensorLike, b: float = 4) -> Tensor:
    """Squareplus, a smooth relu: `(x + sqrt(x**2 + b)) / 2`.

    Reference: [Barron, 2021](https://arxiv.org/abs/2112.11687)

    Args:
        x: Input tensor.
        b: Float, the larger, the smoother. Defaults to `4`.

    Returns:
        The activated tensor.

    Example:

    >>> float(keras.ops.squareplus(0.0))
    1.0
    """
    x = floating(x)
    # `hypot` squares nothing out of range, and below zero nothing cancels
    below = less(x, 0)
    half = hypot(x, like(x, math.sqrt(b))) * 0.5 + where(below, -x, x) * 0.5
    return where(below, b / 4 / half, half)


@operation("Glu", "axis", trials=True)
def glu(x: TensorLike, axis: int = -1) -> Tensor:
    """Gated linear unit: the first half times the sigmoid of the second.

    Reference: [Dauphin et al., 2017](https://arxiv.org/abs/1612.08083)

    Args:
        x: Input tensor.
        axis: Integer, the axis that is split into halves. Defaults to `-1`.

    Returns:
        The activated tensor.

    Raises:
        ValueError: If the extent of the axis is odd.

    Example:

    >>> keras.ops.glu([1.0, 0.0]).tolist()
    [0.5]
    """
    x = floating(x)
    axis = one_axis(axis, x.ndim)
    if x.shape[axis] % 2:
        raise ValueError(f"axis size must be divisible by 2. Received: x.shape={x.shape} with axis={axis}")
    half = x.shape[axis] // 2
    before = (slice(None),) * axis
    return x[(*before, slice(half))] * sigmoid(x[(*before, slice(half, None))])
