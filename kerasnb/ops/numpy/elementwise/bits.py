"""The bits of integers and of floats."""

from __future__ import annotations

from kerasnb.backend.tensor.dtypes import limits, numpy_dtype, standardize_dtype
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import DType, TensorLike
from kerasnb.kernels import bits, elementwise
from kerasnb.ops.arguments import promoted, tensor
from kerasnb.ops.numpy.elementwise.integers import integers
from kerasnb.ops.operation import operation

__all__ = [
    "bitwise_and", "bitwise_invert", "bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift",
    "bitwise_xor", "left_shift", "nextafter", "right_shift", "view",
]  # fmt: skip


@operation("BitwiseAnd")
def bitwise_and(x: TensorLike, y: TensorLike) -> Tensor:
    """Returns the bits that are set in both arguments, element-wise.

    Args:
        x: Integer or boolean tensor.
        y: Integer or boolean tensor.

    Returns:
        Integer or boolean tensor.

    Raises:
        TypeError: If an argument holds floats.

    Example:

    >>> int(keras.ops.bitwise_and(6, 3))
    2
    """
    return elementwise.bitwise_and(*integers("bitwise_and", x, y))


@operation("BitwiseOr")
def bitwise_or(x: TensorLike, y: TensorLike) -> Tensor:
    """Returns the bits that are set in either argument, element-wise.

    Args:
        x: Integer or boolean tensor.
        y: Integer or boolean tensor.

    Returns:
        Integer or boolean tensor.

    Raises:
        TypeError: If an argument holds floats.

    Example:

    >>> int(keras.ops.bitwise_or(6, 3))
    7
    """
    return elementwise.bitwise_or(*integers("bitwise_or", x, y))


@operation("BitwiseXor")
def bitwise_xor(x: TensorLike, y: TensorLike) -> Tensor:
    """Returns the bits that are set in one argument only, element-wise.

    Args:
        x: Integer or boolean tensor.
        y: Integer or boolean tensor.

    Returns:
        Integer or boolean tensor.

    Raises:
        TypeError: If an argument holds floats.

    Example:

    >>> int(keras.ops.bitwise_xor(6, 3))
    5
    """
    return elementwise.bitwise_xor(*integers("bitwise_xor", x, y))


@operation("BitwiseNot")
def bitwise_not(x: TensorLike) -> Tensor:
    """Inverts each bit.

    Args:
        x: Integer or boolean tensor.

    Returns:
        Integer or boolean tensor.

    Raises:
        TypeError: If the argument holds floats.

    Example:

    >>> int(keras.ops.bitwise_not(5))
    -6
    """
    return elementwise.bitwise_not(*integers("bitwise_not", x))


@operation("BitwiseInvert")
def bitwise_invert(x: TensorLike) -> Tensor:
    """Inverts each bit.

    Args:
        x: Integer or boolean tensor.

    Returns:
        Integer or boolean tensor.

    Raises:
        TypeError: If the argument holds floats.

    Example:

    >>> int(keras.ops.bitwise_invert(5))
    -6
    """
    return elementwise.bitwise_not(*integers("bitwise_not", x))


@operation("BitwiseLeftShift")
def bitwise_left_shift(x: TensorLike, y: TensorLike) -> Tensor:
    """Shifts bits to the left, element-wise.

    Args:
        x: Integer tensor.
        y: Integer tensor, the number of places.

    Returns:
        Integer tensor.

    Raises:
        TypeError: If an argument holds floats.

    Example:

    >>> int(keras.ops.bitwise_left_shift(6, 1))
    12
    """
    return _shifted(elementwise.left_shift, *integers("bitwise_left_shift", x, y))


@operation("LeftShift")
def left_shift(x: TensorLike, y: TensorLike) -> Tensor:
    """Shifts bits to the left, element-wise.

    Args:
        x: Integer tensor.
        y: Integer tensor, the number of places.

    Returns:
        Integer tensor.

    Raises:
        TypeError: If an argument holds floats.

    Example:

    >>> int(keras.ops.left_shift(6, 1))
    12
    """
    return _shifted(elementwise.left_shift, *integers("left_shift", x, y))


