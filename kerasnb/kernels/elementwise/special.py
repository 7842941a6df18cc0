"""Complement of the error function, and the modified Bessel functions of order 0 and 1."""

from __future__ import annotations

import math

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.kernels.elementwise.arithmetic import divide, multiply, negative, square, subtract
from kerasnb.kernels.elementwise.choice import equal, where
from kerasnb.kernels.elementwise.definition import elementwise_op, like
from kerasnb.kernels.elementwise.functions import exp


def _erfc(x):
    return math.erfc(x)


def _erfc_reference(x):
    return np.vectorize(math.erfc, otypes=[np.float64])(x).astype(x.dtype)


def _erfc_vjp(call, dy):
    return (multiply(multiply(dy, like(dy, -2 / math.sqrt(math.pi))), exp(negative(square(call.ins[0])))),)


erfc = elementwise_op(_erfc, _erfc_reference, _erfc_vjp)

# Abramowitz and Stegun, "Handbook of Mathematical Functions", 9.8.1 to 9.8.4: relative errors below 2e-7.


def _i0(x):
    a = abs(x)
    t = x / 3.75
    t = t * t
    near = 0.0360768 + t * 0.0045813
    near = 1 + t * (3.5156229 + t * (3.0899424 + t * (1.2067492 + t * (0.2659732 + t * near))))
    u = 3.75 / max(a, 3.75)
    far = -0.02057706 + u * (0.02635537 + u * (-0.01647633 + u * 0.00392377))
    far = 0.00225319 + u * (-0.00157565 + u * (0.00916281 + u * far))
    far = 0.39894228 + u * (0.01328592 + u * far)
    half = math.exp(a / 2)  # its square is out of range before the result is
    return near if a < 3.75 else far * half / math.sqrt(a) * half


def _i1(x):
    a = abs(x)
    t = x / 3.75
    t = t * t
    near = 0.02658733 + t * (0.00301532 + t * 0.00032411)
    near = x * (0.5 + t * (0.87890594 + t * (0.51498869 + t * (0.15084934 + t * near))))
    u = 3.75 / max(a, 3.75)
    far = 0.02282967 + u * (-0.02895312 + u * (0.01787654 + u * -0.00420059))
    far = -0.00362018 + u * (0.00163801 + u * (-0.01031555 + u * far))
    far = math.copysign(0.39894228 + u * (-0.03988024 + u * far), x)
    half = math.exp(a / 2)
    return near if a < 3.75 else far * half / math.sqrt(a) * half


def _series(x, order):
    """The power series, summed in float64 until nothing changes: slow and obvious."""
    half = np.abs(x).astype(np.float64) / 2
    term = half**order
    value = term.copy()
    for k in range(1, 2000):
        term = term * half / k * half / (k + order)
        value = value + term
        if not np.any(term > 1e-17 * value):
            break
    value = np.where(np.isinf(half), np.nan, value)  # as SciPy has it
    return (np.sign(x).astype(np.float64) ** order * value).astype(x.dtype)


def _i1_vjp(call, dy):
    """The derivative of order 1: that of order 0, less the function over its argument (one half at 0)."""
    x = call.ins[0]
    zero = equal(x, like(x, 0))
    ratio = where(zero, like(x, 0.5), divide(call.outs[0], where(zero, like(x, 1), x)))
    return (multiply(dy, subtract(i0(x), ratio)),)


i0 = elementwise_op(_i0, lambda x: _series(x, 0), lambda c, dy: (multiply(dy, i1(c.ins[0])),))
i1: Op = elementwise_op(_i1, lambda x: _series(x, 1), _i1_vjp)
