"""Writing by index, slices at places that may be tensors, segments and counts of `keras.ops`."""

from __future__ import annotations

import builtins

import numpy as np

from kerasnb.backend.tensor.dtypes import FLOATS, INTEGERS, numpy_dtype, result_type
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor, from_host
from kerasnb.kernels import elementwise as rows
from kerasnb.kernels import gather
from kerasnb.kernels import scatter as rooms
from kerasnb.kernels.sum import broadcast
from kerasnb.ops.arguments import tensor
from kerasnb.ops.describe import described, node, shaped
from kerasnb.ops.numpy import arithmetic as ar
from kerasnb.ops.numpy import reductions as red
from kerasnb.ops.numpy.creation import dimensions, zeros
from kerasnb.ops.numpy.shapes import broadcast_to, concatenate, reshape, stack

__all__ = [
    "bincount", "extract_sequences", "histogram", "scatter", "scatter_update", "segment_max", "segment_min",
    "segment_prod", "segment_sum", "slice", "slice_update", "unravel_index",
]  # fmt: skip

# --- rows by index ---------------------------------------------------------------------------------


def _rows(at, along: int):
    """Indices of rows; those out of range name one more row, which is cut off again."""
    inside = rows.logical_and(rows.greater_equal(at, rows.like(at, 0)), rows.less(at, rows.like(at, along)))
    return rows.where(inside, at, rows.like(at, along))


def _places(indices, shape):
    """The number of the row that each index tuple (the last axis) names, of the flattened first axes."""
    depth = indices.shape[-1]
    total, valid = None, None
    for i, extent in enumerate(shape[:depth]):
        at = rows.cast_to(indices[..., i], "int32")
        at = rows.where(rows.less(at, rows.like(at, 0)), rows.add(at, rows.like(at, extent)), at)
        inside = rows.equal(at, ar.clip(at, 0, extent - 1))
        valid = inside if valid is None else rows.logical_and(valid, inside)
        total = at if total is None else rows.add(rows.multiply(total, rows.like(at, extent)), at)
    count = int(np.prod(shape[:depth]))
    return reshape(rows.where(valid, total, rows.like(total, count)), -1), count


def _written(x, at, updates, kind: str):
    """`x` of rows, with updates written by index; one row more takes those that are dropped."""
    longer = concatenate([x, zeros((1, *x.shape[1:]), x.dtype)], 0)
    if kind == "add":
        return ar.add(x, gather.put(updates, at, axis=0, along=x.shape[0] + 1)[: x.shape[0]])
    return rooms.scatter(longer, at, updates, kind=kind)[: x.shape[0]]


@described(
    "Writes values by index into zeros; values with one index are added.",
    "keras.ops.scatter([[0], [2]], [1, 5], (3,)).tolist()", "[1, 0, 5]",
    indices="Integer tensor; its last axis holds the index.", values="Tensor of values, one for each index.",
    shape="Tuple of integers, the shape of the result.",
)  # fmt: skip
@shaped
def scatter(indices, values, shape):
    values = tensor(values)
    return scatter_update(zeros(dimensions(shape), values.dtype), indices, values, "add")


@described(
    "Writes values by index into a tensor.", "keras.ops.scatter_update([1, 2, 3], [[1]], [9]).tolist()", "[1, 9, 3]",
    raises="ValueError: If `reduction` is unknown.", inputs="The tensor that is written into.",
    indices="Integer tensor; its last axis holds the index.", updates="Tensor of values, one for each index.",
    reduction='`None`, `"add"`, `"max"`, `"min"` or `"mul"`: how a value meets the one that is there.',
)  # fmt: skip
@shaped
def scatter_update(inputs, indices, updates, reduction=None):
    if reduction not in (None, "add", "max", "min", "mul"):
        raise ValueError(f"Unsupported reduction: {reduction}")
    x, indices = tensor(inputs), tensor(indices)
    depth = indices.shape[-1]
    at, count = _places(indices, x.shape)
    rest = tuple(x.shape[depth:])
    updates = tensor(updates, x.dtype)
    updates = reshape(broadcast_to(updates, (*indices.shape[:-1], *rest)), (at.shape[0], *rest))
    y = _written(reshape(x, (count, *rest)), at, updates, reduction or "set")
    return reshape(y, x.shape)


