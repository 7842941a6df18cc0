"""The largest elements of the last axis."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import elementwise, gather
from kerasnb.kernels import sort as kernels
from kerasnb.kernels.common import broadcast_shapes
from kerasnb.ops.arguments import symbolic, tensor
from kerasnb.ops.numpy.rearranging import flip
from kerasnb.ops.numpy.reductions import count_nonzero
from kerasnb.ops.numpy.shapes import expand_dims
from kerasnb.ops.operation import operation

__all__ = ["in_top_k", "top_k"]


@operation("TopK", "k", "sorted", trials=True)
def top_k(x: TensorLike, k: int, sorted: bool = True) -> tuple[Tensor, Tensor]:
    """Returns the `k` largest elements of the last axis and their indices, the largest first.

    Args:
        x: Input tensor.
        k: Integer, the number of elements.
        sorted: Boolean; the result is sorted in either case.

    Returns:
        Tuple of values and int32 indices.

    Raises:
        ValueError: If the axis has fewer than `k` elements.

    Example:

    >>> [t.tolist() for t in keras.ops.top_k([3, 1, 2], 2)]
    [[3, 2], [0, 2]]
    """
    x = tensor(x)
    extent = x.shape[-1] if x.ndim else 0
    if not 0 <= k <= extent:
        raise ValueError(f"Argument `k` must be from 0 to {extent}, the extent of the last axis. Received: k={k}")
    # turned around twice, so that of equal elements the first comes first
    rising = flip(kernels.argsort(flip(x, -1), axis=x.ndim - 1), -1)
    at = elementwise.subtract(elementwise.like(rising, extent - 1), rising)[..., :k]
    return gather.take_along(x, at, axis=x.ndim - 1), at


@operation("InTopK", "k")
def in_top_k(targets: TensorLike, predictions: TensorLike, k: int) -> Tensor:
    """Returns whether each target is among the `k` most likely predictions.

    Args:
        targets: Integer tensor of classes; an unknown class is never among them.
        predictions: Tensor of scores, with one more axis.
        k: Integer, the number of predictions.

    Returns:
        Boolean tensor.

    Example:

    >>> keras.ops.in_top_k([1], [[0.1, 0.8, 0.1]], 1).tolist()
    [True]
    """
    targets, predictions = tensor(targets, "int32"), tensor(predictions)
    if predictions.shape[-1] is None:
        shape = broadcast_shapes(tuple(targets.shape), tuple(predictions.shape[:-1]))
        return symbolic(shape, "bool")
    known = elementwise.logical_and(
        elementwise.greater_equal(targets, elementwise.like(targets, 0)),
        elementwise.less(targets, elementwise.like(targets, predictions.shape[-1])),
    )
    chosen = gather.take_along(predictions, expand_dims(targets, -1), axis=predictions.ndim - 1)
    chosen = elementwise.where(elementwise.isnan(chosen), elementwise.like(chosen, -np.inf), chosen)
    larger = count_nonzero(elementwise.greater(predictions, chosen), -1)
    return elementwise.logical_and(known, elementwise.less(larger, elementwise.like(larger, k)))
