"""Rows written by index: what `scatter` and the sums of segments share."""

from __future__ import annotations

from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.kernels import elementwise, gather
from kerasnb.kernels import scatter as kernels
from kerasnb.ops.numpy.creation import zeros
from kerasnb.ops.numpy.elementwise.arithmetic import add
from kerasnb.ops.numpy.joining import concatenate


def row_indices(at: Tensor, along: int) -> Tensor:
    """Indices of rows; those out of range name one more row, which is cut off again."""
    inside = elementwise.logical_and(
        elementwise.greater_equal(at, elementwise.like(at, 0)), elementwise.less(at, elementwise.like(at, along))
    )
    return elementwise.where(inside, at, elementwise.like(at, along))


def written(x: Tensor, at: Tensor, updates: Tensor, kind: str) -> Tensor:
    """`x` of rows, with updates written by index; one row more takes those that are dropped."""
    if kind == "add":
        return add(x, gather.put(updates, at, axis=0, along=x.shape[0] + 1)[: x.shape[0]])
    longer = concatenate([x, zeros((1, *x.shape[1:]), x.dtype)], 0)
    return kernels.scatter(longer, at, updates, kind=kind)[: x.shape[0]]
