"""Comparisons, logic and tests of `keras.ops`."""

from __future__ import annotations

import operator

from kerasnb.backend.tensor.dtypes import FLOATS
from kerasnb.kernels import elementwise as rows
from kerasnb.ops.arguments import out_of_range, promoted, tensor

__all__ = [
    "equal", "greater", "greater_equal", "isfinite", "isnan", "less", "less_equal", "logical_and", "logical_not",
    "logical_or", "not_equal",
]  # fmt: skip


def _comparison(name: str, summary: str, row, compare):
    """`compare` answers for an integer that the tensor's dtype does not have: it is further from 0 than all it has."""

    def function(x1, x2):
        if out_of_range(x1, x2):
            return full_like_bool(tensor(x1), compare(0, x2))
        if out_of_range(x2, x1):
            return full_like_bool(tensor(x2), compare(x1, 0))
        return row(*promoted(x1, x2))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""{summary}

    Args:
        x1: First tensor.
        x2: Second tensor.

    Returns:
        Boolean tensor.

    Example:

    >>> keras.ops.{name}([1, 2], [1, 3]).dtype
    'bool'
    """
    return function


equal = _comparison("equal", "Returns whether `x1 == x2`, element-wise.", rows.equal, operator.eq)
not_equal = _comparison("not_equal", "Returns whether `x1 != x2`, element-wise.", rows.not_equal, operator.ne)
less = _comparison("less", "Returns whether `x1 < x2`, element-wise.", rows.less, operator.lt)
less_equal = _comparison("less_equal", "Returns whether `x1 <= x2`, element-wise.", rows.less_equal, operator.le)
greater = _comparison("greater", "Returns whether `x1 > x2`, element-wise.", rows.greater, operator.gt)
greater_equal = _comparison(
    "greater_equal", "Returns whether `x1 >= x2`, element-wise.", rows.greater_equal, operator.ge
)


def logical_and(x1, x2):
    """Returns the logical AND, element-wise.

    Args:
        x1: First tensor.
        x2: Second tensor.

    Returns:
        Boolean tensor.

    Example:

    >>> keras.ops.logical_and([True, True], [True, False]).tolist()
    [True, False]
    """
    return rows.logical_and(tensor(x1, "bool"), tensor(x2, "bool"))


def logical_or(x1, x2):
    """Returns the logical OR, element-wise.

    Args:
        x1: First tensor.
        x2: Second tensor.

    Returns:
        Boolean tensor.

    Example:

    >>> keras.ops.logical_or([True, False], [False, False]).tolist()
    [True, False]
    """
    return rows.logical_or(tensor(x1, "bool"), tensor(x2, "bool"))


def logical_not(x):
    """Returns the logical NOT, element-wise.

    Args:
        x: Boolean tensor.

    Returns:
        Boolean tensor.

    Example:

    >>> keras.ops.logical_not([True, False]).tolist()
    [False, True]
    """
    return rows.logical_not(tensor(x, "bool"))


def _test(name: str, summary: str, row, otherwise: bool):
    def function(x):
        x = tensor(x)
        return row(x) if x.dtype in FLOATS else full_like_bool(x, otherwise)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""{summary}

    Args:
        x: Input tensor.

    Returns:
        Boolean tensor.

    Example:

    >>> keras.ops.{name}([1.0]).tolist()
    [{otherwise}]
    """
    return function


def full_like_bool(x, value: bool):
    """A boolean tensor of x's shape that holds one value everywhere."""
    is_zero = rows.equal(x, x)
    return is_zero if value else rows.logical_not(is_zero)


isnan = _test("isnan", "Returns whether each element is NaN.", rows.isnan, False)
isfinite = _test("isfinite", "Returns whether each element is finite.", rows.isfinite, True)
