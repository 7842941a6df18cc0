"""Operations that convert and describe tensors: conversion, shape, dtype, casts."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasnb.backend.tensor.dtypes import FLOATS, INTEGERS, limits, numpy_dtype, standardize_dtype
from kerasnb.backend.tensor.keras_tensor import KerasTensor, is_keras_tensor
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.tensor import is_tensor as _is_tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.backend.typing import DType, TensorLike
from kerasnb.kernels import elementwise, identity
from kerasnb.ops.arguments import tensor
from kerasnb.ops.operation import operation


@operation("ConvertToTensor", "dtype", "sparse", "ragged")
def convert_to_tensor(
    x: TensorLike, dtype: DType | None = None, sparse: bool | None = None, ragged: bool | None = None
) -> Tensor:
    """Converts a value to a tensor.

    Args:
        x: A number, a (nested) list, an array, a Variable or a tensor.
        dtype: The target dtype. Defaults to the value's own.
        sparse: Accepted for compatibility; tensors here are dense.
        ragged: Accepted for compatibility; tensors here are dense.

    Returns:
        A tensor.

    Example:

    >>> keras.ops.convert_to_tensor([1.0, 2.0]).dtype
    'float32'
    """
    if sparse or ragged:
        raise ValueError(f"Sparse and ragged tensors are not supported. Received: sparse={sparse}, ragged={ragged}")
    return tensor(x, None if dtype is None else standardize_dtype(dtype))


def convert_to_numpy(x: TensorLike) -> np.ndarray:
    """Converts a tensor to a NumPy array.

    Args:
        x: A tensor or array-like.

    Returns:
        A NumPy array.

    Example:

    >>> keras.ops.convert_to_numpy(keras.ops.ones((2,)))
    array([1., 1.], dtype=float32)
    """
    return x.numpy() if isinstance(x, (Tensor, Variable)) else np.array(x)


def is_tensor(x: Any) -> bool:
    """Checks whether `x` is a tensor of this backend.

    Args:
        x: Anything.

    Returns:
        Boolean.

    Example:

    >>> keras.ops.is_tensor([1, 2])
    False
    """
    return _is_tensor(x)


def shape(x: TensorLike) -> tuple[int | None, ...]:
    """Gets the shape of a tensor.

    Args:
        x: A tensor.

    Returns:
        Tuple of integers; None for an unknown extent of a symbolic tensor.

    Example:

    >>> keras.ops.shape(keras.ops.zeros((8, 12)))
    (8, 12)
    """
    if isinstance(x, (Tensor, KerasTensor, Variable)):
        return tuple(x.shape)
    return tuple(np.shape(x))


def dtype(x: TensorLike) -> str:
    """Returns the dtype of a tensor as a string.

    Args:
        x: A tensor.

    Returns:
        String, such as `"float32"`.

    Example:

    >>> keras.ops.dtype(keras.ops.zeros((2,), dtype="int32"))
    'int32'
    """
    return x.dtype if isinstance(x, (Tensor, KerasTensor, Variable)) else tensor(x).dtype


@operation("Cast", "dtype")
def cast(x: TensorLike, dtype: DType) -> Tensor:
    """Casts a tensor to another dtype.

    Integers keep the bits that fit. Floats become the nearest integer that the dtype has, NaN becomes 0.

    Args:
        x: A tensor or Variable.
        dtype: The target dtype.

    Returns:
        A tensor of that dtype.

    Example:

    >>> keras.ops.cast([1, 2], "float16").dtype
    'float16'
    """
    dtype = standardize_dtype(dtype)
    if dtype in INTEGERS and isinstance(x, (bool, int, float, np.ndarray, np.generic)):
        x = tensor(np.asarray(x))  # with all its digits
    return elementwise.cast_to(tensor(x), dtype) if dtype in INTEGERS else tensor(x, dtype)


@operation("SaturateCast", "dtype")
def saturate_cast(x: TensorLike, dtype: DType) -> Tensor:
    """Casts a tensor to another dtype, and clips the values that do not fit.

    Args:
        x: A tensor.
        dtype: The target dtype.

    Returns:
        A tensor of that dtype.

    Example:

    >>> keras.ops.saturate_cast([-3.0, 300.0], "uint8").tolist()
    [0, 255]
    """
    dtype = standardize_dtype(dtype)
    x = tensor(x)
    if x.dtype in FLOATS and dtype in INTEGERS:
        return cast(x, dtype)
    low, high = (elementwise.like(x, edge) for edge in _edges(x.dtype, dtype))
    return cast(elementwise.minimum(elementwise.maximum(x, low), high), dtype)


def _ends(dtype: str) -> tuple:
    """The smallest and largest number of a dtype, as numbers of Python."""
    if dtype == "bool":
        return 0, 1
    number = float if dtype in FLOATS else int
    return number(limits(dtype).min), number(limits(dtype).max)


def _edges(source: str, target: str) -> list:
    """The range of numbers of one dtype that fit into another; if an end is rounded outwards, the next one inwards."""
    edges = []
    for end, own, inwards in zip(_ends(target), _ends(source), (1, -1), strict=True):
        edge = max(end, own) if inwards > 0 else min(end, own)
        value = np.asarray(edge).astype(numpy_dtype(source))
        outside = (float(value) - end) * inwards < 0 if source in FLOATS else False
        edges.append(np.nextafter(value, np.zeros_like(value)) if outside else value)
    return edges


@operation("StopGradient")
def stop_gradient(variable: TensorLike) -> Tensor:
    """Returns the value of a tensor, without a gradient.

    Args:
        variable: A tensor or Variable.

    Returns:
        A tensor of the same value.

    Example:

    >>> float(keras.ops.stop_gradient(keras.ops.ones(())))
    1.0
    """
    return identity.stop_gradient(tensor(variable))


__all__ = [
    "cast", "convert_to_numpy", "convert_to_tensor", "dtype", "is_keras_tensor", "is_tensor", "saturate_cast", "shape",
    "stop_gradient",
]  # fmt: skip
