"""Activations of `keras.ops`, composed of elementwise operations, or fused where that is faster."""

from __future__ import annotations

import math

from kerasnb.backend.tensor.dtypes import UNSIGNED
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Axis, TensorLike
from kerasnb.kernels import elementwise
from kerasnb.kernels import softmax as kernels
from kerasnb.kernels.elementwise import hypot, like, maximum, minimum, where
from kerasnb.ops.arguments import axes_of, floating, one_axis, tensor
from kerasnb.ops.numpy import arithmetic as ar
from kerasnb.ops.numpy import functions as fn
from kerasnb.ops.numpy.comparison import greater, greater_equal, less, less_equal
from kerasnb.ops.numpy.functions import sigmoid, softplus
from kerasnb.ops.numpy.shapes import reshape, transpose
from kerasnb.ops.operation import operation

__all__ = [
    "celu", "elu", "gelu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh",
    "leaky_relu", "log_sigmoid", "log_softmax", "relu", "relu6", "selu", "sigmoid", "silu", "soft_shrink", "softmax",
    "softplus", "softsign", "sparse_plus", "sparse_sigmoid", "squareplus", "swish", "tanh_shrink", "threshold",
]  # fmt: skip


@operation("Relu")
def relu(x: TensorLike) -> Tensor:
    """Rectified linear unit: `max(x, 0)`.

    Args:
        x: Input tensor.

    Returns:
        The activated tensor.

    Example:

    >>> keras.ops.relu([-1.0, 0.5]).tolist()
    [0.0, 0.5]
    """
    return elementwise.relu(tensor(x))


@operation("Relu6")
def relu6(x: TensorLike) -> Tensor:
    """Rectified linear unit capped at 6: `min(max(x, 0), 6)`.

    Args:
        x: Input tensor.

    Returns:
        The activated tensor, of a float dtype.

    Example:

    >>> keras.ops.relu6([-1.0, 2.0, 8.0]).tolist()
    [0.0, 2.0, 6.0]
    """
    x = floating(x)
    return where(greater_equal(x, 6), like(x, 6), elementwise.relu(x))


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
    return x / (1 + ar.absolute(x))


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


swish = silu


@operation("HardSigmoid")
def hard_sigmoid(x: TensorLike) -> Tensor:
    """Piecewise linear sigmoid: `relu6(x + 3) / 6`.

    Args:
        x: Input tensor.

    Returns:
        The activated tensor, of a float dtype.

    Example:

    >>> keras.ops.hard_sigmoid([-4.0, 0.0, 4.0]).tolist()
    [0.0, 0.5, 1.0]
    """
    return relu6(floating(x) + 3) / 6


@operation("HardSilu")
def hard_silu(x: TensorLike) -> Tensor:
    """Piecewise linear swish: `x * relu6(x + 3) / 6`.

    Reference: [Howard et al., 2019](https://arxiv.org/abs/1905.02244)

    Args:
        x: Input tensor.

    Returns:
        The activated tensor, of a float dtype.

    Example:

    >>> keras.ops.hard_silu([0.0, 1.5, 4.0]).tolist()
    [0.0, 1.125, 4.0]
    """
    x = floating(x)
    return x * hard_sigmoid(x)


hard_swish = hard_silu


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
    return x - fn.tanh(x)


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


@operation("HardTanh")
def hard_tanh(x: TensorLike) -> Tensor:
    """Clips to the interval from -1 to 1.

    Args:
        x: Input tensor.

    Returns:
        The activated tensor; integers stay integers.

    Example:

    >>> keras.ops.hard_tanh([-2.0, 0.5]).tolist()
    [-1.0, 0.5]
    """
    x = tensor(x)
    x = tensor(x, "int32") if x.dtype == "bool" else x
    above = where(greater(x, 1), like(x, 1), x)
    return above if x.dtype in UNSIGNED else where(less(x, -1), like(x, -1), above)


