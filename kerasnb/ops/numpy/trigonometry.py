"""Trigonometric, hyperbolic and other functions of numbers of `keras.ops`."""

from __future__ import annotations

import math

from kerasnb.backend.tensor.dtypes import COMPLEX, FLOATS
from kerasnb.kernels import elementwise as rows
from kerasnb.kernels import special
from kerasnb.kernels.complex import imaginary_part, real_part
from kerasnb.kernels.identity import stop_gradient
from kerasnb.ops.arguments import dtype_of, floating, promoted, tensor
from kerasnb.ops.describe import described
from kerasnb.ops.numpy import functions as fn

__all__ = [
    "angle",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctanh",
    "cbrt",
    "cosh",
    "deg2rad",
    "erfc",
    "erfinv",
    "exp2",
    "hypot",
    "i0",
    "ldexp",
    "log2",
    "log10",
    "logaddexp",
    "logaddexp2",
    "rad2deg",
    "sinc",
    "sinh",
]  # fmt: skip


def _function(name: str, summary: str, at: float, value: float, compute=None):
    """A public function of one argument that is computed in floats."""
    compute = compute or getattr(rows, name)

    def function(x):
        return compute(floating(x))

    function.__name__ = function.__qualname__ = name
    described(summary, f"round(float(keras.ops.{name}({at})), 4)", str(value), "A tensor of a float dtype.")(function)
    return function


def _scaled(x, factor: float):
    return rows.multiply(x, rows.like(x, factor))


def _side(x):
    """Of complex numbers, the angle; of real ones, pi below zero, else 0; NaN stays."""
    if x.dtype in COMPLEX:
        return rows.arctan2(imaginary_part(x), real_part(x))
    side = rows.where(rows.signbit(x), rows.like(x, math.pi), rows.like(x, 0))
    return rows.where(rows.isnan(x), x, side)


def _erfinv(x):
    """The series of the kernel is for single precision: in float64, steps of Newton's follow."""
    y = special.erfinv(x)
    if x.dtype != "float64":
        return y
    part, b = rows.absolute(x), rows.absolute(y)
    for _ in range(4):
        over = rows.erfc(b)
        # far out by logarithms: erfc itself is too curved
        far = rows.multiply(over, rows.subtract(rows.log(over), rows.log(rows.subtract(rows.like(x, 1), part))))
        miss = rows.where(rows.less(part, rows.like(x, 0.5)), rows.subtract(part, rows.erf(b)), far)
        b = rows.add(b, _scaled(rows.multiply(miss, rows.exp(rows.square(b))), math.sqrt(math.pi) / 2))
    gap = rows.subtract(rows.multiply(b, rows.sign(x)), y)
    return rows.add(y, stop_gradient(rows.where(rows.isfinite(gap), gap, rows.like(x, 0))))


def _sinc(x):
    """`sin(pi x) / (pi x)`; near 0 its series, whose gradient neither divides by 0 nor loses digits.

    The sine is taken of what is left of whole turns, folded to the quarters next to 0: both are exact, a large angle
    is not.
    """
    near, one = rows.less(rows.absolute(x), rows.like(x, 0.1)), rows.like(x, 1)
    squared = rows.square(_scaled(rows.where(near, x, one), math.pi))
    series = one
    for n in (110, 72, 42, 20, 6):
        series = rows.subtract(one, _scaled(rows.multiply(squared, series), 1 / n))
    safe = rows.where(near, one, x)
    turn = rows.subtract(safe, _scaled(rows.rint(_scaled(safe, 0.5)), 2.0))
    beyond = rows.greater(rows.absolute(turn), rows.like(x, 0.5))
    turn = rows.where(beyond, rows.subtract(rows.sign(turn), turn), turn)
    return rows.where(near, series, rows.divide(_scaled(rows.sin(_scaled(turn, math.pi)), 1 / math.pi), safe))


