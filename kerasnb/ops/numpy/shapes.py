"""Operations of `keras.ops` that move their elements."""

from __future__ import annotations

import math

import numpy as np

from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.kernels import move
from kerasnb.kernels.common import broadcast_shapes
from kerasnb.kernels.sum import broadcast
from kerasnb.ops.arguments import axes_of, one_axis, promoted, tensor
from kerasnb.ops.describe import node
from kerasnb.ops.numpy.creation import dimensions


def reshape(x, newshape):
    """Gives a tensor a new shape without changing its elements.

    Args:
        x: Input tensor.
        newshape: Integer or tuple of integers; one may be -1 and is inferred.

    Returns:
        The reshaped tensor.

    Raises:
        ValueError: If the number of elements does not fit.

    Example:

    >>> keras.ops.reshape([[1, 2], [3, 4]], -1).tolist()
    [1, 2, 3, 4]
    """
    x = tensor(x)
    target = tuple(newshape) if isinstance(newshape, (list, tuple)) else (int(newshape),)
    unknown = isinstance(x, KerasTensor) and None in (*x.shape, *target)
    target = tuple(-1 if e is None else e if isinstance(e, int) else int(e) for e in target)
    if unknown:
        return _symbolic(x, target)
    if None not in x.shape:
        target = _resolved(x.shape, target)
    return move.reshape(x, shape=target)


def _symbolic(x, target: tuple):
    """A reshape where extents are unknown: as one call of the graph."""
    if None not in x.shape and target.count(-1) == 1:
        target = _resolved(x.shape, target)
    if target.count(-1) > 1:
        shape = tuple(None if e == -1 else e for e in target)
        return node(reshape, (x, target), {}, KerasTensor(shape, x.dtype))
    return move.reshape(x, shape=target)


