"""Elementwise operations of `keras.ops`: promote the arguments, then call the row of kernels/elementwise.py."""

from __future__ import annotations

from kerasnb.backend.tensor.dtypes import COMPLEX, FLOATS, INTEGERS
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.kernels import elementwise as rows
from kerasnb.kernels.complex import imaginary_part, real_part
from kerasnb.ops.arguments import dtype_of, out_of_range, promoted, tensor
from kerasnb.ops.describe import node
from kerasnb.ops.numpy.places import true_places

__all__ = [
    "abs", "absolute", "add", "arctan2", "clip", "divide", "divide_no_nan", "floor_divide", "maximum", "minimum",
    "mod", "multiply", "negative", "power", "sign", "square", "subtract", "true_divide", "where",
]  # fmt: skip


def add(x1, x2):
    """Adds arguments element-wise.

    Args:
        x1: First input tensor.
        x2: Second input tensor.

    Returns:
        The tensor of sums.

    Example:

    >>> keras.ops.add([1, 4], [5, 6]).tolist()
    [6, 10]
    """
    return rows.add(*promoted(x1, x2))


def subtract(x1, x2):
    """Subtracts arguments element-wise.

    Args:
        x1: First input tensor.
        x2: Second input tensor.

    Returns:
        The tensor of differences.

    Example:

    >>> keras.ops.subtract([1, 4], [5, 6]).tolist()
    [-4, -2]
    """
    return rows.subtract(*promoted(x1, x2))


def multiply(x1, x2):
    """Multiplies arguments element-wise.

    Args:
        x1: First input tensor.
        x2: Second input tensor.

    Returns:
        The tensor of products.

    Example:

    >>> keras.ops.multiply([1, 4], [5, 6]).tolist()
    [5, 24]
    """
    return rows.multiply(*promoted(x1, x2))


def divide(x1, x2):
    """Divides arguments element-wise; integers give floats.

    Args:
        x1: Dividend tensor.
        x2: Divisor tensor.

    Returns:
        The tensor of quotients.

    Example:

    >>> keras.ops.divide([1.0, 4.0], 2.0).tolist()
    [0.5, 2.0]
    """
    return rows.divide(*promoted(x1, x2, floating=True))


true_divide = divide


def divide_no_nan(x1, x2):
    """Divides arguments element-wise; 0 where the divisor is 0.

    Args:
        x1: Dividend tensor.
        x2: Divisor tensor.

    Returns:
        The tensor of quotients.

    Example:

    >>> keras.ops.divide_no_nan([1.0, 4.0], [0.0, 2.0]).tolist()
    [0.0, 2.0]
    """
    return rows.divide_no_nan(*promoted(x1, x2, floating=True))


def floor_divide(x1, x2):
    """Returns the largest integer not above the quotient, element-wise.

    Args:
        x1: Dividend tensor.
        x2: Divisor tensor.

    Returns:
        The tensor of quotients, of the inputs' dtype.

    Example:

    >>> keras.ops.floor_divide([7, -7], [2, 2]).tolist()
    [3, -4]
    """
    x1, x2 = promoted(x1, x2)
    return (rows.floor_divide if x1.dtype in FLOATS else rows.floor_divide_int)(x1, x2)


def mod(x1, x2):
    """Returns the remainder of division, element-wise, with the sign of the divisor.

    Args:
        x1: Dividend tensor.
        x2: Divisor tensor.

    Returns:
        The tensor of remainders.

    Example:

    >>> keras.ops.mod([7, -7], [3, 3]).tolist()
    [1, 2]
    """
    x1, x2 = promoted(x1, x2)
    if x1.dtype == "bool":
        x1, x2 = tensor(x1, "int32"), tensor(x2, "int32")
    return (rows.mod if x1.dtype in FLOATS else rows.mod_int)(x1, x2)


def power(x1, x2):
    """Raises the first argument to the power of the second, element-wise.

    Args:
        x1: The bases.
        x2: The exponents.

    Returns:
        The tensor of powers. Negative exponents in an integer tensor cut off what stands behind the point.

    Raises:
        ValueError: If `x1` holds integers and `x2` is a negative integer of Python.

    Example:

    >>> keras.ops.power([2.0, 3.0], 2).tolist()
    [4.0, 9.0]
    """
    if isinstance(x2, int) and x2 == 2 and dtype_of(x1) != "bool":
        return rows.square(tensor(x1))
    bases, exponents = promoted(x1, x2)
    if isinstance(x2, int) and x2 < 0 and bases.dtype not in FLOATS + COMPLEX:
        raise ValueError(f"Integers have no negative integer powers; cast `x1` to a float dtype. Received: x2={x2}")
    return (rows.power_int if bases.dtype in INTEGERS else rows.power)(bases, exponents)


