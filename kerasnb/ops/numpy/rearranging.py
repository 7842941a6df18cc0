"""Operations of `keras.ops` that move elements along axes: turned, rolled, repeated, padded."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.tensor.tensor import from_host
from kerasnb.kernels import gather, move
from kerasnb.ops.arguments import axes_of, one_axis, tensor
from kerasnb.ops.describe import described, shaped
from kerasnb.ops.numpy.shapes import broadcast_to, concatenate, reshape, transpose

__all__ = [
    "flip", "fliplr", "flipud", "get_item", "moveaxis", "pad", "repeat", "roll", "rot90", "swapaxes", "tile",
]  # fmt: skip


def _axes_in_order(axes, rank: int, name: str) -> list[int]:
    return [one_axis(a, rank, name) for a in (axes if isinstance(axes, (list, tuple)) else (axes,))]


@described(
    "Moves axes to other places; the others keep their order.",
    "keras.ops.moveaxis(keras.ops.ones((2, 3, 4)), 0, -1).shape", "(3, 4, 2)",
    raises="ValueError: If source and destination differ in length.",
    source="Integer or tuple of integers, where the axes are.",
    destination="Integer or tuple of integers, where they go.",
)  # fmt: skip
def moveaxis(x, source, destination):
    x = tensor(x)
    sources, targets = _axes_in_order(source, x.ndim, "source"), _axes_in_order(destination, x.ndim, "destination")
    if len(sources) != len(targets):
        raise ValueError(
            f"Arguments `source` and `destination` must be of one length. Received: {source} and {destination}"
        )
    order = [a for a in range(x.ndim) if a not in sources]
    for target, origin in sorted(zip(targets, sources, strict=True)):
        order.insert(target, origin)
    return transpose(x, order)


@described(
    "Exchanges two axes.", "keras.ops.swapaxes(keras.ops.ones((2, 3)), 0, 1).shape", "(3, 2)",
    axis1="Integer, one axis.", axis2="Integer, the other axis.",
)  # fmt: skip
def swapaxes(x, axis1, axis2):
    x = tensor(x)
    order = list(range(x.ndim))
    a, b = one_axis(axis1, x.ndim, "axis1"), one_axis(axis2, x.ndim, "axis2")
    order[a], order[b] = b, a
    return transpose(x, order)


@described(
    "Turns the order of elements around along axes.", "keras.ops.flip([1, 2, 3]).tolist()", "[3, 2, 1]",
    axis="Integer or tuple of integers. Defaults to all axes.",
)  # fmt: skip
@shaped
def flip(x, axis=None):
    x = tensor(x)
    axes = axes_of(axis, x.ndim)
    return x[tuple(slice(None, None, -1) if a in axes else slice(None) for a in range(x.ndim))] if axes else x


@described("Turns columns around: the second axis.", "keras.ops.fliplr([[1, 2]]).tolist()", "[[2, 1]]")
def fliplr(x):
    return flip(x, 1)


@described("Turns rows around: the first axis.", "keras.ops.flipud([[1], [2]]).tolist()", "[[2], [1]]")
def flipud(x):
    return flip(x, 0)


@described(
    "Turns the plane of two axes by right angles.", "keras.ops.rot90([[1, 2], [3, 4]]).tolist()", "[[2, 4], [1, 3]]",
    raises="ValueError: If `axes` are not two different axes of the array.", array="Input tensor of rank 2 or more.",
    k="Integer, how many times. Defaults to `1`.", axes="Tuple of two integers. Defaults to `(0, 1)`.",
)  # fmt: skip
def rot90(array, k=1, axes=(0, 1)):
    x = tensor(array)
    places = _axes_in_order(axes, x.ndim, "axes") if x.ndim >= 2 else []
    if len(places) != 2 or places[0] == places[1]:
        raise ValueError(
            f"`rot90` needs an array of rank 2 or more and two different `axes`. Received: {x.shape}, axes={axes}"
        )
    a, b = places
    turned = {0: lambda: x, 1: lambda: swapaxes(flip(x, b), a, b), 2: lambda: flip(x, (a, b))}
    return turned.get(k % 4, lambda: flip(swapaxes(x, a, b), b))()


def _rolled(x, places: int, axis: int):
    extent = x.shape[axis]
    places = places % extent if extent else 0
    if not places:
        return x
    lead = (slice(None),) * axis
    return concatenate([x[(*lead, slice(extent - places, None))], x[(*lead, slice(0, extent - places))]], axis)


@described(
    "Rolls elements along axes; those that leave at the end come back in front.",
    "keras.ops.roll([1, 2, 3], 1).tolist()", "[3, 1, 2]", shift="Integer or tuple of integers, by how many places.",
    axis="Integer or tuple of integers. Defaults to the flattened tensor.",
)  # fmt: skip
@shaped
def roll(x, shift, axis=None):
    x = tensor(x)
    if axis is None:
        return reshape(_rolled(reshape(x, -1), int(np.sum(shift)), 0), x.shape)
    shifts, axes = np.broadcast_arrays(shift, axis)  # one shift for all axes, or several along one
    for places, a in zip(shifts.reshape(-1).tolist(), axes.reshape(-1).tolist(), strict=True):
        x = _rolled(x, places, one_axis(a, x.ndim))
    return x


def _chosen(x, index, axis: int):
    """Slices of an axis by indices that are known."""
    return gather.take(x, from_host(np.asarray(index), "int32"), axis=axis)


@described(
    "Repeats each element along an axis.", "keras.ops.repeat([1, 2], 2).tolist()", "[1, 1, 2, 2]",
    repeats="Integer, or how many times for each element.", axis="Integer. Defaults to the flattened tensor.",
)  # fmt: skip
@shaped
def repeat(x, repeats, axis=None):
    x = tensor(x)
    if axis is None:
        x, axis = reshape(x, -1), 0
    axis = one_axis(axis, x.ndim)
    return _chosen(x, np.repeat(np.arange(x.shape[axis]), np.asarray(repeats)), axis)


@described(
    "Repeats a whole tensor along each axis.", "keras.ops.tile([1, 2], 2).tolist()", "[1, 2, 1, 2]",
    repeats="Integer or tuple of integers, how many times along each axis.",
)  # fmt: skip
@shaped
def tile(x, repeats):
    x = tensor(x)
    times = tuple(int(r) for r in np.atleast_1d(np.asarray(repeats)))
    rank = max(len(times), x.ndim)
    times, shape = (1,) * (rank - len(times)) + times, (1,) * (rank - x.ndim) + tuple(x.shape)
    pairs = [(r, e) for r, e in zip(times, shape, strict=True)]
    spread = broadcast_to(reshape(x, [e for _, e in pairs for e in (1, e)]), [e for pair in pairs for e in pair])
    return reshape(spread, [r * e for r, e in pairs])


def _widths(pad_width, rank: int) -> list[tuple[int, int]]:
    """(before, after) of each axis, from any form in which they may be given."""
    given = np.broadcast_to(np.asarray(pad_width, dtype=int), (rank, 2))
    return [(int(a), int(b)) for a, b in given]


def _padded_with(x, widths, value):
    shape = tuple(e + a + b for e, (a, b) in zip(x.shape, widths, strict=True))
    starts, steps = tuple(a for a, _ in widths), (1,) * x.ndim
    if np.ndim(value) == 0 and isinstance(value, (int, float)) and value == 0 and x.dtype != "bool":
        return move.unslice(x, shape=shape, starts=starts, steps=steps)
    for axis, (a, b) in enumerate(widths):
        blocks = [broadcast_to(tensor(value, x.dtype), (*x.shape[:axis], n, *x.shape[axis + 1 :])) for n in (a, b)]
        x = concatenate([blocks[0], x, blocks[1]], axis) if a or b else x
    return x


@described(
    "Adds elements around a tensor.", "keras.ops.pad([1, 2], 1).tolist()", "[0, 1, 2, 0]",
    raises="ValueError: If `constant_values` is given for another mode, or a width is negative.",
    pad_width="Integer, or (before, after), or one such pair for each axis.",
    mode='`"constant"`, `"reflect"`, `"symmetric"`, `"edge"` or `"wrap"`. Defaults to `"constant"`.',
    constant_values="The value that is added in mode `constant`. Defaults to 0.",
)  # fmt: skip
@shaped
def pad(x, pad_width, mode="constant", constant_values=None):
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
    for axis, pair in enumerate(widths):
        x = _chosen(x, np.pad(np.arange(x.shape[axis]), pair, mode=mode), axis) if any(pair) else x
    return x


@described(
    "Returns `x[key]`.", "int(keras.ops.get_item([1, 2], 1))", "2",
    key="Integers, slices, None, Ellipsis, arrays of integers, or masks: as in NumPy.",
)  # fmt: skip
def get_item(x, key):
    return tensor(x)[key]
