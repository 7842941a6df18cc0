"""Softmax, its logarithm, and sparsemax."""

from __future__ import annotations

from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Axis, TensorLike
from kerasnb.kernels import softmax as kernels
from kerasnb.ops.arguments import axes_of, floating, one_axis
from kerasnb.ops.core import cast, convert_to_tensor, stop_gradient
from kerasnb.ops.nn.piecewise import relu
from kerasnb.ops.numpy.elementwise.arithmetic import add, divide, multiply, subtract
from kerasnb.ops.numpy.elementwise.comparison import greater, greater_equal
from kerasnb.ops.numpy.half import in_float32
from kerasnb.ops.numpy.reductions import sum as total
from kerasnb.ops.numpy.shapes import expand_dims, reshape, transpose
from kerasnb.ops.operation import operation

__all__ = ["log_softmax", "softmax", "sparsemax"]


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


@operation("Sparsemax", "axis")
@in_float32
def sparsemax(x: TensorLike, axis: int = -1) -> Tensor:
    """Sparsemax: the point of the probability simplex nearest to `x`.

    Reference: [Martins & Astudillo, 2016](https://arxiv.org/abs/1602.02068)

    Args:
        x: Input tensor.
        axis: Integer, the axis along which the result sums to 1. Defaults to `-1`.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> keras.ops.sparsemax(np.array([[0.0, 2.0]])).tolist()
    [[0.0, 1.0]]
    """
    x = convert_to_tensor(x)
    axis = one_axis(axis, x.ndim)
    one, other = expand_dims(x, axis + 1), expand_dims(x, axis)
    # how many entries are at least as large as each, and their sum: no sorting needed
    above = cast(greater_equal(other, one), x.dtype)
    count, largest = total(above, axis=axis + 1), total(multiply(above, other), axis=axis + 1)
    inside = stop_gradient(cast(greater(add(multiply(x, count), 1.0), largest), x.dtype))
    excess = subtract(total(multiply(x, inside), axis=axis, keepdims=True), 1.0)
    return relu(subtract(x, divide(excess, total(inside, axis=axis, keepdims=True))))
