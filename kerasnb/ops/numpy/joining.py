"""Operations of `keras.ops` that join tensors, take them apart, and lay out grids."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.ops.arguments import one_axis, promoted, tensor
from kerasnb.ops.describe import described, node, shaped
from kerasnb.ops.numpy.shapes import broadcast_to, concatenate, expand_dims, reshape

__all__ = [
    "append", "array_split", "dsplit", "dstack", "hsplit", "hstack", "meshgrid", "split", "unstack", "vsplit", "vstack",
]  # fmt: skip


def _parts(x, bounds, axis: int) -> list:
    """The slices of an axis between neighbouring bounds."""
    lead = (slice(None),) * axis
    return [x[(*lead, slice(a, b))] for a, b in zip(bounds, bounds[1:], strict=False)]


def _bounds(places, extent: int) -> list[int]:
    places = [min(max(p + extent if p < 0 else p, 0), extent) for p in map(int, places)]
    return [0, *places, extent]


@described(
    "Splits a tensor along an axis.", "[p.tolist() for p in keras.ops.split([1, 2, 3, 4], 2)]", "[[1, 2], [3, 4]]",
    "List of tensors.", "ValueError: If the axis does not have that many equal parts.",
)  # fmt: skip
def split(x, indices_or_sections, axis=0):
    x = tensor(x)
    axis = one_axis(axis, x.ndim)
    if not isinstance(indices_or_sections, (int, np.integer)):
        return _cut(x, tuple(map(int, indices_or_sections)), axis)
    return _halved(x, int(indices_or_sections), axis)


def _cut(x, places: tuple, axis: int) -> list:
    """The parts between places; of an unknown extent the last is unknown, as are those at places from the end."""
    extent = x.shape[axis]
    if extent is not None:
        return _parts(x, _bounds(places, extent), axis)
    pairs = zip((0, *places), (*places, -1), strict=True)
    sizes = [None if a < 0 or b < 0 else max(b - a, 0) for a, b in pairs]
    lead, rest = x.shape[:axis], x.shape[axis + 1 :]
    return node(split, (x, places, axis), {}, [KerasTensor((*lead, n, *rest), x.dtype) for n in sizes])


@shaped
def _halved(x, count: int, axis: int) -> list:
    extent = x.shape[axis]
    if count < 1 or extent % count:
        raise ValueError(
            f"Argument `indices_or_sections` must divide the extent {extent} of axis {axis}. "
            f"Received: indices_or_sections={count}"
        )
    return _parts(x, [i * (extent // count) for i in range(count + 1)], axis)


@described(
    "Splits a tensor along an axis into parts of nearly equal extent; the first ones are longer by one.",
    "[p.tolist() for p in keras.ops.array_split([1, 2, 3], 2)]", "[[1, 2], [3]]", "List of tensors.",
    "TypeError: If `indices_or_sections` is not an integer.", indices_or_sections="Integer, the number of parts.",
)  # fmt: skip
@shaped
def array_split(x, indices_or_sections, axis=0):
    x = tensor(x)
    axis = one_axis(axis, x.ndim)
    if not isinstance(indices_or_sections, (int, np.integer)):
        raise TypeError(
            f"Argument `indices_or_sections` must be of type `int`. Received: indices_or_sections={indices_or_sections}"
        )
    size, longer = divmod(x.shape[axis], int(indices_or_sections))
    bounds = [i * size + min(i, longer) for i in range(int(indices_or_sections) + 1)]
    return _parts(x, bounds, axis)


def _split_along(name: str, axis: int, example: str, result: str):
    def function(x, indices_or_sections):
        x = tensor(x)
        if x.ndim < (1 if name == "hsplit" else axis + 1):
            raise ValueError(f"`{name}` needs a tensor of rank {axis + 1} or more. Received: x.shape={x.shape}")
        return split(x, indices_or_sections, 0 if x.ndim == 1 else axis)

    function.__name__ = function.__qualname__ = name
    described(
        f"Splits a tensor along axis {axis}.", example, result, "List of tensors.",
        "ValueError: If the tensor has no such axis.",
    )(function)  # fmt: skip
    return function


vsplit = _split_along("vsplit", 0, "len(keras.ops.vsplit([[1], [2]], 2))", "2")
hsplit = _split_along("hsplit", 1, "len(keras.ops.hsplit([[1, 2]], 2))", "2")
dsplit = _split_along("dsplit", 2, "len(keras.ops.dsplit([[[1, 2]]], 2))", "2")


@described(
    "Takes a tensor apart along an axis.", "[int(p) for p in keras.ops.unstack([1, 2])]", "[1, 2]",
    "List of tensors with one axis less.", "ValueError: If the extent is unknown and `num` is not given.",
    num="Integer, the extent. Defaults to what is known.",
)  # fmt: skip
def unstack(x, num=None, axis=0):
    x = tensor(x)
    axis = one_axis(axis, x.ndim)
    num = x.shape[axis] if num is None else num
    if num is None:
        raise ValueError(f"Cannot infer argument `num` from shape {x.shape}.")
    return [x[(*(slice(None),) * axis, i)] for i in range(num)]


def _at_least(x, rank: int):
    """The tensor with the axes that the stacking functions add: a row, or a plane."""
    if x.ndim == 0:
        return reshape(x, (1,) * rank)
    if x.ndim == 1 and rank > 1:
        x = expand_dims(x, 0)
    return expand_dims(x, -1) if x.ndim == 2 and rank == 3 else x


@described("Joins tensors as rows.", "keras.ops.vstack([[1, 2], [3, 4]]).tolist()", "[[1, 2], [3, 4]]")
def vstack(xs):
    return concatenate([_at_least(x, 2) for x in promoted(*xs)], 0)


@described("Joins tensors side by side.", "keras.ops.hstack([[1, 2], [3, 4]]).tolist()", "[1, 2, 3, 4]")
def hstack(xs):
    found = [_at_least(x, 1) for x in promoted(*xs)]
    return concatenate(found, 0 if found[0].ndim == 1 else 1)


@described("Joins tensors along the third axis.", "keras.ops.dstack([[1, 2], [3, 4]]).shape", "(1, 2, 2)")
def dstack(xs):
    return concatenate([_at_least(x, 3) for x in promoted(*xs)], 2)


@described(
    "Appends one tensor to another.", "keras.ops.append([1, 2], [3]).tolist()", "[1, 2, 3]",
    axis="Integer. Defaults to the flattened tensors.",
)  # fmt: skip
@shaped
def append(x1, x2, axis=None):
    x1, x2 = promoted(x1, x2)
    return concatenate([reshape(x1, -1), reshape(x2, -1)]) if axis is None else concatenate([x1, x2], axis)


@described(
    "Lays out coordinates as grids.", "[g.shape for g in keras.ops.meshgrid([1, 2], [1, 2, 3])]",
    "[(3, 2), (3, 2)]", "List of tensors, one for each argument.", "ValueError: If `indexing` is neither.",
    x="Tensors of one axis, or scalars.", indexing='`"xy"` or `"ij"`. Defaults to `"xy"`.',
)  # fmt: skip
@shaped
def meshgrid(*x, indexing="xy"):
    if indexing not in ("xy", "ij"):
        raise ValueError(f"Argument `indexing` must be 'xy' or 'ij'. Received: indexing={indexing!r}")
    xs = [reshape(tensor(e), -1) for e in x]
    places = list(range(len(xs)))
    if indexing == "xy" and len(xs) > 1:
        places[:2] = 1, 0
    shape = [0] * len(xs)
    for t, place in zip(xs, places, strict=True):
        shape[place] = t.shape[0]
    lines = [tuple(-1 if i == place else 1 for i in range(len(xs))) for place in places]
    return [broadcast_to(reshape(t, line), shape) for t, line in zip(xs, lines, strict=True)]
