"""Crossentropy of one binary target with one logit or probability, as elementwise operations."""

from __future__ import annotations

import math

import numpy as np

from kerasnb.kernels.elementwise import (
    divide,
    elementwise_op,
    equal,
    like,
    log,
    maximum,
    minimum,
    multiply,
    negative,
    sigmoid,
    subtract,
    where,
)


def _binary_logits(target, x):
    return (x if x > 0 else 0) - x * target + math.log1p(math.exp(-abs(x)))


def _binary_logits_reference(target, x):
    zero = x.dtype.type(0)
    return target * np.logaddexp(zero, -x) + (1 - target) * np.logaddexp(zero, x)


def _binary_logits_vjp(call, dy):
    target, x = call.ins
    return negative(multiply(dy, x)), multiply(dy, subtract(sigmoid(x), target))


def _binary_probabilities(target, x, epsilon):
    q = epsilon if x < epsilon else (1 - epsilon if x > 1 - epsilon else x)
    return -target * math.log(q) - (1 - target) * math.log(1 - q)


def _binary_probabilities_reference(target, x, *, epsilon):
    q = np.clip(x, x.dtype.type(epsilon), x.dtype.type(1 - epsilon))
    return -target * np.log(q) - (1 - target) * np.log(1 - q)


def _binary_probabilities_vjp(call, dy):
    (target, x), epsilon = call.ins, call.attrs["epsilon"]
    low, high, one = (like(x, v) for v in (epsilon, 1 - epsilon, 1))
    q = minimum(maximum(x, low), high)
    rest = subtract(one, q)
    slope = divide(subtract(q, target), multiply(q, rest))
    free = equal(q, x)
    to_target = multiply(dy, subtract(log(rest), log(q)))
    return to_target, where(free, multiply(dy, slope), like(x, 0))


binary_logits = elementwise_op(_binary_logits, _binary_logits_reference, _binary_logits_vjp)
binary_probabilities = elementwise_op(
    _binary_probabilities, _binary_probabilities_reference, _binary_probabilities_vjp
)  # fmt: skip
