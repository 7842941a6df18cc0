"""Reductions of `keras.ops`."""

from __future__ import annotations

from builtins import any as any_true

from kerasnb.backend.tensor.dtypes import FLOATS, floatx
from kerasnb.kernels import elementwise as rows
from kerasnb.kernels import move, reduce
from kerasnb.kernels import sum as sums
from kerasnb.ops.arguments import axes_of, one_axis, tensor
from kerasnb.ops.numpy.half import in_float32

__all__ = [
    "all", "any", "argmax", "argmin", "count_nonzero", "max", "mean", "min", "prod", "std", "sum", "var",
]  # fmt: skip


def _kept(y, shape, axes, keepdims):
    """Puts the reduced axes back with extent 1 where asked."""
    if not keepdims:
        return y
    return move.reshape(y, shape=tuple(1 if a in axes else (-1 if e is None else e) for a, e in enumerate(shape)))


def _countable(x):
    """Sums of small integers and booleans are made in 32 bits."""
    x = tensor(x)
    wider = {"bool": "int32", "int8": "int32", "int16": "int32", "uint8": "uint32", "uint16": "uint32"}
    return rows.cast_to(x, wider.get(x.dtype, x.dtype))


def sum(x, axis=None, keepdims=False):
    """Sums elements over axes.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.
        keepdims: Boolean, whether reduced axes stay with extent 1.

    Returns:
        The tensor of sums.

    Example:

    >>> float(keras.ops.sum([1.0, 2.0]))
    3.0
    """
    x = _countable(x)
    axes = axes_of(axis, x.ndim)
    return _kept(sums.total(x, axes=axes), x.shape, axes, keepdims) if axes else x


def _count(x, axes):
    """How many elements are reduced into one."""
    count = 1
    for a in axes:
        if x.shape[a] is not None:
            count *= x.shape[a]
    return count


@in_float32
def mean(x, axis=None, keepdims=False):
    """Averages elements over axes.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.
        keepdims: Boolean, whether reduced axes stay with extent 1.

    Returns:
        The tensor of means, of a float dtype.

    Example:

    >>> float(keras.ops.mean([1.0, 2.0]))
    1.5
    """
    x = tensor(x)
    x = x if x.dtype in FLOATS else rows.cast_to(x, floatx())
    axes = axes_of(axis, x.ndim)
    if not axes:
        return x
    y = rows.divide(sums.total(x, axes=axes), rows.like(x, _count(x, axes)))
    return _kept(y, x.shape, axes, keepdims)


@in_float32
def var(x, axis=None, keepdims=False):
    """Returns the variance of elements over axes.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.
        keepdims: Boolean, whether reduced axes stay with extent 1.

    Returns:
        The tensor of variances.

    Example:

    >>> float(keras.ops.var([1.0, 3.0]))
    1.0
    """
    x = tensor(x)
    x = x if x.dtype in FLOATS else rows.cast_to(x, floatx())
    return mean(rows.square(rows.subtract(x, mean(x, axis, keepdims=True))), axis, keepdims)


@in_float32
def std(x, axis=None, keepdims=False):
    """Returns the standard deviation of elements over axes.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.
        keepdims: Boolean, whether reduced axes stay with extent 1.

    Returns:
        The tensor of standard deviations.

    Example:

    >>> float(keras.ops.std([1.0, 3.0]))
    1.0
    """
    return rows.sqrt(var(x, axis, keepdims))


