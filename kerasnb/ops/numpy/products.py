"""Products of matrices, vectors and tensors, all of them over `matmul`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor, size_of
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import matmul as kernels
from kerasnb.kernels.common import broadcast_shapes
from kerasnb.ops.arguments import dtype_of, one_axis, promoted, symbolic, tensor
from kerasnb.ops.describe import shaped
from kerasnb.ops.numpy.elementwise.arithmetic import multiply, negative, subtract
from kerasnb.ops.numpy.joining import stack
from kerasnb.ops.numpy.shapes import expand_dims, moveaxis, reshape, squeeze, transpose
from kerasnb.ops.operation import operation

__all__ = ["cross", "dot", "inner", "kron", "matmul", "outer", "tensordot", "vdot"]


@operation("Matmul")
def matmul(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Multiplies matrices; leading axes are batches and broadcast.

    Args:
        x1: First tensor.
        x2: Second tensor.

    Returns:
        The tensor of products.

    Raises:
        ValueError: If an argument is a scalar, or the inner extents differ.

    Example:

    >>> keras.ops.matmul([[1.0, 2.0]], [[3.0], [4.0]]).tolist()
    [[11.0]]
    """
    if dtype_of(x1) == dtype_of(x2) == "int8":  # as in Keras, sums of bytes are computed where they fit
        x1, x2 = tensor(x1, "int32"), tensor(x2, "int32")
    return product(x1, x2)


def product(x1: TensorLike, x2: TensorLike) -> Tensor:
    """`matmul` in the dtype of its arguments."""
    x1, x2 = promoted(x1, x2)
    if not x1.ndim or not x2.ndim:
        raise ValueError(f"`matmul` needs tensors of rank 1 or more. Received: shapes {x1.shape} and {x2.shape}")
    a = expand_dims(x1, 0) if x1.ndim == 1 else x1
    b = expand_dims(x2, -1) if x2.ndim == 1 else x2
    y = kernels.matmul(a, b)
    y = squeeze(y, -1) if x2.ndim == 1 else y
    return squeeze(y, -2 if x2.ndim > 1 else -1) if x1.ndim == 1 else y


