"""Means, variances and averages."""

from __future__ import annotations

from kerasnb.backend.tensor.dtypes import FLOATS, floatx
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Axis, TensorLike
from kerasnb.kernels import elementwise
from kerasnb.kernels import sum as sums
from kerasnb.ops.arguments import axes_of, one_axis, promoted, tensor
from kerasnb.ops.numpy import reductions
from kerasnb.ops.numpy.elementwise.arithmetic import add, divide, multiply
from kerasnb.ops.numpy.half import in_float32
from kerasnb.ops.numpy.reductions import kept
from kerasnb.ops.numpy.shapes import reshape, transpose
from kerasnb.ops.operation import operation

__all__ = ["average", "mean", "std", "var"]


@operation("Mean", "axis", "keepdims")
@in_float32
def mean(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Averages elements over axes.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.
        keepdims: Boolean, whether reduced axes stay with extent 1.

    Returns:
        The tensor of means, of a float dtype.

    Example:

    >>> float(keras.ops.mean([1.0, 2.0]))
    1.5
    """
    x = tensor(x)
    x = x if x.dtype in FLOATS else elementwise.cast_to(x, floatx())
    axes = axes_of(axis, x.ndim)
    if not axes:
        return x
    y = elementwise.divide(sums.total(x, axes=axes), elementwise.like(x, _count(x, axes)))
    return kept(y, x.shape, axes, keepdims)


def _count(x, axes):
    """How many elements are reduced into one."""
    count = 1
    for a in axes:
        if x.shape[a] is not None:
            count *= x.shape[a]
    return count


@operation("Var", "axis", "keepdims")
@in_float32
def var(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Returns the variance of elements over axes.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.
        keepdims: Boolean, whether reduced axes stay with extent 1.

    Returns:
        The tensor of variances.

    Example:

    >>> float(keras.ops.var([1.0, 3.0]))
    1.0
    """
    x = tensor(x)
    x = x if x.dtype in FLOATS else elementwise.cast_to(x, floatx())
    return mean(elementwise.square(elementwise.subtract(x, mean(x, axis, keepdims=True))), axis, keepdims)


@operation("Std", "axis", "keepdims")
@in_float32
def std(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Returns the standard deviation of elements over axes.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.
        keepdims: Boolean, whether reduced axes stay with extent 1.

    Returns:
        The tensor of standard deviations.

    Example:

    >>> float(keras.ops.std([1.0, 3.0]))
    1.0
    """
    return elementwise.sqrt(var(x, axis, keepdims))


@operation("Average", "axis", keywords=("weights",), trials=True)
@in_float32
def average(x: TensorLike, axis: Axis = None, weights: TensorLike | None = None) -> Tensor:
    """Computes the weighted average of elements over axes.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.
        weights: Optional tensor with the shape of `x`, or with the extents of `axis`.

    Returns:
        The tensor of averages, of a float dtype.

    Raises:
        ValueError: If the shape of the weights is neither.

    Example:

    >>> float(keras.ops.average([1.0, 2.0], weights=[3, 1]))
    1.25
    """
    if weights is None:
        return mean(x, axis)
    x, weights = promoted(x, weights, floating=True)
    if tuple(weights.shape) != tuple(x.shape):
        axes = axis if isinstance(axis, (list, tuple)) else axes_of(axis, x.ndim)
        positions = [one_axis(a, x.ndim) for a in axes]
        if tuple(weights.shape) != tuple(x.shape[a] for a in positions):
            raise ValueError(
                "Argument `weights` must have the shape of `x`, or the extent of `axis`. "
                f"Received: weights.shape={weights.shape}, x.shape={x.shape}, axis={axis}"
            )
        weights = transpose(weights, sorted(range(len(positions)), key=positions.__getitem__))
        weights = reshape(weights, [e if a in positions else 1 for a, e in enumerate(x.shape)])
    total = reductions.sum(add(weights, multiply(x, 0)), axis)
    return divide(reductions.sum(multiply(x, weights), axis), total)
