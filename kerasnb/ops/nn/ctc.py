"""Connectionist temporal classification: `ctc_loss` sums over alignments, `ctc_decode` searches labels."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.tensor.dtypes import result_type
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels.beam_search import beam_search
from kerasnb.ops.arguments import symbolic
from kerasnb.ops.core import cast, convert_to_tensor, stop_gradient
from kerasnb.ops.nn.labels import one_hot
from kerasnb.ops.nn.softmax import log_softmax
from kerasnb.ops.numpy.creation import full, full_like
from kerasnb.ops.numpy.elementwise.arithmetic import add, multiply, negative, subtract
from kerasnb.ops.numpy.elementwise.comparison import equal, greater_equal, less, not_equal
from kerasnb.ops.numpy.elementwise.exponents import exp, log
from kerasnb.ops.numpy.elementwise.extremes import minimum
from kerasnb.ops.numpy.elementwise.logic import logical_and, logical_not, logical_or
from kerasnb.ops.numpy.elementwise.selection import where
from kerasnb.ops.numpy.indexing import take_along_axis
from kerasnb.ops.numpy.joining import concatenate, stack
from kerasnb.ops.numpy.products import matmul
from kerasnb.ops.numpy.reductions import argmax
from kerasnb.ops.numpy.reductions import max as largest
from kerasnb.ops.numpy.reductions import sum as total
from kerasnb.ops.numpy.shapes import expand_dims, reshape, transpose
from kerasnb.ops.numpy.sorting import argsort
from kerasnb.ops.operation import operation

__all__ = ["ctc_decode", "ctc_loss"]

_NEVER = -1e5  # stands for log(0), whose differences would be NaN


@operation("CTCLoss", "mask_index")
def ctc_loss(
    target: TensorLike, output: TensorLike, target_length: TensorLike, output_length: TensorLike, mask_index: int = 0
) -> Tensor:
    """CTC (connectionist temporal classification) loss.

    The forward recursion over time is unrolled, one short chain of operations for each step.
    Reference: [Graves et al., 2006](https://www.cs.toronto.edu/~graves/icml_2006.pdf)

    Args:
        target: Integer labels of shape `(batch_size, max_length)`.
        output: Logits of shape `(batch_size, time, num_classes)`.
        target_length: Integers of shape `(batch_size,)`, the number of labels that count.
        output_length: Integers of shape `(batch_size,)`, the number of time steps that count.
        mask_index: The class that stands for "no label". Defaults to `0`.

    Returns:
        The negative logarithm of the probability of each label sequence, of shape `(batch_size,)`, in float32 or
        wider; about 1e5 where the labels do not fit into the time.

    Raises:
        ValueError: If a rank does not fit, or `mask_index` is not one of the classes.

    Example:

    >>> loss = keras.ops.ctc_loss([[1]], [[[0.0, 0.0]]], [1], [1])
    >>> f"{loss.numpy()[0]:.4f}"
    '0.6931'
    """
    target, output = cast(convert_to_tensor(target), "int32"), convert_to_tensor(output)
    output = cast(output, result_type(output.dtype, "float32"))
    _check_ranks(target, output)
    if None in (*target.shape, *output.shape):  # the number of unrolled steps is known at the call
        batch = output.shape[0] if target.shape[0] is None else target.shape[0]
        return symbolic((batch,), output.dtype)
    blank = _blank(mask_index, output.shape[2])
    labels = _with_blanks(target, blank)
    steps, states = output.shape[1], labels.shape[1]
    # the log probability of each state's label at each step; a label outside the classes is never emitted
    hot = transpose(one_hot(labels, output.shape[2], dtype=output.dtype), (0, 2, 1))
    known = logical_and(greater_equal(labels, 0), less(labels, output.shape[2]))
    emitted = add(matmul(log_softmax(output), hot), expand_dims(_log_of(known, output.dtype), 1))
    place = convert_to_tensor(np.arange(states, dtype="int32").reshape(1, -1))
    skips = logical_and(not_equal(labels, _shifted(labels, 2, -1)), not_equal(labels, blank))
    skips = _log_of(skips, output.dtype)
    alpha = add(_log_of(less(place, 1), output.dtype), full_like(skips, 0))
    length = _lengths(output_length, steps)
    for t in range(steps):
        paths = [alpha, _shifted(alpha, 1, _NEVER), add(skips, _shifted(alpha, 2, _NEVER))]
        alpha = where(less(t, length), add(_log_sum(stack(paths)), emitted[:, t]), alpha)
    end = multiply(_lengths(target_length, target.shape[1]), 2)
    last = logical_or(equal(place, end), equal(place, subtract(end, 1)))
    return negative(_log_sum(transpose(add(alpha, _log_of(last, output.dtype)))))


def _blank(mask_index, classes: int) -> int:
    """The class that stands for "no label", counted from the front."""
    if not isinstance(mask_index, (int, np.integer)) or not -classes <= mask_index < classes:
        raise ValueError(
            f"Argument `mask_index` must be an integer from {-classes} to {classes - 1}, one of the {classes} classes. "
            f"Received: mask_index={mask_index}"
        )
    return int(mask_index) % classes


def _check_ranks(target, output) -> None:
    if target.ndim != 2 or output.ndim != 3:
        raise ValueError(
            "Arguments `target` and `output` must have shapes `(batch_size, max_length)` and `(batch_size, time, "
            f"num_classes)`. Received: target.shape={tuple(target.shape)}, output.shape={tuple(output.shape)}"
        )


def _lengths(lengths, most: int):
    """The numbers of steps or labels that count, as a column, clipped to their number."""
    return minimum(expand_dims(cast(convert_to_tensor(lengths), "int32"), 1), most)


def _log_of(condition, dtype: str):
    """The logarithm of 1 where a condition holds, and of (almost) 0 elsewhere."""
    return multiply(cast(logical_not(condition), dtype), _NEVER)


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
    return add(top, log(total(exp(subtract(xs, expand_dims(top, 0))), axis=0)))


# --- decoding ----------------------------------------------------------------------------------------


@operation("CTCDecode", "strategy", "beam_width", "top_paths", "merge_repeated", "mask_index", trials=True)
def ctc_decode(
    inputs: TensorLike,
    sequence_lengths: TensorLike,
    strategy: str = "greedy",
    beam_width: int = 100,
    top_paths: int = 1,
    merge_repeated: bool = True,
    mask_index: int | None = 0,
) -> tuple[Tensor, Tensor]:
    """Decodes the output of a CTC model.

    Args:
        inputs: Logits of shape `(batch_size, time, num_classes)`.
        sequence_lengths: Integers of shape `(batch_size,)`, the number of time steps that count.
        strategy: `"greedy"` (default), the likeliest class of each step, or `"beam_search"`, the likeliest labels.
        beam_width: Integer, the number of prefixes that the search keeps. Defaults to `100`.
        top_paths: Integer, the number of label sequences that the search returns. Defaults to `1`.
        merge_repeated: Boolean, whether the greedy strategy merges repeats. Defaults to `True`.
        mask_index: The class that stands for "no label"; `None` for the last one. Defaults to `0`.

    Returns:
        Tuple of labels, int32 of shape `(paths, batch_size, time)` filled up with `-1`, and of scores of shape
        `(batch_size, paths)`: minus the sum of the largest logits (greedy), or log probabilities (beam search).

    Raises:
        ValueError: If `strategy` is unknown, or `mask_index` is not one of the classes.

    Example:

    >>> logits = np.array([[[0.0, 9.0, 0.0], [0.0, 9.0, 0.0], [9.0, 0.0, 0.0], [0.0, 0.0, 9.0]]])
    >>> labels, scores = keras.ops.ctc_decode(logits, [4])
    >>> labels.tolist()
    [[[1, 2, -1, -1]]]
    """
    x = convert_to_tensor(inputs)
    x = cast(x, result_type(x.dtype, "float32"))
    lengths = cast(convert_to_tensor(sequence_lengths), "int32")
    blank = _blank(-1 if mask_index is None else mask_index, x.shape[2])
    if strategy == "greedy":
        return _greedy(x, lengths, merge_repeated, blank)
    if strategy == "beam_search":
        return beam_search(log_softmax(x), lengths, blank=blank, width=beam_width, top=top_paths)
    raise ValueError(f"Invalid strategy {strategy}. Supported values are 'greedy' and 'beam_search'.")


def _greedy(x, lengths, merge_repeated: bool, blank: int):
    """The likeliest class of each step, repeats merged, blanks dropped."""
    steps = convert_to_tensor(np.arange(x.shape[1], dtype="int32").reshape(1, -1))
    over = greater_equal(steps, expand_dims(lengths, 1))
    labels = where(over, blank, cast(argmax(x, axis=-1), "int32"))
    scores = where(over, 0.0, largest(x, axis=-1))
    dropped = equal(labels, blank)
    if merge_repeated:
        again = equal(labels[:, 1:], labels[:, :-1])
        dropped = logical_or(dropped, concatenate([dropped[:, :1], again], axis=1))
    order = argsort(where(dropped, x.shape[1], steps), axis=1)
    labels = take_along_axis(where(dropped, -1, labels), order, axis=1)
    return expand_dims(labels, 0), negative(total(scores, axis=1, keepdims=True))