@operation("BitwiseRightShift")
def bitwise_right_shift(x: TensorLike, y: TensorLike) -> Tensor:
    """Shifts bits to the right, element-wise.

    Args:
        x: Integer tensor.
        y: Integer tensor, the number of places.

    Returns:
        Integer tensor.

    Raises:
        TypeError: If an argument holds floats.

    Example:

    >>> int(keras.ops.bitwise_right_shift(6, 1))
    3
    """
    return _shifted(elementwise.right_shift, *integers("bitwise_right_shift", x, y))


@operation("RightShift")
def right_shift(x: TensorLike, y: TensorLike) -> Tensor:
    """Shifts bits to the right, element-wise.

    Args:
        x: Integer tensor.
        y: Integer tensor, the number of places.

    Returns:
        Integer tensor.

    Raises:
        TypeError: If an argument holds floats.

    Example:

    >>> int(keras.ops.right_shift(6, 1))
    3
    """
    return _shifted(elementwise.right_shift, *integers("right_shift", x, y))


def _shifted(shift, x, y):
    if x.dtype == "bool":
        x, y = elementwise.cast_to(x, "int32"), elementwise.cast_to(y, "int32")
    return shift(x, y, bits=8 * numpy_dtype(x.dtype).itemsize)


@operation("View", "dtype")
def view(x: TensorLike, dtype: DType | None = None) -> Tensor:
    """Reads the bytes of a tensor as numbers of another dtype.

    Args:
        x: Input tensor.
        dtype: The dtype of the result. Defaults to that of `x`.

    Returns:
        Tensor whose last axis has the extent that the bytes fill.

    Raises:
        ValueError: If the last axis does not hold whole elements of the dtype.

    Example:

    >>> int(keras.ops.view(1.0, "int32"))
    1065353216
    """
    x = tensor(x)
    dtype = x.dtype if dtype is None else standardize_dtype(dtype)
    before, after = numpy_dtype(x.dtype).itemsize, numpy_dtype(dtype).itemsize
    last = x.shape[-1] if x.ndim else 1
    if (before != after and not x.ndim) or (last is not None and last * before % after):
        raise ValueError(f"Argument `dtype`={dtype} does not fit the bytes of a tensor {x.shape} of {x.dtype}.")
    return x if dtype == x.dtype else bits.bitcast(x, dtype=dtype)


@operation("Nextafter")
def nextafter(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Returns the float next to `x1` in the direction of `x2`, element-wise.

    Args:
        x1: Numbers to start from.
        x2: Numbers that give the direction.

    Returns:
        Tensor of a float dtype.

    Example:

    >>> float(keras.ops.nextafter(1.0, 2.0)) - 1.0
    1.1920928955078125e-07
    """
    x1, x2 = promoted(x1, x2, floating=True)
    same = elementwise.equal(x1, x2)
    x1, x2 = elementwise.where(same, x1, x1), elementwise.where(same, x2, x2)  # of one shape
    unknown = elementwise.logical_or(elementwise.isnan(x1), elementwise.isnan(x2))
    y = elementwise.where(unknown, elementwise.add(x1, x2), _neighbour(x1, x2))
    return elementwise.where(same, x2, y)


def _neighbour(x1, x2):
    """The number beside x1 on the side of x2, by its bits as an integer."""
    kind = f"int{8 * numpy_dtype(x1.dtype).itemsize}"
    zero, pattern = elementwise.like(x1, 0), bits.bitcast(x1, dtype=kind)
    one = elementwise.like(pattern, 1)
    # of numbers with one sign, those further from zero have the larger bits
    away = elementwise.equal(elementwise.greater(x2, x1), elementwise.greater(x1, zero))
    moved = elementwise.add(pattern, elementwise.where(away, one, elementwise.like(pattern, -1)))
    least = elementwise.where(elementwise.greater(x2, zero), one, elementwise.like(pattern, limits(kind).min + 1))
    return bits.bitcast(elementwise.where(elementwise.equal(x1, zero), least, moved), dtype=x1.dtype)