# --- segments --------------------------------------------------------------------------------------


def _segment(name: str, kind: str, neutral, summary: str, result: str):
    def function(data, segment_ids, num_segments=None, sorted=False):
        x, at = tensor(data), tensor(segment_ids)
        if at.ndim != 1 or not x.ndim or at.shape[0] != x.shape[0]:
            raise ValueError(
                "Argument `segment_ids` must have one axis, of the extent of the first axis of `data`. "
                f"Received: segment_ids.shape={tuple(at.shape)}, data.shape={tuple(x.shape)}"
            )
        if num_segments is None and isinstance(at, KerasTensor):
            return KerasTensor((None, *x.shape[1:]), x.dtype)
        if num_segments is None:
            num_segments = int(at.host().max()) + 1 if at.size else 0
        start = np.broadcast_to(np.asarray(neutral(x.dtype), x.dtype), (num_segments, *x.shape[1:]))
        return _written(from_host(start, x.dtype), _rows(at, num_segments), x, kind)

    function.__name__ = function.__qualname__ = name
    described(
        summary, f"keras.ops.{name}([1, 2, 3], [0, 0, 1]).tolist()", result,
        raises="ValueError: If the ids do not have one axis, as long as the first axis of `data`.",
    )(function)  # fmt: skip
    wrapper = shaped(function)
    wrapper.__doc__ = function.__doc__
    return wrapper


def _lowest(dtype):
    return False if dtype == "bool" else -np.inf if dtype in FLOATS else np.iinfo(dtype).min


def _highest(dtype):
    return True if dtype == "bool" else np.inf if dtype in FLOATS else np.iinfo(dtype).max


segment_sum = _segment("segment_sum", "add", lambda _: 0, "Sums rows of one segment.", "[3, 3]")
segment_prod = _segment("segment_prod", "mul", lambda _: 1, "Multiplies rows of one segment.", "[2, 3]")
segment_max = _segment("segment_max", "max", _lowest, "Returns the largest of the rows of one segment.", "[2, 3]")
segment_min = _segment("segment_min", "min", _highest, "Returns the smallest of the rows of one segment.", "[1, 3]")

# --- slices ----------------------------------------------------------------------------------------


def _known(start):
    """The places of a slice as integers, or None where they are only computed later."""
    values = [s.host() if isinstance(s, Tensor) and s.data is not None else s for s in _each(start)]
    if any(isinstance(v, (Tensor, KerasTensor)) for v in values):
        return None
    return [int(v) for v in values]


def _each(start) -> list:
    if isinstance(start, (list, tuple)):
        return list(start)
    start = tensor(start)
    if isinstance(start, Tensor) and start.data is not None:
        return list(np.atleast_1d(start.host()))
    return [start[i] for i in range(start.shape[0])] if start.ndim else [start]


def _range(start, extent: int, size: int):
    """The indices of a slice, moved inwards where it would reach over the end; below zero counts from there."""
    start = tensor(start, "int32")
    first = ar.clip(ar.where(start < 0, start + extent, start), 0, extent - size)
    return rows.add(first, from_host(np.arange(size), "int32"))


@described(
    "Returns the part of a tensor that begins at given places.",
    "keras.ops.slice([1, 2, 3], (1,), (2,)).tolist()", "[2, 3]", raises="ValueError: If the part does not fit.",
    inputs="Input tensor.", start_indices="Integers or an integer tensor, the first place along each axis.",
    shape="Tuple of integers, the extents of the part; -1 for all that follow.",
)  # fmt: skip
@shaped
def slice(inputs, start_indices, shape):
    x = tensor(inputs)
    known = _known(start_indices)
    starts = _each(start_indices) if known is None else known
    rest = [0] * x.ndim if known is None else known
    if known is None and -1 in shape and isinstance(x, KerasTensor):  # how many follow is known when it is called
        given = tuple(None if n == -1 else int(n) for n in shape)
        return node(slice, (inputs, start_indices, shape), {}, KerasTensor(given, x.dtype))
    sizes = [e - s if n == -1 else int(n) for s, n, e in zip(rest, shape, x.shape, strict=True)]
    if any(n < 0 or n > e for n, e in zip(sizes, x.shape, strict=True)):
        raise ValueError(f"Argument `shape` does not fit a tensor of shape {x.shape}. Received: shape={tuple(shape)}")
    if known is not None:
        inside = [min(max(s + e * (s < 0), 0), e - n) for s, n, e in zip(known, sizes, x.shape, strict=True)]
        return x[tuple(builtins.slice(s, s + n) for s, n in zip(inside, sizes, strict=True))]
    for axis, (start, size) in enumerate(zip(starts, sizes, strict=True)):
        x = gather.take(x, _range(start, x.shape[axis], size), axis=axis)
    return x


