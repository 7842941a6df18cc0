"""Norms of vectors and matrices."""

from __future__ import annotations

import math

from kerasnb.backend.tensor.dtypes import COMPLEX
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Axis, TensorLike
from kerasnb.kernels import linalg
from kerasnb.ops.arguments import axes_of, floating, one_axis
from kerasnb.ops.core import cast
from kerasnb.ops.linalg.checks import matrices
from kerasnb.ops.numpy import reductions
from kerasnb.ops.numpy.elementwise import arithmetic
from kerasnb.ops.numpy.elementwise.comparison import not_equal
from kerasnb.ops.numpy.elementwise.exponents import power, sqrt, square
from kerasnb.ops.numpy.half import in_float32
from kerasnb.ops.numpy.shapes import expand_dims, moveaxis
from kerasnb.ops.operation import operation

__all__ = ["norm"]

OF_MATRICES = (None, "fro", "nuc", math.inf, -math.inf, 1, -1, 2, -2)


def _euclidean(x, axes):
    return sqrt(reductions.sum(square(x), axis=axes))


def _largest(x, axis: int):
    """The largest of numbers that are not negative: of none it is 0."""
    return reductions.max(x, axis=axis, initial=0 if x.shape[axis] == 0 else None)


def _of_vectors(x, order, axis: int):
    if isinstance(order, str):
        raise ValueError(f"Invalid `ord` argument for vector norm. Received: ord={order}")
    if order in (None, 2):
        return _euclidean(x, axis)
    if order == 0:
        return reductions.sum(cast(not_equal(x, 0), x.dtype), axis=axis)
    size = arithmetic.abs(x)
    if order in (math.inf, -math.inf):
        return (_largest if order > 0 else reductions.min)(size, axis=axis)
    if order == 1:
        return reductions.sum(size, axis=axis)
    return power(reductions.sum(power(size, order), axis=axis), 1.0 / order)


def _of_matrices(x, order, first: int, second: int):
    """`first` is the axis of rows, `second` that of columns."""
    if order not in OF_MATRICES:
        raise ValueError(f"Invalid `ord` argument for matrix norm. Received: ord={order}")
    if order in (None, "fro"):
        return _euclidean(x, (first, second))
    if order in ("nuc", 2, -2):
        s = linalg.singular_values(moveaxis(x, (first, second), (-2, -1)))
        return (reductions.sum if order == "nuc" else _largest if order > 0 else reductions.min)(s, axis=-1)
    summed, kept = (first, second) if abs(order) == 1 else (second, first)
    sums = reductions.sum(arithmetic.abs(x), axis=summed)
    return (_largest if order > 0 else reductions.min)(sums, axis=kept - (summed < kept))


@operation("Norm", "ord", "axis", "keepdims", trials=True)
@in_float32
def norm(x: TensorLike, ord: float | str | None = None, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Computes the norm of vectors or matrices.

    Args:
        x: Input tensor.
        ord: The order. Of vectors: `None` (2), a number, or plus or minus infinity. Of matrices: `None` or `"fro"`
            (the square root of the sum of squares), `"nuc"` (the sum of singular values), 2 or -2 (the largest or
            smallest of them), 1 or -1 (the largest or smallest sum of absolute values of a column), plus or minus
            infinity (the same of a row). Defaults to `None`.
        axis: Integer for vectors, two integers for matrices. Defaults to `None`: the whole tensor.
        keepdims: Boolean, whether reduced axes stay with extent 1. Defaults to `False`.

    Returns:
        Tensor of norms.

    Raises:
        ValueError: If `ord` is not known for the number of axes.

    Example:

    >>> float(keras.ops.norm([3.0, 4.0]))
    5.0
    """
    x = floating(x)
    if x.dtype in COMPLEX:
        x = matrices(x) if ord in ("nuc", 2, -2) and x.ndim > 1 and not isinstance(axis, int) else arithmetic.abs(x)
    if isinstance(ord, str) and ord not in ("fro", "nuc"):
        raise ValueError(
            f"Invalid `ord` argument. Expected one of {{'fro', 'nuc'}} when using string. Received: ord={ord}"
        )
    chosen = tuple(range(x.ndim)) if axis is None else tuple(axis) if isinstance(axis, (list, tuple)) else (axis,)
    axes = tuple(one_axis(a, x.ndim) for a in chosen)
    if axis is None and ord is None:
        y = _euclidean(x, None)
    elif len(axes) == 1:
        y = _of_vectors(x, ord, axes[0])
    elif len(axes) == 2:
        y = _of_matrices(x, ord, *axes)
    else:
        raise ValueError(
            f"Improper number of axes for norm: axis={chosen}. Pass one axis to compute a vector-norm, or two axes to "
            "compute a matrix-norm."
        )
    return expand_dims(y, axes_of(axes, x.ndim)) if keepdims and axes else y
