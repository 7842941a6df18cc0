"""Diagonals and triangles of matrices."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.tensor.dtypes import standardize_dtype
from kerasnb.backend.tensor.tensor import Tensor, from_host
from kerasnb.backend.typing import DType, TensorLike
from kerasnb.kernels import elementwise, move
from kerasnb.ops.arguments import one_axis, symbolic, tensor
from kerasnb.ops.numpy import reductions
from kerasnb.ops.numpy.shapes import reshape, transpose
from kerasnb.ops.operation import operation

__all__ = ["diag", "diagflat", "diagonal", "trace", "tri", "tril", "triu", "vander"]


@operation("Diag", "k", trials=True)
def diag(x: TensorLike, k: int = 0) -> Tensor:
    """Returns a diagonal of a matrix, or a matrix with the given diagonal.

    Args:
        x: Input tensor.
        k: Integer, which diagonal: above the main one where positive. Defaults to `0`.

    Returns:
        A vector for a matrix, a square matrix for a vector.

    Raises:
        ValueError: If the rank is neither 1 nor 2.

    Example:

    >>> keras.ops.diag([1, 2]).tolist()
    [[1, 0], [0, 2]]
    """
    x = tensor(x)
    if x.ndim not in (1, 2):
        raise ValueError(f"`x` must be 1-D or 2-D. Received: x.shape={tuple(x.shape)}")
    return diagonal(x, k) if x.ndim == 2 else _with_diagonal(x, k)


@operation("Diagflat", "k", trials=True)
def diagflat(x: TensorLike, k: int = 0) -> Tensor:
    """Returns a matrix whose diagonal is the flattened tensor.

    Args:
        x: Input tensor.
        k: Integer, which diagonal: above the main one where positive. Defaults to `0`.

    Returns:
        A square matrix, zero elsewhere.

    Example:

    >>> keras.ops.diagflat([[1, 2]]).tolist()
    [[1, 0], [0, 2]]
    """
    return _with_diagonal(reshape(tensor(x), -1), k)


def _with_diagonal(x, k: int):
    n = x.shape[0] + abs(k)
    start = k if k >= 0 else -k * n
    flat = move.unslice(x, shape=(n * n,), starts=(start if x.shape[0] else 0,), steps=(n + 1,))
    return reshape(flat, (n, n))


@operation("Diagonal", "offset", "axis1", "axis2")
def diagonal(x: TensorLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """Returns a diagonal of each matrix in two axes.

    Args:
        x: Input tensor.
        offset: Integer, which diagonal. Defaults to `0`, the main one.
        axis1: Integer, the axis of rows. Defaults to `0`.
        axis2: Integer, the axis of columns. Defaults to `1`.

    Returns:
        Tensor without these two axes; the diagonal is its last axis.

    Raises:
        ValueError: If the rank is below 2, or the axes are the same.

    Example:

    >>> keras.ops.diagonal([[1, 2], [3, 4]]).tolist()
    [1, 4]
    """
    x = tensor(x)
    if x.ndim < 2:
        raise ValueError(f"`diagonal` requires an array of at least two dimensions, but `x` is of shape {x.shape}.")
    a, b = one_axis(axis1, x.ndim, "axis1"), one_axis(axis2, x.ndim, "axis2")
    if a == b:
        raise ValueError(f"Arguments `axis1` and `axis2` must differ. Received: axis1={axis1}, axis2={axis2}")
    kept = [i for i in range(x.ndim) if i not in (a, b)]
    height, width = x.shape[a], x.shape[b]
    if None in x.shape:
        count = None if None in (height, width) else max(0, min(height, width - offset, height + offset, width))
        shape = (*(x.shape[i] for i in kept), count)
        return symbolic(shape, x.dtype)
    count = max(0, min(height, width - offset) if offset >= 0 else min(height + offset, width))
    flat = reshape(transpose(x, [*kept, a, b]), [*(x.shape[i] for i in kept), height * width])
    start = (offset if offset >= 0 else -offset * width) if count else 0
    lead = [x.shape[i] for i in kept]
    # in the flattened matrix, the elements of a diagonal stand width + 1 apart
    return move.window(
        flat, starts=(*(0 for _ in lead), start), sizes=(*lead, count), steps=(*(1 for _ in lead), width + 1)
    )


@operation("Trace", "offset", "axis1", "axis2")
def trace(x: TensorLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """Sums a diagonal of each matrix in two axes.

    Args:
        x: Input tensor.
        offset: Integer, which diagonal. Defaults to `0`, the main one.
        axis1: Integer, the axis of rows. Defaults to `0`.
        axis2: Integer, the axis of columns. Defaults to `1`.

    Returns:
        The tensor of sums, without these two axes.

    Example:

    >>> int(keras.ops.trace([[1, 2], [3, 4]]))
    5
    """
    return reductions.sum(diagonal(x, offset, axis1, axis2), -1)


def tri(N: int, M: int | None = None, k: int = 0, dtype: DType | None = None) -> Tensor:
    """Returns a matrix of ones at and below a diagonal, zeros above it.

    Args:
        N: Integer, number of rows.
        M: Integer, number of columns. Defaults to `N`.
        k: Integer, which diagonal: above the main one where positive. Defaults to `0`.
        dtype: The dtype. Defaults to `keras.config.floatx()`.

    Returns:
        The matrix.

    Example:

    >>> keras.ops.tri(2).tolist()
    [[1.0, 0.0], [1.0, 1.0]]
    """
    return from_host(np.tri(N, M, k), standardize_dtype(dtype))


@operation("Tril", "k", trials=True)
def tril(x: TensorLike, k: int = 0) -> Tensor:
    """Returns the lower triangle of each matrix: zeros above a diagonal.

    Args:
        x: Input tensor.
        k: Integer, which diagonal: above the main one where positive. Defaults to `0`.

    Returns:
        Tensor of the same shape.

    Raises:
        ValueError: If the rank is below 2.

    Example:

    >>> keras.ops.tril([[1, 2], [3, 4]]).tolist()
    [[1, 0], [3, 4]]
    """
    x = tensor(x)
    return elementwise.where(_at_or_below(x, k, "tril"), x, elementwise.like(x, 0))


@operation("Triu", "k", trials=True)
def triu(x: TensorLike, k: int = 0) -> Tensor:
    """Returns the upper triangle of each matrix: zeros below a diagonal.

    Args:
        x: Input tensor.
        k: Integer, which diagonal: above the main one where positive. Defaults to `0`.

    Returns:
        Tensor of the same shape.

    Raises:
        ValueError: If the rank is below 2.

    Example:

    >>> keras.ops.triu([[1, 2], [3, 4]]).tolist()
    [[1, 2], [0, 4]]
    """
    x = tensor(x)
    return elementwise.where(_at_or_below(x, k - 1, "triu"), elementwise.like(x, 0), x)


def _at_or_below(x, k: int, name: str):
    """Whether each element of a matrix stands at or below a diagonal."""
    if x.ndim < 2:
        raise ValueError(f"`{name}` requires a tensor of rank 2 or more. Received: x.shape={tuple(x.shape)}")
    return from_host(np.tri(x.shape[-2], x.shape[-1], k, dtype=bool), "bool")


@operation("Vander", "N", "increasing", trials=True)
def vander(x: TensorLike, N: int | None = None, increasing: bool = False) -> Tensor:
    """Returns the Vandermonde matrix of a vector: each row holds the powers of one element.

    Args:
        x: Input tensor.
        N: Integer, number of columns. Defaults to the extent of `x`.
        increasing: Boolean, whether the powers rise from left to right.

    Returns:
        Matrix with a row for each element of `x`.

    Raises:
        ValueError: If the tensor does not have one axis.

    Example:

    >>> keras.ops.vander([1, 2, 3], 3).tolist()
    [[1, 1, 1], [4, 2, 1], [9, 3, 1]]
    """
    x = tensor(x)
    if x.ndim != 1:
        raise ValueError(f"`x` must have one axis. Received: x.shape={tuple(x.shape)}")
    powers = np.arange(x.shape[0] if N is None else N)
    exponents = from_host(powers if increasing else powers[::-1], x.dtype)
    return elementwise.power(reshape(x, (-1, 1)), exponents)
