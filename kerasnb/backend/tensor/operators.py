"""The operators of tensors: `+`, `@`, `[]` and so on call the functions of `keras.ops`."""

from __future__ import annotations

from typing import Any

from kerasnb.backend.late_bound import Operators


class WithOperators:
    """Gives Tensor, KerasTensor and Variable their operators.

    Results are of type `Any`: Tensors, or KerasTensors where an operand is one.
    """

    __slots__ = ()

    # --- arithmetic

    def __add__(self, other: Any) -> Any:
        return Operators.add(self, other)

    def __radd__(self, other: Any) -> Any:
        return Operators.add(other, self)

    def __sub__(self, other: Any) -> Any:
        return Operators.subtract(self, other)

    def __rsub__(self, other: Any) -> Any:
        return Operators.subtract(other, self)

    def __mul__(self, other: Any) -> Any:
        return Operators.multiply(self, other)

    def __rmul__(self, other: Any) -> Any:
        return Operators.multiply(other, self)

    def __truediv__(self, other: Any) -> Any:
        return Operators.divide(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return Operators.divide(other, self)

    def __floordiv__(self, other: Any) -> Any:
        return Operators.floor_divide(self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return Operators.floor_divide(other, self)

    def __mod__(self, other: Any) -> Any:
        return Operators.mod(self, other)

    def __rmod__(self, other: Any) -> Any:
        return Operators.mod(other, self)

    def __pow__(self, other: Any) -> Any:
        return Operators.power(self, other)

    def __rpow__(self, other: Any) -> Any:
        return Operators.power(other, self)

    def __matmul__(self, other: Any) -> Any:
        return Operators.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return Operators.matmul(other, self)

    def __neg__(self) -> Any:
        return Operators.negative(self)

    def __abs__(self) -> Any:
        return Operators.absolute(self)

    def __round__(self, ndigits: int | None = None) -> Any:
        return Operators.round(self, ndigits or 0)

    # --- logic

    def __and__(self, other: Any) -> Any:
        return Operators.logical_and(self, other)

    def __rand__(self, other: Any) -> Any:
        return Operators.logical_and(other, self)

    def __or__(self, other: Any) -> Any:
        return Operators.logical_or(self, other)

    def __ror__(self, other: Any) -> Any:
        return Operators.logical_or(other, self)

    def __xor__(self, other: Any) -> Any:
        return Operators.logical_xor(self, other)

    def __rxor__(self, other: Any) -> Any:
        return Operators.logical_xor(other, self)

    def __invert__(self) -> Any:
        return Operators.logical_not(self)

    # --- comparisons; those with None are answered as Python does

    def __lt__(self, other: Any) -> Any:
        return False if other is None else Operators.less(self, other)

    def __le__(self, other: Any) -> Any:
        return False if other is None else Operators.less_equal(self, other)

    def __gt__(self, other: Any) -> Any:
        return False if other is None else Operators.greater(self, other)

    def __ge__(self, other: Any) -> Any:
        return False if other is None else Operators.greater_equal(self, other)

    def __eq__(self, other: object) -> Any:
        return False if other is None else Operators.equal(self, other)

    def __ne__(self, other: object) -> Any:
        return True if other is None else Operators.not_equal(self, other)

    __hash__ = object.__hash__

    # --- shapes

    def __getitem__(self, key: Any) -> Any:
        return Operators.subscript(self, key)

    @property
    def T(self) -> Any:
        """The tensor with its axes in the opposite order."""
        return Operators.transpose(self)

    def reshape(self, *shape: Any) -> Any:
        """Returns the tensor in another shape.

        Args:
            *shape: Integers, or one tuple of integers; one may be -1 and is inferred.

        Example:

        >>> keras.ops.arange(6).reshape(2, -1).shape
        (2, 3)
        """
        return Operators.reshape(self, shape[0] if len(shape) == 1 else shape)

    def squeeze(self, axis: int | tuple | None = None) -> Any:
        """Removes axes of extent 1.

        Args:
            axis: Integer or tuple of integers. Defaults to all such axes.

        Returns:
            The tensor of fewer axes.

        Example:

        >>> keras.ops.ones((1, 3)).squeeze().shape
        (3,)
        """
        return Operators.squeeze(self, axis=axis)
