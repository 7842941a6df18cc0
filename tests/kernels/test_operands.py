"""Operands of fused kernels that do not fit each other are refused: a kernel reads them without looking at extents."""

from __future__ import annotations

import numpy as np
import pytest

from kerasnb import ops
from kerasnb.ops.nn.dense import dense
from kerasnb.ops.nn.normalization import normalize_batch
from kerasnb.ops.nn.recurrent import gru, lstm, simple_rnn


def ones(*shape):
    return np.ones(shape, "float32")


X, QUERY = ones(2, 3, 4), ones(2, 3, 2, 4)
WRONG = {
    "dense, more inputs": (lambda: dense(ones(2, 3, 5), ones(3, 4), ones(4)), "inner dimensions"),
    "dense, fewer inputs": (lambda: dense(ones(2, 3, 1), ones(3, 4), ones(4), "relu"), "inner dimensions"),
    "dense, bias": (lambda: dense(ones(2, 3), ones(3, 4), ones(3)), "bias"),
    "lstm, kernel": (lambda: lstm(X, ones(2, 5), ones(2, 5), None, ones(3, 20), ones(5, 20), ones(20)), "inner"),
    "lstm, recurrent kernel": (
        lambda: lstm(X, ones(2, 5), ones(2, 5), None, ones(4, 20), ones(5, 16), ones(20)),
        "recurrent kernel",
    ),
    "lstm, bias": (lambda: lstm(X, ones(2, 5), ones(2, 5), None, ones(4, 20), ones(5, 20), ones(12)), "bias"),
    "lstm, batch of a state": (
        lambda: lstm(X, ones(1, 5), ones(2, 5), None, ones(4, 20), ones(5, 20), ones(20)),
        "initial state",
    ),
    "gru, state": (lambda: gru(X, ones(2, 4), None, ones(4, 15), ones(5, 15), ones(2, 15)), "initial state"),
    "gru, mask": (lambda: gru(X, ones(2, 5), np.ones((2, 2), bool), ones(4, 15), ones(5, 15), ones(2, 15)), "mask"),
    "simple, state": (lambda: simple_rnn(X, ones(3, 5), None, ones(4, 5), ones(5, 5), ones(5)), "initial state"),
    "attention, more keys than queries": (lambda: ops.dot_product_attention(QUERY, *[ones(3, 5, 2, 4)] * 2), "3"),
    "attention, fewer": (lambda: ops.dot_product_attention(ones(3, 3, 2, 4), *[ones(2, 5, 2, 4)] * 2), "3"),
    "batch normalization": (lambda: normalize_batch(X, -1, ones(3), ones(4)), "3"),
    "layer normalization": (lambda: ops.layer_normalization(X, ones(3), ones(3)), "3"),
}


@pytest.mark.parametrize("name", WRONG)
def test_operands_that_do_not_fit(name):
    """The error says what was expected, or the shapes."""
    call, match = WRONG[name]
    with pytest.raises(ValueError, match=match):
        call()


def test_queries_of_one_memory():
    """Keys and values of a batch of one are those of all queries."""
    query, memory = np.random.default_rng(0).random((3, 4, 2, 4), "float32"), ones(1, 5, 2, 4)
    expected = ops.dot_product_attention(query, *[np.repeat(memory, 3, 0)] * 2)
    np.testing.assert_allclose(ops.dot_product_attention(query, memory, memory), expected, rtol=1e-6)
