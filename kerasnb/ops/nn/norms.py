"""`keras.ops` that bring vectors to length one or to sum one."""

from __future__ import annotations

from kerasnb.backend.tensor import dtypes
from kerasnb.ops.arguments import one_axis
from kerasnb.ops.core import cast, convert_to_tensor, stop_gradient
from kerasnb.ops.math.special import rsqrt
from kerasnb.ops.nn.activation import relu
from kerasnb.ops.numpy.elementwise.arithmetic import absolute, add, divide, multiply, subtract
from kerasnb.ops.numpy.elementwise.comparison import greater, greater_equal
from kerasnb.ops.numpy.elementwise.exponents import power, square
from kerasnb.ops.numpy.elementwise.extremes import maximum
from kerasnb.ops.numpy.elementwise.selection import where
from kerasnb.ops.numpy.half import in_float32
from kerasnb.ops.numpy.reductions import sum as total
from kerasnb.ops.numpy.shapes import expand_dims

__all__ = ["normalize", "sparsemax"]


@in_float32
def normalize(x, axis: int = -1, order: int = 2, epsilon: float | None = None):
    """Normalizes `x` over the given axis: divides it by its norm.

    Args:
        x: Input tensor.
        axis: The axis (or axes) over which the norm is taken. Defaults to `-1`.
        order: Integer of at least 1, the exponent of the norm. Defaults to `2`.
        epsilon: The least norm that is divided by. Defaults to `keras.config.epsilon()`.

    Returns:
        A tensor of the shape of `x`; zero stays zero.

    Raises:
        ValueError: If `order` is not an integer of at least 1.

    Example:

    >>> keras.ops.normalize(np.array([[0.0, 2.0]])).tolist()
    [[0.0, 1.0]]
    """
    if not isinstance(order, int) or order < 1:
        raise ValueError(f"Argument `order` must be an int >= 1. Received: order={order}")
    least = dtypes.epsilon() if epsilon is None else epsilon
    x = convert_to_tensor(x)
    if x.dtype in ("float16", "bfloat16"):  # their squares overflow, and the least norm is zero in float16
        return cast(normalize(cast(x, "float32"), axis, order, least), x.dtype)
    if order == 2:
        squared = total(square(x), axis=axis, keepdims=True)
        return multiply(x, rsqrt(maximum(squared, least**2)))
    return divide(x, maximum(_norm(x, axis, order), least))


def _norm(x, axis, order: int):
    """The norm, with a gradient of zero where it is zero: the slope of a root is infinite there."""
    if order == 1:
        return total(absolute(x), axis=axis, keepdims=True)
    powers = total(power(absolute(x), order), axis=axis, keepdims=True)
    some = greater(powers, 0)
    return where(some, power(where(some, powers, 1.0), 1.0 / order), 0.0)


@in_float32
def sparsemax(x, axis: int = -1):
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
