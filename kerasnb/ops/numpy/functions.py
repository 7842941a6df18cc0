"""Functions of one number of `keras.ops`: exponentials, roots, trigonometry, rounding."""

from __future__ import annotations

import builtins

from kerasnb.backend.tensor.dtypes import FLOATS, limits
from kerasnb.kernels import elementwise as rows
from kerasnb.kernels.identity import stop_gradient
from kerasnb.ops.arguments import floating, tensor

__all__ = [
    "arctan", "ceil", "cos", "erf", "exp", "expm1", "floor", "log", "log1p", "reciprocal", "round", "rsqrt",
    "sigmoid", "sin", "softplus", "sqrt", "tan", "tanh",
]  # fmt: skip


def _float_function(name: str, summary: str, value: float):
    """A public function of one argument that is computed in floats."""

    def function(x):
        return getattr(rows, name)(floating(x))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""{summary}

    Args:
        x: Input tensor.

    Returns:
        The tensor of results, of a float dtype.

    Example:

    >>> round(float(keras.ops.{name}(1.0)), 4)
    {value}
    """
    return function


exp = _float_function("exp", "Returns the exponential of each element.", 2.7183)
expm1 = _float_function("expm1", "Returns `exp(x) - 1` of each element, exact near 0.", 1.7183)
log = _float_function("log", "Returns the natural logarithm of each element.", 0.0)
log1p = _float_function("log1p", "Returns `log(1 + x)` of each element, exact near 0.", 0.6931)
sqrt = _float_function("sqrt", "Returns the square root of each element.", 1.0)
rsqrt = _float_function("rsqrt", "Returns one over the square root of each element.", 1.0)
reciprocal = _float_function("reciprocal", "Returns one over each element.", 1.0)
tanh = _float_function("tanh", "Returns the hyperbolic tangent of each element.", 0.7616)
sigmoid = _float_function("sigmoid", "Returns `1 / (1 + exp(-x))` of each element.", 0.7311)
softplus = _float_function("softplus", "Returns `log(1 + exp(x))` of each element.", 1.3133)
sin = _float_function("sin", "Returns the sine of each element, in radians.", 0.8415)
cos = _float_function("cos", "Returns the cosine of each element, in radians.", 0.5403)
tan = _float_function("tan", "Returns the tangent of each element, in radians.", 1.5574)
arctan = _float_function("arctan", "Returns the inverse tangent of each element, in radians.", 0.7854)
erf = _float_function("erf", "Returns the error function of each element.", 0.8427)


def _rounding(name: str, row, summary: str, value: float):
    def function(x):
        x = tensor(x)
        return row(x) if x.dtype in FLOATS else floating(x)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""{summary}

    Args:
        x: Input tensor.

    Returns:
        The tensor of rounded values, of a float dtype.

    Example:

    >>> float(keras.ops.{name}(1.4))
    {value}
    """
    return function


floor = _rounding("floor", rows.floor, "Returns the largest whole number not above each element.", 1.0)
ceil = _rounding("ceil", rows.ceil, "Returns the smallest whole number not below each element.", 2.0)


def round(x, decimals=0):
    """Rounds each element to the given number of decimals; halves go to the even number.

    Args:
        x: Input tensor.
        decimals: Integer. Defaults to `0`.

    Returns:
        The rounded tensor.

    Example:

    >>> float(keras.ops.round(2.5))
    2.0
    """
    x = tensor(x)
    if x.dtype not in FLOATS:
        return x if decimals >= 0 or x.dtype == "bool" else _rounded_integers(x, 10**-decimals)
    if decimals == 0:
        return rows.rint(x)
    # tens are whole numbers, tenths are not: one of the two ways has an exact factor
    scale = rows.like(x, 10.0 ** builtins.min(builtins.abs(decimals), 400))
    if decimals < 0:
        tens = rows.multiply(rows.rint(rows.divide(x, scale)), scale)
        return rows.where(rows.isnan(tens), rows.multiply(stop_gradient(x), rows.like(x, 0)), tens)
    scaled = rows.multiply(x, scale)
    # what the factor takes out of range has no digits there
    return rows.where(rows.isfinite(scaled), rows.divide(rows.rint(scaled), scale), stop_gradient(x))


def _rounded_integers(x, unit: int):
    """Integers rounded to multiples of a power of ten; what rounds out of the dtype's range becomes its end."""
    ends = limits(x.dtype)
    lowest, highest = int(ends.min), int(ends.max)
    if unit > highest:
        over = rows.greater(x, rows.like(x, builtins.min(unit // 2, highest)))
        return rows.where(over, rows.like(x, highest), rows.like(x, 0))
    units, half = rows.floor_divide_int(x, rows.like(x, unit)), rows.like(x, unit // 2)
    rest = rows.mod_int(x, rows.like(x, unit))
    odd = rows.not_equal(rows.mod_int(units, rows.like(x, 2)), rows.like(x, 0))
    up = rows.logical_or(rows.greater(rest, half), rows.logical_and(rows.equal(rest, half), odd))
    units = rows.add(units, rows.cast_to(up, x.dtype))
    y = rows.multiply(units, rows.like(x, unit))
    y = rows.where(rows.greater(units, rows.like(x, highest // unit)), rows.like(x, highest), y)
    return rows.where(rows.less(units, rows.like(x, -(-lowest // unit))), rows.like(x, lowest), y)
