"""Rows: crossentropy of one binary target with one logit or probability; elementwise like the others."""

from __future__ import annotations

import math

import numpy as np

from kerasnb.kernels import elementwise as rows_of


def _binary_logits(target, x):
    return (x if x > 0 else 0) - x * target + math.log1p(math.exp(-abs(x)))


def _binary_logits_reference(target, x):
    zero = x.dtype.type(0)
    return target * np.logaddexp(zero, -x) + (1 - target) * np.logaddexp(zero, x)


def _binary_logits_vjp(call, dy):
    target, x = call.ins
    return rows_of.negative(rows_of.multiply(dy, x)), rows_of.multiply(dy, rows_of.subtract(rows_of.sigmoid(x), target))


def _binary_probabilities(target, x, epsilon):
    q = epsilon if x < epsilon else (1 - epsilon if x > 1 - epsilon else x)
    return -target * math.log(q) - (1 - target) * math.log(1 - q)


def _binary_probabilities_reference(target, x, *, epsilon):
    q = np.clip(x, x.dtype.type(epsilon), x.dtype.type(1 - epsilon))
    return -target * np.log(q) - (1 - target) * np.log(1 - q)


def _binary_probabilities_vjp(call, dy):
    (target, x), epsilon = call.ins, call.attrs["epsilon"]
    low, high, one = (rows_of.like(x, v) for v in (epsilon, 1 - epsilon, 1))
    q = rows_of.minimum(rows_of.maximum(x, low), high)
    rest = rows_of.subtract(one, q)
    slope = rows_of.divide(rows_of.subtract(q, target), rows_of.multiply(q, rest))
    free = rows_of.equal(q, x)
    to_target = rows_of.multiply(dy, rows_of.subtract(rows_of.log(rest), rows_of.log(q)))
    return to_target, rows_of.where(free, rows_of.multiply(dy, slope), rows_of.like(x, 0))


binary_logits = rows_of.row(_binary_logits, _binary_logits_reference, _binary_logits_vjp)
binary_probabilities = rows_of.row(
    _binary_probabilities, _binary_probabilities_reference, _binary_probabilities_vjp
)  # fmt: skip
