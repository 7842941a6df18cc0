"""What several families of elementwise operations share."""

from __future__ import annotations

from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.kernels import elementwise


def scaled(x: Tensor, factor: float) -> Tensor:
    """`factor * x`, in the dtype of x."""
    return elementwise.multiply(x, elementwise.like(x, factor))


def full_like_bool(x: Tensor, value: bool) -> Tensor:
    """A boolean tensor of x's shape that holds one value everywhere."""
    same = elementwise.equal(x, x)
    return same if value else elementwise.logical_not(same)