arcsin = _function("arcsin", "Returns the inverse sine of each element, in radians.", 1.0, 1.5708)
arccos = _function("arccos", "Returns the inverse cosine of each element, in radians.", 0.0, 1.5708)
arcsinh = _function("arcsinh", "Returns the inverse hyperbolic sine of each element.", 1.0, 0.8814)
arccosh = _function("arccosh", "Returns the inverse hyperbolic cosine of each element.", 2.0, 1.317)
arctanh = _function("arctanh", "Returns the inverse hyperbolic tangent of each element.", 0.5, 0.5493)
sinh = _function("sinh", "Returns the hyperbolic sine of each element.", 1.0, 1.1752)
cosh = _function("cosh", "Returns the hyperbolic cosine of each element.", 1.0, 1.5431)
exp2 = _function("exp2", "Returns 2 to the power of each element.", 3.0, 8.0)
cbrt = _function("cbrt", "Returns the cube root of each element.", 8.0, 2.0)
erfc = _function("erfc", "Returns `1 - erf(x)` of each element, exact for large x.", 1.0, 0.1573)
erfinv = _function("erfinv", "Returns the inverse error function of each element.", 0.5, 0.4769, _erfinv)
i0 = _function("i0", "Returns the modified Bessel function of order 0 of each element.", 1.0, 1.2661)
log2 = _function(
    "log2", "Returns the logarithm to base 2 of each element.", 8.0, 3.0, lambda x: _scaled(fn.log(x), 1 / math.log(2))
)
log10 = _function(
    "log10", "Returns the logarithm to base 10 of each element.", 100.0, 2.0,
    lambda x: _scaled(fn.log(x), 1 / math.log(10)),
)  # fmt: skip
deg2rad = _function("deg2rad", "Converts degrees to radians.", 180.0, 3.1416, lambda x: _scaled(x, math.pi / 180))
rad2deg = _function("rad2deg", "Converts radians to degrees.", 1.0, 57.2958, lambda x: _scaled(x, 180 / math.pi))
sinc = _function("sinc", "Returns `sin(pi x) / (pi x)` of each element, 1 at 0.", 0.5, 0.6366, _sinc)
angle = _function(
    "angle", "Returns the angle of each number in the complex plane: pi below zero.", -1.0, 3.1416,
    _side,
)  # fmt: skip


@described("Returns the length of the hypotenuse, element-wise.", "float(keras.ops.hypot(3.0, 4.0))", "5.0")
def hypot(x1, x2):
    return rows.hypot(*promoted(x1, x2, floating=True))


def _logadd(x1, x2, exponential, logarithm):
    """The larger plus the logarithm of `1 + ` the smaller's share: nothing overflows; infinities alike differ by 0."""
    larger = rows.maximum(x1, x2)
    gap = rows.where(rows.equal(x1, x2), rows.like(x1, 0), rows.subtract(x1, x2))
    return rows.add(larger, logarithm(exponential(rows.negative(rows.absolute(gap)))))


@described(
    "Returns `log(exp(x1) + exp(x2))`, element-wise, without overflow.",
    "round(float(keras.ops.logaddexp(0.0, 0.0)), 4)", "0.6931",
)  # fmt: skip
def logaddexp(x1, x2):
    return _logadd(*promoted(x1, x2, floating=True), rows.exp, rows.log1p)


@described(
    "Returns `log2(2**x1 + 2**x2)`, element-wise, without overflow.", "float(keras.ops.logaddexp2(1.0, 1.0))", "2.0"
)
def logaddexp2(x1, x2):
    return _logadd(*promoted(x1, x2, floating=True), rows.exp2, lambda x: _scaled(rows.log1p(x), 1 / math.log(2)))


@described(
    "Returns `x1 * 2**x2`, element-wise.", "float(keras.ops.ldexp(1.5, 2))", "6.0",
    raises="TypeError: If `x2` is not of an integer dtype.", x2="Integer tensor of exponents.",
)  # fmt: skip
def ldexp(x1, x2):
    exponent = tensor(x2)
    if exponent.dtype in FLOATS or exponent.dtype == "bool":
        raise TypeError(f"Argument `x2` of `ldexp` must be of an integer dtype. Received: dtype={dtype_of(x2)}")
    x = floating(x1)
    half = rows.floor_divide_int(exponent, rows.like(exponent, 2))
    rest = rows.subtract(exponent, half)
    # in two steps, since 2**x2 alone may be out of range where the result is not
    return rows.multiply(rows.multiply(x, _power_of_two(half, x)), _power_of_two(rest, x))


def _power_of_two(exponent, x):
    return rows.exp2(rows.cast_to(exponent, x.dtype))
