"""Operations of `keras.ops` that make tensors."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.tensor.dtypes import fits, numpy_dtype, result_type, standardize_dtype
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor, from_host, to_tensor
from kerasnb.kernels.sum import broadcast
from kerasnb.ops.arguments import dtype_of, tensor
from kerasnb.ops.describe import node

__all__ = [
    "arange", "eye", "full", "full_like", "identity", "ones", "ones_like", "zeros", "zeros_like",
]  # fmt: skip


def dimensions(shape) -> tuple:
    """A shape given as an integer or a sequence, as a tuple."""
    given = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
    if None in given:
        raise ValueError(f"Argument `shape` must hold integers. Received: shape={given}")
    return tuple(e if isinstance(e, int) else int(e) for e in given)


def full(shape, fill_value, dtype=None):
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


def zeros(shape, dtype=None):
    """Returns a tensor of zeros.

    Args:
        shape: Integer or tuple of integers.
        dtype: The dtype. Defaults to `floatx`.

    Returns:
        The tensor.

    Example:

    >>> keras.ops.zeros((2,)).tolist()
    [0.0, 0.0]
    """
    dtype = standardize_dtype(dtype)
    return from_host(np.zeros(dimensions(shape), numpy_dtype(dtype)), dtype)


def ones(shape, dtype=None):
    """Returns a tensor of ones.

    Args:
        shape: Integer or tuple of integers.
        dtype: The dtype. Defaults to `floatx`.

    Returns:
        The tensor.

    Example:

    >>> keras.ops.ones((2,)).tolist()
    [1.0, 1.0]
    """
    dtype = standardize_dtype(dtype)
    return from_host(np.ones(dimensions(shape), numpy_dtype(dtype)), dtype)


def _like(function, x, dtype, value, *args):
    """One value in the shape of x; a call of the graph where x is symbolic."""
    dtype = standardize_dtype(tensor(x).dtype if dtype is None else dtype)
    if isinstance(x, KerasTensor):
        return node(function, (x, *args), {"dtype": dtype}, KerasTensor(x.shape, dtype))
    return broadcast(tensor(value, dtype), shape=tensor(x).shape)


def zeros_like(x, dtype=None):
    """Returns zeros in the shape of `x`.

    Args:
        x: Input tensor.
        dtype: The dtype. Defaults to that of `x`.

    Returns:
        The tensor.

    Example:

    >>> keras.ops.zeros_like([1.0, 2.0]).tolist()
    [0.0, 0.0]
    """
    return _like(zeros_like, x, dtype, 0)


def ones_like(x, dtype=None):
    """Returns ones in the shape of `x`.

    Args:
        x: Input tensor.
        dtype: The dtype. Defaults to that of `x`.

    Returns:
        The tensor.

    Example:

    >>> keras.ops.ones_like([1.0, 2.0]).tolist()
    [1.0, 1.0]
    """
    return _like(ones_like, x, dtype, 1)


def full_like(x, fill_value, dtype=None):
    """Returns one value in the shape of `x`.

    Args:
        x: Input tensor.
        fill_value: The value.
        dtype: The dtype. Defaults to that of `x`.

    Returns:
        The tensor.

    Example:

    >>> keras.ops.full_like([1.0, 2.0], 3).tolist()
    [3.0, 3.0]
    """
    return _like(full_like, x, dtype, fill_value, fill_value)


def arange(start, stop=None, step=None, dtype=None):
    """Returns evenly spaced values of an interval.

    Args:
        start: Start of the interval, or its end where `stop` is None.
        stop: End of the interval, excluded.
        step: Distance of values. Defaults to 1.
        dtype: The dtype. Defaults to that of the arguments.

    Returns:
        The tensor of values.

    Example:

    >>> keras.ops.arange(3).tolist()
    [0, 1, 2]
    """
    given = [v for v in (start, stop, step) if v is not None]
    values = np.arange(start, stop, 1 if step is None else step) if stop is not None else np.arange(start)
    if dtype is None:
        dtype = result_type(*(dtype_of(v) for v in given))
        if dtype == "int32" and values.size and not all(fits(int(e), dtype) for e in values[[0, -1]]):
            dtype = "int64"
    return to_tensor(values, standardize_dtype(dtype))


def eye(N, M=None, k=0, dtype=None):
    """Returns a matrix with ones on a diagonal and zeros elsewhere.

    Args:
        N: Number of rows.
        M: Number of columns. Defaults to `N`.
        k: Which diagonal. Defaults to 0, the main one.
        dtype: The dtype. Defaults to `floatx`.

    Returns:
        The matrix.

    Example:

    >>> keras.ops.eye(2).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    return from_host(np.eye(N, M, k), standardize_dtype(dtype))


def identity(n, dtype=None):
    """Returns the identity matrix.

    Args:
        n: Number of rows and columns.
        dtype: The dtype. Defaults to `floatx`.

    Returns:
        The matrix.

    Example:

    >>> keras.ops.identity(1).tolist()
    [[1.0]]
    """
    return eye(n, dtype=dtype)
