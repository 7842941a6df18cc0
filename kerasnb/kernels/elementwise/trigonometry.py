"""Inverse and hyperbolic functions, cube root, remainder with the sign of the dividend."""

from __future__ import annotations

import math

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.kernels.elementwise.arithmetic import add, divide, multiply, negative, rsqrt, square, subtract
from kerasnb.kernels.elementwise.choice import less, where
from kerasnb.kernels.elementwise.definition import elementwise_op, like
from kerasnb.kernels.elementwise.functions import ceil, floor, rint

# --- inverse functions -----------------------------------------------------------------------------


def _arcsin(x):
    return math.asin(x)


def _arccos(x):
    return math.acos(x)


def _arcsinh(x):
    return math.asinh(x)


def _arccosh(x):
    return math.acosh(x)


def _arctanh(x):
    return math.atanh(x)


def _one_minus_square(x):
    return subtract(like(x, 1), square(x))


arcsin = elementwise_op(_arcsin, np.arcsin, lambda c, dy: (multiply(dy, rsqrt(_one_minus_square(c.ins[0]))),))
arccos = elementwise_op(_arccos, np.arccos, lambda c, dy: (negative(multiply(dy, rsqrt(_one_minus_square(c.ins[0])))),))
arcsinh = elementwise_op(_arcsinh, np.arcsinh, lambda c, dy: (multiply(dy, rsqrt(add(square(c.ins[0]), like(dy, 1)))),))
arccosh = elementwise_op(
    _arccosh, np.arccosh, lambda c, dy: (multiply(dy, rsqrt(subtract(square(c.ins[0]), like(dy, 1)))),)
)
arctanh = elementwise_op(_arctanh, np.arctanh, lambda c, dy: (divide(dy, _one_minus_square(c.ins[0])),))

# --- hyperbolic functions --------------------------------------------------------------------------


def _sinh(x):
    return math.sinh(x)


def _cosh(x):
    return math.cosh(x)


sinh = elementwise_op(_sinh, np.sinh, lambda c, dy: (multiply(dy, cosh(c.ins[0])),))
cosh: Op = elementwise_op(_cosh, np.cosh, lambda c, dy: (multiply(dy, sinh(c.ins[0])),))

# --- powers of two, roots --------------------------------------------------------------------------


def _exp2(x):
    return 2**x


def _cbrt(x):
    a = abs(x)
    root = a ** (1 / 3)
    # a third is no binary number: one step of Newton's takes away what that costs
    better = root - (root - a / root / root) / 3
    return math.copysign(better if better - better == 0 else root, x)


def _cbrt_vjp(call, dy):
    return (divide(dy, multiply(square(call.outs[0]), like(dy, 3))),)


exp2 = elementwise_op(_exp2, np.exp2, lambda c, dy: (multiply(multiply(dy, c.outs[0]), like(dy, math.log(2))),))
cbrt = elementwise_op(_cbrt, np.cbrt, _cbrt_vjp)

# --- remainder -------------------------------------------------------------------------------------


def _fmod(x, y):
    return np.fmod(x, y)


def _fmod_int(x, y):
    rest = x % y
    return rest - y if (rest != 0 and (x < 0) != (y < 0)) else rest


def _fmod_vjp(call, dy):
    x, y = call.ins
    return dy, negative(multiply(dy, rint(divide(subtract(x, call.outs[0]), y))))


def truncated(x: Tensor) -> Tensor:
    """Without what stands behind the point."""
    return where(less(x, like(x, 0)), ceil(x), floor(x))


fmod = elementwise_op(_fmod, np.fmod, _fmod_vjp)
fmod_int = elementwise_op(_fmod_int, np.fmod)
