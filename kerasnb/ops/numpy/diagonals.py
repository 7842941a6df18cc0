"""Diagonals and triangles of `keras.ops`."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.tensor.dtypes import standardize_dtype
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import from_host
from kerasnb.kernels import elementwise as rows
from kerasnb.kernels import move
from kerasnb.ops.arguments import one_axis, tensor
from kerasnb.ops.describe import described, node, shaped
from kerasnb.ops.numpy import reductions as red
from kerasnb.ops.numpy.shapes import reshape, transpose

__all__ = ["diag", "diagflat", "diagonal", "trace", "tri", "tril", "triu", "vander"]


@described(
    "Returns a diagonal of the matrices in two axes; it becomes the last axis.",
    "keras.ops.diagonal([[1, 2], [3, 4]]).tolist()", "[1, 4]", raises="ValueError: If the tensor has no two axes.",
)  # fmt: skip
def diagonal(x, offset=0, axis1=0, axis2=1):
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
        return node(diagonal, (x, offset, axis1, axis2), {}, KerasTensor(shape, x.dtype))
    count = max(0, min(height, width - offset) if offset >= 0 else min(height + offset, width))
    flat = reshape(transpose(x, [*kept, a, b]), [*(x.shape[i] for i in kept), height * width])
    start = (offset if offset >= 0 else -offset * width) if count else 0
    lead = [x.shape[i] for i in kept]
    # in the flattened matrix, the elements of a diagonal stand width + 1 apart
    return move.window(
        flat, starts=(*(0 for _ in lead), start), sizes=(*lead, count), steps=(*(1 for _ in lead), width + 1)
    )


@described(
    "Returns the diagonal of a matrix, or the matrix with a given diagonal.",
    "keras.ops.diag([1, 2]).tolist()", "[[1, 0], [0, 2]]", raises="ValueError: If the rank is neither 1 nor 2.",
)  # fmt: skip
@shaped
def diag(x, k=0):
    x = tensor(x)
    if x.ndim not in (1, 2):
        raise ValueError(f"`x` must be 1-D or 2-D. Received: x.shape={tuple(x.shape)}")
    return diagonal(x, k) if x.ndim == 2 else _with_diagonal(x, k)


def _with_diagonal(x, k: int):
    n = x.shape[0] + abs(k)
    start = k if k >= 0 else -k * n
    flat = move.unslice(x, shape=(n * n,), starts=(start if x.shape[0] else 0,), steps=(n + 1,))
    return reshape(flat, (n, n))


@described(
    "Returns a matrix with the flattened tensor as its diagonal.", "keras.ops.diagflat([[1, 2]]).tolist()",
    "[[1, 0], [0, 2]]",
)  # fmt: skip
@shaped
def diagflat(x, k=0):
    return _with_diagonal(reshape(tensor(x), -1), k)


@described("Sums a diagonal of the matrices in two axes.", "int(keras.ops.trace([[1, 2], [3, 4]]))", "5")
def trace(x, offset=0, axis1=0, axis2=1):
    return red.sum(diagonal(x, offset, axis1, axis2), -1)


@described(
    "Returns a matrix with ones at and below a diagonal.", "keras.ops.tri(2).tolist()", "[[1.0, 0.0], [1.0, 1.0]]",
    N="Integer, number of rows.", M="Integer, number of columns. Defaults to `N`.",
    dtype="The dtype. Defaults to `floatx`.",
)  # fmt: skip
def tri(N, M=None, k=0, dtype=None):
    return from_host(np.tri(N, M, k), standardize_dtype(dtype))


def _triangle(name: str, summary: str, result: str, lower: bool):
    def function(x, k=0):
        x = tensor(x)
        if x.ndim < 2:
            raise ValueError(f"`{name}` requires a tensor of rank 2 or more. Received: x.shape={tuple(x.shape)}")
        mask = from_host(np.tri(*x.shape[-2:], k if lower else k - 1, dtype=bool), "bool")
        zero = rows.like(x, 0)
        return rows.where(mask, x, zero) if lower else rows.where(mask, zero, x)

    function.__name__ = function.__qualname__ = name
    described(
        summary, f"keras.ops.{name}([[1, 2], [3, 4]]).tolist()", result, raises="ValueError: If the rank is below 2."
    )(function)
    wrapper = shaped(function)
    wrapper.__doc__ = function.__doc__
    return wrapper


tril = _triangle("tril", "Sets what is above a diagonal to zero.", "[[1, 0], [3, 4]]", True)
triu = _triangle("triu", "Sets what is below a diagonal to zero.", "[[1, 2], [0, 4]]", False)


@described(
    "Returns the matrix of powers of a vector.", "keras.ops.vander([1, 2, 3], 3).tolist()",
    "[[1, 1, 1], [4, 2, 1], [9, 3, 1]]", raises="ValueError: If the tensor does not have one axis.",
    N="Integer, number of columns. Defaults to the extent of `x`.",
    increasing="Boolean, whether the powers rise from left to right.",
)  # fmt: skip
@shaped
def vander(x, N=None, increasing=False):
    x = tensor(x)
    if x.ndim != 1:
        raise ValueError(f"`x` must have one axis. Received: x.shape={tuple(x.shape)}")
    powers = np.arange(x.shape[0] if N is None else N)
    powers = from_host(powers if increasing else powers[::-1], x.dtype)
    return rows.power(reshape(x, (-1, 1)), powers)
