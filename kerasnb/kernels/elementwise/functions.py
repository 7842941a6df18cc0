"""Exponentials, trigonometry, rounding, and the operations whose gradients need them."""

from __future__ import annotations

import math

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.kernels.elementwise.arithmetic import add, divide, divide_no_nan, multiply, negative, square, subtract
from kerasnb.kernels.elementwise.choice import greater, where
from kerasnb.kernels.elementwise.definition import elementwise_op, like

# --- exponentials ----------------------------------------------------------------------------------


def _exp(x):
    return math.exp(x)


def _expm1(x):
    return math.expm1(x)


def _log(x):
    return math.log(x)


def _log1p(x):
    return math.log1p(x)


def _tanh(x):
    return math.tanh(x)


def _sigmoid(x):
    return 1 / (1 + math.exp(-x))


def _softplus(x):
    return (x if x > 0 else 0) + math.log1p(math.exp(-abs(x)))


def _sigmoid_reference(x):
    small = np.exp(-np.abs(x.astype(np.float64)))
    return np.where(x < 0, small / (1 + small), 1 / (1 + small)).astype(x.dtype)


def _sigmoid_vjp(call, dy):
    y = call.outs[0]
    return (multiply(dy, multiply(y, subtract(like(y, 1), y))),)


def _softplus_reference(x):
    return np.logaddexp(x, x.dtype.type(0))


exp = elementwise_op(_exp, np.exp, lambda c, dy: (multiply(dy, c.outs[0]),))
expm1 = elementwise_op(_expm1, np.expm1, lambda c, dy: (multiply(dy, add(c.outs[0], like(dy, 1))),))
log = elementwise_op(_log, np.log, lambda c, dy: (divide(dy, c.ins[0]),))
log1p = elementwise_op(_log1p, np.log1p, lambda c, dy: (divide(dy, add(c.ins[0], like(dy, 1))),))
tanh = elementwise_op(_tanh, np.tanh, lambda c, dy: (multiply(dy, subtract(like(dy, 1), square(c.outs[0]))),))
sigmoid = elementwise_op(_sigmoid, _sigmoid_reference, _sigmoid_vjp)
softplus = elementwise_op(_softplus, _softplus_reference, lambda c, dy: (multiply(dy, sigmoid(c.ins[0])),))

# --- trigonometry and special functions ------------------------------------------------------------


def _sin(x):
    return math.sin(x)


def _cos(x):
    return math.cos(x)


def _tan(x):
    return math.tan(x)


def _arctan(x):
    return math.atan(x)


def _arctan2(x, y):
    return math.atan2(x, y)


def _erf(x):
    return math.erf(x)


def _arctan2_vjp(call, dy):
    """One factor over the length after the other: their squares may be out of range."""
    x, y = call.ins
    length = hypot(x, y)
    scaled = divide(dy, length)
    return multiply(scaled, divide(y, length)), negative(multiply(scaled, divide(x, length)))


def _hypot(x, y):
    return math.hypot(x, y)


def _hypot_vjp(call, dy):
    """The cosine and the sine of the angle; at the origin, where there is none, 0."""
    return tuple(multiply(dy, divide_no_nan(side, call.outs[0])) for side in call.ins)


hypot = elementwise_op(_hypot, np.hypot, _hypot_vjp)


def _erf_reference(x):
    return np.vectorize(math.erf, otypes=[np.float64])(x).astype(x.dtype)


def _erf_vjp(call, dy):
    return (multiply(multiply(dy, like(dy, 2 / math.sqrt(math.pi))), exp(negative(square(call.ins[0])))),)


sin = elementwise_op(_sin, np.sin, lambda c, dy: (multiply(dy, cos(c.ins[0])),))
cos: Op = elementwise_op(_cos, np.cos, lambda c, dy: (negative(multiply(dy, sin(c.ins[0]))),))
tan = elementwise_op(_tan, np.tan, lambda c, dy: (multiply(dy, add(like(dy, 1), square(c.outs[0]))),))
arctan = elementwise_op(_arctan, np.arctan, lambda c, dy: (divide(dy, add(like(dy, 1), square(c.ins[0]))),))
arctan2 = elementwise_op(_arctan2, np.arctan2, _arctan2_vjp)
erf = elementwise_op(_erf, _erf_reference, _erf_vjp)

# --- rounding, and division with remainder -----------------------------------------------------------


def _floor(x):
    return np.floor(x)


def _ceil(x):
    return np.ceil(x)


def _round(x):
    return np.rint(x)


def _no_gradient(call, dy):
    return (multiply(dy, like(dy, 0)),)


floor = elementwise_op(_floor, np.floor, _no_gradient)
ceil = elementwise_op(_ceil, np.ceil, _no_gradient)
rint = elementwise_op(_round, np.rint, _no_gradient, name="rint")


# The quotient may be rounded to the next whole number, the remainder of fmod is exact: all else follows from it.


def _floor_divide(x, y):
    rest = np.fmod(x, y)
    whole = (x - rest) / y
    whole = np.rint(whole - 1 if (rest != 0 and (rest < 0) != (y < 0)) else whole)
    signed = math.copysign(0, x / y) if whole == 0 else whole
    return x / y if y == 0 else signed


def _floor_divide_int(x, y):
    return x // y


floor_divide = elementwise_op(_floor_divide, np.floor_divide, lambda c, dy: (multiply(dy, like(dy, 0)),) * 2)
floor_divide_int = elementwise_op(_floor_divide_int, np.floor_divide)


def _mod(x, y):
    rest = np.fmod(x, y)
    signed = rest + y if (rest < 0) != (y < 0) else rest
    return math.copysign(0, y) if rest == 0 else signed


def _mod_int(x, y):
    return x % y


mod = elementwise_op(_mod, np.mod, lambda c, dy: (dy, negative(multiply(dy, floor_divide(*c.ins)))))
mod_int = elementwise_op(_mod_int, np.mod)

# --- powers ----------------------------------------------------------------------------------------


def _power(x, y):
    return x**y


def _power_vjp(call, dy):
    x, y = call.ins
    dx = multiply(dy, multiply(y, power(x, subtract(y, like(y, 1)))))
    safe = where(greater(x, like(x, 0)), x, like(x, 1))
    return dx, multiply(dy, multiply(power(x, y), log(safe)))


power = elementwise_op(_power, np.power, _power_vjp)


def _power_int(x, y):
    total = 1
    base = x
    left = y
    while left > 0:  # by squaring: a GPU's own power is one of float64
        total = total * base if left % 2 != 0 else total
        base = base * base
        left = left // 2
    unit = x if y % 2 != 0 else x * x
    cut = unit if abs(x) == 1 else 0
    return total if y >= 0 else cut


def _power_int_reference(x, y):
    """Negative powers are cut off behind the point: 0 but for those of 1 and -1."""
    units = np.where(np.abs(x) == 1, np.where(y % 2 == 0, 1, x), 0)
    return np.where(y < 0, units, np.power(x, np.where(y < 0, 0, y))).astype(x.dtype)


power_int = elementwise_op(_power_int, _power_int_reference)
