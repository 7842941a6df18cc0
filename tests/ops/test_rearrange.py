"""Patterns of axes, labels as rows of ones, and functions made to work on whole tensors, beside real Keras."""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np
import pytest

import kerasnb
from kerasnb import ops
from tests.ops.beside import check, check_shapes, close
from tests.ops.names import keras
from tests.samples.linalg import Numbers

_numbers = Numbers(13)
floats = _numbers.floats

# --- rearrange -------------------------------------------------------------------------------------

PATTERNS = [
    ("b h w c -> b c h w", {}),
    ("b h w c -> (b h) w c", {}),
    ("b h w c -> b (c h w)", {}),
    ("b (p h) (q w) c -> (b p q) h w c", {"p": 2, "h": 2, "q": 3, "w": 2}),
    ("b (h p) (w q) c -> b h w (c p q)", {"p": 2, "h": 2, "w": 2, "q": 3}),
    ("b h w c->c w h b", {}),
]


def test_rearrange():
    """Values and gradients are those of Keras for moved, split and merged axes."""

    def function(ops, x):
        return [ops.rearrange(x, pattern, **lengths) for pattern, lengths in PATTERNS]

    check(function, floats(2, 4, 6, 3))
    check_shapes(function, floats(2, 4, 6, 3))
    for (pattern, lengths), whole in zip(PATTERNS, function(ops, x := floats(2, 4, 6, 3)), strict=True):
        some = {k: v for k, v in lengths.items() if k in "pq"}  # the others are inferred
        np.testing.assert_array_equal(ops.rearrange(x, pattern, **some).numpy(), whole.numpy())
    x = kerasnb.KerasTensor((None, 4, None, 3))
    assert ops.rearrange(x, "b (h p) w c -> b h (w p) c", p=2).shape == (None, 2, None, 3)


@pytest.mark.parametrize(
    ("pattern", "lengths", "message"),
    [
        ("a b", {}, "must name each axis once on both sides"),
        ("a b -> a c", {}, "must name each axis once on both sides"),
        ("a a -> a a", {}, "must name each axis once"),
        ("a b c -> a b c", {}, "must name the 2 axes"),
        ("a (b c) -> a b c", {}, r"Cannot split an axis of extent 6 into \(b c\)"),
        ("a (b c) -> a b c", {"b": 4}, "Cannot split an axis of extent 6"),
        ("a b -> b a", {"a": 3}, "Cannot split an axis of extent 2"),
    ],
)
def test_rearrange_errors(pattern, lengths, message):
    """Patterns that do not fit are refused by name."""
    with pytest.raises(ValueError, match=message):
        ops.rearrange(np.ones((2, 6)), pattern, **lengths)


# --- multi_hot -------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 3, 5)])
def test_multi_hot(shape):
    """Values, dtypes and shapes are those of Keras wherever the new axis stands."""
    labels = np.random.default_rng(1).integers(-1, 5, shape).astype("int32")
    for axis in range(-1, len(shape) + 1 if len(shape) > 1 else 1):
        close(ops.multi_hot(labels, 4, axis=axis), keras().ops.multi_hot(labels, 4, axis=axis))
        check_shapes(lambda ops, x, axis=axis: ops.multi_hot(x, num_tokens=4, axis=axis, dtype="int32"), labels)
    assert ops.multi_hot(kerasnb.KerasTensor((None, 3), "int32"), 4).shape == (None, 4)


def test_multi_hot_errors():
    """The number of classes is needed, and the axis must be there."""
    with pytest.raises(ValueError, match="Argument `num_classes` must be specified"):
        ops.multi_hot([1, 2])
    with pytest.raises(ValueError, match="axis 2 is out of bounds for array of dimension 2"):
        ops.multi_hot([1, 2], 3, axis=2)
    with pytest.raises(ValueError, match="Sparse tensors are not supported"):
        ops.multi_hot([1, 2], 3, sparse=True)


# --- vectorize -------------------------------------------------------------------------------------


def test_vectorize():
    """Values and gradients are those of Keras: scalars broadcast, excluded arguments, axes of their own."""

    def function(ops, a, b, m, v):
        plain = ops.vectorize(lambda x, y: ops.sin(x) * y)
        keep = ops.vectorize(lambda x, y, k: x * y[0] + k, excluded={1, 2})
        product = ops.vectorize(ops.matmul, signature="(m,n),(n)->(m)")
        both = ops.vectorize(lambda x: (ops.sum(x), x * 2.0), signature="(n)->(),(n)")
        return [plain(a, b), plain(a[0, 0], 2.0), keep(a, v, 3.0), product(m, v), *both(a)]

    check(function, floats(2, 3), floats(3), floats(2, 2, 3), floats(3))
    check_shapes(function, floats(2, 3), floats(3), floats(2, 2, 3), floats(3))
    found = ops.vectorize(ops.matmul, signature="(m,n),(n)->(m)")(kerasnb.KerasTensor((None, 2, 3)), floats(3))
    assert found.shape == (None, 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ops.vectorize(3), "Expected argument `pyfunc` to be a callable"),
        (lambda: ops.vectorize(ops.add, signature="(m")(1.0), "not a valid gufunc signature"),
        (lambda: ops.vectorize(ops.add, signature="(m)->(m)")(1.0, 2.0), "is one of 1 arguments"),
        (lambda: ops.vectorize(ops.add, signature="(m),(m)->(m)")(1.0, [2.0]), "lacks axes"),
        (lambda: ops.vectorize(ops.add, signature="(m),(m)->(m)")([1.0] * 3, [2.0] * 2), "different extents: 3 and 2"),
    ],
)
def test_vectorize_errors(call, message):
    """What does not fit is refused by name."""
    with pytest.raises(ValueError, match=message):
        call()
