"""Activations of linear and quadratic pieces."""

from __future__ import annotations

from kerasnb.backend.tensor.dtypes import UNSIGNED
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import elementwise
from kerasnb.kernels.elementwise import like, where
from kerasnb.ops.arguments import floating, tensor
from kerasnb.ops.numpy.elementwise.arithmetic import absolute
from kerasnb.ops.numpy.elementwise.comparison import greater, greater_equal, less, less_equal
from kerasnb.ops.numpy.elementwise.extremes import clip
from kerasnb.ops.operation import operation

__all__ = [
    "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "leaky_relu", "relu", "relu6",
    "soft_shrink", "sparse_plus", "sparse_sigmoid", "threshold",
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


def hard_swish(x: TensorLike) -> Tensor:
    """Piecewise linear swish: the other name of `hard_silu`.

    Args:
        x: Input tensor.

    Returns:
        Tensor of the shape of `x`.

    Example:

    >>> keras.ops.hard_swish([0.0, 3.0, 4.0]).tolist()
    [0.0, 3.0, 4.0]
    """
    return hard_silu(x)


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
    return where(greater(absolute(x), threshold), x, like(x, 0))


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
    return clip((floating(x) + 1) * 0.5, 0, 1)


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
