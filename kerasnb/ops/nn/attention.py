"""Attention of `keras.ops`: one fused kernel, or, with bias and mask, products and a softmax."""

from __future__ import annotations

import math

import numpy as np

from kerasnb.backend.tensor.dtypes import limits
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import elementwise
from kerasnb.kernels.attention import attention
from kerasnb.kernels.matmul import matmul
from kerasnb.kernels.softmax import softmax
from kerasnb.kernels.sum import broadcast
from kerasnb.ops.arguments import floating, promoted, symbolic, tensor
from kerasnb.ops.core import cast
from kerasnb.ops.numpy.shapes import expand_dims, reshape, transpose
from kerasnb.ops.operation import operation

__all__ = ["dot_product_attention"]

FAR_BELOW = (
    -0.7
)  # times the largest number: masked logits are finite, so that a target without any source gets the mean


@operation(
    "DotProductAttention",
    "is_causal",
    "flash_attention",
    "attn_logits_soft_cap",
    keywords=(
        "bias",
        "mask",
        "scale",
    ),
)
def dot_product_attention(
    query: TensorLike,
    key: TensorLike,
    value: TensorLike,
    bias: TensorLike | None = None,
    mask: TensorLike | None = None,
    scale: float | None = None,
    is_causal: bool = False,
    flash_attention: bool | None = None,
    attn_logits_soft_cap: float | None = None,
) -> Tensor:
    """Scaled dot-product attention: `softmax(query @ key.T * scale + bias) @ value` for each head.

    Reference: [Vaswani et al., 2017](https://arxiv.org/abs/1706.03762)

    Args:
        query: Tensor of shape `(batch, targets, heads, depth)`.
        key: Tensor of shape `(batch, sources, key_heads, depth)`; `key_heads` divides `heads`.
        value: Tensor of shape `(batch, sources, key_heads, depth)`.
        bias: Optional tensor that broadcasts to `(batch, heads, targets, sources)`, added to the logits.
        mask: Optional boolean tensor that broadcasts likewise; false hides a source from a target.
        scale: Float. Defaults to `1 / sqrt(depth)`.
        is_causal: Boolean, whether a target does not see later sources. Defaults to `False`.
        flash_attention: Must not be `True`: there is no such kernel here.
        attn_logits_soft_cap: Must be `None`.

    Returns:
        Tensor of shape `(batch, targets, heads, depth)`.

    Raises:
        ValueError: If shapes do not fit, or an option is not supported.

    Example:

    >>> x = np.ones((1, 3, 2, 4))
    >>> keras.ops.dot_product_attention(x, x, x).shape
    (1, 3, 2, 4)
    """
    query, key, value = (floating(t) for t in promoted(query, key, value))
    _check(query, key, value, flash_attention, attn_logits_soft_cap)
    if None in (*query.shape, *key.shape, *value.shape):  # the extents are known at the call
        depth = query.shape[3] if value.shape[3] is None else value.shape[3]
        return symbolic((*query.shape[:3], depth), query.dtype)
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    if bias is None and mask is None and _fits_kernel(query, key, value):
        return attention(query, key, value, scale=float(scale), causal=bool(is_causal))
    heads = query.shape[2]
    q = transpose(query * scale, (0, 2, 1, 3))
    k, v = (transpose(_repeated(t, heads), (0, 2, 1, 3)) for t in (key, value))
    logits = matmul(q, k, tb=True)
    if bias is not None:
        logits = logits + tensor(bias, logits.dtype)
    allowed = _allowed(mask, is_causal, logits.shape)
    if allowed is not None:
        lowest = elementwise.like(logits, FAR_BELOW * float(limits(logits.dtype).max))
        logits = elementwise.where(allowed, logits, lowest)
    return transpose(matmul(softmax(logits, axis=3), v), (0, 2, 1, 3))


def _fits_kernel(query, key, value) -> bool:
    """Whether there are no half precision, no empty and no uneven extents."""
    whole = query.dtype in ("float32", "float64") and 0 not in (*query.shape, *key.shape)
    fit = (query.shape[0], query.shape[3]) == (key.shape[0], key.shape[3])
    return whole and fit and tuple(key.shape) == tuple(value.shape)


def _check(query, key, value, flash_attention, attn_logits_soft_cap):
    if not query.ndim == key.ndim == value.ndim == 4:
        raise ValueError(
            "`dot_product_attention` only supports 4D inputs. "
            f"Received: query.shape={query.shape}, key.shape={key.shape}, value.shape={value.shape}."
        )
    heads, shared, valued = (t.shape[2] for t in (query, key, value))
    if (None not in (heads, shared) and heads % shared) or (None not in (shared, valued) and shared != valued):
        raise ValueError(
            "The heads of `key` and `value` must be equal and divide those of `query`. "
            f"Received: query.shape={query.shape}, key.shape={key.shape}, value.shape={value.shape}."
        )
    if flash_attention:
        raise ValueError("There is no flash attention kernel here. Received: flash_attention=True")
    if attn_logits_soft_cap is not None:
        raise ValueError(f"The logits are not capped here. Received: attn_logits_soft_cap={attn_logits_soft_cap}")


def _repeated(x, heads: int):
    """Heads of keys or values, each repeated for the queries that share it."""
    b, s, n, h = x.shape
    if n == heads:
        return x
    return reshape(broadcast(expand_dims(x, 3), shape=(b, s, n, heads // n, h)), (b, s, heads, h))


def _allowed(mask, is_causal: bool, shape):
    """Which sources each target sees; None means all."""
    allowed = None if mask is None else cast(tensor(mask), "bool")
    if not is_causal:
        return allowed
    earlier = tensor(np.tril(np.ones(shape[2:], bool)))
    return earlier if allowed is None else elementwise.logical_and(allowed, earlier)
