"""Integers as bits, common divisors, and the sign bit."""

from __future__ import annotations

import math

import numpy as np

from kerasnb.kernels.elementwise.definition import elementwise_op


def _bitwise_and(x, y):
    return x & y


def _bitwise_or(x, y):
    return x | y


def _bitwise_xor(x, y):
    return x ^ y


def _bitwise_not(x):
    return ~x


bitwise_and = elementwise_op(_bitwise_and, np.bitwise_and)
bitwise_or = elementwise_op(_bitwise_or, np.bitwise_or)
bitwise_xor = elementwise_op(_bitwise_xor, np.bitwise_xor)
bitwise_not = elementwise_op(_bitwise_not, np.invert)


def _left_shift(x, y, bits):
    return x << y if (y >= 0 and y < bits) else 0


def _right_shift(x, y, bits):
    return x >> y if (y >= 0 and y < bits) else (-1 if x < 0 else 0)


def _inside(y, bits):
    return (y >= 0) & (y < bits)


def _left_shift_reference(x, y, *, bits):
    inside = _inside(y, bits)
    return np.where(inside, np.left_shift(x, np.where(inside, y, 0).astype(y.dtype)), 0).astype(x.dtype)


def _right_shift_reference(x, y, *, bits):
    inside = _inside(y, bits)
    shifted = np.right_shift(x, np.where(inside, y, 0).astype(y.dtype))
    return np.where(inside, shifted, np.where(x < 0, ~np.zeros_like(x), np.zeros_like(x))).astype(x.dtype)


# a shift by the whole width or more leaves nothing; the machine's own shift would take it modulo the width
left_shift = elementwise_op(_left_shift, _left_shift_reference)
right_shift = elementwise_op(_right_shift, _right_shift_reference)


def _gcd(x, y):
    a = abs(x)
    b = abs(y)
    while b != 0:
        rest = a % b
        a = b
        b = rest
    return abs(a)


gcd = elementwise_op(_gcd, np.gcd)


def _signbit(x):
    return math.copysign(1, x) < 0


signbit = elementwise_op(_signbit, np.signbit, dtype="bool")
