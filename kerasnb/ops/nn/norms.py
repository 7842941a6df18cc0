"""`keras.ops` that bring vectors to length one or to sum one."""

from __future__ import annotations

from kerasnb.backend.tensor import dtypes
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Axis, TensorLike
from kerasnb.ops.arguments import one_axis
from kerasnb.ops.core import cast, convert_to_tensor, stop_gradient
from kerasnb.ops.nn.activation import relu
from kerasnb.ops.numpy import arithmetic as ar
from kerasnb.ops.numpy.comparison import greater, greater_equal
from kerasnb.ops.numpy.functions import rsqrt
from kerasnb.ops.numpy.half import in_float32
from kerasnb.ops.numpy.reductions import sum as total
from kerasnb.ops.numpy.shapes import expand_dims
from kerasnb.ops.operation import operation

__all__ = ["normalize", "sparsemax"]


@operation("Normalize", "axis", "order", "epsilon")
@in_float32
def normalize(x: TensorLike, axis: Axis = -1, order: int = 2, epsilon: float | None = None) -> Tensor:
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
        squared = total(ar.square(x), axis=axis, keepdims=True)
        return ar.multiply(x, rsqrt(ar.maximum(squared, least**2)))
    return ar.divide(x, ar.maximum(_norm(x, axis, order), least))


def _norm(x, axis, order: int):
    """The norm, with a gradient of zero where it is zero: the slope of a root is infinite there."""
    if order == 1:
        return total(ar.abs(x), axis=axis, keepdims=True)
    powers = total(ar.power(ar.abs(x), order), axis=axis, keepdims=True)
    some = greater(powers, 0)
    return ar.where(some, ar.power(ar.where(some, powers, 1.0), 1.0 / order), 0.0)


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
    count, largest = total(above, axis=axis + 1), total(ar.multiply(above, other), axis=axis + 1)
    inside = stop_gradient(cast(greater(ar.add(ar.multiply(x, count), 1.0), largest), x.dtype))
    excess = ar.subtract(total(ar.multiply(x, inside), axis=axis, keepdims=True), 1.0)
    return relu(ar.subtract(x, ar.divide(excess, total(inside, axis=axis, keepdims=True))))
