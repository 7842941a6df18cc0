"""The larger and the smaller of two values, and values kept within bounds."""

from __future__ import annotations

from kerasnb.backend.tensor.dtypes import FLOATS
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import elementwise
from kerasnb.ops.arguments import out_of_range, promoted, tensor
from kerasnb.ops.operation import operation

__all__ = ["clip", "fmax", "fmin", "maximum", "minimum"]


@operation("Maximum")
def maximum(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Returns the larger of two values, element-wise.

    Args:
        x1: First tensor.
        x2: Second tensor.

    Returns:
        The tensor of maxima.

    Example:

    >>> keras.ops.maximum([1, 5], [3, 2]).tolist()
    [3, 5]
    """
    return _further(elementwise.maximum, x1, x2, lambda number: number < 0)


@operation("Minimum")
def minimum(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Returns the smaller of two values, element-wise.

    Args:
        x1: First tensor.
        x2: Second tensor.

    Returns:
        The tensor of minima.

    Example:

    >>> keras.ops.minimum([1, 5], [3, 2]).tolist()
    [1, 2]
    """
    return _further(elementwise.minimum, x1, x2, lambda number: number > 0)


def _further(choose, x1, x2, loses):
    """The larger or smaller; a number of Python that every number of the tensor's dtype exceeds is never chosen."""
    for x, number in ((x1, x2), (x2, x1)):
        if out_of_range(x, number) and loses(number):
            return promoted(x, 0)[0]
    return choose(*promoted(x1, x2))


@operation("Fmax")
def fmax(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Returns the larger of two values element-wise; the other value where one is NaN.

    Args:
        x1: First tensor.
        x2: Second tensor.

    Returns:
        The tensor of maxima.

    Example:

    >>> float(keras.ops.fmax(1.0, float("nan")))
    1.0
    """
    return _without_nan(elementwise.maximum, *promoted(x1, x2))


@operation("Fmin")
def fmin(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Returns the smaller of two values element-wise; the other value where one is NaN.

    Args:
        x1: First tensor.
        x2: Second tensor.

    Returns:
        The tensor of minima.

    Example:

    >>> float(keras.ops.fmin(1.0, float("nan")))
    1.0
    """
    return _without_nan(elementwise.minimum, *promoted(x1, x2))


def _without_nan(choose, x1, x2):
    """The larger or smaller; the other value where one is NaN."""
    chosen = choose(x1, x2)
    if x1.dtype not in FLOATS:
        return chosen
    return elementwise.where(elementwise.isnan(x1), x2, elementwise.where(elementwise.isnan(x2), x1, chosen))


@operation("Clip", "x_min", "x_max")
def clip(x: TensorLike, x_min: TensorLike | None, x_max: TensorLike | None) -> Tensor:
    """Limits each element to an interval.

    Args:
        x: Input tensor.
        x_min: Lower bound, or None.
        x_max: Upper bound, or None.

    Returns:
        The clipped tensor.

    Example:

    >>> keras.ops.clip([-2.0, 0.5, 3.0], 0.0, 1.0).tolist()
    [0.0, 0.5, 1.0]
    """
    x = tensor(x)
    x = tensor(x, "int32") if x.dtype == "bool" else x
    if x_min is not None:
        x = maximum(x, x_min)
    return x if x_max is None else minimum(x, x_max)
