"""The rank of inputs: a last axis of 1 may be there or not."""

from __future__ import annotations

from typing import Any

from kerasnb import ops


def with_rank_of(x: Any, shape: tuple) -> Any:
    """A tensor of the rank of a shape, its last axis of 1 added or removed; None where that is not enough.

    Args:
        x: Tensor.
        shape: The expected shape, None for unknown extents.
    """
    rank = len(x.shape)
    if rank == len(shape):
        return x
    if rank == len(shape) + 1 and x.shape[-1] == 1:
        return ops.squeeze(x, axis=-1)
    return ops.expand_dims(x, axis=-1) if rank == len(shape) - 1 and shape[-1] == 1 else None