@described(
    "Returns a tensor with a part of it replaced.",
    "keras.ops.slice_update([1, 2, 3], (1,), [8, 9]).tolist()", "[1, 8, 9]",
    raises="ValueError: If the part does not fit.", inputs="Input tensor.",
    start_indices="Integers or an integer tensor, the first place along each axis.", updates="The new part.",
)  # fmt: skip
def slice_update(inputs, start_indices, updates):
    x = tensor(inputs)
    updates = tensor(updates, x.dtype)
    pairs = [] if updates.ndim != x.ndim else zip(updates.shape, x.shape, strict=True)
    if updates.ndim != x.ndim or any(n > e for n, e in pairs if None not in (n, e)):
        raise ValueError(f"Argument `updates` of shape {updates.shape} does not fit a tensor of shape {x.shape}.")
    if not x.ndim:
        return updates
    if None in (*x.shape, *updates.shape) or isinstance(start_indices, KerasTensor):
        return node(slice_update, (x, start_indices, updates), {}, KerasTensor(x.shape, x.dtype))
    at = rows.like(tensor(0), 0)
    for start, size, extent in zip(_each(start_indices), updates.shape, x.shape, strict=True):
        line = _range(start, extent, size)
        at = rows.add(reshape(rows.multiply(at, rows.like(at, extent)), (-1, 1)), line)
        at = reshape(at, -1)
    flat = rooms.scatter(reshape(x, -1), at, reshape(updates, -1), kind="set")
    return reshape(flat, x.shape)


@described(
    "Converts places in a flattened tensor to one index for each axis.",
    "[int(i) for i in keras.ops.unravel_index(5, (2, 3))]", "[1, 2]", "Tuple of integer tensors.",
    shape="Tuple of integers, the shape of the tensor.",
)  # fmt: skip
def unravel_index(indices, shape):
    at = tensor(indices)
    size = int(np.prod(shape))
    at = ar.clip(rows.where(rows.less(at, rows.like(at, 0)), rows.add(at, rows.like(at, size)), at), 0, size - 1)
    found = []
    for extent in reversed(tuple(shape)):
        found.append(rows.mod_int(at, rows.like(at, extent)))
        at = rows.floor_divide_int(at, rows.like(at, extent))
    return tuple(reversed(found))


