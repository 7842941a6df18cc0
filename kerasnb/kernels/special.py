"""Elementwise operations with a numerical method of their own."""

from __future__ import annotations

import math

import numpy as np

from kerasnb.kernels.elementwise import elementwise_op, exp, like, multiply, square


def _erfinv(x):
    w = -math.log((1 - x) * (1 + x))
    n = w - 2.5
    f = math.sqrt(w) - 3
    near = 2.81022636e-08
    near = near * n + 3.43273939e-07
    near = near * n - 3.5233877e-06
    near = near * n - 4.39150654e-06
    near = near * n + 0.00021858087
    near = near * n - 0.00125372503
    near = near * n - 0.00417768164
    near = near * n + 0.246640727
    near = near * n + 1.50140941
    far = -0.000200214257
    far = far * f + 0.000100950558
    far = far * f + 0.00134934322
    far = far * f - 0.00367342844
    far = far * f + 0.00573950773
    far = far * f - 0.0076224613
    far = far * f + 0.00943887047
    far = far * f + 1.00167406
    far = far * f + 2.83297682
    # Giles, "Approximating the erfinv function" (2010), single precision; the ends are infinite, and w is NaN outside
    return x / (1 - abs(x)) if abs(x) == 1 else x * (near if w < 5 else far)


def _erfinv_one(x: float) -> float:
    """Bisection on erf, or on erfc where erf is too close to 1: slow and obvious."""
    if not -1 < x < 1:
        return math.copysign(math.inf, x) if abs(x) == 1 else math.nan
    if abs(x) < 1e-8:
        return x * math.sqrt(math.pi) / 2
    low, high, rest = 0.0, 7.0, 1 - abs(x)
    for _ in range(80):
        middle = (low + high) / 2
        below = math.erf(middle) < abs(x) if abs(x) < 0.5 else math.erfc(middle) > rest
        low, high = (middle, high) if below else (low, middle)
    return math.copysign(low, x)


def _erfinv_reference(x):
    return np.vectorize(_erfinv_one, otypes=[np.float64])(x.astype(np.float64)).astype(x.dtype)


def _erfinv_vjp(call, dy):
    return (multiply(multiply(dy, like(dy, math.sqrt(math.pi) / 2)), exp(square(call.outs[0]))),)


erfinv = elementwise_op(_erfinv, _erfinv_reference, _erfinv_vjp)
