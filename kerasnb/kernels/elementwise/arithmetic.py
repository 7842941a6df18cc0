"""Arithmetic: sums, products, roots, absolute values."""

from __future__ import annotations

import math

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.late_bound import Gradients
from kerasnb.backend.tensor.tensor import from_host
from kerasnb.kernels.elementwise.definition import elementwise_op, like


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


add = elementwise_op(_add, np.add, lambda c, dy: (dy, dy))
subtract = elementwise_op(_subtract, np.subtract, lambda c, dy: (dy, negative(dy)))
negative: Op = elementwise_op(_negative, np.negative, lambda c, dy: (negative(dy),))
multiply: Op = elementwise_op(_multiply, np.multiply, lambda c, dy: (multiply(dy, c.ins[1]), multiply(dy, c.ins[0])))


def _divide_vjp(call, dy):
    x, y = call.ins
    dx = divide(dy, y)
    return dx, negative(divide(multiply(dx, x), y))


divide = elementwise_op(_divide, np.true_divide, _divide_vjp)


def _divide_no_nan(x, y):
    return x / y if y != 0 else 0


def _divide_no_nan_reference(x, y):
    return np.where(y == 0, np.zeros_like(x), x / np.where(y == 0, np.ones_like(y), y))


def _divide_no_nan_vjp(call, dy):
    x, y = call.ins
    dx = divide_no_nan(dy, y)
    return dx, negative(divide_no_nan(multiply(dx, x), y))


divide_no_nan = elementwise_op(_divide_no_nan, _divide_no_nan_reference, _divide_no_nan_vjp)


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


square = elementwise_op(_square, np.square, lambda c, dy: (multiply(dy, add(c.ins[0], c.ins[0])),))
sqrt = elementwise_op(_sqrt, np.sqrt, lambda c, dy: (divide(dy, add(c.outs[0], c.outs[0])),))
rsqrt = elementwise_op(
    _rsqrt,
    lambda x: (1 / np.sqrt(x)).astype(x.dtype),
    lambda c, dy: (multiply(multiply(dy, like(dy, -0.5)), multiply(c.outs[0], square(c.outs[0]))),),
)
reciprocal = elementwise_op(_reciprocal, np.reciprocal, lambda c, dy: (negative(multiply(dy, square(c.outs[0]))),))
sign = elementwise_op(_sign, np.sign, lambda c, dy: (multiply(dy, like(dy, 0)),))
absolute = elementwise_op(_absolute, np.abs, lambda c, dy: (multiply(dy, sign(c.ins[0])),))

Gradients.add = add


def _ones_like(x):
    return from_host(np.ones(x.shape), x.dtype)


Gradients.ones_like = _ones_like


# --- totals over many batches: the rounding error of one addition is added with the next (Kahan, 1965) --------------


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


total_with = elementwise_op(_total_with, _total_with_reference)
lost_with = elementwise_op(_lost_with, _lost_with_reference)
