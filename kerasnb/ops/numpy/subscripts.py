"""`x[key]` as NumPy reads it: integers, slices, None, Ellipsis, arrays of integers, and masks.

A key is read in two steps. Slices and new axes come first, by `getitem`. What remains are index arrays on some axes;
these axes are merged into one, which `take` reads with one list of numbers.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasnb.backend.tensor.dtypes import INTEGERS
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor, from_host
from kerasnb.backend.tensor.variable import Variable
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import elementwise, gather, move
from kerasnb.kernels.common import broadcast_shapes
from kerasnb.kernels.sum import broadcast
from kerasnb.ops.arguments import tensor
from kerasnb.ops.describe import shaped
from kerasnb.ops.numpy.places import true_places
from kerasnb.ops.numpy.shapes import reshape, reshaped

ARRAYS = (list, np.ndarray, Tensor, Variable, KerasTensor)


def subscript(x: TensorLike, key: Any) -> Tensor:
    """Returns `x[key]`, by the rules of NumPy."""
    keys = key if isinstance(key, tuple) else (key,)
    if not any(isinstance(k, (*ARRAYS, bool, np.bool_)) for k in keys):
        return getitem(x, key)
    x, keys = tensor(x), tuple(_array(k) for k in keys)
    if any(isinstance(k, KerasTensor) and k.dtype == "bool" for k in keys):
        return _by_arrays(x, keys)
    return _by_arrays(x, keys)


def _array(key):
    """Index arrays and masks as tensors; the other parts of a key as they are."""
    if isinstance(key, (list, np.ndarray)) and np.size(key) == 0 and not isinstance(key, np.ndarray):
        return from_host(np.zeros(np.shape(key)), "int32")
    if not isinstance(key, (*ARRAYS, bool, np.bool_)):
        return key
    array = tensor(key)
    if array.dtype not in (*INTEGERS, "bool"):
        raise IndexError(
            f"Arrays used as indices must be of an integer or boolean dtype. Received: dtype={array.dtype}"
        )
    return array


@shaped
def _by_arrays(x, key: tuple):
    keys = expand_ellipsis(key, x.ndim, _axes_taken)
    basic: list = []
    places: list[int] = []
    arrays: list[tuple[Tensor, int]] = []
    axis = 0  # of x
    for k in keys:
        if isinstance(k, builtins.slice) or k is None:
            basic.append(k)
            axis += k is not None
            continue
        indices = _index_arrays(k, x.shape, axis)
        places += range(len(basic), len(basic) + len(indices))
        arrays += [(a, axis + i) for i, a in enumerate(indices)]
        # a scalar mask stands on an axis of its own
        basic += [slice(None)] * len(indices) if _axes_taken(k) else [None]
        axis += _axes_taken(k)
    part = getitem(x, tuple(basic))
    at = [_within(a, part.shape[p], axis) for (a, axis), p in zip(arrays, places, strict=True)]
    return _taken(part, at, places, _side_by_side(keys))


def _is_mask(key) -> bool:
    return getattr(key, "dtype", None) == "bool"


def _axes_taken(key) -> int:
    """How many axes of the tensor a part of a key stands for."""
    return 0 if key is None else key.ndim if _is_mask(key) else 1


def _index_arrays(key, shape: tuple, axis: int) -> list:
    """The index arrays that a part of a key stands for: several where it is a mask of several axes."""
    if not _is_mask(key):
        return [key if isinstance(key, (Tensor, KerasTensor)) else tensor(int(key))]
    for i, extent in enumerate(key.shape):
        if shape[axis + i] != extent and None not in (shape[axis + i], extent):
            raise IndexError(
                f"Boolean index did not match indexed array along axis {axis + i}: the axis has extent "
                f"{shape[axis + i]}, that of the mask {extent}."
            )
    return list(true_places(key))


def _side_by_side(keys) -> bool:
    """Whether all index arrays and integers of a key stand next to each other."""
    chosen = [i for i, k in enumerate(keys) if not isinstance(k, slice) and k is not None]
    return chosen[-1] - chosen[0] == len(chosen) - 1


def _within(at, extent: int, axis: int):
    """Indices counted from the front; those that are known are checked."""
    if at.dtype not in ("int32", "int64"):
        at = elementwise.cast_to(at, "int64" if at.dtype in ("uint32", "uint64") else "int32")
    if isinstance(at, KerasTensor):
        return at
    if at.data is None:
        return elementwise.where(
            elementwise.less(at, elementwise.like(at, 0)), elementwise.add(at, elementwise.like(at, extent)), at
        )
    value = at.host()
    wrong = value[(value < -extent) | (value >= extent)]
    if wrong.size:
        raise IndexError(f"Index {wrong.flat[0]} is out of bounds for an axis of extent {extent} (axis {axis}).")
    return from_host(np.where(value < 0, value + extent, value), at.dtype)


def _taken(x, arrays: list, places: list, side_by_side: bool):
    """What index arrays choose along some axes of x; the axes that they share come first where those are apart."""
    try:
        shape = broadcast_shapes(*(a.shape for a in arrays))
    except ValueError:
        shapes = ", ".join(str(tuple(a.shape)) for a in arrays)
        raise IndexError(f"Indexing arrays could not be broadcast together. Received: shapes {shapes}") from None
    if len(arrays) == 1:
        return gather.take(x, arrays[0], axis=places[0])
    if not side_by_side:
        x = move.transpose(x, axes=(*places, *(a for a in range(x.ndim) if a not in places)))
        places = list(range(len(places)))
    extents, first = [x.shape[p] for p in places], places[0]
    wide = "int64" if math.prod(extents) > np.iinfo("int32").max else "int32"
    flat = elementwise.cast_to(arrays[0], wide)
    for at, extent in zip(arrays[1:], extents[1:], strict=True):
        flat = elementwise.add(
            elementwise.multiply(flat, elementwise.like(flat, extent)), elementwise.cast_to(at, wide)
        )
    flat = flat if tuple(flat.shape) == shape else broadcast(flat, shape=shape)
    merged = (*x.shape[:first], math.prod(extents), *x.shape[first + len(extents) :])
    return gather.take(reshape(x, merged), flat, axis=first)


def getitem(x: TensorLike, key: Any) -> Tensor:
    """`x[key]` for integers, slices, None and Ellipsis; `subscripts.py` brings the other keys to this form."""
    x = tensor(x)
    keys = key if isinstance(key, tuple) else (key,)
    if any(not isinstance(k, (int, np.integer, slice, type(None), type(Ellipsis))) for k in keys):
        raise TypeError(
            "Tensors are indexed with integers, slices, None, Ellipsis, and arrays of integers or booleans. "
            f"Received: {key!r}"
        )
    return _windowed(x, expand_ellipsis(keys, x.ndim))


def expand_ellipsis(
    keys: Sequence[Any], rank: int, axes_taken: Callable[[Any], int] = lambda key: int(key is not None)
) -> list:
    """The parts of a key, of which each names its axes: slices stand for an Ellipsis and for what is not named."""
    dots = [i for i, k in enumerate(keys) if k is Ellipsis]
    if len(dots) > 1:
        raise IndexError(f"An index can only have one Ellipsis. Received: {keys!r}")
    at = dots[0] if dots else len(keys)
    before, after = list(keys[:at]), list(keys[at + 1 :])
    free = rank - sum(map(axes_taken, before + after))
    if free < 0:
        raise IndexError(f"Too many indices for a tensor of rank {rank}. Received: {keys!r}")
    return [*before, *[slice(None)] * free, *after]


def _windowed(x, keys):
    if None in x.shape and any(e is None and k != slice(None) for k, e in _with_extents(x, keys)):
        return KerasTensor(_extents(x, keys), x.dtype)
    spans: list[tuple] = []  # (start, count, step) of each axis
    out: list = []
    extents = iter(x.shape)
    for k in keys:
        if k is None:
            out.append(1)
            continue
        spans.append(_range(k, next(extents)))
        if isinstance(k, slice):
            out.append(spans[-1][1])
    part = x
    if any(span != (0, e, 1) for span, e in zip(spans, x.shape, strict=True)):
        starts, sizes, steps = zip(*spans, strict=True)
        part = move.window(x, starts=starts, sizes=sizes, steps=steps)
    return part if tuple(out) == part.shape else reshaped(part, tuple(out))


def _with_extents(x, keys) -> list:
    """Each index with the extent of its axis."""
    extents = iter(x.shape)
    return [(k, 1 if k is None else next(extents)) for k in keys]


def _extents(x, keys) -> tuple:
    """The shape of what is taken: a part of an unknown extent is unknown."""
    pairs = [(k, e) for k, e in _with_extents(x, keys) if k is None or isinstance(k, slice) or _range(k, e) is None]
    return tuple(1 if k is None else None if e is None else _range(k, e)[1] for k, e in pairs)


def _range(key, extent):
    """(start, count, step) of an index or slice."""
    if isinstance(key, slice):
        if extent is None:
            return 0, None, 1  # the whole axis
        positions = range(*key.indices(extent))
        return (positions.start if len(positions) else 0), len(positions), positions.step
    if extent is not None and not -extent <= key < extent:
        raise IndexError(f"Index {key} is out of bounds for an axis of extent {extent}.")
    return int(key) % extent if extent else int(key), 1, 1
