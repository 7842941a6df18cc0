"""`normalize`: divides vectors by their norm."""

from __future__ import annotations

from kerasnb.backend.tensor import dtypes
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Axis, TensorLike
from kerasnb.ops.core import cast, convert_to_tensor
from kerasnb.ops.math.special import rsqrt
from kerasnb.ops.numpy.elementwise.arithmetic import absolute, divide, multiply
from kerasnb.ops.numpy.elementwise.comparison import greater
from kerasnb.ops.numpy.elementwise.exponents import power, square
from kerasnb.ops.numpy.elementwise.extremes import maximum
from kerasnb.ops.numpy.elementwise.selection import where
from kerasnb.ops.numpy.half import in_float32
from kerasnb.ops.numpy.reductions import sum as total
from kerasnb.ops.operation import operation

__all__ = ["normalize"]


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
