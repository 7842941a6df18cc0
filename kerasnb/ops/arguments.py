"""What every public operation does first: make tensors of its arguments, of one dtype."""

from __future__ import annotations

import operator

import numpy as np

from kerasnb.backend.tensor.dtypes import COMPLEX, FLOATS, fits, floatx, integer_range, result_type, standardize_dtype
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor, from_host, to_tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.kernels import move
from kerasnb.kernels.elementwise import cast_to


def tensor(x, dtype: str | None = None):
    """A Tensor or KerasTensor from anything an operation accepts, cast where a dtype is given."""
    if isinstance(x, Variable):
        x = x.value
    if not isinstance(x, (Tensor, KerasTensor)):
        x = _stacked(x) if _holds_tensors(x) else to_tensor(x, dtype)
    return cast_to(x, dtype) if dtype is not None else x


def _holds_tensors(x) -> bool:
    return isinstance(x, (list, tuple)) and any(isinstance(e, (Tensor, KerasTensor, Variable)) for e in x)


def _stacked(xs):
    """A list that holds tensors, as one tensor."""
    rows = [tensor(x) for x in xs]
    rows = [move.reshape(cast_to(r, result_type(*(t.dtype for t in rows))), shape=(1, *r.shape)) for r in rows]
    return move.concatenate(*rows, axis=0)


def dtype_of(x):
    """The dtype for promotion: Python numbers are weak."""
    if isinstance(x, (Tensor, KerasTensor, Variable)):
        return x.dtype
    if isinstance(x, bool):
        return "bool"
    if isinstance(x, (int, float)):
        return int if isinstance(x, int) else type(x)  # an extent that stands for an unknown one is an integer too
    if isinstance(x, complex):
        return "complex64"
    if isinstance(x, (np.ndarray, np.generic)):
        return standardize_dtype(x.dtype)
    return tensor(x).dtype


def promoted(*xs, floating: bool = False) -> list:
    """The arguments as tensors of their common dtype; integers become floats where asked."""
    dtype = result_type(*(dtype_of(x) for x in xs))
    if floating and dtype not in FLOATS + COMPLEX:
        dtype = floatx()
    return [_with_dtype(x, dtype) for x in xs]


def _with_dtype(x, dtype: str):
    if isinstance(x, (bool, int, float)):
        if isinstance(x, int) and not fits(x, dtype):
            low, high = integer_range(dtype)
            raise OverflowError(f"A tensor of dtype {dtype} holds integers from {low} to {high}. Received: {x}")
        return from_host(np.asarray(x), dtype)
    return tensor(x, dtype)


def out_of_range(x, number) -> str | None:
    """The dtype that `x` and a number meet in, where that is one of integers which does not have the number."""
    if type(number) is bool or not isinstance(number, int) or isinstance(x, (int, float, complex)):
        return None
    dtype = result_type(dtype_of(x), int)
    return None if fits(number, dtype) else dtype


def floating(x):
    """The argument as a tensor of a float dtype."""
    return promoted(x, floating=True)[0]


def axes_of(axis, rank: int, name: str = "axis") -> tuple:
    """The axes as a sorted tuple of non-negative integers; None means all.

    Raises:
        ValueError: If one is out of range or named twice.
    """
    if axis is None:
        return tuple(range(rank))
    given = axis if isinstance(axis, (list, tuple)) else (axis,)
    found = tuple(sorted(one_axis(a, rank, name) for a in given))
    if len(set(found)) != len(found):
        raise ValueError(f"Duplicate value in argument `{name}`. Received: {name}={axis}")
    return found


def one_axis(axis, rank: int, name: str = "axis") -> int:
    """One axis as a non-negative integer; a scalar has none, as in Keras.

    Raises:
        TypeError: If it is not an integer.
        ValueError: If it is out of range.
    """
    try:
        found = operator.index(axis)
    except TypeError:
        raise TypeError(f"Argument `{name}` must be an integer. Received: {name}={axis!r}") from None
    if not -rank <= found < rank:
        raise ValueError(out_of_bounds(found, rank, name))
    return found % rank


def out_of_bounds(axis, rank: int, name: str = "axis") -> str:
    """The message for an axis that a tensor of this rank does not have: NumPy's, and whose argument it is."""
    return f"axis {axis} is out of bounds for array of dimension {rank}. Received: {name}={axis}"