def _resolved(shape: tuple, target: tuple) -> tuple:
    size, rest = math.prod(shape), math.prod(e for e in target if e != -1)
    if target.count(-1) > 1 or (size != rest if -1 not in target else (rest and size % rest)):
        raise ValueError(f"Cannot reshape a tensor of shape {shape} into shape {target}.")
    return tuple(size // rest if rest and e == -1 else (0 if e == -1 else e) for e in target)


def expand_dims(x, axis):
    """Inserts axes of extent 1.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers, positions in the result.

    Returns:
        The tensor with more axes.

    Example:

    >>> keras.ops.expand_dims([1, 2], -1).shape
    (2, 1)
    """
    x = tensor(x)
    axes = axis if isinstance(axis, (list, tuple)) else (axis,)
    places = axes_of(tuple(axes), x.ndim + len(axes))
    rest = iter(x.shape)
    return _reshaped(x, tuple(1 if a in places else next(rest) for a in range(x.ndim + len(axes))))


def _reshaped(x, shape: tuple):
    """Reshape that keeps unknown extents unknown."""
    return move.reshape(x, shape=tuple(-1 if e is None else e for e in shape))


def squeeze(x, axis=None):
    """Removes axes of extent 1.

    Args:
        x: Input tensor.
        axis: Which axes. Defaults to all of extent 1.

    Returns:
        The tensor with fewer axes.

    Raises:
        ValueError: If a named axis has another extent.

    Example:

    >>> keras.ops.squeeze([[1, 2]]).shape
    (2,)
    """
    x = tensor(x)
    axes = tuple(a for a, e in enumerate(x.shape) if e == 1) if axis is None else axes_of(axis, x.ndim)
    for a in axes:
        if x.shape[a] != 1:
            raise ValueError(f"Cannot squeeze axis={axis}, because the dimension is not 1. Received: shape={x.shape}")
    return _reshaped(x, tuple(e for a, e in enumerate(x.shape) if a not in axes))


def ravel(x):
    """Returns the elements as one axis.

    Args:
        x: Input tensor.

    Returns:
        One-dimensional tensor.

    Example:

    >>> keras.ops.ravel([[1, 2], [3, 4]]).tolist()
    [1, 2, 3, 4]
    """
    return reshape(x, -1)


def transpose(x, axes=None):
    """Permutes the axes.

    Args:
        x: Input tensor.
        axes: Tuple of integers. Defaults to the reverse order.

    Returns:
        The transposed tensor.

    Example:

    >>> keras.ops.transpose([[1, 2], [3, 4]]).tolist()
    [[1, 3], [2, 4]]
    """
    x = tensor(x)
    order = tuple(reversed(range(x.ndim))) if axes is None else tuple(one_axis(a, x.ndim, "axes") for a in axes)
    if sorted(order) != list(range(x.ndim)):
        raise ValueError(f"Argument `axes` must name each of the {x.ndim} axes once. Received: axes={axes}")
    return x if order == tuple(range(x.ndim)) else move.transpose(x, axes=order)


def broadcast_to(x, shape):
    """Repeats a tensor to a larger shape.

    Args:
        x: Input tensor.
        shape: Tuple of integers.

    Returns:
        The tensor of that shape.

    Raises:
        ValueError: If the shapes do not fit.

    Example:

    >>> keras.ops.broadcast_to([1, 2], (2, 2)).tolist()
    [[1, 2], [1, 2]]
    """
    x = tensor(x)
    if isinstance(x, KerasTensor) and None in tuple(shape):
        return node(broadcast_to, (x, shape), {}, KerasTensor(broadcast_shapes(x.shape, tuple(shape)), x.dtype))
    shape = dimensions(shape)
    if broadcast_shapes(x.shape, shape) != shape:
        raise ValueError(f"Cannot broadcast a tensor of shape {x.shape} to shape {shape}.")
    return broadcast(x, shape=shape)


def concatenate(xs, axis=0):
    """Joins tensors along an axis.

    Args:
        xs: List of tensors.
        axis: Integer. Defaults to `0`.

    Returns:
        The joined tensor.

    Raises:
        ValueError: If the other extents differ.

    Example:

    >>> keras.ops.concatenate([[1, 2], [3]]).tolist()
    [1, 2, 3]
    """
    xs = promoted(*xs)
    axis = one_axis(axis, xs[0].ndim)
    for x in xs[1:]:
        if x.ndim != xs[0].ndim or not _joinable(x.shape, xs[0].shape, axis):
            raise ValueError(f"Cannot concatenate along axis={axis}. Received: shapes {[t.shape for t in xs]}")
    return move.concatenate(*xs, axis=axis) if len(xs) > 1 else xs[0]


def _joinable(a: tuple, b: tuple, axis: int) -> bool:
    """Whether two shapes agree but for one axis; unknown extents agree with any."""
    return all(i == axis or p == q or None in (p, q) for i, (p, q) in enumerate(zip(a, b, strict=True)))


def stack(x, axis=0):
    """Joins tensors along a new axis.

    Args:
        x: List of tensors of one shape.
        axis: Integer, position of the new axis. Defaults to `0`.

    Returns:
        The stacked tensor.

    Raises:
        ValueError: If the shapes differ.

    Example:

    >>> keras.ops.stack([[1, 2], [3, 4]]).tolist()
    [[1, 2], [3, 4]]
    """
    xs = promoted(*x)
    shapes = [tuple(t.shape) for t in xs]
    if any(len(s) != len(shapes[0]) or not _joinable(s, shapes[0], -1) for s in shapes):
        raise ValueError(f"Tensors to stack must have one shape. Received: shapes {shapes}")
    at = one_axis(axis, xs[0].ndim + 1)
    return concatenate([expand_dims(t, at) for t in xs], at)


def getitem(x, key):
    """`x[key]` for integers, slices, None and Ellipsis; `subscripts.py` brings the other keys to this form."""
    x = tensor(x)
    keys = key if isinstance(key, tuple) else (key,)
    if any(not isinstance(k, (int, np.integer, slice, type(None), type(Ellipsis))) for k in keys):
        raise TypeError(
            "Tensors are indexed with integers, slices, None, Ellipsis, and arrays of integers or booleans. "
            f"Received: {key!r}"
        )
    return _windowed(x, expand_ellipsis(keys, x.ndim))


def expand_ellipsis(keys, rank: int, axes_taken=lambda key: int(key is not None)) -> list:
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
        return node(getitem, (x, tuple(keys)), {}, KerasTensor(_extents(x, keys), x.dtype))
    starts, sizes, steps, out = [], [], [], []
    extents = iter(x.shape)
    for k in keys:
        if k is None:
            out.append(1)
            continue
        extent = next(extents)
        start, count, step = _range(k, extent)
        starts, sizes, steps = [*starts, start], [*sizes, count], [*steps, step]
        if isinstance(k, slice):
            out.append(count)
    whole = all((a, n, s) == (0, e, 1) for a, n, s, e in zip(starts, sizes, steps, x.shape, strict=True))
    part = x if whole else move.window(x, starts=tuple(starts), sizes=tuple(sizes), steps=tuple(steps))
    return part if tuple(out) == part.shape else _reshaped(part, tuple(out))


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
        found = range(*key.indices(extent))
        return (found.start if len(found) else 0), len(found), found.step
    if extent is not None and not -extent <= key < extent:
        raise IndexError(f"Index {key} is out of bounds for an axis of extent {extent}.")
    return int(key) % extent if extent else int(key), 1, 1


__all__ = ["broadcast_to", "concatenate", "expand_dims", "ravel", "reshape", "squeeze", "stack", "transpose"]
