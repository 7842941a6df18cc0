"""Arguments that convolutions and pools share, brought to one form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasnb.backend.settings import standardize_data_format
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape, TensorLike
from kerasnb.ops.arguments import tensor
from kerasnb.ops.numpy.shapes import transpose

format_of = standardize_data_format


def per_axis(value: int | Sequence[int], rank: int, name: str) -> tuple[int, ...]:
    """One positive integer for each spatial axis.

    Raises:
        ValueError: If there are too many, too few, or one is not positive.
    """
    values: tuple[Any, ...] = tuple(value) if isinstance(value, (list, tuple)) else (value,) * rank
    if len(values) == 1:
        values *= rank
    if len(values) != rank or not all(isinstance(v, int) or hasattr(v, "__index__") for v in values):
        raise ValueError(
            f"The `{name}` argument must be an integer or a tuple of {rank} integers. Received: {name}={value}"
        )
    if min(values) < 1:
        raise ValueError(f"The `{name}` argument must be positive. Received: {name}={value}")
    return tuple(int(v) for v in values)


def padding_of(padding: str, allowed: Sequence[str] = ("valid", "same")) -> str:
    """The padding as a lower-case string.

    Raises:
        ValueError: If it is not known.
    """
    name = str(padding).lower()
    if name not in allowed:
        raise ValueError(f"`padding` must be either `'valid'` or `'same'`. Received {padding}.")
    return name


def spatial(inputs: TensorLike, name: str = "inputs") -> Tensor:
    """The argument as a tensor with one to three axes between samples and channels.

    Raises:
        ValueError: If it has another rank.
    """
    x = tensor(inputs)
    if not 3 <= x.ndim <= 5:
        raise ValueError(
            f"`{name}` must have rank 3, 4 or 5 (one to three spatial axes). Received: {name}.shape={x.shape}"
        )
    return x


def channels_last(x: Tensor, data_format: str) -> Tensor:
    """The tensor with its channels moved to the end, where they are not there."""
    return transpose(x, (0, *range(2, x.ndim), 1)) if data_format == "channels_first" else x


def channels_back(y: Tensor, data_format: str) -> Tensor:
    """The tensor with its channels moved to where the data format has them."""
    return transpose(y, (0, y.ndim - 1, *range(1, y.ndim - 1))) if data_format == "channels_first" else y


def check_not_empty(extents: Shape, **received: Any) -> None:
    """Refuses windows that do not fit.

    Raises:
        ValueError: If an extent of the result is zero.
    """
    if any(e == 0 for e in extents if e is not None):
        arguments = ", ".join(f"`{name}={value}`" for name, value in received.items())
        raise ValueError(f"Computed output size would be zero or negative. Received {arguments}.")
