"""`x[key]` as NumPy reads it: integers, slices, None, Ellipsis, arrays of integers, and masks.

A key is read in two steps. Slices and new axes come first, by `shaping.getitem`. What is left are index arrays on
some axes; these axes are made one, which `take` reads with one list of numbers.
"""

from __future__ import annotations

import builtins
import math

import numpy as np

from kerasnb.backend.tensor.dtypes import INTEGERS
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor, from_host
from kerasnb.backend.tensor.variable import Variable
from kerasnb.kernels import elementwise as rows
from kerasnb.kernels import gather, move
from kerasnb.kernels.common import broadcast_shapes
from kerasnb.kernels.sum import broadcast
from kerasnb.ops.arguments import tensor
from kerasnb.ops.describe import node, shaped
from kerasnb.ops.numpy.places import true_places
from kerasnb.ops.numpy.shapes import expand_ellipsis, getitem, reshape

ARRAYS = (list, np.ndarray, Tensor, Variable, KerasTensor)


def subscript(x, key):
    """Returns `x[key]`, by the rules of NumPy."""
    keys = key if isinstance(key, tuple) else (key,)
    if not any(isinstance(k, (*ARRAYS, bool, np.bool_)) for k in keys):
        return getitem(x, key)
    x, keys = tensor(x), tuple(_array(k) for k in keys)
    if any(isinstance(k, KerasTensor) and k.dtype == "bool" for k in keys):
        return node(subscript, (x, keys), {}, _by_arrays(x, keys))
    return _by_arrays(x, keys)


def _array(key):
    """Index arrays and masks as tensors; the other parts of a key as they are."""
    if isinstance(key, (list, np.ndarray)) and np.size(key) == 0 and not isinstance(key, np.ndarray):
        return from_host(np.zeros(np.shape(key)), "int32")
    if not isinstance(key, (*ARRAYS, bool, np.bool_)):
        return key
    found = tensor(key)
    if found.dtype not in (*INTEGERS, "bool"):
        raise IndexError(
            f"Arrays used as indices must be of an integer or boolean dtype. Received: dtype={found.dtype}"
        )
    return found


@shaped
def _by_arrays(x, keys: tuple):
    keys = expand_ellipsis(keys, x.ndim, _axes_taken)
    basic, places, arrays = [], [], []
    axis = 0  # of x
    for k in keys:
        if isinstance(k, builtins.slice) or k is None:
            basic.append(k)
            axis += k is not None
            continue
        found = _index_arrays(k, x.shape, axis)
        places += range(len(basic), len(basic) + len(found))
        arrays += [(a, axis + i) for i, a in enumerate(found)]
        # a scalar mask stands on an axis of its own
        basic += [slice(None)] * len(found) if _axes_taken(k) else [None]
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
        at = rows.cast_to(at, "int64" if at.dtype in ("uint32", "uint64") else "int32")
    if isinstance(at, KerasTensor):
        return at
    if at.data is None:
        return rows.where(rows.less(at, rows.like(at, 0)), rows.add(at, rows.like(at, extent)), at)
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
    flat = rows.cast_to(arrays[0], wide)
    for at, extent in zip(arrays[1:], extents[1:], strict=True):
        flat = rows.add(rows.multiply(flat, rows.like(flat, extent)), rows.cast_to(at, wide))
    flat = flat if tuple(flat.shape) == shape else broadcast(flat, shape=shape)
    merged = (*x.shape[:first], math.prod(extents), *x.shape[first + len(extents) :])
    return gather.take(reshape(x, merged), flat, axis=first)
