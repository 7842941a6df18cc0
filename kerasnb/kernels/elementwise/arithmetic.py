"""Arithmetic: sums, products, roots, absolute values."""

from __future__ import annotations

import math

import numpy as np

from kerasnb.backend.late_bound import Gradients
from kerasnb.backend.tensor.tensor import from_host
from kerasnb.kernels.elementwise.row import like, row


def _add(x, y):
    return x + y


def _subtract(x, y):
    return x - y


def _multiply(x, y):
    return x * y


def _divide(x, y):
    return x / y


def _negative(x):
    return -x


add = row(_add, np.add, lambda c, dy: (dy, dy))
subtract = row(_subtract, np.subtract, lambda c, dy: (dy, negative(dy)))
negative = row(_negative, np.negative, lambda c, dy: (negative(dy),))
multiply = row(_multiply, np.multiply, lambda c, dy: (multiply(dy, c.ins[1]), multiply(dy, c.ins[0])))


def _divide_vjp(call, dy):
    x, y = call.ins
    dx = divide(dy, y)
    return dx, negative(divide(multiply(dx, x), y))


divide = row(_divide, np.true_divide, _divide_vjp)


def _divide_no_nan(x, y):
    return x / y if y != 0 else 0


def _divide_no_nan_reference(x, y):
    return np.where(y == 0, np.zeros_like(x), x / np.where(y == 0, np.ones_like(y), y))


def _divide_no_nan_vjp(call, dy):
    x, y = call.ins
    dx = divide_no_nan(dy, y)
    return dx, negative(divide_no_nan(multiply(dx, x), y))


divide_no_nan = row(_divide_no_nan, _divide_no_nan_reference, _divide_no_nan_vjp)


def _square(x):
    return x * x


def _sqrt(x):
    return math.sqrt(x)


def _rsqrt(x):
    return 1 / math.sqrt(x)


def _reciprocal(x):
    return 1 / x


def _absolute(x):
    return abs(x)


def _sign(x):
    return 1 if x > 0 else (-1 if x < 0 else x)


square = row(_square, np.square, lambda c, dy: (multiply(dy, add(c.ins[0], c.ins[0])),))
sqrt = row(_sqrt, np.sqrt, lambda c, dy: (divide(dy, add(c.outs[0], c.outs[0])),))
rsqrt = row(
    _rsqrt,
    lambda x: (1 / np.sqrt(x)).astype(x.dtype),
    lambda c, dy: (multiply(multiply(dy, like(dy, -0.5)), multiply(c.outs[0], square(c.outs[0]))),),
)
reciprocal = row(_reciprocal, np.reciprocal, lambda c, dy: (negative(multiply(dy, square(c.outs[0]))),))
sign = row(_sign, np.sign, lambda c, dy: (multiply(dy, like(dy, 0)),))
absolute = row(_absolute, np.abs, lambda c, dy: (multiply(dy, sign(c.ins[0])),))

Gradients.add = add


def _ones_like(x):
    return from_host(np.ones(x.shape), x.dtype)


Gradients.ones_like = _ones_like


# --- totals over many batches: what rounding takes from one addition is added with the next (Kahan, 1965) ----------


def _total_with(total, low, more):
    return total + (more + (low if total + low == total else 0))


def _total_with_reference(total, low, more):
    return total + (more + np.where(total + low == total, low, 0).astype(low.dtype))


def _lost_with(total, low, more):
    added = more + (low if total + low == total else 0)
    s = total + added
    c = s - total
    return (total - (s - c)) + (added - c)


def _lost_with_reference(total, low, more):
    added = more + np.where(total + low == total, low, 0).astype(low.dtype)
    s = total + added
    c = s - total
    return (total - (s - c)) + (added - c)


total_with = row(_total_with, _total_with_reference)
lost_with = row(_lost_with, _lost_with_reference)