def _reduction(name, room, summary, example, result):
    def function(x, axis=None, keepdims=False):
        x = tensor(x, "bool") if name in ("any", "all") else tensor(x)
        axes = axes_of(axis, x.ndim)
        return _kept(room(x, axes=axes), x.shape, axes, keepdims)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""{summary}

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.
        keepdims: Boolean, whether reduced axes stay with extent 1.

    Returns:
        The reduced tensor.

    Example:

    >>> keras.ops.{name}({example}).tolist()
    {result}
    """
    return function


any = _reduction("any", reduce.any_, "Tests whether any element is true over axes.", "[True, False]", True)
all = _reduction("all", reduce.all_, "Tests whether all elements are true over axes.", "[True, False]", False)


def prod(x, axis=None, keepdims=False, dtype=None):
    """Multiplies elements over axes.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.
        keepdims: Boolean, whether reduced axes stay with extent 1.
        dtype: The dtype of the result. Defaults to the input's.

    Returns:
        The tensor of products.

    Example:

    >>> float(keras.ops.prod([2.0, 3.0]))
    6.0
    """
    x = _countable(x) if dtype is None else tensor(x, dtype)
    axes = axes_of(axis, x.ndim)
    return _kept(reduce.prod(x, axes=axes), x.shape, axes, keepdims)


def _nothing(x, axes) -> bool:
    """Whether results are made of no elements."""
    return any_true(x.shape[a] == 0 for a in axes)


def check_something(x, axes, name: str) -> None:
    """Refuses to choose among no elements.

    Raises:
        ValueError: If a reduced axis is empty.
    """
    if _nothing(x, axes):
        raise ValueError(
            f"`{name}` has no value for an array without elements: zero-size array to reduction operation {name} which "
            f"has no identity. Received: x.shape={tuple(x.shape)}, axis={axes}"
        )


def _extreme(name, room, pick, summary, result):
    def function(x, axis=None, keepdims=False, initial=None):
        x = tensor(x)
        axes = axes_of(axis, x.ndim)
        if initial is not None and _nothing(x, axes):
            shape = tuple(1 if a in axes else e for a, e in enumerate(x.shape))
            y = sums.broadcast(rows.like(x, initial), shape=shape)
            return y if keepdims else move.reshape(y, shape=sums.reduced_shape(x.shape, axes))
        check_something(x, axes, name)
        y = _kept(room(x, axes=axes), x.shape, axes, keepdims)
        return y if initial is None else pick(y, rows.like(y, initial))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""{summary}

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.
        keepdims: Boolean, whether reduced axes stay with extent 1.
        initial: Optional value that also takes part.

    Returns:
        The reduced tensor.

    Example:

    >>> keras.ops.{name}([3, 1, 2]).tolist()
    {result}
    """
    return function


max = _extreme("max", reduce.max_, rows.maximum, "Returns the largest element over axes.", 3)
min = _extreme("min", reduce.min_, rows.minimum, "Returns the smallest element over axes.", 1)


def _position(name, room, summary, result):
    def function(x, axis=None, keepdims=False):
        x = tensor(x)
        flat = x if axis is not None else move.reshape(x, shape=(-1,))
        at = one_axis(axis if axis is not None else 0, flat.ndim)
        if flat.shape[at] == 0:
            shape = tuple(x.shape)
            raise ValueError(f"attempt to get {name} of an empty sequence. Received: x.shape={shape}, axis={axis}")
        return _kept(room(flat, axis=at), x.shape, axes_of(axis, x.ndim), keepdims)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""{summary}

    Args:
        x: Input tensor.
        axis: Integer. Defaults to all elements in order.
        keepdims: Boolean, whether the reduced axis stays with extent 1.

    Returns:
        Tensor of int32 indices; the first where several are equal.

    Example:

    >>> keras.ops.{name}([3, 1, 2]).tolist()
    {result}
    """
    return function


argmax = _position("argmax", reduce.argmax, "Returns the index of the largest element.", 0)
argmin = _position("argmin", reduce.argmin, "Returns the index of the smallest element.", 1)


def count_nonzero(x, axis=None):
    """Counts elements that are not zero.

    Args:
        x: Input tensor.
        axis: Integer or tuple of integers. Defaults to all axes.

    Returns:
        Tensor of int32 counts.

    Example:

    >>> int(keras.ops.count_nonzero([0, 3, 5]))
    2
    """
    return sum(tensor(x, "bool"), axis)
