"""Arguments of operations: conversion to tensors of one dtype, and checks of axes."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from kerasnb.backend.tensor.dtypes import COMPLEX, FLOATS, fits, floatx, integer_range, result_type, standardize_dtype
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor, from_host, to_tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.backend.typing import Axis, Shape, TensorLike
from kerasnb.kernels import move
from kerasnb.kernels.elementwise import cast_to


def tensor(x: TensorLike, dtype: str | None = None) -> Tensor:
    """A Tensor or KerasTensor from anything an operation accepts, cast to a dtype if there is one."""
    value: Any = x.value if isinstance(x, Variable) else x
    if not isinstance(value, (Tensor, KerasTensor)):
        value = _stacked(value) if _holds_tensors(value) else to_tensor(value, dtype)
    return cast_to(value, dtype) if dtype is not None else value


def _holds_tensors(x) -> bool:
    return isinstance(x, (list, tuple)) and any(isinstance(e, (Tensor, KerasTensor, Variable)) for e in x)


def _stacked(xs):
    """A list that holds tensors, as one tensor."""
    elements = [tensor(x) for x in xs]
    dtype = result_type(*(e.dtype for e in elements))
    return move.concatenate(*(move.reshape(cast_to(e, dtype), shape=(1, *e.shape)) for e in elements), axis=0)


def dtype_of(x: TensorLike) -> str | type:
    """The dtype for promotion: Python numbers are weak."""
    if isinstance(x, (Tensor, KerasTensor, Variable)):
        return x.dtype
    if isinstance(x, bool):
        return "bool"
    if isinstance(x, (int, float)):
        return int if isinstance(x, int) else type(x)  # a trial size of an unknown extent is an `int` too
    if isinstance(x, complex):
        return "complex64"
    if isinstance(x, (np.ndarray, np.generic)):
        return standardize_dtype(x.dtype)
    return tensor(x).dtype


def promoted(*xs: TensorLike, floating: bool = False) -> list[Tensor]:
    """The arguments as tensors of their common dtype; with `floating`, integers become floats."""
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


def out_of_range(x: TensorLike, number: Any) -> str | None:
    """The common dtype of `x` and a number if it is an integer dtype that the number does not fit, else None."""
    if type(number) is bool or not isinstance(number, int) or isinstance(x, (int, float, complex)):
        return None
    dtype = result_type(dtype_of(x), int)
    return None if fits(number, dtype) else dtype


def floating(x: TensorLike) -> Tensor:
    """The argument as a tensor of a float dtype."""
    return promoted(x, floating=True)[0]


def axes_of(axis: Axis, rank: int, name: str = "axis") -> tuple[int, ...]:
    """The axes as a sorted tuple of non-negative integers; None means all.

    Raises:
        ValueError: If one is out of range or named twice.
    """
    if axis is None:
        return tuple(range(rank))
    axes = axis if isinstance(axis, (list, tuple)) else (axis,)
    axes = tuple(sorted(one_axis(a, rank, name) for a in axes))
    if len(set(axes)) != len(axes):
        raise ValueError(f"Duplicate value in argument `{name}`. Received: {name}={axis}")
    return axes


def one_axis(axis: Any, rank: int, name: str = "axis") -> int:
    """One axis as a non-negative integer; a scalar has none, as in Keras.

    Raises:
        TypeError: If it is not an integer.
        ValueError: If it is out of range.
    """
    try:
        index = operator.index(axis)
    except TypeError:
        raise TypeError(f"Argument `{name}` must be an integer. Received: {name}={axis!r}") from None
    if not -rank <= index < rank:
        raise ValueError(out_of_bounds(index, rank, name))
    return index % rank


def out_of_bounds(axis: int, rank: int, name: str = "axis") -> str:
    """NumPy's message for an axis that a tensor of this rank does not have, with the name of the argument."""
    return f"axis {axis} is out of bounds for array of dimension {rank}. Received: {name}={axis}"


def symbolic(shape: Shape, dtype: str) -> Any:
    """What an operation returns for symbolic arguments: a KerasTensor, typed as the Tensor that values give."""
    return KerasTensor(shape, dtype)
