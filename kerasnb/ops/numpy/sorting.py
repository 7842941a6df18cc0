"""Order of `keras.ops`: sorting, the largest elements, places in sorted sequences, distinct values."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.tensor.dtypes import FLOATS
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import from_host
from kerasnb.kernels import elementwise as rows
from kerasnb.kernels import gather
from kerasnb.kernels import sort as rooms
from kerasnb.kernels.common import broadcast_shapes
from kerasnb.ops.arguments import one_axis, promoted, tensor
from kerasnb.ops.describe import described, node, shaped
from kerasnb.ops.numpy import reductions as red
from kerasnb.ops.numpy.places import true_places
from kerasnb.ops.numpy.rearranging import flip
from kerasnb.ops.numpy.shapes import expand_dims, reshape

__all__ = [
    "argpartition", "argsort", "digitize", "in_top_k", "nonzero", "searchsorted", "sort", "top_k", "unique",
]  # fmt: skip

LAST = "Integer, or None for the flattened tensor. Defaults to `-1`."


def _line(x, axis):
    x = tensor(x)
    return (reshape(x, -1), 0) if axis is None else (x, one_axis(axis, x.ndim))


@described(
    "Returns the indices that sort a tensor; equal elements keep their order.",
    "keras.ops.argsort([3, 1, 2]).tolist()", "[1, 2, 0]", "Tensor of int32 indices.", axis=LAST,
)  # fmt: skip
def argsort(x, axis=-1):
    x = tensor(x)
    x, axis = _line(x, axis if x.ndim else None)
    return rooms.argsort(x, axis=axis)


@described("Sorts a tensor along an axis.", "keras.ops.sort([3, 1, 2]).tolist()", "[1, 2, 3]", axis=LAST)
def sort(x, axis=-1):
    x, axis = _line(x, axis)
    return gather.take_along(x, rooms.argsort(x, axis=axis), axis=axis)


@described(
    "Returns indices that bring the `kth` smallest element to its place, smaller ones before it.",
    "int(keras.ops.argpartition([3, 1, 2], 1)[1])", "2", "Tensor of int32 indices.",
    kth="Integer, the place.", axis=LAST,
)  # fmt: skip
def argpartition(x, kth, axis=-1):
    return argsort(x, axis)


@described(
    "Returns the `k` largest elements of the last axis and where they stand, the largest first.",
    "[t.tolist() for t in keras.ops.top_k([3, 1, 2], 2)]", "[[3, 2], [0, 2]]", "Tuple of values and int32 indices.",
    "ValueError: If the axis has less than `k` elements.",
    k="Integer, how many.", sorted="Boolean; the result is sorted in either case.",
)  # fmt: skip
@shaped
def top_k(x, k, sorted=True):
    x = tensor(x)
    extent = x.shape[-1] if x.ndim else 0
    if not 0 <= k <= extent:
        raise ValueError(f"Argument `k` must be from 0 to {extent}, the extent of the last axis. Received: k={k}")
    # turned around twice, so that of equal elements the first comes first
    rising = flip(rooms.argsort(flip(x, -1), axis=x.ndim - 1), -1)
    at = rows.subtract(rows.like(rising, extent - 1), rising)[..., :k]
    return gather.take_along(x, at, axis=x.ndim - 1), at


@described(
    "Returns whether each target is among the `k` most likely predictions.",
    "keras.ops.in_top_k([1], [[0.1, 0.8, 0.1]], 1).tolist()", "[True]", "Boolean tensor.",
    targets="Integer tensor of classes; one that does not exist is never among them.",
    predictions="Tensor of scores, one axis more.", k="Integer, how many.",
)  # fmt: skip
def in_top_k(targets, predictions, k):
    targets, predictions = tensor(targets, "int32"), tensor(predictions)
    if predictions.shape[-1] is None:
        shape = broadcast_shapes(tuple(targets.shape), tuple(predictions.shape[:-1]))
        return node(in_top_k, (targets, predictions, k), {}, KerasTensor(shape, "bool"))
    known = rows.logical_and(
        rows.greater_equal(targets, rows.like(targets, 0)),
        rows.less(targets, rows.like(targets, predictions.shape[-1])),
    )
    chosen = gather.take_along(predictions, expand_dims(targets, -1), axis=predictions.ndim - 1)
    chosen = rows.where(rows.isnan(chosen), rows.like(chosen, -np.inf), chosen)
    larger = red.count_nonzero(rows.greater(predictions, chosen), -1)
    return rows.logical_and(known, rows.less(larger, rows.like(larger, k)))


@described(
    "Returns where values would be inserted into a sorted sequence.",
    "keras.ops.searchsorted([1, 3, 5], [3, 4]).tolist()", "[1, 2]", "Tensor of int32 places.",
    "ValueError: If the sequence does not have one axis, or `side` is neither.",
    sorted_sequence="Tensor of one axis, ascending.", values="Tensor of values.",
    side='`"left"`: before equal elements; `"right"`: behind them. Defaults to `"left"`.',
)  # fmt: skip
def searchsorted(sorted_sequence, values, side="left"):
    sequence, values = promoted(sorted_sequence, values)
    if sequence.ndim != 1:
        raise ValueError(
            "`searchsorted` only supports 1-D sorted sequences. "
            f"Received: sorted_sequence.shape={tuple(sequence.shape)}"
        )
    if side not in ("left", "right"):
        raise ValueError(f"Argument `side` must be 'left' or 'right'. Received: side={side!r}")
    compare = rows.less if side == "left" else rows.less_equal
    value = expand_dims(values, -1)
    before = compare(sequence, value)
    if value.dtype in FLOATS:  # NaN stands behind all numbers
        before = rows.logical_or(before, rows.isnan(value) if side == "right" else rows.logical_and(
            rows.isnan(value), rows.logical_not(rows.isnan(sequence))))  # fmt: skip
    return red.count_nonzero(before, -1)


@described(
    "Returns the number of the bin that each element falls into.",
    "keras.ops.digitize([0.5, 1.5], [0.0, 1.0]).tolist()", "[1, 2]", "Tensor of int32 numbers.",
    bins="Ascending edges of the bins.",
)  # fmt: skip
def digitize(x, bins):
    return searchsorted(bins, x, side="right")


@described(
    "Returns the indices of the elements that are not zero.",
    "[t.tolist() for t in keras.ops.nonzero([0, 3, 5])]", "[[1, 2]]",
    "Tuple of int32 tensors, one for each axis. Its extent depends on values: not inside a recorded step.",
)  # fmt: skip
def nonzero(x):
    x = tensor(x)
    return node(nonzero, (x,), {}, true_places(x)) if isinstance(x, KerasTensor) else true_places(x)


def _sized(values, size, fill, axis: int):
    """Exactly `size` rows of an axis: cut, or filled up."""
    lead = (slice(None),) * axis
    values = values[(*lead, slice(0, size))]
    rest = size - values.shape[axis]
    shape = (*values.shape[:axis], rest, *values.shape[axis + 1 :])
    return np.concatenate([values, np.broadcast_to(np.asarray(fill, values.dtype), shape)], axis) if rest else values


def _distinct(x, asked: tuple, axis, size):
    """What `unique` gives for a symbolic tensor: how many there are is unknown, unless `size` says it."""
    at = None if axis is None else one_axis(axis, x.ndim)
    values = (size,) if at is None else (*x.shape[:at], size, *x.shape[at + 1 :])
    others = (size,), (x.shape if at is None else (x.shape[at],)), (size,)
    out = (KerasTensor(values, x.dtype), *(KerasTensor(s, "int32") for s, a in zip(others, asked, strict=True) if a))
    return out[0] if len(out) == 1 else out


@described(
    "Returns the distinct elements, ascending.", "keras.ops.unique([3, 1, 3]).tolist()", "[1, 3]",
    "A tensor, or a tuple of it and what else was asked for. Its extent depends on values, where `size` is None: "
    "not inside a recorded step.",
    sorted="Boolean; the result is sorted in either case.",
    return_index="Boolean, whether to return where each first stands.",
    return_inverse="Boolean, whether to return which one each element is.",
    return_counts="Boolean, whether to return how often each occurs.",
    axis="Integer, the axis of which slices are compared. Defaults to the flattened tensor.",
    size="Optional integer: how many elements the result has.",
    fill_value="What the result is filled up with. Defaults to the smallest element.",
)  # fmt: skip
def unique(
    x, sorted=True, return_index=False, return_inverse=False, return_counts=False, axis=None, size=None,
    fill_value=None,
):  # fmt: skip
    x = tensor(x)
    axis = axis if axis is None else one_axis(axis, x.ndim)
    if isinstance(x, KerasTensor):
        return _distinct(x, (return_index, return_inverse, return_counts), axis, size)
    found = list(np.unique(x.host(), True, True, True, axis, equal_nan=False))
    if size is not None:
        place = 0 if axis is None else axis
        fill = np.take(found[0], [0], place) if fill_value is None and found[0].size else fill_value or 0
        found[0] = _sized(found[0], size, fill, place)
        found[1] = _sized(found[1], size, found[1][0] if found[1].size else 0, 0)
        found[3] = _sized(found[3], size, 0, 0)
    asked = (True, return_index, return_inverse, return_counts)
    out = tuple(from_host(f, x.dtype if i == 0 else "int32") for i, f in enumerate(found) if asked[i])
    return out[0] if len(out) == 1 else out
