"""Activations of `keras.ops`, composed of elementwise operations, or fused where that is faster."""

from __future__ import annotations

import math

from kerasnb.backend.tensor.dtypes import UNSIGNED
from kerasnb.kernels import elementwise
from kerasnb.kernels import softmax as kernels
from kerasnb.kernels.elementwise import hypot, like, maximum, minimum, where
from kerasnb.ops.arguments import axes_of, floating, one_axis, tensor
from kerasnb.ops.describe import shaped
from kerasnb.ops.math.special import erf
from kerasnb.ops.nn.logistic import sigmoid, softplus
from kerasnb.ops.numpy.elementwise.arithmetic import absolute
from kerasnb.ops.numpy.elementwise.comparison import greater, greater_equal, less, less_equal
from kerasnb.ops.numpy.elementwise.exponents import expm1
from kerasnb.ops.numpy.elementwise.extremes import clip
from kerasnb.ops.numpy.elementwise.trigonometry import tanh
from kerasnb.ops.numpy.shapes import reshape, transpose

__all__ = [
    "celu", "elu", "gelu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh",
    "leaky_relu", "log_sigmoid", "log_softmax", "relu", "relu6", "selu", "sigmoid", "silu", "soft_shrink", "softmax",
    "softplus", "softsign", "sparse_plus", "sparse_sigmoid", "squareplus", "swish", "tanh_shrink", "threshold",
]  # fmt: skip


def relu(x):
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


def _activation(name, summary, compute):
    def function(x):
        return compute(floating(x))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""{summary}

    Args:
        x: Input tensor.

    Returns:
        The activated tensor.

    Example:

    >>> keras.ops.{name}([0.0]).shape
    (1,)
    """
    return function


def _relu6(x):
    return where(greater_equal(x, 6), like(x, 6), relu(x))


relu6 = _activation("relu6", "Rectified linear unit cut at 6: `min(max(x, 0), 6)`.", _relu6)
softsign = _activation("softsign", "Softsign: `x / (1 + |x|)`.", lambda x: x / (1 + absolute(x)))
silu = _activation("silu", "Swish: `x * sigmoid(x)` (Ramachandran et al., 2017).", lambda x: x * sigmoid(x))
swish = silu
hard_sigmoid = _activation("hard_sigmoid", "Piecewise linear sigmoid: `relu6(x + 3) / 6`.", lambda x: relu6(x + 3) / 6)
hard_silu = _activation("hard_silu", "Piecewise linear swish: `x * relu6(x + 3) / 6`.", lambda x: x * hard_sigmoid(x))
hard_swish = hard_silu
tanh_shrink = _activation("tanh_shrink", "`x - tanh(x)`.", lambda x: x - tanh(x))
log_sigmoid = _activation("log_sigmoid", "`log(sigmoid(x))`, safe for large negative x.", lambda x: -softplus(-x))


def hard_tanh(x):
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


def leaky_relu(x, negative_slope=0.2):
    """Rectified linear unit that lets a little through below zero.

    Args:
        x: Input tensor.
        negative_slope: Float, slope below zero. Defaults to `0.2`.

    Returns:
        The activated tensor.

    Example:

    >>> keras.ops.leaky_relu([-1.0, 1.0], 0.5).tolist()
    [-0.5, 1.0]
    """
    x = floating(x)
    return where(greater_equal(x, 0), x, x * negative_slope)


def elu(x, alpha=1.0):
    """Exponential linear unit (Clevert et al., 2015).

    Args:
        x: Input tensor.
        alpha: Float, scale below zero. Defaults to `1.0`.

    Returns:
        The activated tensor.

    Example:

    >>> keras.ops.elu([1.0]).tolist()
    [1.0]
    """
    x = floating(x)
    positive = greater(x, 0)
    # `where` rather than `minimum`: the slope at 0 is that of the side that 0 is on, no mean of both
    return where(positive, x, expm1(where(positive, like(x, 0), x)) * alpha)


def selu(x):
    """Scaled exponential linear unit (Klambauer et al., 2017).

    Args:
        x: Input tensor.

    Returns:
        The activated tensor.

    Example:

    >>> round(float(keras.ops.selu(1.0)), 4)
    1.0507
    """
    return elu(x, 1.6732632423543772) * 1.0507009873554805


def celu(x, alpha=1.0):
    """Continuously differentiable exponential linear unit (Barron, 2017).

    Args:
        x: Input tensor.
        alpha: Float. Defaults to `1.0`.

    Returns:
        The activated tensor.

    Example:

    >>> keras.ops.celu([1.0]).tolist()
    [1.0]
    """
    x = floating(x)
    positive = greater(x, 0)
    return where(positive, x, expm1(where(positive, like(x, 0), x) / alpha) * alpha)


def gelu(x, approximate=True):
    """Gaussian error linear unit (Hendrycks and Gimpel, 2016).

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
        return 0.5 * x * (1 + tanh(math.sqrt(2 / math.pi) * (near + 0.044715 * near * near * near)))
    return 0.5 * x * (1 + erf(x * math.sqrt(0.5)))


def hard_shrink(x, threshold=0.5):
    """Zero between `-threshold` and `threshold`, `x` elsewhere.

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


def soft_shrink(x, threshold=0.5):
    """Moves values towards zero by `threshold`, and stops there.

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


def threshold(x, threshold, default_value):
    """`x` above a threshold, a default value elsewhere.

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


def squareplus(x, b=4):
    """A smooth relu: `(x + sqrt(x**2 + b)) / 2` (Barron, 2021).

    Args:
        x: Input tensor.
        b: Float, smoothness. Defaults to `4`.

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


def sparse_plus(x):
    """0 below -1, `x` above 1, a quarter of `(x + 1)**2` between.

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


def sparse_sigmoid(x):
    """0 below -1, 1 above 1, linear between.

    Args:
        x: Input tensor.

    Returns:
        The activated tensor.

    Example:

    >>> float(keras.ops.sparse_sigmoid(0.0))
    0.5
    """
    return clip((floating(x) + 1) * 0.5, 0, 1)


@shaped
def glu(x, axis=-1):
    """Gated linear unit: the first half times the sigmoid of the second (Dauphin et al., 2016).

    Args:
        x: Input tensor.
        axis: The axis that is halved. Defaults to `-1`.

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


def softmax(x, axis=-1):
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


def log_softmax(x, axis=-1):
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
