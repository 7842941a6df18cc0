"""Every family of operations on inputs that are not nice: NaN, infinities, no elements, odd strides, wrong indices."""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np
import pytest

import kerasnb
from kerasnb import ops
from tests.ops.names import keras
from tests.seeded import RANDOM

NAN, INF = np.nan, np.inf


def f(*shape):
    return RANDOM.uniform(-2, 2, shape).astype("float32")


AT = np.array([2, 0, -1], "int32")
ONES = np.ones((4, 2), "int32")
# A representative of each family: a function of (ops, x), and a shape of x.
FAMILIES = {
    "elementwise": (lambda ops, x: ops.tanh(x) * x + ops.maximum(x, 0.5), (4, 6)),
    "compare": (lambda ops, x: (x > 0.5, ops.equal(x, x), ops.sign(x)), (4, 6)),
    "where": (lambda ops, x: ops.where(x > 0, x, 0.0), (4, 6)),
    "sum": (lambda ops, x: (ops.sum(x, axis=0), ops.sum(x, axis=-1), ops.mean(x, axis=-1)), (4, 6)),
    "largest": (lambda ops, x: (ops.max(x, axis=-1, initial=-9.0), ops.any(x > 1, axis=0)), (4, 6)),
    "matmul": (lambda ops, x: ops.matmul(x, ops.transpose(x)), (4, 6)),
    "gather": (lambda ops, x: (ops.take(x, AT, axis=1), ops.take_along_axis(x, ONES[: x.shape[0]], axis=1)), (4, 6)),
    "scatter": (lambda ops, x: ops.segment_sum(x, np.array([0, 2, 1, 2]), 3), (4, 6)),
    "scan": (lambda ops, x: (ops.cumsum(x, axis=0), ops.cumprod(x, axis=1)), (4, 6)),
    "sort": (lambda ops, x: (ops.sort(x, axis=0), ops.sort(x)), (4, 6)),
    "move": (lambda ops, x: ops.concatenate([ops.transpose(x), ops.flip(ops.transpose(x))], axis=0), (4, 6)),
    "pad": (lambda ops, x: ops.pad(x, ((1, 0), (0, 2))), (4, 6)),
    "softmax": (lambda ops, x: (ops.softmax(x), ops.log_softmax(x, axis=0)), (4, 6)),
    "crossentropy": (lambda ops, x: ops.categorical_crossentropy(x * 0.0 + 0.5, x, from_logits=True), (4, 6)),
    "conv": (lambda ops, x: ops.conv(x, np.ones((2, 3, 5), "f"), padding="same"), (4, 6, 3)),
    "pool": (lambda ops, x: (ops.max_pool(x, 2, 2), ops.average_pool(x, 2, 2)), (4, 6, 3)),
    "normalize": (lambda ops, x: (ops.layer_normalization(x), ops.rms_normalization(x)), (4, 6)),
    "attention": (lambda ops, x: ops.dot_product_attention(x, x, x), (2, 4, 2, 6)),
    "associative": (lambda ops, x: ops.associative_scan(lambda a, b: a + b, x), (4, 6)),
}  # fmt: skip


def flat(thing) -> list:
    return [leaf for part in thing for leaf in flat(part)] if isinstance(thing, (list, tuple)) else [thing]


def check(name, x):
    """Keras' values, NaN and infinities where it has them."""
    call = FAMILIES[name][0]
    expected = flat(call(keras().ops, keras().ops.convert_to_tensor(np.ascontiguousarray(x))))
    for ours, theirs in zip(flat(call(ops, ops.convert_to_tensor(x))), expected, strict=True):
        np.testing.assert_allclose(ours.numpy(), np.asarray(theirs), rtol=3e-5, atol=2e-5, err_msg=name)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FAMILIES)
def test_special_numbers(name):
    """NaN, infinities, zeros of both signs, small and large numbers (JAX flushes the smallest ones to zero)."""
    x = f(*FAMILIES[name][1])
    x.flat[[1, 7, 13]] = NAN, INF, -INF
    x.flat[[2, 8, 14]] = 0.0, -0.0, 1e-37
    x.flat[20] = 3.0 if name == "scan" else 3e38  # products of runs overflow in another order
    check(name, x)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(set(FAMILIES) - {"scatter"}))
def test_no_elements(name):
    """A first axis of no extent gives what Keras gives, in its shape."""
    check(name, f(0, *FAMILIES[name][1][1:]))


@pytest.mark.parametrize("name", FAMILIES)
def test_strides(name):
    """Arrays that lie backwards, transposed, far apart, or on top of each other in memory are read as they look."""
    shape = FAMILIES[name][1]
    wide = f(*(3 * e for e in shape))
    check(name, wide[tuple(slice(None, None, -3) for _ in shape)])
    check(name, np.asfortranarray(f(*shape)))
    check(name, np.broadcast_to(f(*shape[-1:]), shape))
    far = np.lib.stride_tricks.as_strided(np.zeros(1 << 21, "float32"), shape, (1 << 20, *(4,) * (len(shape) - 1)))
    check(name, far)


