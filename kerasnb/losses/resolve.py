"""Which metric or loss a name in `compile` stands for, once the shapes are known."""

from __future__ import annotations

from typing import Any

from kerasnb.backend.tensor.naming import to_snake_case


def is_binary_or_sparse_categorical(y_true_shape: tuple, y_pred_shape: tuple) -> tuple[bool, bool]:
    """Whether predictions have one column, and whether labels are class ids rather than one-hot rows."""
    is_binary = y_pred_shape[-1] == 1
    is_sparse = len(y_true_shape) < len(y_pred_shape) or (y_true_shape[-1] == 1 and y_pred_shape[-1] > 1)
    return is_binary, is_sparse


def chosen_by_shape(binary: Any, sparse: Any, categorical: Any, y_true_shape: tuple, y_pred_shape: tuple) -> Any:
    """The one of three that fits the shapes."""
    is_binary, is_sparse = is_binary_or_sparse_categorical(y_true_shape, y_pred_shape)
    return binary if is_binary else sparse if is_sparse else categorical


def name_of(obj: Any) -> str:
    """The name shown for a metric, a loss or a function."""
    return getattr(obj, "name", None) or to_snake_case(getattr(obj, "__name__", type(obj).__name__))
