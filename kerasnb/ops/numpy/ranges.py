"""Evenly spaced numbers, on a linear or logarithmic scale, and grids of them."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.tensor.dtypes import FLOATS, fits, result_type, standardize_dtype
from kerasnb.backend.tensor.tensor import Tensor, from_host, to_tensor
from kerasnb.backend.typing import DType, TensorLike
from kerasnb.kernels import elementwise
from kerasnb.ops.arguments import dtype_of, one_axis, promoted, tensor
from kerasnb.ops.numpy.elementwise.arithmetic import absolute, add, divide, multiply, sign, subtract
from kerasnb.ops.numpy.elementwise.exponents import exp, log, power
from kerasnb.ops.numpy.shapes import broadcast_to, moveaxis, reshape
from kerasnb.ops.operation import operation

__all__ = ["arange", "geomspace", "linspace", "logspace", "meshgrid"]


@operation("Arange", "dtype", keywords=("step",))
def arange(start: float, stop: float | None = None, step: float | None = None, dtype: DType | None = None) -> Tensor:
    """Returns evenly spaced values within an interval.

    Args:
        start: Start of the interval; its end where `stop` is None.
        stop: End of the interval, excluded.
        step: Distance between values. Defaults to `1`.
        dtype: The dtype. Defaults to that of the arguments.

    Returns:
        The tensor of values.

    Example:

    >>> keras.ops.arange(3).tolist()
    [0, 1, 2]
    """
    arguments = [v for v in (start, stop, step) if v is not None]
    values = np.arange(start, stop, 1 if step is None else step) if stop is not None else np.arange(start)
    if dtype is None:
        dtype = result_type(*(dtype_of(v) for v in arguments))
        if dtype == "int32" and values.size and not all(fits(int(e), dtype) for e in values[[0, -1]]):
            dtype = "int64"
    return to_tensor(values, standardize_dtype(dtype))


@operation("Linspace", "num", "endpoint", "retstep", "dtype", "axis")
def linspace(
    start: TensorLike,
    stop: TensorLike,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: DType | None = None,
    axis: int = 0,
) -> Tensor | tuple[Tensor, Tensor]:
    """Returns evenly spaced values from `start` to `stop`.

    Args:
        start: The first value.
        stop: The last value.
        num: Integer, the number of values. Defaults to `50`.
        endpoint: Boolean, whether `stop` is the last value. Defaults to `True`.
        retstep: Boolean, whether to return the distance between values, too. Defaults to `False`.
        dtype: The dtype of the result. Defaults to that of the arguments.
        axis: Integer, the axis of the values in the result. Defaults to `0`.

    Returns:
        The tensor of values; with `retstep`, a tuple of it and the distance.

    Raises:
        ValueError: If `num` is negative.

    Example:

    >>> keras.ops.linspace(0.0, 1.0, 3).tolist()
    [0.0, 0.5, 1.0]
    """
    values, step = _spaced(start, stop, num, endpoint)
    values = _finished(values, dtype, axis)
    return (values, step) if retstep else values


@operation("Logspace", "num", "endpoint", "base", "dtype", "axis")
def logspace(
    start: TensorLike,
    stop: TensorLike,
    num: int = 50,
    endpoint: bool = True,
    base: float = 10,
    dtype: DType | None = None,
    axis: int = 0,
) -> Tensor:
    """Returns values from `base**start` to `base**stop` whose logarithms are evenly spaced.

    Args:
        start: Exponent of the first value.
        stop: Exponent of the last value.
        num: Integer, the number of values. Defaults to `50`.
        endpoint: Boolean, whether `base**stop` is the last value. Defaults to `True`.
        base: The base. Defaults to `10`.
        dtype: The dtype of the result. Defaults to that of the arguments.
        axis: Integer, the axis of the values in the result. Defaults to `0`.

    Returns:
        The tensor of values.

    Raises:
        ValueError: If `num` is negative.

    Example:

    >>> [round(v, 4) for v in keras.ops.logspace(0.0, 2.0, 3).tolist()]
    [1.0, 10.0, 100.0]
    """
    values, _ = _spaced(start, stop, num, endpoint)
    return _finished(power(elementwise.like(values, base), values), dtype, axis)


@operation("Geomspace", "num", "endpoint", "dtype", "axis")
def geomspace(
    start: TensorLike, stop: TensorLike, num: int = 50, endpoint: bool = True, dtype: DType | None = None, axis: int = 0
) -> Tensor:
    """Returns values from `start` to `stop`, each the same multiple of the one before.

    Args:
        start: The first value.
        stop: The last value.
        num: Integer, the number of values. Defaults to `50`.
        endpoint: Boolean, whether `stop` is the last value. Defaults to `True`.
        dtype: The dtype of the result. Defaults to that of the arguments.
        axis: Integer, the axis of the values in the result. Defaults to `0`.

    Returns:
        The tensor of values.

    Raises:
        ValueError: If `num` is negative.

    Example:

    >>> [round(v, 4) for v in keras.ops.geomspace(1.0, 4.0, 3).tolist()]
    [1.0, 2.0, 4.0]
    """
    start, stop = promoted(start, stop, floating=True)
    side = sign(start)
    values, _ = _spaced(log(absolute(start)), log(absolute(stop)), num, endpoint)
    return _finished(multiply(side, exp(values)), dtype, axis)


def _spaced(start, stop, num: int, endpoint: bool):
    """(values with the points as the first axis, step), in floats."""
    if num < 0:
        raise ValueError(f"Argument `num` must not be negative. Received: num={num}")
    start, stop = promoted(start, stop, floating=True)
    width = subtract(stop, start)
    gaps = num - 1 if endpoint else num
    shares = reshape(from_host(np.arange(num) / max(gaps, 1), start.dtype), (num, *(1,) * width.ndim))
    values = add(multiply(start, subtract(1, shares)), multiply(stop, shares))
    return values, divide(width, gaps) if gaps > 0 else multiply(width, np.nan)


def _finished(values, dtype, axis: int):
    dtype = values.dtype if dtype is None else standardize_dtype(dtype)
    values = values if dtype in FLOATS else elementwise.floor(values)
    return moveaxis(elementwise.cast_to(values, dtype), 0, one_axis(axis, values.ndim))


@operation("Meshgrid", "indexing", trials=True)
def meshgrid(*x: TensorLike, indexing: str = "xy") -> list[Tensor]:
    """Returns grids of coordinates from vectors of coordinates.

    Args:
        *x: Tensors of one axis, or scalars.
        indexing: `"xy"`: the first vector varies along the second axis, the second one along the first; `"ij"`: each
            along its own axis. Defaults to `"xy"`.

    Returns:
        List of tensors, one for each argument.

    Raises:
        ValueError: If `indexing` is neither.

    Example:

    >>> [g.shape for g in keras.ops.meshgrid([1, 2], [1, 2, 3])]
    [(3, 2), (3, 2)]
    """
    if indexing not in ("xy", "ij"):
        raise ValueError(f"Argument `indexing` must be 'xy' or 'ij'. Received: indexing={indexing!r}")
    xs = [reshape(tensor(e), -1) for e in x]
    axes = list(range(len(xs)))
    if indexing == "xy" and len(xs) > 1:
        axes[:2] = 1, 0
    shape = [0] * len(xs)
    for t, axis in zip(xs, axes, strict=True):
        shape[axis] = t.shape[0]
    lines = [tuple(-1 if i == axis else 1 for i in range(len(xs))) for axis in axes]
    return [broadcast_to(reshape(t, line), shape) for t, line in zip(xs, lines, strict=True)]
