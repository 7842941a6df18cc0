"""Half precision in operations that reduce: computed in float32, rounded once."""

from __future__ import annotations

import functools
import typing
from collections.abc import Callable
from typing import Any, TypeVar

from kerasnb import tree
from kerasnb.backend.tensor.dtypes import FLOATS
from kerasnb.ops.arguments import dtype_of, tensor
from kerasnb.ops.core import cast

Function = TypeVar("Function", bound=Callable)

HALF = ("float16", "bfloat16")


def sum_dtype(dtype: str) -> str:
    """The dtype in which numbers of a dtype are added up."""
    return "float32" if dtype in HALF else dtype


def _half_of(xs) -> str | None:
    """The half precision that all floats among the arguments have, or None."""
    dtypes = {d for d in (dtype_of(x) for x in xs if hasattr(x, "dtype")) if d in FLOATS}
    return dtypes.pop() if len(dtypes) == 1 and dtypes <= set(HALF) else None


def in_float32(function: Function) -> Function:
    """Lets a function compute half precision in float32: squares and sums overflow there, and lose digits.

    Args:
        function: Function whose first argument is a tensor; its result has the dtype of its arguments.

    Returns:
        The same function. Its results are rounded once, to the dtype of the arguments.
    """

    @functools.wraps(function)
    def widened(*args: Any, **kwargs: Any) -> Any:
        if args and not hasattr(args[0], "dtype"):
            args = tensor(args[0]), *args[1:]
        half = _half_of((*args, *kwargs.values()))
        if half is None:
            return function(*args, **kwargs)

        def wide(value):
            return cast(value, "float32") if hasattr(value, "dtype") and dtype_of(value) == half else value

        results = function(*map(wide, args), **{name: wide(value) for name, value in kwargs.items()})
        return tree.map_structure(lambda y: cast(y, half) if y.dtype == "float32" else y, results)

    return typing.cast("Function", widened)