@described(
    "Cuts the last axis into windows.", "keras.ops.extract_sequences([1, 2, 3], 2, 1).tolist()", "[[1, 2], [2, 3]]",
    sequence_length="Integer, the extent of a window.", sequence_stride="Integer, the distance of windows.",
)  # fmt: skip
@shaped
def extract_sequences(x, sequence_length, sequence_stride):
    x = tensor(x)
    count = max(0, 1 + (x.shape[-1] - sequence_length) // sequence_stride)
    at = np.arange(count)[:, None] * sequence_stride + np.arange(sequence_length)
    return gather.take(x, from_host(at, "int32"), axis=x.ndim - 1)


# --- counts ----------------------------------------------------------------------------------------


@described(
    "Counts how often each integer occurs.", "keras.ops.bincount([1, 2, 2]).tolist()", "[0, 1, 2]",
    raises="TypeError: If `x` is not of integers.", x="Integer tensor of one or two axes, none negative.",
    weights="Optional tensor of the shape of `x`: what each occurrence adds.",
    minlength="Integer, the least extent of the result.", sparse="Accepted for compatibility; tensors here are dense.",
)  # fmt: skip
def bincount(x, weights=None, minlength=0, sparse=False):
    if sparse:
        raise ValueError(f"Sparse tensors are not supported. Received: sparse={sparse}")
    x = tensor(x)
    if x.dtype not in INTEGERS:
        raise TypeError(f"Argument `x` of `bincount` must be of integers. Received: dtype={x.dtype}")
    if isinstance(x, KerasTensor) or isinstance(weights, KerasTensor):
        return KerasTensor((*x.shape[:-1], None), "int32" if weights is None else tensor(weights).dtype)
    x = x if x.dtype == "int64" else rows.cast_to(x, "int64" if x.dtype in ("uint32", "uint64") else "int32")
    values = broadcast(rows.like(tensor(1), 1), shape=x.shape) if weights is None else tensor(weights)
    length = max(int(x.host().max(initial=-1)) + 1, int(minlength))
    if x.ndim == 2:
        return stack([segment_sum(values[i], x[i], length) for i in range(x.shape[0])])
    return segment_sum(values, x, length)


@described(
    "Counts how many elements fall into each bin.",
    "[t.tolist() for t in keras.ops.histogram([1.0, 2.0, 2.0], 2)]", "[[1, 2], [1.0, 1.5, 2.0]]",
    "Tuple of int32 counts and of edges. A bin holds its lower edge, and the last one both.",
    "ValueError: If `bins` or `range` is not valid, or there is no finite range.",
    bins="Integer, the number of bins, or their edges, ascending. Defaults to `10`.",
    range="Optional (lowest, highest): elements outside are left out. Defaults to the smallest and largest element.",
)  # fmt: skip
def histogram(x, bins=10, range=None):
    counted = isinstance(bins, (int, np.integer))
    if counted and bins <= 0:
        raise ValueError(f"Argument `bins` should be a non-negative integer. Received: bins={bins}")
    if range is not None and (len(range) != 2 or range[0] >= range[1]):
        raise ValueError(f"Argument `range` must be a pair of rising numbers. Received: range={range}")
    x = tensor(x)
    if isinstance(x, KerasTensor):
        count = int(bins) if counted else len(bins) - 1
        edges = KerasTensor((count + 1,), x.dtype if x.dtype in FLOATS else "float32")
        return KerasTensor((count,), "int32"), edges
    x = rows.cast_to(x, "int32") if x.dtype == "bool" else x
    # integers are compared in float64, which holds more of them than the edges that are returned
    own = x.dtype if x.dtype in FLOATS else "float64"
    edges = _even_edges(x, int(bins), range, own) if counted else _given_edges(bins, result_type(own, "float32"))
    values = rows.cast_to(reshape(x, (-1, 1)), edges.dtype)
    reached, above = rows.greater_equal(values, edges), rows.greater(values, edges[-1:])
    upper, above = red.count_nonzero(reached, 0), red.count_nonzero(above, 0)
    # elements at the last edge belong to the last bin
    counts = rows.subtract(upper[:-1], concatenate([upper[1:-1], above], 0))
    return counts, rows.cast_to(edges, x.dtype if x.dtype in FLOATS else "float32")


def _given_edges(bins, dtype: str):
    edges = tensor(bins, dtype)
    if edges.ndim != 1 or edges.shape[0] < 2 or (np.diff(edges.host()) < 0).any():
        raise ValueError(f"Argument `bins` must be a number, or two or more edges that rise. Received: bins={bins}")
    return edges


def _even_edges(x, bins: int, range, dtype: str):
    """Edges of bins of one width, from the smallest to the largest element where no range is given.

    They are rounded to the dtype of the elements; where it is too coarse to tell them apart, they are not.
    """
    low, high = range or ((red.min(x).host(), red.max(x).host()) if x.size else (0.0, 1.0))
    low, high = float(low), float(high)
    if not np.isfinite([low, high]).all():
        raise ValueError(f"Argument `range` is needed where `x` has no finite range. Received: [{low}, {high}]")
    low, high = (low - 0.5, high + 0.5) if low == high else (low, high)
    edges = np.linspace(low, high, bins + 1, dtype="float64")
    with np.errstate(over="ignore"):
        rounded = edges.astype(numpy_dtype(dtype))
    if (rounded[1:] == rounded[:-1]).any():
        return from_host(edges, "float64")
    return from_host(rounded, result_type(dtype, "float32"))
