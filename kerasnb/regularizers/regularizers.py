"""Regularizers: penalties on weights or outputs that are added to the loss."""

from __future__ import annotations

import math

import numpy as np

from kerasnb import ops
from kerasnb.backend.tensor.dtypes import floatx, numpy_dtype
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.serialization.configured import Configured, public_class


def _checked(name: str, value) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
        raise ValueError(
            f"Invalid value for argument {name}: expected a non-negative float. Received: {name}={value} of type "
            f"{type(value)}"
        )
    return float(value)


def _rounded(factor: float) -> float:
    """A factor as Keras has it in configs: in the precision that it is computed in."""
    return float(np.asarray(factor, numpy_dtype(floatx())))


class Regularizer(Configured):
    """Regularizer base class: subclasses implement `__call__(x)` and `get_config`.

    Example:

    >>> class L1(keras.regularizers.Regularizer):
    ...     def __call__(self, x):
    ...         return 0.5 * keras.ops.sum(keras.ops.abs(x))
    >>> float(L1()(np.ones((2, 2))))
    2.0
    """

    def __call__(self, x: TensorLike) -> Tensor | float:
        """Computes the penalty of a tensor, a scalar."""
        return 0.0

    def get_config(self) -> dict:
        """Returns the regularizer's configuration as a JSON-serializable dict."""
        if public_class(type(self)) is Regularizer:
            raise NotImplementedError(f"{self} does not implement get_config()")
        return super().get_config()


class L1L2(Regularizer):
    """A regularizer that applies both L1 and L2 penalties: `l1 * sum(abs(x)) + l2 * sum(square(x))`.

    Args:
        l1: Float, the L1 factor. Defaults to `0.0`.
        l2: Float, the L2 factor. Defaults to `0.0`.

    Raises:
        ValueError: If a factor is negative or no number.

    Example:

    >>> float(keras.regularizers.L1L2(l1=0.5, l2=0.5)(np.full((2,), 2.0)))
    6.0
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1 = _checked("l1", 0.0 if l1 is None else l1)
        self.l2 = _checked("l2", 0.0 if l2 is None else l2)

    def __call__(self, x: TensorLike) -> Tensor:
        """Returns the penalty of a tensor, a scalar."""
        x = ops.convert_to_tensor(x)
        parts = []
        if self.l1:
            parts.append(ops.multiply(ops.sum(ops.abs(x)), self.l1))
        if self.l2:
            parts.append(ops.multiply(ops.sum(ops.square(x)), self.l2))
        if not parts:
            return ops.zeros((), dtype=x.dtype)
        return ops.add(*parts) if len(parts) == 2 else parts[0]


class L1(Regularizer):
    """A regularizer that applies an L1 penalty: `l1 * sum(abs(x))`.

    Args:
        l1: Float, the L1 factor. Defaults to `0.01`.

    Raises:
        ValueError: If the factor is negative or no number.

    Example:

    >>> float(keras.regularizers.L1(0.5)(np.full((2,), 2.0)))
    2.0
    """

    def __init__(self, l1: float = 0.01) -> None:
        self.l1 = _checked("l1", 0.01 if l1 is None else l1)

    def __call__(self, x: TensorLike) -> Tensor:
        """Returns the penalty of a tensor, a scalar."""
        return ops.multiply(ops.sum(ops.abs(x)), self.l1)

    def get_config(self) -> dict:
        """Returns the config: a JSON-serializable dict from which `from_config` creates the object again."""
        return {"l1": _rounded(self.l1)}


class L2(Regularizer):
    """A regularizer that applies an L2 penalty: `l2 * sum(square(x))`.

    Args:
        l2: Float, the L2 factor. Defaults to `0.01`.

    Raises:
        ValueError: If the factor is negative or no number.

    Example:

    >>> float(keras.regularizers.L2(0.5)(np.full((2,), 2.0)))
    4.0
    """

    def __init__(self, l2: float = 0.01) -> None:
        self.l2 = _checked("l2", 0.01 if l2 is None else l2)

    def __call__(self, x: TensorLike) -> Tensor:
        """Returns the penalty of a tensor, a scalar."""
        return ops.multiply(ops.sum(ops.square(x)), self.l2)


class OrthogonalRegularizer(Regularizer):
    """Regularizer that encourages rows (or columns) of a matrix to be orthogonal to each other.

    Args:
        factor: Float, the regularization strength. Defaults to `0.01`.
        mode: `"rows"` or `"columns"`. Defaults to `"rows"`.

    Raises:
        ValueError: If `mode` is neither, or, when called, if the input is no matrix.

    Example:

    >>> float(keras.regularizers.OrthogonalRegularizer()(np.eye(3)))
    0.0
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows") -> None:
        self.factor = _checked("factor", factor)
        if mode not in {"rows", "columns"}:
            raise ValueError(
                f'Invalid value for argument `mode`. Expected one of {{"rows", "columns"}}. Received: mode={mode}'
            )
        self.mode = mode

    def __call__(self, x: TensorLike) -> Tensor:
        """Returns the penalty of a tensor, a scalar."""
        x = ops.convert_to_tensor(x)
        if len(x.shape) != 2:
            raise ValueError(f"Inputs to OrthogonalRegularizer must have rank 2. Received: inputs.shape={x.shape}")
        by_rows = self.mode == "rows"
        x = ops.normalize(x, axis=1 if by_rows else 0)
        product = ops.matmul(x, ops.transpose(x)) if by_rows else ops.matmul(ops.transpose(x), x)
        size = product.shape[0]
        others = ops.multiply(product, ops.subtract(1.0, ops.eye(size, dtype=x.dtype)))
        pairs = size * (size - 1.0) / 2.0
        return ops.multiply(ops.sum(ops.abs(others)), 0.5 * self.factor / max(pairs, 1.0))

    def get_config(self) -> dict:
        """Returns the config: a JSON-serializable dict from which `from_config` creates the object again."""
        return {**super().get_config(), "factor": _rounded(self.factor)}
