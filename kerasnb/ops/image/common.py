"""What image operations share: checks of ranks, and the axes of height, width and channels."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.tensor.tensor import Tensor, from_host
from kerasnb.backend.typing import TensorLike
from kerasnb.ops.arguments import tensor
from kerasnb.ops.numpy.products import matmul
from kerasnb.ops.numpy.shapes import expand_dims, moveaxis, squeeze, transpose


def ranked(images: TensorLike, name: str = "images") -> Tensor:
    """The argument as a tensor of one image or a batch of them.

    Raises:
        ValueError: If it has another rank.
    """
    x = tensor(images)
    if x.ndim not in (3, 4):
        raise ValueError(
            f"Invalid {name} rank: expected rank 3 (single image) or rank 4 (batch of images). "
            f"Received input with shape: {name}.shape={x.shape}"
        )
    return x


def axes_in(x: Tensor, data_format: str) -> tuple[int, int, int]:
    """The axes of height, width and channels."""
    first = x.ndim - 3
    return (first, first + 1, first + 2) if data_format == "channels_last" else (first + 1, first + 2, first)


def batched(x: Tensor, data_format: str) -> Tensor:
    """One image or more as a batch with channels last."""
    x = expand_dims(x, 0) if x.ndim == 3 else x
    return x if data_format == "channels_last" else transpose(x, (0, 2, 3, 1))


def unbatched(y: Tensor, single: bool, data_format: str) -> Tensor:
    """The inverse of `batched`."""
    y = y if data_format == "channels_last" else transpose(y, (0, 3, 1, 2))
    return squeeze(y, 0) if single else y


def mixed(x: Tensor, axis: int, weights: np.ndarray | Tensor) -> Tensor:
    """Sums along an axis with the columns of a matrix (one row for each element) as weights."""
    weights = from_host(weights, x.dtype) if isinstance(weights, np.ndarray) else weights
    return moveaxis(matmul(moveaxis(x, axis, -1), weights), -1, axis)
