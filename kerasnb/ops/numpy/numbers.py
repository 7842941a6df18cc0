"""Tests, choices and small functions of numbers of `keras.ops`."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.tensor.dtypes import COMPLEX, FLOATS, limits, standardize_dtype
from kerasnb.kernels import elementwise as rows
from kerasnb.kernels.complex import imaginary_part
from kerasnb.ops.arguments import floating, promoted, tensor
from kerasnb.ops.describe import described
from kerasnb.ops.numpy import arithmetic as ar
from kerasnb.ops.numpy import reductions as red
from kerasnb.ops.numpy.comparison import full_like_bool, isnan
from kerasnb.ops.numpy.shapes import expand_dims, reshape

__all__ = [
    "allclose", "array", "copy", "fabs", "fmax", "fmin", "fmod", "heaviside", "isclose", "isin", "isinf", "isneginf",
    "isposinf", "isreal", "logical_xor", "nan_to_num", "ndim", "select", "trunc",
]  # fmt: skip


@described("Returns the logical XOR, element-wise.", "bool(keras.ops.logical_xor(True, False))", "True")
def logical_xor(x1, x2):
    return rows.not_equal(tensor(x1, "bool"), tensor(x2, "bool"))


def _infinite(name: str, summary: str, test):
    def function(x):
        x = tensor(x)
        return test(x) if x.dtype in FLOATS else full_like_bool(x, False)

    function.__name__ = function.__qualname__ = name
    described(summary, f"bool(keras.ops.{name}(1.0))", "False", "Boolean tensor.")(function)
    return function


def _endless(x):
    return rows.equal(rows.absolute(x), rows.like(x, np.inf))


isinf = _infinite("isinf", "Returns whether each element is infinite.", _endless)
isposinf = _infinite(
    "isposinf", "Returns whether each element is positive infinity.", lambda x: rows.equal(x, rows.like(x, np.inf))
)
isneginf = _infinite(
    "isneginf", "Returns whether each element is negative infinity.", lambda x: rows.equal(x, rows.like(x, -np.inf))
)


@described("Returns whether each element is a real number.", "bool(keras.ops.isreal(1.0))", "True", "Boolean tensor.")
def isreal(x):
    x = tensor(x)
    if x.dtype in COMPLEX:
        part = imaginary_part(x)
        return rows.equal(part, rows.like(part, 0))
    return rows.logical_or(full_like_bool(x, True), rows.not_equal(x, x))


@described(
    "Returns whether two tensors are equal within a tolerance, element-wise: `|x1 - x2| <= atol + rtol * |x2|`.",
    "bool(keras.ops.isclose(1.0, 1.0 + 1e-6))", "True", "Boolean tensor.",
)  # fmt: skip
def isclose(x1, x2, rtol=1e-5, atol=1e-8, equal_nan=False):
    x1, x2 = promoted(x1, x2, floating=True)
    allowed = ar.add(rows.like(x1, atol), rows.multiply(rows.like(x1, rtol), rows.absolute(x2)))
    near = rows.less_equal(rows.absolute(rows.subtract(x1, x2)), allowed)
    both = rows.logical_and(rows.isfinite(x1), rows.isfinite(x2))
    close = rows.logical_or(rows.equal(x1, x2), rows.logical_and(both, near))
    return rows.logical_or(close, rows.logical_and(rows.isnan(x1), rows.isnan(x2))) if equal_nan else close


@described(
    "Returns whether two tensors are equal within a tolerance.", "bool(keras.ops.allclose([1.0], [1.0 + 1e-6]))",
    "True", "Boolean scalar tensor.",
)  # fmt: skip
def allclose(x1, x2, rtol=1e-5, atol=1e-8, equal_nan=False):
    return red.all(isclose(x1, x2, rtol, atol, equal_nan))


@described(
    "Returns whether each element of `x1` is among the elements of `x2`.", "keras.ops.isin([1, 2], [2, 3]).tolist()",
    "[False, True]", "Boolean tensor.", assume_unique="Boolean, a hint that has no effect.",
    invert="Boolean, whether to return the opposite.",
)  # fmt: skip
def isin(x1, x2, assume_unique=False, invert=False):
    x1, x2 = promoted(x1, [x2] if isinstance(x2, int) else x2)  # in a list it brings its own dtype
    found = red.any(rows.equal(expand_dims(x1, -1), reshape(x2, -1)), -1)
    return rows.logical_not(found) if invert else found


@described(
    "Returns 0 below zero, 1 above, and `x2` at zero, element-wise.", "float(keras.ops.heaviside(0.0, 0.5))", "0.5"
)
def heaviside(x1, x2):
    x1, x2 = promoted(x1, x2, floating=True)
    zero, one = rows.like(x1, 0), rows.like(x1, 1)
    step = rows.where(rows.less(x1, zero), zero, rows.where(rows.greater(x1, zero), one, x2))
    return rows.where(rows.isnan(x1), x1, step)


@described(
    "Returns the remainder of division, element-wise, with the sign of the dividend.", "int(keras.ops.fmod(-7, 3))",
    "-1",
)  # fmt: skip
def fmod(x1, x2):
    x1, x2 = promoted(x1, x2)
    if x1.dtype == "bool":
        x1, x2 = rows.cast_to(x1, "int32"), rows.cast_to(x2, "int32")
    return (rows.fmod if x1.dtype in FLOATS else rows.fmod_int)(x1, x2)


def _ignoring_nan(name, row, summary, result):
    def function(x1, x2):
        x1, x2 = promoted(x1, x2)
        if x1.dtype not in FLOATS:
            return row(x1, x2)
        return rows.where(rows.isnan(x1), x2, rows.where(rows.isnan(x2), x1, row(x1, x2)))

    function.__name__ = function.__qualname__ = name
    described(summary, f"float(keras.ops.{name}(1.0, 2.0))", result)(function)
    return function


fmax = _ignoring_nan("fmax", rows.maximum, "Takes the larger of two values, a number rather than NaN.", "2.0")
fmin = _ignoring_nan("fmin", rows.minimum, "Takes the smaller of two values, a number rather than NaN.", "1.0")


@described("Returns the absolute value of each element as a float.", "float(keras.ops.fabs(-2))", "2.0")
def fabs(x):
    return rows.absolute(floating(x))


@described("Cuts off what stands behind the point of each element.", "float(keras.ops.trunc(-1.7))", "-1.0")
def trunc(x):
    x = tensor(x)
    return rows.truncated(x) if x.dtype in FLOATS else x


@described(
    "Replaces NaN and infinities by numbers.", "keras.ops.nan_to_num([1.0, float('nan')]).tolist()", "[1.0, 0.0]",
    nan="Number in place of NaN. Defaults to `0.0`.",
    posinf="Number in place of infinity. Defaults to the largest of the dtype.",
    neginf="Number in place of negative infinity. Defaults to the lowest of the dtype.",
)  # fmt: skip
def nan_to_num(x, nan=0.0, posinf=None, neginf=None):
    x = tensor(x)
    if x.dtype not in FLOATS:
        return x
    ends = limits(x.dtype)
    high, low = (ends.max if posinf is None else posinf), (ends.min if neginf is None else neginf)
    x = rows.where(isnan(x), rows.like(x, nan), x)
    x = rows.where(isposinf(x), rows.like(x, high), x)
    return rows.where(isneginf(x), rows.like(x, low), x)


@described(
    "Chooses each element from the first tensor of a list whose condition holds.",
    "keras.ops.select([[True, False]], [[1, 2]], 9).tolist()", "[1, 9]",
    raises="ValueError: If the lists differ in length.", condlist="List of boolean tensors.",
    choicelist="List of tensors.", default="What to take where no condition holds.",
)  # fmt: skip
def select(condlist, choicelist, default=0):
    if len(condlist) != len(choicelist) or not condlist:
        raise ValueError(
            "Arguments `condlist` and `choicelist` must be lists of one length. "
            f"Received: {len(condlist)} conditions and {len(choicelist)} choices"
        )
    *choices, y = promoted(*choicelist, default)
    for condition, choice in zip(reversed(condlist), reversed(choices), strict=True):
        y = ar.where(condition, choice, y)
    return y


@described("Returns a copy of a tensor.", "keras.ops.copy([1, 2]).tolist()", "[1, 2]")
def copy(x):
    x = tensor(x)
    return rows.where(rows.equal(x, x), x, x)


@described(
    "Makes a tensor of a number, a list or an array.", "keras.ops.array([1, 2]).tolist()", "[1, 2]",
    x="Number, (nested) list, array or tensor.",
)  # fmt: skip
def array(x, dtype=None):
    return tensor(x) if dtype is None else tensor(x, standardize_dtype(dtype))


@described("Returns the number of axes.", "int(keras.ops.ndim([[1, 2]]))", "2", "Integer.")
def ndim(x):
    return tensor(x).ndim
