"""Windows of the last axis."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.tensor.tensor import Tensor, from_host
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import gather
from kerasnb.ops.arguments import tensor
from kerasnb.ops.operation import operation

__all__ = ["extract_sequences"]


@operation("ExtractSequences", "sequence_length", "sequence_stride", trials=True)
def extract_sequences(x: TensorLike, sequence_length: int, sequence_stride: int) -> Tensor:
    """Cuts the last axis into windows, which may overlap.

    Args:
        x: Input tensor.
        sequence_length: Integer, the extent of a window.
        sequence_stride: Integer, the distance between the starts of two windows.

    Returns:
        Tensor of shape `(..., windows, sequence_length)`.

    Example:

    >>> keras.ops.extract_sequences([1, 2, 3], 2, 1).tolist()
    [[1, 2], [2, 3]]
    """
    x = tensor(x)
    count = max(0, 1 + (x.shape[-1] - sequence_length) // sequence_stride)
    at = np.arange(count)[:, None] * sequence_stride + np.arange(sequence_length)
    return gather.take(x, from_host(at, "int32"), axis=x.ndim - 1)
