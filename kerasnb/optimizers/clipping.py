"""Gradient clipping."""

from __future__ import annotations

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor


def clip_gradients(
    grads: list, clipnorm: float | None = None, global_clipnorm: float | None = None, clipvalue: float | None = None
) -> list:
    """The gradients, clipped in the one way that is asked for."""
    if clipnorm and clipnorm > 0:
        return [clip_by_norm(g, clipnorm) for g in grads]
    if global_clipnorm and global_clipnorm > 0:
        return clip_by_global_norm(grads, global_clipnorm)
    if clipvalue and clipvalue > 0:
        return [ops.clip(g, -clipvalue, clipvalue) for g in grads]
    return grads


def clip_by_norm(gradient: Tensor, clipnorm: float) -> Tensor:
    """A gradient whose Euclidean norm is at most `clipnorm`."""
    norm = ops.sqrt(ops.sum(ops.square(gradient)))
    return ops.divide(ops.multiply(gradient, clipnorm), ops.maximum(norm, clipnorm))


def clip_by_global_norm(grads: list, clip_norm: float) -> list:
    """Gradients whose common Euclidean norm is at most `clip_norm`; all NaN where it is not finite."""
    squared = ops.sum(ops.square(grads[0]))
    for gradient in grads[1:]:
        squared = ops.add(squared, ops.sum(ops.square(gradient)))
    norm = ops.sqrt(squared)
    scale = ops.multiply(ops.minimum(ops.divide(1.0, norm), 1.0 / clip_norm), clip_norm)
    scale = ops.add(scale, ops.subtract(norm, norm))  # 0, or NaN for inf and NaN
    return [ops.multiply(g, scale) for g in grads]