@operation("LeakyRelu", "negative_slope")
def leaky_relu(x: TensorLike, negative_slope: float = 0.2) -> Tensor:
    """Leaky rectified linear unit: `x` above zero, `negative_slope * x` below.

    Args:
        x: Input tensor.
        negative_slope: Float, the slope below zero. Defaults to `0.2`.

    Returns:
        The activated tensor.

    Example:

    >>> keras.ops.leaky_relu([-1.0, 1.0], 0.5).tolist()
    [-0.5, 1.0]
    """
    x = floating(x)
    return where(greater_equal(x, 0), x, x * negative_slope)


@operation("Elu", "alpha")
def elu(x: TensorLike, alpha: float = 1.0) -> Tensor:
    """Exponential linear unit: `x` above zero, `alpha * (exp(x) - 1)` below.

    Reference: [Clevert et al., 2016](https://arxiv.org/abs/1511.07289)

    Args:
        x: Input tensor.
        alpha: Float, minus the value that it tends to far below zero. Defaults to `1.0`.

    Returns:
        The activated tensor.

    Example:

    >>> keras.ops.elu([1.0]).tolist()
    [1.0]
    """
    x = floating(x)
    positive = greater(x, 0)
    # `where` rather than `minimum`: the slope at 0 is that of the side that 0 is on, no mean of both
    return where(positive, x, fn.expm1(where(positive, like(x, 0), x)) * alpha)


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
        alpha: Float, minus the value that it tends to far below zero. Defaults to `1.0`.

    Returns:
        The activated tensor.

    Example:

    >>> keras.ops.celu([1.0]).tolist()
    [1.0]
    """
    x = floating(x)
    positive = greater(x, 0)
    return where(positive, x, fn.expm1(where(positive, like(x, 0), x) / alpha) * alpha)


@operation("Gelu", "approximate")
def gelu(x: TensorLike, approximate: bool = True) -> Tensor:
    """Gaussian error linear unit: `x` times the probability that a standard normal number is below `x`.

    Reference: [Hendrycks and Gimpel, 2016](https://arxiv.org/abs/1606.08415)

    Args:
        x: Input tensor.
        approximate: Boolean, whether to use the tanh formula. Defaults to `True`.

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
        return 0.5 * x * (1 + fn.tanh(math.sqrt(2 / math.pi) * (near + 0.044715 * near * near * near)))
    return 0.5 * x * (1 + fn.erf(x * math.sqrt(0.5)))


@operation("HardShrink", "threshold")
def hard_shrink(x: TensorLike, threshold: float = 0.5) -> Tensor:
    """Hard shrink: zero between `-threshold` and `threshold`, `x` elsewhere.

    Args:
        x: Input tensor.
        threshold: Float. Defaults to `0.5`.

    Returns:
        The activated tensor.

    Example:

    >>> keras.ops.hard_shrink([0.2, 1.0]).tolist()
    [0.0, 1.0]
    """
    x = floating(x)
    return where(greater(ar.absolute(x), threshold), x, like(x, 0))


@operation("SoftShrink", "threshold")
def soft_shrink(x: TensorLike, threshold: float = 0.5) -> Tensor:
    """Soft shrink: moves values towards zero by `threshold`, and stops there.

    Args:
        x: Input tensor.
        threshold: Float. Defaults to `0.5`.

    Returns:
        The activated tensor.

    Example:

    >>> keras.ops.soft_shrink([0.2, 1.0]).tolist()
    [0.0, 0.5]
    """
    x = floating(x)
    below = where(less(x, -threshold), x + threshold, like(x, 0))
    return where(greater(x, threshold), x - threshold, below)


@operation("Threshold", "threshold", "default_value")
def threshold(x: TensorLike, threshold: float, default_value: float) -> Tensor:
    """Keeps `x` above a threshold, and puts a default value elsewhere.

    Args:
        x: Input tensor.
        threshold: Float.
        default_value: Float, the value elsewhere.

    Returns:
        The activated tensor.

    Example:

    >>> keras.ops.threshold([0.2, 1.0], 0.5, 0.0).tolist()
    [0.0, 1.0]
    """
    x = floating(x)
    return where(greater(x, threshold), x, like(x, default_value))


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
    # no square is out of range, and below zero nothing cancels
    below = less(x, 0)
    half = hypot(x, like(x, math.sqrt(b))) * 0.5 + where(below, -x, x) * 0.5
    return where(below, b / 4 / half, half)


@operation("SparsePlus")
def sparse_plus(x: TensorLike) -> Tensor:
    """Sparse plus: 0 below -1, `x` above 1, and `(x + 1)**2 / 4` between.

    Args:
        x: Input tensor.

    Returns:
        The activated tensor.

    Example:

    >>> float(keras.ops.sparse_plus(0.0))
    0.25
    """
    x = floating(x)
    between = where(less(x, 1), (x + 1) * (x + 1) * 0.25, x)
    return where(less_equal(x, -1), like(x, 0), between)


@operation("SparseSigmoid")
def sparse_sigmoid(x: TensorLike) -> Tensor:
    """Sparse sigmoid: 0 below -1, 1 above 1, and `(x + 1) / 2` between.

    Args:
        x: Input tensor.

    Returns:
        The activated tensor.

    Example:

    >>> float(keras.ops.sparse_sigmoid(0.0))
    0.5
    """
    return ar.clip((floating(x) + 1) * 0.5, 0, 1)


@operation("Glu", "axis", trials=True)
def glu(x: TensorLike, axis: int = -1) -> Tensor:
    """Gated linear unit: the first half times the sigmoid of the second.

    Reference: [Dauphin et al., 2017](https://arxiv.org/abs/1612.08083)

    Args:
        x: Input tensor.
        axis: Integer, the axis that is halved. Defaults to `-1`.

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
    key = [slice(None)] * x.ndim
    first, second = ((*key[:axis], s, *key[axis + 1 :]) for s in (slice(half), slice(half, None)))
    return x[first] * sigmoid(x[second])


def _over_axes(softmax, x, axis):
    """A softmax over one axis, or over several taken together."""
    x = floating(x)
    if axis is None or isinstance(axis, (list, tuple)):
        axes = axes_of(axis, x.ndim)
        order = (*(a for a in range(x.ndim) if a not in axes), *axes)
        moved = transpose(x, order)
        joined = reshape(moved, (*moved.shape[: x.ndim - len(axes)], -1))
        back = tuple(order.index(a) for a in range(x.ndim))
        return transpose(reshape(softmax(joined, axis=joined.ndim - 1), moved.shape), back)
    return softmax(x, axis=one_axis(axis, x.ndim))


@operation("Softmax", "axis")
def softmax(x: TensorLike, axis: Axis = -1) -> Tensor:
    """Softmax: `exp(x) / sum(exp(x))` along an axis.

    Args:
        x: Input tensor.
        axis: Integer, tuple of integers, or None for all axes. Defaults to `-1`.

    Returns:
        Tensor of positive values that sum to 1.

    Example:

    >>> keras.ops.softmax([1.0, 1.0]).tolist()
    [0.5, 0.5]
    """
    return _over_axes(kernels.softmax, x, axis)


@operation("LogSoftmax", "axis")
def log_softmax(x: TensorLike, axis: Axis = -1) -> Tensor:
    """The logarithm of softmax, computed without overflow.

    Args:
        x: Input tensor.
        axis: Integer, tuple of integers, or None for all axes. Defaults to `-1`.

    Returns:
        Tensor of logarithms.

    Example:

    >>> round(float(keras.ops.log_softmax([1.0, 1.0])[0]), 4)
    -0.6931
    """
    return _over_axes(kernels.log_softmax, x, axis)