def maximum(x1, x2):
    """Takes the larger of two values, element-wise.

    Args:
        x1: First tensor.
        x2: Second tensor.

    Returns:
        The tensor of maxima.

    Example:

    >>> keras.ops.maximum([1, 5], [3, 2]).tolist()
    [3, 5]
    """
    return _further(rows.maximum, x1, x2, lambda number: number < 0)


def _further(row, x1, x2, loses):
    """The larger or smaller; a number of Python that every number of the tensor's dtype exceeds is never chosen."""
    for x, number in ((x1, x2), (x2, x1)):
        if out_of_range(x, number) and loses(number):
            return promoted(x, 0)[0]
    return row(*promoted(x1, x2))


def minimum(x1, x2):
    """Takes the smaller of two values, element-wise.

    Args:
        x1: First tensor.
        x2: Second tensor.

    Returns:
        The tensor of minima.

    Example:

    >>> keras.ops.minimum([1, 5], [3, 2]).tolist()
    [1, 2]
    """
    return _further(rows.minimum, x1, x2, lambda number: number > 0)


def clip(x, x_min, x_max):
    """Clips values to an interval.

    Args:
        x: Input tensor.
        x_min: Smallest value, or None for no bound.
        x_max: Largest value, or None for no bound.

    Returns:
        The clipped tensor.

    Example:

    >>> keras.ops.clip([-2.0, 0.5, 3.0], 0.0, 1.0).tolist()
    [0.0, 0.5, 1.0]
    """
    x = tensor(x)
    x = tensor(x, "int32") if x.dtype == "bool" else x
    if x_min is not None:
        x = maximum(x, x_min)
    return x if x_max is None else minimum(x, x_max)


def arctan2(x1, x2):
    """Computes the angle of the point (x2, x1), element-wise.

    Args:
        x1: First coordinate tensor.
        x2: Second coordinate tensor.

    Returns:
        Angles in radians, from -pi to pi.

    Example:

    >>> float(keras.ops.arctan2(0.0, 1.0))
    0.0
    """
    return rows.arctan2(*promoted(tensor(x1), tensor(x2), floating=True))


def where(condition, x1=None, x2=None):
    """Chooses elements from two tensors depending on a condition; or says where the condition holds.

    Args:
        condition: Boolean tensor.
        x1: Values where the condition holds.
        x2: Values where it does not.

    Returns:
        The tensor of chosen values. Without `x1` and `x2` a tuple of int32 tensors, one for each axis: the indices
        of the elements that are not zero. Their extent depends on values: not inside a recorded step.

    Raises:
        ValueError: If only one of `x1` and `x2` is given.

    Example:

    >>> keras.ops.where([True, False], 1.0, 2.0).tolist()
    [1.0, 2.0]
    """
    if x1 is None and x2 is None:
        condition = tensor(condition)
        found = true_places(condition)
        return node(where, (condition,), {}, found) if isinstance(condition, KerasTensor) else found
    if x1 is None or x2 is None:
        raise ValueError(
            f"`x1` and `x2` either both should be `None` or both should have non-None value. Received: x1={x1}, x2={x2}"
        )
    return rows.where(tensor(condition, "bool"), *promoted(x1, x2))


def square(x):
    """Returns the square of each element.

    Args:
        x: Input tensor.

    Returns:
        The tensor of squares.

    Example:

    >>> keras.ops.square([2, 3]).tolist()
    [4, 9]
    """
    x = tensor(x)
    return rows.square(tensor(x, "int32") if x.dtype == "bool" else x)


def negative(x):
    """Returns the negative of each element.

    Args:
        x: Input tensor.

    Returns:
        The tensor of negatives.

    Example:

    >>> keras.ops.negative([1, -2]).tolist()
    [-1, 2]
    """
    return rows.negative(tensor(x))


def absolute(x):
    """Returns the absolute value of each element.

    Args:
        x: Input tensor.

    Returns:
        The tensor of absolute values.

    Example:

    >>> keras.ops.absolute([-1.5, 2.0]).tolist()
    [1.5, 2.0]
    """
    x = tensor(x)
    if x.dtype in COMPLEX:
        return rows.hypot(real_part(x), imaginary_part(x))
    return x if x.dtype == "bool" else rows.absolute(x)


abs = absolute


def sign(x):
    """Returns the sign of each element: -1, 0 or 1.

    Args:
        x: Input tensor.

    Returns:
        The tensor of signs.

    Example:

    >>> keras.ops.sign([-3.0, 0.0, 5.0]).tolist()
    [-1.0, 0.0, 1.0]
    """
    return rows.sign(tensor(x))
