"""Constraints: what weights are turned into after each update."""

from __future__ import annotations

from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.dtypes import epsilon
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Axis, TensorLike
from kerasnb.serialization.configured import Configured


def _norms(w, axis):
    return ops.sqrt(ops.sum(ops.square(w), axis=axis, keepdims=True))


def _scaled(w, norms, new_norms):
    return ops.multiply(w, ops.divide(new_norms, ops.add(norms, epsilon())))


class Constraint(Configured):
    """Base class for weight constraints: subclasses implement `__call__(w)`.

    Example:

    >>> class NonNegative(keras.constraints.Constraint):
    ...     def __call__(self, w):
    ...         return keras.ops.maximum(w, 0)
    >>> NonNegative()(np.array([-1.0, 1.0])).tolist()
    [0.0, 1.0]
    """

    def __call__(self, w: TensorLike) -> Any:
        """Returns the weights that stand in for `w`."""
        return w


class MaxNorm(Constraint):
    """Constrains the norm of the weights of each unit to be at most `max_value`.

    Args:
        max_value: Float, the maximum norm. Defaults to `2`.
        axis: Integer or tuple, the axes along which the norm is taken. Defaults to `0`.

    Example:

    >>> keras.constraints.MaxNorm(1.0)(np.array([[3.0], [4.0]])).numpy().round(3).tolist()
    [[0.6], [0.8]]
    """

    def __init__(self, max_value: float = 2, axis: Axis = 0) -> None:
        self.max_value, self.axis = max_value, axis

    def __call__(self, w: TensorLike) -> Tensor:
        """Returns the weights that stand in for `w`."""
        w = ops.convert_to_tensor(w)
        norms = _norms(w, self.axis)
        return _scaled(w, norms, ops.clip(norms, 0, self.max_value))


class NonNeg(Constraint):
    """Constrains the weights to be non-negative.

    Example:

    >>> keras.constraints.NonNeg()(np.array([-1.0, 1.0])).tolist()
    [0.0, 1.0]
    """

    def __call__(self, w: TensorLike) -> Tensor:
        """Returns the weights that stand in for `w`."""
        return ops.maximum(ops.convert_to_tensor(w), 0)


class UnitNorm(Constraint):
    """Constrains the weights of each unit to have norm 1.

    Args:
        axis: Integer or tuple, the axes along which the norm is taken. Defaults to `0`.

    Example:

    >>> float(keras.constraints.UnitNorm()(np.array([[4.0]])).numpy().round(3)[0, 0])
    1.0
    """

    def __init__(self, axis: Axis = 0) -> None:
        self.axis = axis

    def __call__(self, w: TensorLike) -> Tensor:
        """Returns the weights that stand in for `w`."""
        w = ops.convert_to_tensor(w)
        return ops.divide(w, ops.add(_norms(w, self.axis), epsilon()))


class MinMaxNorm(Constraint):
    """Constrains the norm of the weights of each unit to be between two bounds.

    Args:
        min_value: Float, the minimum norm. Defaults to `0.0`.
        max_value: Float, the maximum norm. Defaults to `1.0`.
        rate: Float; 1 enforces the bounds immediately, less moves towards them. Defaults to `1.0`.
        axis: Integer or tuple, the axes along which the norm is taken. Defaults to `0`.

    Example:

    >>> float(keras.constraints.MinMaxNorm(1.0, 2.0)(np.array([[0.5]])).numpy().round(3)[0, 0])
    1.0
    """

    def __init__(self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Axis = 0) -> None:
        self.min_value, self.max_value, self.rate, self.axis = min_value, max_value, rate, axis

    def __call__(self, w: TensorLike) -> Tensor:
        """Returns the weights that stand in for `w`."""
        w = ops.convert_to_tensor(w)
        norms = _norms(w, self.axis)
        inside = ops.clip(norms, self.min_value, self.max_value)
        new_norms = ops.add(ops.multiply(inside, self.rate), ops.multiply(norms, 1 - self.rate))
        return _scaled(w, norms, new_norms)