def test_more_elements_than_a_row_of_shares():
    """A long axis, and many short rows, are reduced and sorted as a whole."""
    x = f(3, 20011)
    for y in (x, x.T):
        np.testing.assert_allclose(ops.sum(y, axis=-1).numpy(), y.sum(-1, dtype="float64"), rtol=1e-4, atol=1e-3)
        np.testing.assert_array_equal(ops.sort(y, axis=0).numpy(), np.sort(y, 0))
        np.testing.assert_array_equal(ops.argmax(y, axis=0).numpy(), y.argmax(0))


BAD = [np.array([0, 9], "int32"), np.array([-5], "int32")]


@pytest.mark.parametrize("at", BAD, ids=["above", "below"])
def test_reading_out_of_range_is_refused(at):
    """An index out of range is refused by name, before memory is touched; slices are moved inside, as in Keras."""
    x = f(4, 3)
    for call in (lambda: ops.take(x, at, axis=0), lambda: ops.take_along_axis(x, np.repeat(at[:, None], 3, 1), axis=0)):
        with pytest.raises(ValueError, match="`indices` must be between -4 and 3"):
            call()
    with pytest.raises(IndexError, match="out of bounds for an axis of extent 4"):
        ops.convert_to_tensor(x)[int(at[-1])]
    for start in ([at[-1], 0], [-1, 1]):
        for given in (start, ops.convert_to_tensor(start)):
            expected = keras().ops.slice(x, np.array(start), (2, 2))
            np.testing.assert_array_equal(ops.slice(x, given, (2, 2)).numpy(), expected)
            expected = keras().ops.slice_update(x, np.array(start), np.ones((2, 2), "f"))
            np.testing.assert_array_equal(ops.slice_update(x, given, np.ones((2, 2), "f")).numpy(), expected)


@pytest.mark.parametrize("at", BAD, ids=["above", "below"])
def test_writing_out_of_range_is_dropped(at):
    """An update out of range changes nothing, as in Keras; no class is hot for a label out of range."""
    x, rows = f(4, 3), f(at.size, 3)
    for call in (
        lambda ops: ops.scatter_update(ops.convert_to_tensor(x), at[:, None], rows),
        lambda ops: ops.scatter_update(ops.convert_to_tensor(x), at[:, None], rows, reduction="add"),
        lambda ops: ops.scatter(at[:, None], ops.convert_to_tensor(rows), (4, 3)),
        lambda ops: ops.segment_sum(ops.convert_to_tensor(rows), at, 3),
        lambda ops: ops.one_hot(at, 4),
    ):
        np.testing.assert_allclose(call(ops).numpy(), call(keras().ops), rtol=1e-6)


@pytest.mark.parametrize("name", ["normal", "uniform", "randint", "dropout", "shuffle"])
def test_random_of_nothing(name):
    """Random numbers of an empty shape are none; what is dropped of NaN or infinities is zero."""
    random = kerasnb.random
    x = np.array([[NAN, INF], [-INF, 0.0]] * 50, "float32")
    made = {
        "normal": lambda: random.normal((0, 3), seed=1),
        "uniform": lambda: random.uniform((0, 3), seed=1),
        "randint": lambda: random.randint((0, 3), 0, 5, seed=1),
        "shuffle": lambda: random.shuffle(np.zeros((0, 3), "f"), seed=1),
        "dropout": lambda: random.dropout(x, 0.5, seed=1),
    }[name]()
    if name == "dropout":
        assert (made.numpy() == 0).sum() > 50 and np.isnan(made.numpy()).any()
    else:
        assert made.shape == (0, 3)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("wanted", ["bool", "uint8", "int8", "int32", "uint32", "float16", "bfloat16", "float32"])
def test_saturate_cast(wanted):
    """Numbers that do not fit become the nearest that do, from every dtype."""
    for given in (np.array([-3e38, -300.7, -1, 0, 1.5, 300, 3e38], "float32"), np.array([-300, -1, 2, 70000], "int32")):
        if given.dtype == "int32" and wanted in ("bfloat16", "float32"):
            continue  # Keras clips integers at the ends of a float: it gives the smallest integer for all of them
        found, expected = ops.saturate_cast(given, wanted), keras().ops.saturate_cast(given, wanted)
        # the last float32 below 2**31 for int32, where XLA's own cast saturates once more
        np.testing.assert_allclose(found.numpy().astype("float64"), np.asarray(expected).astype("float64"), rtol=1e-6)
