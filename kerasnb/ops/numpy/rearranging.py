"""Elements moved along axes: flipped, rotated, rolled, repeated, padded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasnb.backend.tensor.tensor import Tensor, from_host
from kerasnb.backend.typing import Axis, TensorLike
from kerasnb.kernels import gather, move
from kerasnb.ops.arguments import axes_of, one_axis, tensor
from kerasnb.ops.numpy.joining import concatenate
from kerasnb.ops.numpy.shapes import axes_in_order, broadcast_to, reshape, swapaxes
from kerasnb.ops.operation import operation

__all__ = ["flip", "fliplr", "flipud", "pad", "repeat", "roll", "rot90", "tile"]


@operation("Flip", "axis", trials=True)
def flip(x: TensorLike, axis: Axis = None) -> Tensor:
    """Reverses the order of elements along axes.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.

    Returns:
        Tensor of the same shape.

    Example:

    >>> keras.ops.flip([1, 2, 3]).tolist()
    [3, 2, 1]
    """
    x = tensor(x)
    axes = axes_of(axis, x.ndim)
    return x[tuple(slice(None, None, -1) if a in axes else slice(None) for a in range(x.ndim))] if axes else x


@operation("Fliplr")
def fliplr(x: TensorLike) -> Tensor:
    """Reverses the order of elements along the second axis: left and right.

    Args:
        x: Input tensor.

    Returns:
        Tensor of the same shape.

    Example:

    >>> keras.ops.fliplr([[1, 2]]).tolist()
    [[2, 1]]
    """
    return flip(x, 1)


@operation("Flipud")
def flipud(x: TensorLike) -> Tensor:
    """Reverses the order of elements along the first axis: up and down.

    Args:
        x: Input tensor.

    Returns:
        Tensor of the same shape.

    Example:

    >>> keras.ops.flipud([[1], [2]]).tolist()
    [[2], [1]]
    """
    return flip(x, 0)


@operation("Rot90", "k", "axes")
def rot90(array: TensorLike, k: int = 1, axes: Sequence[int] = (0, 1)) -> Tensor:
    """Rotates a tensor in the plane of two axes by right angles.

    Args:
        array: Input tensor of rank 2 or more.
        k: Integer, the number of right angles. Defaults to `1`.
        axes: Tuple of two integers, the plane. Defaults to `(0, 1)`.

    Returns:
        The rotated tensor.

    Raises:
        ValueError: If `axes` are not two different axes of the array.

    Example:

    >>> keras.ops.rot90([[1, 2], [3, 4]]).tolist()
    [[2, 4], [1, 3]]
    """
    x = tensor(array)
    plane = axes_in_order(axes, x.ndim, "axes") if x.ndim >= 2 else []
    if len(plane) != 2 or plane[0] == plane[1]:
        raise ValueError(
            f"`rot90` needs an array of rank 2 or more and two different `axes`. Received: {x.shape}, axes={axes}"
        )
    a, b = plane
    rotated = {0: lambda: x, 1: lambda: swapaxes(flip(x, b), a, b), 2: lambda: flip(x, (a, b))}
    return rotated.get(k % 4, lambda: flip(swapaxes(x, a, b), b))()


@operation("Roll", "shift", "axis", trials=True)
def roll(x: TensorLike, shift: int | Sequence[int], axis: Axis = None) -> Tensor:
    """Shifts elements along axes; those moved beyond the end return at the start.

    Args:
        x: Input tensor.
        shift: Integer or tuple of integers, the number of places.
        axis: Integer or tuple of integers. Defaults to the flattened tensor.

    Returns:
        Tensor of the same shape.

    Example:

    >>> keras.ops.roll([1, 2, 3], 1).tolist()
    [3, 1, 2]
    """
    y = tensor(x)
    if axis is None:
        return reshape(_rolled(reshape(y, -1), int(np.sum(shift)), 0), y.shape)
    shifts, axes = np.broadcast_arrays(shift, axis)  # one shift for all axes, or several along one
    for places, a in zip(shifts.reshape(-1).tolist(), axes.reshape(-1).tolist(), strict=True):
        y = _rolled(y, places, one_axis(a, y.ndim))
    return y


def _rolled(x, places: int, axis: int):
    extent = x.shape[axis]
    places = places % extent if extent else 0
    if not places:
        return x
    lead = (slice(None),) * axis
    return concatenate([x[(*lead, slice(extent - places, None))], x[(*lead, slice(0, extent - places))]], axis)


@operation("Repeat", "repeats", "axis", trials=True)
def repeat(x: TensorLike, repeats: int | Sequence[int], axis: int | None = None) -> Tensor:
    """Repeats each element along an axis.

    Args:
        x: Input tensor.
        repeats: Integer, or a number for each element.
        axis: Integer. Defaults to the flattened tensor.

    Returns:
        Tensor, longer along the axis.

    Example:

    >>> keras.ops.repeat([1, 2], 2).tolist()
    [1, 1, 2, 2]
    """
    x = tensor(x)
    if axis is None:
        x, axis = reshape(x, -1), 0
    axis = one_axis(axis, x.ndim)
    return _chosen(x, np.repeat(np.arange(x.shape[axis]), np.asarray(repeats)), axis)


def _chosen(x, index, axis: int):
    """Slices of an axis by indices that are known."""
    return gather.take(x, from_host(np.asarray(index), "int32"), axis=axis)


@operation("Tile", "repeats", trials=True)
def tile(x: TensorLike, repeats: int | Sequence[int]) -> Tensor:
    """Repeats a whole tensor along each axis.

    Args:
        x: Input tensor.
        repeats: Integer or tuple of integers, the number of copies along each axis.

    Returns:
        The tensor of copies.

    Example:

    >>> keras.ops.tile([1, 2], 2).tolist()
    [1, 2, 1, 2]
    """
    x = tensor(x)
    times = tuple(int(r) for r in np.atleast_1d(np.asarray(repeats)))
    rank = max(len(times), x.ndim)
    times, shape = (1,) * (rank - len(times)) + times, (1,) * (rank - x.ndim) + tuple(x.shape)
    pairs = [(r, e) for r, e in zip(times, shape, strict=True)]
    spread = broadcast_to(reshape(x, [e for _, e in pairs for e in (1, e)]), [e for pair in pairs for e in pair])
    return reshape(spread, [r * e for r, e in pairs])


@operation("Pad", "pad_width", "mode", keywords=("constant_values",), trials=True)
def pad(
    x: TensorLike, pad_width: int | Sequence[Any], mode: str = "constant", constant_values: float | None = None
) -> Tensor:
    """Pads a tensor along its axes.

    Args:
        x: Input tensor.
        pad_width: Integer, or a pair (before, after), or such a pair for each axis.
        mode: `"constant"`, `"reflect"`, `"symmetric"`, `"edge"` or `"wrap"`. Defaults to `"constant"`.
        constant_values: Value to pad with in mode `"constant"`. Defaults to `0`.

    Returns:
        The padded tensor.

    Raises:
        ValueError: If `constant_values` is passed with another mode, or a width is negative.

    Example:

    >>> keras.ops.pad([1, 2], 1).tolist()
    [0, 1, 2, 0]
    """
    x = tensor(x)
    if constant_values is not None and mode != "constant":
        raise ValueError(
            f"Argument `constant_values` can only be provided when `mode == 'constant'`. Received: mode={mode}"
        )
    widths = _widths(pad_width, x.ndim)
    if min((w for pair in widths for w in pair), default=0) < 0:
        raise ValueError(f"Argument `pad_width` must not be negative. Received: pad_width={pad_width}")
    if mode == "constant":
        return _padded_with(x, widths, 0 if constant_values is None else constant_values)
    return _padded_from_within(x, widths, mode)


def _widths(pad_width, rank: int) -> list[tuple[int, int]]:
    """(before, after) of each axis, from any form that `pad` accepts."""
    pairs = np.broadcast_to(np.asarray(pad_width, dtype=int), (rank, 2))
    return [(int(a), int(b)) for a, b in pairs]


def _padded_from_within(x, widths, mode):
    for axis, pair in enumerate(widths):
        x = _chosen(x, np.pad(np.arange(x.shape[axis]), pair, mode=mode), axis) if any(pair) else x
    return x


def _padded_with(x, widths, value):
    shape = tuple(e + a + b for e, (a, b) in zip(x.shape, widths, strict=True))
    starts, steps = tuple(a for a, _ in widths), (1,) * x.ndim
    if np.ndim(value) == 0 and isinstance(value, (int, float)) and value == 0 and x.dtype != "bool":
        return move.unslice(x, shape=shape, starts=starts, steps=steps)
    for axis, (a, b) in enumerate(widths):
        blocks = [broadcast_to(tensor(value, x.dtype), (*x.shape[:axis], n, *x.shape[axis + 1 :])) for n in (a, b)]
        x = concatenate([blocks[0], x, blocks[1]], axis) if a or b else x
    return x
