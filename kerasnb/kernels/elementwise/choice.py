"""Comparison, logic and choice."""

from __future__ import annotations

import numpy as np

from kerasnb.kernels.elementwise.arithmetic import multiply
from kerasnb.kernels.elementwise.definition import elementwise_op, like


def _equal(x, y):
    return x == y


def _not_equal(x, y):
    return x != y


def _less(x, y):
    return x < y


def _less_equal(x, y):
    return x <= y


def _greater(x, y):
    return x > y


def _greater_equal(x, y):
    return x >= y


equal = elementwise_op(_equal, np.equal, dtype="bool")
not_equal = elementwise_op(_not_equal, np.not_equal, dtype="bool")
less = elementwise_op(_less, np.less, dtype="bool")
less_equal = elementwise_op(_less_equal, np.less_equal, dtype="bool")
greater = elementwise_op(_greater, np.greater, dtype="bool")
greater_equal = elementwise_op(_greater_equal, np.greater_equal, dtype="bool")


def _logical_and(x, y):
    return x and y


def _logical_or(x, y):
    return x or y


def _logical_not(x):
    return not x


logical_and = elementwise_op(_logical_and, np.logical_and, dtype="bool")
logical_or = elementwise_op(_logical_or, np.logical_or, dtype="bool")
logical_not = elementwise_op(_logical_not, np.logical_not, dtype="bool")


def _isnan(x):
    return x != x


def _isfinite(x):
    return x - x == 0


isnan = elementwise_op(_isnan, np.isnan, dtype="bool")
isfinite = elementwise_op(_isfinite, np.isfinite, dtype="bool")


def _where(condition, x, y):
    return x if condition else y


def _where_vjp(call, dy):
    condition, zero = call.ins[0], like(dy, 0)
    return None, where(condition, dy, zero), where(condition, zero, dy)


where = elementwise_op(_where, np.where, _where_vjp)


def _maximum(x, y):
    return x if (x >= y or x != x) else y


def _minimum(x, y):
    return x if (x <= y or x != x) else y


def _choice_vjp(chosen):
    """The gradient goes to the chosen input, half to each where both are equal."""

    def vjp(call, dy):
        x, y = call.ins
        half, zero = multiply(dy, like(dy, 0.5)), like(dy, 0)
        tie = equal(x, y)
        return tuple(where(tie, half, where(chosen(a, b), dy, zero)) for a, b in ((x, y), (y, x)))

    return vjp


maximum = elementwise_op(_maximum, np.maximum, _choice_vjp(lambda a, b: greater(a, b)))
minimum = elementwise_op(_minimum, np.minimum, _choice_vjp(lambda a, b: less(a, b)))