@operation("Dot")
def dot(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Multiplies and sums over the last axis of `x1` and the last but one of `x2`.

    Args:
        x1: First tensor.
        x2: Second tensor.

    Returns:
        The tensor of products.

    Example:

    >>> float(keras.ops.dot([1.0, 2.0], [3.0, 4.0]))
    11.0
    """
    x1, x2 = promoted(x1, x2)
    if not x1.ndim or not x2.ndim:
        return x1 * x2
    if x2.ndim > 2:
        order = (x2.ndim - 2, *(a for a in range(x2.ndim) if a != x2.ndim - 2))
        return _contracted(x1, transpose(x2, order))
    return product(x1, x2)


@shaped
def _contracted(x1, x2):
    """The sum over the last axis of x1 and the first of x2."""
    if x1.shape[-1] != x2.shape[0]:
        raise ValueError(f"`dot` needs inner extents that are equal. Received: {x1.shape[-1]} and {x2.shape[0]}")
    flat = product(x1, reshape(x2, (x2.shape[0], size_of(x2.shape[1:]))))
    return reshape(flat, (*x1.shape[:-1], *x2.shape[1:]))


@operation("Tensordot", "axes")
def tensordot(x1: TensorLike, x2: TensorLike, axes: int | Sequence[Any] = 2) -> Tensor:
    """Multiplies and sums over chosen axes of two tensors.

    Args:
        x1: First tensor.
        x2: Second tensor.
        axes: Integer, how many of the last axes of `x1` and the first ones of `x2`; or two lists of axes. Defaults to
            `2`.

    Returns:
        Tensor with the other axes of `x1`, then those of `x2`.

    Raises:
        ValueError: If the lists differ in length.

    Example:

    >>> keras.ops.tensordot([[1, 2]], [[3], [4]], axes=1).tolist()
    [[11]]
    """
    x1, x2 = promoted(x1, x2)
    if isinstance(axes, int):
        first, second = list(range(x1.ndim - axes, x1.ndim)), list(range(axes))
    else:
        first, second = ([a] if isinstance(a, int) else list(a) for a in axes)
    if len(first) != len(second):
        raise ValueError(f"Argument `axes` must name as many axes of `x1` as of `x2`. Received: axes={axes}")
    first = [one_axis(a, x1.ndim, "axes") for a in first]
    second = [one_axis(a, x2.ndim, "axes") for a in second]
    left, right = ([a for a in range(x.ndim) if a not in used] for x, used in ((x1, first), (x2, second)))
    rest = [x1.shape[a] for a in left], [x2.shape[a] for a in right]
    if None in (*x1.shape, *x2.shape):
        return symbolic((*rest[0], *rest[1]), x1.dtype)
    count = math.prod(x1.shape[a] for a in first)
    a = reshape(transpose(x1, left + first), (math.prod(rest[0]), count))
    b = reshape(transpose(x2, second + right), (count, math.prod(rest[1])))
    return reshape(product(a, b), [*rest[0], *rest[1]])


@operation("Inner")
def inner(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Multiplies and sums over the last axes of two tensors.

    Args:
        x1: First tensor.
        x2: Second tensor.

    Returns:
        Tensor with the other axes of `x1`, then those of `x2`.

    Example:

    >>> int(keras.ops.inner([1, 2], [3, 4]))
    11
    """
    x1, x2 = promoted(x1, x2)
    return tensordot(x1, x2, ([-1], [-1])) if x1.ndim and x2.ndim else multiply(x1, x2)


@operation("Outer", trials=True)
def outer(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Multiplies each element of one tensor with each element of the other.

    Args:
        x1: First tensor.
        x2: Second tensor.

    Returns:
        Matrix with a row for each element of `x1`.

    Example:

    >>> keras.ops.outer([1, 2], [3, 4]).tolist()
    [[3, 4], [6, 8]]
    """
    x1, x2 = promoted(x1, x2)
    return multiply(reshape(x1, (-1, 1)), reshape(x2, (1, -1)))


@operation("Vdot")
def vdot(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Returns the dot product of two flattened tensors.

    Args:
        x1: First tensor.
        x2: Second tensor.

    Returns:
        A scalar tensor.

    Example:

    >>> int(keras.ops.vdot([[1, 2]], [[3], [4]]))
    11
    """
    x1, x2 = promoted(x1, x2)
    if None in (*x1.shape, *x2.shape):
        return symbolic((), x1.dtype)
    return product(reshape(x1, -1), reshape(x2, -1))


@operation("Kron", trials=True)
def kron(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Returns the Kronecker product: a copy of `x2` for each element of `x1`, multiplied by it.

    Args:
        x1: First tensor.
        x2: Second tensor.

    Returns:
        Tensor whose extents are the products of those of the arguments.

    Example:

    >>> keras.ops.kron([1, 2], [1, 1]).tolist()
    [1, 1, 2, 2]
    """
    x1, x2 = promoted(x1, x2)
    rank = max(x1.ndim, x2.ndim)
    a, b = ((1,) * (rank - x.ndim) + tuple(x.shape) for x in (x1, x2))
    left = reshape(x1, [e for extent in a for e in (extent, 1)])
    right = reshape(x2, [e for extent in b for e in (1, extent)])
    return reshape(multiply(left, right), [p * q for p, q in zip(a, b, strict=True)])


@operation("Cross", "axisa", "axisb", "axisc", "axis")
def cross(
    x1: TensorLike, x2: TensorLike, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Tensor:
    """Returns the cross product of vectors of two or three components.

    Args:
        x1: First tensor.
        x2: Second tensor.
        axisa: Integer, the axis of the components of `x1`. Defaults to `-1`.
        axisb: Integer, the axis of the components of `x2`. Defaults to `-1`.
        axisc: Integer, the axis of the components of the result. Defaults to `-1`.
        axis: Optional integer in place of all three.

    Returns:
        Tensor of vectors with three components; of numbers where both arguments have two.

    Raises:
        ValueError: If a vector has neither two nor three components.

    Example:

    >>> keras.ops.cross([1, 0, 0], [0, 1, 0]).tolist()
    [0, 0, 1]
    """
    axisa, axisb, axisc = (axis,) * 3 if axis is not None else (axisa, axisb, axisc)
    names = ("axis",) * 3 if axis is not None else ("axisa", "axisb", "axisc")
    x1, x2 = promoted(x1, x2)
    x1 = moveaxis(x1, one_axis(axisa, x1.ndim, names[0]), -1)
    x2 = moveaxis(x2, one_axis(axisb, x2.ndim, names[1]), -1)
    if x1.shape[-1] not in (2, 3, None) or x2.shape[-1] not in (2, 3, None):
        raise ValueError(f"`x1` and `x2` must have 2 or 3 components. Received: shapes {x1.shape} and {x2.shape}")
    if None in (x1.shape[-1], x2.shape[-1]):  # a vector of two where neither is known to have three
        lead = broadcast_shapes(x1.shape[:-1], x2.shape[:-1])
        if not lead and 3 not in (x1.shape[-1], x2.shape[-1]):
            raise ValueError(f"The number of components must be known. Received: shapes {x1.shape} and {x2.shape}")
        whole = KerasTensor((*lead, 3), x1.dtype)
        shape = moveaxis(whole, -1, axisc).shape if 3 in (x1.shape[-1], x2.shape[-1]) else lead
        return symbolic(shape, x1.dtype)
    return _crossed(x1, x2, axisc, names[2])


def _crossed(x1, x2, axisc, name):
    """The cross product of vectors in the last axes."""
    a, b = ([x[..., i] for i in range(x.shape[-1])] for x in (x1, x2))

    def part(i, j):
        """`a[i] b[j] - a[j] b[i]`; a third component that is not there is zero."""
        if i >= len(a) or j >= len(b):
            return negative(multiply(a[j], b[i]))
        first = multiply(a[i], b[j])
        return first if j >= len(a) or i >= len(b) else subtract(first, multiply(a[j], b[i]))

    if len(a) == len(b) == 2:
        return part(0, 1)
    vectors = stack([part(1, 2), part(2, 0), part(0, 1)], -1)
    return moveaxis(vectors, -1, one_axis(axisc, vectors.ndim, name))
