"""Elements chosen by a condition, or replaced where they are not numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

from kerasnb.backend.tensor.dtypes import FLOATS, limits
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import elementwise
from kerasnb.ops.arguments import promoted, tensor
from kerasnb.ops.numpy.elementwise.predicates import isnan, isneginf, isposinf
from kerasnb.ops.numpy.places import true_places
from kerasnb.ops.operation import operation

__all__ = ["nan_to_num", "select", "where"]


@overload
def where(condition: TensorLike) -> tuple[Tensor, ...]: ...
@overload
def where(condition: TensorLike, x1: TensorLike, x2: TensorLike) -> Tensor: ...
@operation("Where")
def where(
    condition: TensorLike, x1: TensorLike | None = None, x2: TensorLike | None = None
) -> Tensor | tuple[Tensor, ...]:
    """Chooses elements from two tensors by a condition, or returns the indices where it holds.

    Args:
        condition: Boolean tensor.
        x1: Values where the condition holds.
        x2: Values where it does not.

    Returns:
        The tensor of chosen values. Without `x1` and `x2`, a tuple of int32 tensors, one for each axis: the indices of
        the elements that are not zero. Their extent depends on values, so that a recorded step cannot contain this
        form.

    Raises:
        ValueError: If only one of `x1` and `x2` is given.

    Example:

    >>> keras.ops.where([True, False], 1.0, 2.0).tolist()
    [1.0, 2.0]
    """
    if x1 is None and x2 is None:
        return true_places(tensor(condition))
    if x1 is None or x2 is None:
        raise ValueError(
            f"`x1` and `x2` either both should be `None` or both should have non-None value. Received: x1={x1}, x2={x2}"
        )
    return elementwise.where(tensor(condition, "bool"), *promoted(x1, x2))


@operation("Select")
def select(condlist: Sequence[TensorLike], choicelist: Sequence[TensorLike], default: TensorLike = 0) -> Tensor:
    """Chooses each element from the tensor of the first condition that holds.

    Args:
        condlist: List of boolean tensors.
        choicelist: List of tensors.
        default: Value where no condition holds. Defaults to `0`.

    Returns:
        The tensor of chosen values.

    Raises:
        ValueError: If the lists are empty or differ in length.

    Example:

    >>> keras.ops.select([[True, False]], [[1, 2]], 9).tolist()
    [1, 9]
    """
    if len(condlist) != len(choicelist) or not condlist:
        raise ValueError(
            "Arguments `condlist` and `choicelist` must be lists of one length. "
            f"Received: {len(condlist)} conditions and {len(choicelist)} choices"
        )
    *choices, y = promoted(*choicelist, default)
    for condition, choice in zip(reversed(condlist), reversed(choices), strict=True):
        y = elementwise.where(tensor(condition, "bool"), choice, y)
    return y


@operation("NanToNum", "nan", "posinf", "neginf")
def nan_to_num(x: TensorLike, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Tensor:
    """Replaces NaN and infinities with numbers.

    Args:
        x: Input tensor.
        nan: Number in place of NaN. Defaults to `0.0`.
        posinf: Number in place of infinity. Defaults to the largest number of the dtype.
        neginf: Number in place of negative infinity. Defaults to the lowest number of the dtype.

    Returns:
        Tensor of finite values.

    Example:

    >>> keras.ops.nan_to_num([1.0, float("nan")]).tolist()
    [1.0, 0.0]
    """
    x = tensor(x)
    if x.dtype not in FLOATS:
        return x
    ends = limits(x.dtype)
    high, low = (ends.max if posinf is None else posinf), (ends.min if neginf is None else neginf)
    y = elementwise.where(isnan(x), elementwise.like(x, nan), x)
    y = elementwise.where(isposinf(y), elementwise.like(y, high), y)
    return elementwise.where(isneginf(y), elementwise.like(y, low), y)
