"""`keras.ops.ctc_loss`: the probability of a label sequence over all its alignments."""

from __future__ import annotations

import numpy as np

from kerasnb.ops import arithmetic as ar
from kerasnb.ops.comparison import equal, less, logical_and, logical_or, not_equal
from kerasnb.ops.core import cast, convert_to_tensor, stop_gradient
from kerasnb.ops.creation import full, full_like
from kerasnb.ops.functions import exp, log
from kerasnb.ops.gather import one_hot
from kerasnb.ops.matrix import matmul
from kerasnb.ops.nn import log_softmax
from kerasnb.ops.reductions import max as largest
from kerasnb.ops.reductions import sum as total
from kerasnb.ops.shaping import concatenate, expand_dims, reshape, stack, transpose

__all__ = ["ctc_loss"]

_NEVER = -1e5  # stands for log(0), whose differences would be NaN


def ctc_loss(target, output, target_length, output_length, mask_index: int = 0):
    """CTC (connectionist temporal classification) loss.

    The forward recursion over time is unrolled, one short chain of operations for each step.
    Reference: [Graves et al., 2006](https://www.cs.toronto.edu/~graves/icml_2006.pdf)

    Args:
        target: Integer labels of shape `(batch_size, max_length)`.
        output: Logits of shape `(batch_size, time, num_classes)`.
        target_length: Integers of shape `(batch_size,)`, how many labels count.
        output_length: Integers of shape `(batch_size,)`, how many steps of time count.
        mask_index: The class that stands for "no label". Defaults to `0`.

    Returns:
        The negative logarithm of the probability of each label sequence, of shape `(batch_size,)`.

    Example:

    >>> loss = keras.ops.ctc_loss([[1]], [[[0.0, 0.0]]], [1], [1])
    >>> f"{loss.numpy()[0]:.4f}"
    '0.6931'
    """
    target, output = cast(convert_to_tensor(target), "int32"), convert_to_tensor(output)
    steps, states = output.shape[1], 2 * target.shape[1] + 1
    labels = _with_blanks(target, mask_index)
    # the log probability of each state's label at each step
    emitted = matmul(log_softmax(output), transpose(one_hot(labels, output.shape[2], dtype=output.dtype), (0, 2, 1)))
    place = convert_to_tensor(np.arange(states, dtype="int32").reshape(1, -1))
    skips = logical_and(not_equal(labels, _shifted(labels, 2, -1)), not_equal(labels, mask_index))
    never = full_like(emitted[:, 0], _NEVER)
    alpha = ar.where(less(place, 2), emitted[:, 0], never)
    length = expand_dims(cast(convert_to_tensor(output_length), "int32"), 1)
    for t in range(1, steps):
        paths = [alpha, _shifted(alpha, 1, _NEVER), ar.where(skips, _shifted(alpha, 2, _NEVER), never)]
        alpha = ar.where(less(convert_to_tensor(t), length), ar.add(_log_sum(stack(paths)), emitted[:, t]), alpha)
    end = ar.multiply(expand_dims(cast(convert_to_tensor(target_length), "int32"), 1), 2)
    last = logical_or(equal(place, end), equal(place, ar.subtract(end, 1)))
    return ar.negative(_log_sum(transpose(ar.where(last, alpha, never))))




def _with_blanks(target, blank: int):
    """`a b` becomes `_ a _ b _`."""
    gaps = full_like(target, blank)
    pairs = reshape(stack([gaps, target], axis=2), (target.shape[0], -1))
    return concatenate([pairs, gaps[:, :1]], axis=1)


def _shifted(x, by: int, value):
    """Columns moved to the right, with `value` in the first ones."""
    return concatenate([full((x.shape[0], by), value, dtype=x.dtype), x[:, :-by]], axis=1)


def _log_sum(xs):
    """`log(sum(exp(xs)))` over the first axis."""
    top = stop_gradient(largest(xs, axis=0))
    return ar.add(top, log(total(exp(ar.subtract(xs, expand_dims(top, 0))), axis=0)))
