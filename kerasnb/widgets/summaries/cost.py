"""How much a recorded call computes: floating-point operations, by hand-countable formulas.

A product that is added counts two, any other operation on an element one; what only moves numbers counts nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from kerasnb.backend.tensor.tensor import size_of

MOVES = {
    "reshape", "assign", "transpose", "slice", "unslice", "concatenate", "broadcast", "cast", "cast_bool",
    "cast_signed", "cast_unsigned", "copy", "stop_gradient", "take", "put", "take_along", "put_along", "one_hot",
    "bitcast", "real", "imag", "complex", "rows", "given_gradient", "choose", "random_bits",
}  # fmt: skip
# For each element of the largest array of the call: a softmax takes the greatest, subtracts, raises, adds and divides;
# a normalization adds for the mean, subtracts it, squares, adds, takes the factor, and the scale and offset if any.
EACH = {
    "softmax": 5, "log_softmax": 5, "softmax_grad": 4, "log_softmax_grad": 4, "normalize_rows": 5,
    "normalize_rows_grad": 9, "normalize_batch": 7, "normalize_batch_grad": 9, "sgd": 2, "sgd_momentum": 4,
    "rmsprop": 8, "adam": 12,
    "sparse_crossentropy_logits": 5, "crossentropy_logits": 7, "crossentropy_probabilities": 4,
}  # fmt: skip
UNIT_LSTM = 13  # for a unit in a step: 4 additions, 4 activations, 3 for the cell, 2 for the output
UNIT_GRU = 13  # 6 additions, 3 activations, 1 for the reset, 3 for the state
UNIT_SIMPLE = 2


def flops(record: Any) -> int:
    """The floating-point operations of one recorded call.

    Args:
        record: `Record` of an operation, with the shapes of its inputs and outputs.
    """
    name = record.op.name
    if name in MOVES or record.op.view:
        return 0
    if name in FORMULAS:
        return int(FORMULAS[name](record))
    return EACH.get(name, 1) * max((size_of(t.shape) for t in (*record.ins, *record.outs)), default=0)


def _active(record: Any) -> int:
    """One for each output that an activation changes."""
    return 0 if record.attrs.get("activation", "linear") == "linear" else size_of(record.outs[0].shape)


def _matmul(record: Any) -> int:
    inner = record.ins[0].shape[-2 if record.attrs.get("ta") else -1]
    return 2 * inner * size_of(record.outs[0].shape)


def _dense(record: Any) -> int:
    return _matmul(record) + size_of(record.outs[0].shape) + _active(record)


def _conv(record: Any) -> int:
    return 2 * size_of(record.outs[0].shape) * size_of(record.ins[1].shape[:-1])


def _conv_bias(record: Any) -> int:
    return _conv(record) + size_of(record.outs[0].shape) + _active(record)


def _conv_input(record: Any) -> int:
    return 2 * size_of(record.ins[0].shape) * size_of(record.ins[1].shape[:-1])


def _conv_kernel(record: Any) -> int:
    return 2 * size_of(record.ins[1].shape) * size_of(record.outs[0].shape[:-1])


def _pool(record: Any) -> int:
    return size_of(record.outs[0].shape) * size_of(record.attrs["window"])


def _pool_grad(record: Any) -> int:
    return size_of(record.ins[-1].shape) * size_of(record.attrs["window"])


def _attention(record: Any, products: int = 2) -> int:
    (batch, targets, heads, size), sources = record.ins[0].shape, record.ins[1].shape[1]
    scores = batch * heads * targets * sources
    return 2 * products * scores * size + 5 * scores


def _attention_grad(record: Any) -> int:
    return _attention(record, 5)


def _recurrent(each: int, per_unit: int) -> Callable:
    """Of a cell with `each` matrices of units by units: their products, and what each unit does in a step."""

    def count(record: Any) -> int:
        units = next(t.shape[0] for t in record.ins if len(t.shape) == 2 and t.shape[1] == each * t.shape[0])
        steps = max((t.shape for t in (*record.ins, *record.outs) if len(t.shape) == 3), key=math.prod)
        return steps[0] * steps[1] * units * (2 * each * units + per_unit)

    return count


def _normalized(record: Any) -> int:
    """Without the mean there are a sum and a difference less."""
    return (7 if record.attrs["centered"] else 5) * size_of(record.ins[0].shape)


def _normalized_grad(record: Any) -> int:
    return (13 if record.attrs["centered"] else 10) * size_of(record.ins[0].shape)


def _summed(record: Any) -> int:
    return size_of(record.ins[0].shape)


FORMULAS: dict[str, Callable[[Any], int]] = {
    "matmul": _matmul, "dense": _dense, "conv": _conv, "conv_bias": _conv_bias, "conv_input": _conv_input,
    "conv_kernel": _conv_kernel, "max_pool": _pool, "average_pool": _pool, "max_pool_grad": _pool_grad,
    "average_pool_grad": _pool_grad, "attention": _attention, "attention_grad": _attention_grad,
    "lstm": _recurrent(4, UNIT_LSTM), "lstm_grad": _recurrent(4, UNIT_LSTM), "gru": _recurrent(3, UNIT_GRU),
    "gru_grad": _recurrent(3, UNIT_GRU), "simple_rnn": _recurrent(1, UNIT_SIMPLE),
    "simple_rnn_grad": _recurrent(1, UNIT_SIMPLE), "sum": _summed, "normalize_scaled": _normalized,
    "normalize_scaled_grad": _normalized_grad,
}  # fmt: skip
