"""Exponentials of float32 in operations that loops can vectorise: e^x, logistic function, hyperbolic tangent."""

from __future__ import annotations

import math

import numpy as np

from kerasnb.backend.compile.jit import element

LOWEST = np.float32(-87.33)  # e to this is the smallest normal float32
FLAT = np.float32(-40)  # twice this: the hyperbolic tangent is 1 long before
LOG2_E, HALF = np.float32(1.4426950408889634), np.float32(0.5)
LN2_HIGH, LN2_LOW = np.float32(0.693359375), np.float32(-2.12194440e-4)  # Cody and Waite (1980)
T2, T3, T4, T5, T6, T7 = (np.float32(1 / math.factorial(k)) for k in range(2, 8))
ZERO, ONE, TWO = np.float32(0), np.float32(1), np.float32(2)


@element
def split_exponential(x: np.float32, clamped: np.float32) -> tuple[np.float32, np.float32]:
    """A power of two and a small q with e^x = power * (1 + q); `clamped` is x where the power is a normal float32."""
    k = np.floor(clamped * LOG2_E + HALF)
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    q = ((((((T7 * r + T6) * r + T5) * r + T4) * r + T3) * r + T2) * r + ONE) * r
    return np.int32((np.int32(k) + np.int32(127)) << np.int32(23)).view(np.float32), q


@element
def exp_below(x: np.float32) -> np.float32:
    """E to the power of a float32 not above 0."""
    power, q = split_exponential(x, x if x > LOWEST else LOWEST)
    return ZERO if x < LOWEST else (q + ONE) * power


@element
def sigmoid(x: np.float32) -> np.float32:
    """1 / (1 + e^-x) of a float32, from e to the power of -|x|, which cannot overflow."""
    below = -abs(x)
    safe = below if below > LOWEST else LOWEST
    power, q = split_exponential(safe, safe)
    e = ZERO if below < LOWEST else (q + ONE) * power
    y = (ONE if x > ZERO else e) / (ONE + e)
    return x if x != x else y


@element
def tanh(x: np.float32) -> np.float32:
    """The hyperbolic tangent of a float32, from e^-2|x| - 1, which is exact to its last digits near 0 as well."""
    below = -TWO * abs(x)
    safe = below if below > FLAT else FLAT
    power, q = split_exponential(safe, safe)
    less = power * q + (power - ONE)
    y = -less / (less + TWO)
    y = y if x > ZERO else -y
    return x if x != x else y
