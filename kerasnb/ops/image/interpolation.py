"""Interpolation between the pixels of an image, for `map_coordinates` and the transforms of images."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from typing import Any

from kerasnb.backend.tensor.dtypes import FLOATS, INTEGERS
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import elementwise, gather
from kerasnb.ops.arguments import floating, tensor
from kerasnb.ops.core import cast
from kerasnb.ops.numpy.elementwise.arithmetic import absolute, add, floor_divide, mod, multiply, sign
from kerasnb.ops.numpy.elementwise.comparison import equal, greater_equal
from kerasnb.ops.numpy.elementwise.extremes import clip
from kerasnb.ops.numpy.elementwise.logic import logical_and
from kerasnb.ops.numpy.elementwise.rounding import floor
from kerasnb.ops.numpy.elementwise.selection import where
from kerasnb.ops.numpy.shapes import reshape
from kerasnb.ops.operation import operation

ORDERS = {"nearest": 0, "bilinear": 1}
FILL_MODES = ("constant", "nearest", "wrap", "mirror", "reflect")

# --- indices past the border -------------------------------------------------------------------------


def _mirrored(at, extent: int):
    """A wave that rises and falls between 0 and the last index."""
    last = extent - 1
    return absolute(mod(at + last, 2 * last) - last) if last else at * 0


def _reflected(at, extent: int):
    """The same with the last element twice."""
    return floor_divide(_mirrored(at * 2 + 1, 2 * extent + 1) - 1, 2)


INSIDE = {
    "constant": lambda at, extent: clip(at, 0, extent - 1),
    "nearest": lambda at, extent: clip(at, 0, extent - 1),
    "wrap": lambda at, extent: mod(at, extent),
    "mirror": _mirrored,
    "reflect": _reflected,
}

# --- neighbours ----------------------------------------------------------------------------------------


def rounded(x: Tensor) -> Tensor:
    """The nearest whole number, halves away from zero."""
    whole = elementwise.truncated(x)
    return where(greater_equal(absolute(x - whole), 0.5), whole + sign(x), whole)


def _neighbours(at, order: int) -> list:
    """(index, weight) of the elements around a coordinate; a weight of None stands for one."""
    if order == 0:
        return [(cast(rounded(at) if at.dtype in FLOATS else at, "int32"), None)]
    at = floating(at)
    low = floor(at)
    above = at - low
    index = cast(low, "int32")
    return [(index, 1.0 - above), (index + 1, above)]


def _bordered(neighbour, extent: int, mode: str):
    """(index that is inside, whether it was, weight)."""
    index, weight = neighbour
    inside = INSIDE[mode](index, extent)
    return inside, equal(inside, index) if mode == "constant" else None, weight


def _all(parts, join):
    """The parts that are not None, joined; None if there is none."""
    present = [part for part in parts if part is not None]
    return functools.reduce(join, present) if present else None


# --- values ------------------------------------------------------------------------------------------


def sampled(
    x: Tensor,
    extents: Sequence[int],
    coordinates: Sequence[Tensor],
    order: int,
    mode: str,
    fill: float,
    first: Tensor | None = None,
) -> Tensor:
    """Values of arrays at coordinates between their elements.

    Args:
        x: Tensor whose first axis counts the elements of the arrays, one array after the other.
        extents: Tuple of integers, the extents of an array.
        coordinates: A tensor for each extent; they broadcast.
        order: 0 for the nearest element, 1 for linear interpolation.
        mode: How the outside is filled, one of `FILL_MODES`.
        fill: The value outside, for `"constant"`.
        first: Integer tensor that broadcasts, the index of the array of each coordinate; None if there is one array.
    """
    wide = (*coordinates[0].shape, *(1,) * (x.ndim - 1))
    between = [
        [_bordered(near, extent, mode) for near in _neighbours(at, order)]
        for at, extent in zip(coordinates, extents, strict=True)
    ]
    total: Any = None
    for corner in itertools.product(*between):
        place: Any = first
        for (index, _, _), extent in zip(corner, extents, strict=True):
            place = index if place is None else place * extent + index
        value = gather.take(x, place, axis=0)
        valid, weight = _all((c[1] for c in corner), logical_and), _all((c[2] for c in corner), multiply)
        if valid is not None:
            value = where(reshape(valid, wide), value, tensor(fill, x.dtype))
        if weight is not None:
            value = multiply(reshape(weight, wide), value)
        total = value if total is None else add(total, value)
    return returned(total, x.dtype)


def returned(y: Tensor, dtype: str) -> Tensor:
    """The values in the dtype of the image, rounded if it is an integer."""
    return cast(rounded(y) if dtype in INTEGERS and y.dtype in FLOATS else y, dtype)


# --- public --------------------------------------------------------------------------------------------


def check_mode(fill_mode: str) -> None:
    """Raises an error if the argument `fill_mode` is unknown."""
    if fill_mode not in FILL_MODES:
        raise ValueError(
            f"Invalid value for argument `fill_mode`. Expected of one {FILL_MODES}. Received: fill_mode={fill_mode}"
        )


def check_interpolation(interpolation: str) -> None:
    """Raises an error if the argument `interpolation` is unknown."""
    if interpolation not in ORDERS:
        raise ValueError(
            f"Invalid value for argument `interpolation`. Expected of one {set(ORDERS)}. "
            f"Received: interpolation={interpolation}"
        )


@operation("MapCoordinates", "order", "fill_mode", "fill_value", trials=True)
def map_coordinates(
    inputs: TensorLike, coordinates: TensorLike, order: int, fill_mode: str = "constant", fill_value: float = 0
) -> Tensor:
    """Reads a tensor at coordinates between its elements.

    Args:
        inputs: Tensor of any rank.
        coordinates: Tensor; its first axis has one entry for each axis of `inputs`.
        order: 0 for the nearest element, 1 for linear interpolation.
        fill_mode: How the outside is filled: `"constant"` (default) `(k k | a b c | k k)`, `"nearest"`
            `(a a | a b c | c c)`, `"wrap"` `(b c | a b c | a b)`, `"mirror"` `(c b | a b c | b a)` or
            `"reflect"` `(b a | a b c | c b)`.
        fill_value: The value outside in mode `"constant"`. Defaults to `0`.

    Returns:
        Tensor with the shape of `coordinates` without its first axis, of the dtype of `inputs`.

    Raises:
        ValueError: If arguments are not valid.

    Example:

    >>> keras.ops.image.map_coordinates([10.0, 20.0, 30.0], [[0.5, 2.0]], order=1).tolist()
    [15.0, 30.0]
    """
    x, at = tensor(inputs), tensor(coordinates)
    if at.shape[0] != x.ndim:
        raise ValueError(
            "First dim of `coordinates` must be the same as the rank of `inputs`. "
            f"Received inputs with shape: {x.shape} and coordinate leading dim of {at.shape[0]}"
        )
    if at.ndim < 2:
        raise ValueError(f"Invalid coordinates rank: expected at least rank 2. Received input with shape: {at.shape}")
    check_mode(fill_mode)
    if order not in (0, 1):
        raise ValueError(f"Invalid value for argument `order`. Expected one of {[0, 1]}. Received: order={order}")
    axes = [at[i] for i in range(x.ndim)]
    return sampled(reshape(x, -1), x.shape, axes, order, fill_mode, fill_value)
