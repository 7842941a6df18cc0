"""Tensors from values, and tensors filled with one value or along a diagonal."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasnb.backend.tensor.dtypes import numpy_dtype, standardize_dtype
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor, from_host
from kerasnb.backend.typing import DType, Shape, TensorLike
from kerasnb.kernels import elementwise
from kerasnb.kernels.sum import broadcast
from kerasnb.ops.arguments import tensor
from kerasnb.ops.operation import operation

__all__ = [
    "array", "copy", "empty", "empty_like", "eye", "full", "full_like", "identity", "ones", "ones_like", "zeros",
    "zeros_like",
]  # fmt: skip


@operation("Array", "dtype")
def array(x: TensorLike, dtype: DType | None = None) -> Tensor:
    """Creates a tensor from a number, a list or an array.

    Args:
        x: Number, (nested) list, array or tensor.
        dtype: The dtype. Defaults to that of `x`.

    Returns:
        The tensor.

    Example:

    >>> keras.ops.array([1, 2]).tolist()
    [1, 2]
    """
    return tensor(x) if dtype is None else tensor(x, standardize_dtype(dtype))


@operation("Copy")
def copy(x: TensorLike) -> Tensor:
    """Returns a copy of a tensor.

    Args:
        x: Input tensor.

    Returns:
        A tensor of the same values.

    Example:

    >>> keras.ops.copy([1, 2]).tolist()
    [1, 2]
    """
    x = tensor(x)
    return elementwise.where(elementwise.equal(x, x), x, x)


def zeros(shape: Shape | int, dtype: DType | None = None) -> Tensor:
    """Returns a tensor of zeros.

    Args:
        shape: Integer or tuple of integers.
        dtype: The dtype. Defaults to `keras.config.floatx()`.

    Returns:
        The tensor of zeros.

    Example:

    >>> keras.ops.zeros((2,)).tolist()
    [0.0, 0.0]
    """
    dtype = standardize_dtype(dtype)
    return from_host(np.zeros(dimensions(shape), numpy_dtype(dtype)), dtype)


def ones(shape: Shape | int, dtype: DType | None = None) -> Tensor:
    """Returns a tensor of ones.

    Args:
        shape: Integer or tuple of integers.
        dtype: The dtype. Defaults to `keras.config.floatx()`.

    Returns:
        The tensor of ones.

    Example:

    >>> keras.ops.ones((2,)).tolist()
    [1.0, 1.0]
    """
    dtype = standardize_dtype(dtype)
    return from_host(np.ones(dimensions(shape), numpy_dtype(dtype)), dtype)


@operation("Full", "shape", "dtype")
def full(shape: Shape | int, fill_value: TensorLike, dtype: DType | None = None) -> Tensor:
    """Returns a tensor filled with one value.

    Args:
        shape: Integer or tuple of integers.
        fill_value: The value.
        dtype: The dtype. Defaults to `keras.config.floatx()`.

    Returns:
        The filled tensor.

    Example:

    >>> keras.ops.full((2,), 7.0).tolist()
    [7.0, 7.0]
    """
    dtype = standardize_dtype(dtype)
    value = tensor(fill_value, dtype)
    if isinstance(value, Tensor) and value.data is not None and not value.shape:
        return from_host(np.full(dimensions(shape), value.host()), dtype)
    return broadcast(value, shape=dimensions(shape))


def empty(shape: Shape | int, dtype: DType | None = None) -> Tensor:
    """Returns a tensor whose values are arbitrary: here, zeros.

    Args:
        shape: Integer or tuple of integers.
        dtype: The dtype. Defaults to `keras.config.floatx()`.

    Returns:
        The tensor.

    Example:

    >>> keras.ops.empty((2, 3)).shape
    (2, 3)
    """
    return zeros(shape, dtype)


@operation("ZerosLike", "dtype")
def zeros_like(x: TensorLike, dtype: DType | None = None) -> Tensor:
    """Returns a tensor of zeros with the shape of `x`.

    Args:
        x: Input tensor.
        dtype: The dtype. Defaults to that of `x`.

    Returns:
        The tensor of zeros.

    Example:

    >>> keras.ops.zeros_like([1.0, 2.0]).tolist()
    [0.0, 0.0]
    """
    return _like(zeros_like, x, dtype, 0)


@operation("OnesLike", "dtype")
def ones_like(x: TensorLike, dtype: DType | None = None) -> Tensor:
    """Returns a tensor of ones with the shape of `x`.

    Args:
        x: Input tensor.
        dtype: The dtype. Defaults to that of `x`.

    Returns:
        The tensor of ones.

    Example:

    >>> keras.ops.ones_like([1.0, 2.0]).tolist()
    [1.0, 1.0]
    """
    return _like(ones_like, x, dtype, 1)


@operation("FullLike", "dtype")
def full_like(x: TensorLike, fill_value: TensorLike, dtype: DType | None = None) -> Tensor:
    """Returns a tensor with the shape of `x`, filled with one value.

    Args:
        x: Input tensor.
        fill_value: The value.
        dtype: The dtype. Defaults to that of `x`.

    Returns:
        The filled tensor.

    Example:

    >>> keras.ops.full_like([1.0, 2.0], 3).tolist()
    [3.0, 3.0]
    """
    return _like(full_like, x, dtype, fill_value, fill_value)


@operation("EmptyLike", "dtype")
def empty_like(x: TensorLike, dtype: DType | None = None) -> Tensor:
    """Returns a tensor with the shape of `x` whose values are arbitrary: here, zeros.

    Args:
        x: Input tensor.
        dtype: The dtype. Defaults to that of `x`.

    Returns:
        The tensor.

    Example:

    >>> keras.ops.empty_like([1, 2]).shape
    (2,)
    """
    return zeros_like(x, dtype)


def _like(function, x, dtype, value, *args):
    """One value in the shape of x; a call of the graph where x is symbolic."""
    dtype = standardize_dtype(tensor(x).dtype if dtype is None else dtype)
    if isinstance(x, KerasTensor):
        return KerasTensor(x.shape, dtype)
    return broadcast(tensor(value, dtype), shape=tensor(x).shape)


def eye(N: int, M: int | None = None, k: int = 0, dtype: DType | None = None) -> Tensor:
    """Returns a matrix with ones on a diagonal and zeros elsewhere.

    Args:
        N: Integer, number of rows.
        M: Integer, number of columns. Defaults to `N`.
        k: Integer, which diagonal: above the main one where positive. Defaults to `0`.
        dtype: The dtype. Defaults to `keras.config.floatx()`.

    Returns:
        The matrix.

    Example:

    >>> keras.ops.eye(2).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    return from_host(np.eye(N, M, k), standardize_dtype(dtype))


def identity(n: int, dtype: DType | None = None) -> Tensor:
    """Returns the identity matrix.

    Args:
        n: Integer, number of rows and columns.
        dtype: The dtype. Defaults to `keras.config.floatx()`.

    Returns:
        The matrix.

    Example:

    >>> keras.ops.identity(1).tolist()
    [[1.0]]
    """
    return eye(n, dtype=dtype)


def dimensions(shape: Shape | int) -> tuple[int, ...]:
    """A shape, an integer or a sequence, as a tuple."""
    extents: tuple[Any, ...] = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
    if None in extents:
        raise ValueError(f"Argument `shape` must hold integers. Received: shape={extents}")
    return tuple(e if isinstance(e, int) else int(e) for e in extents)
