"""Integer labels as rows of zeros and ones."""

from __future__ import annotations

from typing import Any

from kerasnb.backend.tensor.dtypes import FLOATS, floatx, standardize_dtype
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import DType, TensorLike
from kerasnb.kernels import one_hot as kernels
from kerasnb.kernels.elementwise import cast_to
from kerasnb.ops.arguments import one_axis, tensor
from kerasnb.ops.numpy import reductions
from kerasnb.ops.operation import operation

__all__ = ["multi_hot", "one_hot"]


@operation("OneHot", "num_classes", "axis", "dtype", "sparse")
def one_hot(
    x: TensorLike, num_classes: int, axis: int = -1, dtype: DType | None = None, sparse: bool = False
) -> Tensor:
    """Encodes integer labels as rows with a single one.

    Args:
        x: Integer tensor.
        num_classes: Integer, the extent of the new axis.
        axis: Integer, the position of the new axis. Defaults to `-1`.
        dtype: The dtype of the result. Defaults to `keras.config.floatx()`.
        sparse: Accepted for compatibility; tensors here are dense.

    Returns:
        Tensor of zeros and ones; rows of labels out of range are zero.

    Example:

    >>> keras.ops.one_hot([1, 0], 2).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    if sparse:
        raise ValueError(f"Sparse tensors are not supported. Received: sparse={sparse}")
    at = tensor(x)
    at = cast_to(at, "int32") if at.dtype in FLOATS or at.dtype == "bool" else at
    dtype = floatx() if dtype is None else standardize_dtype(dtype)
    place = one_axis(axis, at.ndim + 1)
    if dtype == "bool":
        return cast_to(kernels.one_hot(at, axis=place, classes=int(num_classes), dtype="int8"), "bool")
    return kernels.one_hot(at, axis=place, classes=int(num_classes), dtype=dtype)


@operation("MultiHot", "num_classes", "axis", "dtype", "sparse")
def multi_hot(
    inputs: TensorLike,
    num_classes: int | None = None,
    axis: int = -1,
    dtype: DType | None = None,
    sparse: bool = False,
    **kwargs: Any,
) -> Tensor:
    """Encodes lists of integer labels as rows with a one for each label.

    Args:
        inputs: Integer tensor of shape `(labels,)` or `(batch, labels, ...)`.
        num_classes: Integer, the extent of the new axis.
        axis: Integer, the position of the new axis. Defaults to `-1`.
        dtype: The dtype of the result. Defaults to `keras.config.floatx()`.
        sparse: Accepted for compatibility; tensors here are dense.
        **kwargs: `num_tokens`, another name of `num_classes`.

    Returns:
        Tensor of zeros and ones; labels out of range are left out.

    Raises:
        ValueError: If `num_classes` is missing, or `axis` is out of range.

    Example:

    >>> keras.ops.multi_hot([0, 2], 4).tolist()
    [1.0, 0.0, 1.0, 0.0]
    """
    named = kwargs.pop("num_tokens", None)
    if kwargs:
        raise ValueError(f"Unrecognized keyword arguments passed to multi_hot: {kwargs}")
    classes = named if num_classes is None else num_classes
    if classes is None:
        raise ValueError("Argument `num_classes` must be specified.")
    at = tensor(inputs)
    one_axis(axis, at.ndim + 1)
    if axis < -1:
        raise ValueError(f"axis must be -1 or between [0, {at.ndim}), but received {axis}.")
    return reductions.max(one_hot(at, classes, axis, dtype, sparse), axis=1 if at.ndim > 1 else 0)
