"""Running sums and products, differences of neighbours, and the trapezoid rule."""

from __future__ import annotations

from kerasnb.backend.tensor.dtypes import standardize_dtype
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import DType, TensorLike
from kerasnb.kernels import elementwise, scan
from kerasnb.ops.arguments import floating, one_axis, tensor
from kerasnb.ops.numpy import reductions
from kerasnb.ops.numpy.elementwise.arithmetic import add, multiply
from kerasnb.ops.numpy.half import in_float32
from kerasnb.ops.numpy.nan_reductions import without_nan
from kerasnb.ops.numpy.shapes import line_along, reshape
from kerasnb.ops.operation import operation

__all__ = ["cumprod", "cumsum", "diff", "nancumprod", "nancumsum", "trapezoid"]


@operation("Cumsum", "axis", "dtype", trials=True)
def cumsum(x: TensorLike, axis: int | None = None, dtype: DType | None = None) -> Tensor:
    """Returns cumulative sums along an axis.

    Args:
        x: Input tensor.
        axis: Integer. Defaults to the flattened tensor.
        dtype: The dtype of the result. Defaults to that of `x`.

    Returns:
        The tensor of sums.

    Example:

    >>> keras.ops.cumsum([1, 2, 3]).tolist()
    [1, 3, 6]
    """
    line, at = _prepared(x, axis, dtype)
    return scan.cumsum(line, axis=at, reverse=False)


@operation("Cumprod", "axis", "dtype", trials=True)
def cumprod(x: TensorLike, axis: int | None = None, dtype: DType | None = None) -> Tensor:
    """Returns cumulative products along an axis.

    Args:
        x: Input tensor.
        axis: Integer. Defaults to the flattened tensor.
        dtype: The dtype of the result. Defaults to that of `x`.

    Returns:
        The tensor of products.

    Example:

    >>> keras.ops.cumprod([1, 2, 3]).tolist()
    [1, 2, 6]
    """
    line, at = _prepared(x, axis, dtype)
    return scan.cumprod(line, at) if line.shape[at] else line


@operation("Nancumsum", "axis", "dtype")
def nancumsum(x: TensorLike, axis: int | None = None, dtype: DType | None = None) -> Tensor:
    """Returns cumulative sums along an axis; NaN counts as 0.

    Args:
        x: Input tensor.
        axis: Integer. Defaults to the flattened tensor.
        dtype: The dtype of the result. Defaults to that of `x`.

    Returns:
        The tensor of sums.

    Example:

    >>> keras.ops.nancumsum([1.0, float("nan")]).tolist()
    [1.0, 1.0]
    """
    return cumsum(without_nan(x, 0), axis, dtype)


@operation("Nancumprod", "axis", "dtype")
def nancumprod(x: TensorLike, axis: int | None = None, dtype: DType | None = None) -> Tensor:
    """Returns cumulative products along an axis; NaN counts as 1.

    Args:
        x: Input tensor.
        axis: Integer. Defaults to the flattened tensor.
        dtype: The dtype of the result. Defaults to that of `x`.

    Returns:
        The tensor of products.

    Example:

    >>> keras.ops.nancumprod([2.0, float("nan")]).tolist()
    [2.0, 2.0]
    """
    return cumprod(without_nan(x, 1), axis, dtype)


def _prepared(x, axis, dtype):
    """The tensor in the dtype in which it is summed, and the axis."""
    x = tensor(x, None if dtype is None else standardize_dtype(dtype))
    x = elementwise.cast_to(x, "int32") if x.dtype == "bool" else x
    return line_along(x, axis)


@operation("Diff", "n", "axis", trials=True)
def diff(a: TensorLike, n: int = 1, axis: int = -1) -> Tensor:
    """Returns the differences between neighbours along an axis.

    Args:
        a: Input tensor.
        n: Integer, how often to take differences. Defaults to `1`.
        axis: Integer, the axis. Defaults to `-1`.

    Returns:
        The tensor of differences, shorter by `n` along the axis.

    Raises:
        ValueError: If `n` is negative.

    Example:

    >>> keras.ops.diff([1, 4, 9]).tolist()
    [3, 5]
    """
    x = tensor(a)
    if n < 0:
        raise ValueError(f"Argument `n` must not be negative. Received: n={n}")
    axis = one_axis(axis, x.ndim)
    for _ in range(n):
        later, earlier = _neighbours(x, axis)
        x = elementwise.not_equal(later, earlier) if x.dtype == "bool" else elementwise.subtract(later, earlier)
    return x


@operation("Trapezoid", "x", "dx", "axis", trials=True)
@in_float32
def trapezoid(y: TensorLike, x: TensorLike | None = None, dx: float = 1.0, axis: int = -1) -> Tensor:
    """Integrates along an axis by the trapezoidal rule.

    Args:
        y: Tensor of values.
        x: Optional tensor of the positions of the values.
        dx: Float, the distance between positions where `x` is None. Defaults to `1.0`.
        axis: Integer, the axis. Defaults to `-1`.

    Returns:
        The tensor of integrals.

    Example:

    >>> float(keras.ops.trapezoid([1.0, 2.0, 3.0]))
    4.0
    """
    y = floating(y)
    axis = one_axis(axis, y.ndim)
    later, earlier = _neighbours(y, axis)
    if x is None:
        return multiply(reductions.sum(add(later, earlier), axis), 0.5 * dx)
    x = floating(x)
    width = diff(x, axis=-1 if x.ndim == 1 else axis)
    width = reshape(width, (-1, *(1,) * (y.ndim - axis - 1))) if x.ndim == 1 else width
    return multiply(reductions.sum(multiply(add(later, earlier), width), axis), 0.5)


def _neighbours(x, axis: int):
    """All elements but the first, and all but the last."""
    lead = (slice(None),) * axis
    return x[(*lead, slice(1, None))], x[(*lead, slice(0, max(x.shape[axis] - 1, 0)))]
