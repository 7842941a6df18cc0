"""Elementwise functions of `keras.ops` and what they mean in float64, for numbers at the edges of each float dtype."""

from __future__ import annotations

import math

import ml_dtypes
import numpy as np
import scipy.special as sp

FLOATS = {"float16": np.float16, "bfloat16": ml_dtypes.bfloat16, "float32": np.float32, "float64": np.float64}


def _squareplus(x):
    half = (np.hypot(x, 2) + np.abs(x)) / 2
    return np.where(x < 0, 1 / half, half)


def _sinc(x):
    """By the nearest whole number, as NumPy's own has the sine of a rounded angle."""
    near = np.rint(x)
    turn = np.where(near % 2 == 0, 1, -1) * np.sin(np.pi * (x - near))
    return np.where(x == 0, 1.0, turn / np.pi / np.where(x == 0, 1, x))


def _gelu(x):
    # the tanh is a sigmoid of twice the argument, which keeps the digits of a small one
    return x * sp.expit(2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))


def _no_nan(x, y):
    return np.where(y == 0, 0 * np.ones_like(x), x / np.where(y == 0, 1, y))


SELU = 1.0507009873554805
UNARY = {
    **{n: getattr(np, n) for n in (
        "abs", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "cbrt", "ceil", "cos", "cosh", "deg2rad",
        "exp", "exp2", "expm1", "fabs", "floor", "isfinite", "isinf", "isnan", "isneginf", "isposinf", "isreal", "log",
        "log10", "log1p", "log2", "logical_not", "negative", "rad2deg", "reciprocal", "round", "sign", "signbit", "sin",
        "sinh", "sqrt", "square", "tan", "tanh", "trunc",
    )},
    "angle": lambda x: np.where(np.isnan(x), x, np.where(np.signbit(x), np.pi, 0)),
    "celu": lambda x: np.where(x > 0, x, np.expm1(x)),
    "elu": lambda x: np.where(x > 0, x, np.expm1(x)),
    "erf": sp.erf,
    "erfc": sp.erfc,
    "erfinv": sp.erfinv,
    "gelu": _gelu,
    "hard_shrink": lambda x: np.where(np.abs(x) > 0.5, x, 0),
    "hard_sigmoid": lambda x: np.clip(x + 3, 0, 6) / 6,
    "hard_silu": lambda x: x * np.clip(x + 3, 0, 6) / 6,
    "hard_tanh": lambda x: np.clip(x, -1, 1),
    "i0": sp.i0,
    "leaky_relu": lambda x: np.where(x >= 0, x, x * 0.2),
    "log_sigmoid": lambda x: -np.logaddexp(0, -x),
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "selu": lambda x: SELU * np.where(x > 0, x, 1.6732632423543772 * np.expm1(x)),
    "sigmoid": sp.expit,
    "silu": lambda x: x * sp.expit(x),
    "sinc": _sinc,
    "soft_shrink": lambda x: np.where(x > 0.5, x - 0.5, np.where(x < -0.5, x + 0.5, 0)),
    "softplus": lambda x: np.logaddexp(0, x),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "sparse_plus": lambda x: np.where(x <= -1, 0, np.where(x < 1, (x + 1) ** 2 / 4, x)),
    "sparse_sigmoid": lambda x: np.clip((x + 1) / 2, 0, 1),
    "squareplus": _squareplus,
    "tanh_shrink": lambda x: x - np.tanh(x),
}  # fmt: skip
BINARY = {
    **{n: getattr(np, n) for n in (
        "add", "arctan2", "divide", "equal", "floor_divide", "fmax", "fmin", "fmod", "greater", "greater_equal",
        "heaviside", "hypot", "isclose", "less", "less_equal", "logaddexp", "logaddexp2", "logical_and", "logical_or",
        "logical_xor", "maximum", "minimum", "mod", "multiply", "not_equal", "power", "subtract",
    )},
    "divide_no_nan": _no_nan,
}  # fmt: skip
# Zeros of either sign are alike to these, as they are to NumPy, JAX and C in one place or another.
ANY_ZERO = {
    "celu", "elu", "erfinv", "fmax", "fmin", "hard_tanh", "leaky_relu", "maximum", "minimum", "relu", "relu6", "selu",
    "sign", "sinc",
}  # fmt: skip
# Differences of numbers that are nearly alike: the error is that of the larger number, which is given here.
CANCELS = {
    "gelu": lambda x: np.abs(x),
    "logaddexp": np.maximum,
    "logaddexp2": np.maximum,
    "tanh_shrink": np.abs,
    "sparse_plus": lambda x: np.ones_like(x),
}
# Products with something that underflows: its loss is at most that many times the smallest normal number.
UNDERFLOWS = {"gelu": 1e3, "silu": 1e3, "sigmoid": 1.0}

POINTS = (
    0.1, 0.3, 0.5, 0.9, 1, 1.5, 2, 2.5, 3, 6, 7, 10, 20, 30, 60, 88, 90, 100, 104, 150, 709, 1e3, 3e4, 1e8, 1e10, 1e20,
    1e-3, 1e-5, 1e-10, 1e-20, 1e-30, 8388609.0, math.pi, math.pi / 2,
)  # fmt: skip


def edges(dtype: str, denormals: bool = True) -> np.ndarray:
    """NaN, infinities, zeros, the largest, the smallest and neighbours of whole numbers, with both signs."""
    kind, info = FLOATS[dtype], ml_dtypes.finfo(FLOATS[dtype])
    tiny = float(info.tiny)
    small = (float(info.smallest_subnormal), tiny / 2) if denormals else ()
    beside = [np.nextafter(kind(a), kind(b)) for a in (0.5, 1, 2, 3, 6) for b in (0, np.inf)]
    x = np.array([np.nan, np.inf, 0, *small, tiny, float(info.max), float(info.max) / 2, *POINTS], "float64")
    with np.errstate(over="ignore"):
        x = np.concatenate([x.astype(kind), np.array(beside, kind)])
    return np.concatenate([x, -x])


SINGLE = {"i0"}  # a series for single precision, in float64 too
UNITS = {"erfc": 32}  # of the last place, where SciPy's own are some


def allowed(name: str, dtype: str, ins: list, expected: np.ndarray) -> np.ndarray:
    """How far a result may be from the float64 one: a few units of its last place, or of what it is a difference of."""
    info = ml_dtypes.finfo(FLOATS["float32" if name in SINGLE else dtype])
    size = np.abs(expected)
    if name in CANCELS:
        size = np.maximum(size, np.abs(CANCELS[name](*ins)))
    return UNITS.get(name, 8) * float(info.eps) * size + (2 + UNDERFLOWS.get(name, 0)) * float(
        ml_dtypes.finfo(FLOATS[dtype]).tiny
    )
