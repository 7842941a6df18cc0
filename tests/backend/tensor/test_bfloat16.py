"""bfloat16: numbers are stored in it and computed in float32; what comes out is what Keras on JAX gives."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import numpy as np
import pytest

import kerasnb
from kerasnb import ops
from kerasnb.backend.autodiff.tape import GradientTape
from tests.ops.names import keras
from tests.seeded import RANDOM


def f(*shape, low=-2.0):
    return RANDOM.uniform(low, 2.0, shape).astype("float32")


LABELS = np.array([1, 0], "int32")
# A representative of each family: the function, and its float arguments, which are cast.
FAMILIES = {
    "elementwise": (lambda ops, x, y: x * y - ops.exp(x) / 3.0, f(3, 4), f(4)),
    "comparison": (lambda ops, x, y: (x > y, ops.isfinite(x)), f(3), f(3)),
    "where": (lambda ops, x: ops.where(x > 0, x, 0.1), f(5)),
    "cast": (lambda ops, x: (ops.cast(x, "int32"), ops.cast(x, "float32"), ops.cast(x, "bool")), f(5)),
    "activation": (lambda ops, x: (ops.gelu(x), ops.sigmoid(x), ops.leaky_relu(x)), f(7)),
    "reduce": (lambda ops, x: (ops.sum(x, axis=0), ops.mean(x), ops.max(x, axis=1)), f(3, 5)),
    "moments": (lambda ops, x: (ops.var(x, axis=1), ops.std(x)), f(3, 5)),
    "matmul": (lambda ops, x, y: ops.matmul(x, y), f(3, 8), f(8, 4)),
    "einsum": (lambda ops, x, y: ops.einsum("bij,bjk->bik", x, y), f(2, 3, 4), f(2, 4, 2)),
    "gather": (lambda ops, x: ops.take(x, LABELS, axis=0), f(3, 2)),
    "scatter": (lambda ops, x: ops.segment_sum(x, LABELS, 2), f(2, 3)),
    "move": (lambda ops, x: ops.transpose(ops.pad(ops.concatenate([x, x[:1]]), 1)), f(2, 3)),
    "scan": (lambda ops, x: ops.cumsum(x, axis=0), f(6, 2)),
    "sort": (lambda ops, x: (ops.sort(x), ops.argsort(x), *ops.top_k(x, 2)), f(3, 6)),
    "softmax": (lambda ops, x: (ops.softmax(x), ops.log_softmax(x)), f(3, 6)),
    "crossentropy": (lambda ops, x: ops.sparse_categorical_crossentropy(LABELS, x, from_logits=True), f(2, 3)),
    "conv": (lambda ops, x, k: ops.conv(x, k, padding="same"), f(1, 5, 5, 2), f(3, 3, 2, 3)),
    "pool": (lambda ops, x: (ops.max_pool(x, 2, 2), ops.average_pool(x, 2, 2)), f(1, 4, 4, 2)),
    "normalize": (lambda ops, x, g: ops.layer_normalization(x, g), f(2, 6), f(6)),
    "attention": (lambda ops, q, k, v: ops.dot_product_attention(q, k, v), f(1, 3, 2, 4), f(1, 3, 2, 4), f(1, 3, 2, 4)),
    "saturate": (lambda ops, x: ops.saturate_cast(x * 300, "uint8"), f(5)),
    "nan_to_num": (lambda ops, x: ops.nan_to_num(x / 0.0), np.array([1, -1, 0], "float32")),
    "scan of rows": (lambda ops, x: ops.scan(lambda c, r: (c + r, c * r), x[0], x), f(4, 3)),
}


def flat(thing) -> list:
    return [leaf for part in thing for leaf in flat(part)] if isinstance(thing, (list, tuple)) else [thing]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
@pytest.mark.parametrize("name", FAMILIES)
def test_families(name, dtype):
    """Every family of operations gives Keras' values, to the precision of the dtype, in Keras' dtype."""
    call, *arrays = FAMILIES[name]
    expected = flat(call(keras().ops, *(keras().ops.cast(a, dtype) for a in arrays)))
    found = flat(call(ops, *(ops.cast(a, dtype) for a in arrays)))
    rough = {"bfloat16": 2e-2, "float16": 3e-3}[dtype]
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.dtype == str(theirs.dtype)
        wanted = np.asarray(theirs).astype("float32")
        np.testing.assert_allclose(ours.numpy().astype("float32"), wanted, rtol=rough, atol=rough)


def test_gradient():
    """Gradients have the dtype of what they belong to."""
    x, w = (keras().ops.cast(a, "bfloat16") for a in (f(3, 4), f(4, 2)))
    expected = jax.grad(lambda x, w: keras().ops.sum(keras().ops.tanh(x @ w)), (0, 1))(x, w)
    given = [ops.cast(np.asarray(a, "float32"), "bfloat16") for a in (x, w)]
    with GradientTape() as tape:
        y = ops.sum(ops.tanh(given[0] @ given[1]))
    for ours, theirs in zip(tape.gradient(y, given), expected, strict=True):
        assert ours.dtype == "bfloat16"
        np.testing.assert_allclose(ours.numpy().astype("f"), np.asarray(theirs, "float32"), rtol=2e-2, atol=2e-2)


def test_promotion():
    """All pairs of dtypes, and numbers of Python, are promoted as Keras does."""
    theirs, ours = keras().backend.result_type, kerasnb.backend.result_type
    names = ["bool", "uint8", "uint16", "uint32", "int8", "int16", "int32", "bfloat16", "float16", "float32"]
    kinds = [*names, int, float]  # JAX has no 64 bits
    pairs = list(itertools.product(kinds, kinds))
    assert [ours(*p).replace("int64", "int32") for p in pairs] == [theirs(*p) for p in pairs]


def test_values_go_in_and_out():
    """Numbers, lists and arrays become bfloat16, rounded to the nearest, and arrays of it are taken as they are."""
    x = ops.convert_to_tensor([1.0, 1.00390625, 3.0e38, 1 / 3], dtype="bfloat16")
    assert x.dtype == "bfloat16" and x.numpy().dtype.name == "bfloat16"
    assert ops.cast(x, "float32").tolist() == [1.0, 1.0, 3.00405527047391e38, 0.333984375]
    assert ops.convert_to_tensor(x.numpy()).dtype == "bfloat16"
    assert float(x[0]) == 1.0 and (x + 1).dtype == "bfloat16" and (x * np.float32(2)).dtype == "float32"


def test_mixed_bfloat16_trains():
    """A model with bfloat16 activations and float32 weights learns; one with bfloat16 weights does too."""
    x = RANDOM.standard_normal((64, 6)).astype("float32")
    y = (x[:, :1] > 0).astype("float32")
    for policy in ("mixed_bfloat16", "bfloat16"):
        hidden = kerasnb.layers.Dense(8, activation="relu", dtype=policy)
        model = kerasnb.Sequential([kerasnb.Input((6,)), hidden, kerasnb.layers.Dense(1, activation="sigmoid")])
        model.compile(kerasnb.optimizers.SGD(0.5), "binary_crossentropy")
        losses = model.fit(x, y, epochs=5, verbose=0).history["loss"]
        assert losses[-1] < losses[0]
    assert hidden.kernel.dtype == "bfloat16"


def test_weights_are_saved(tmp_path):
    """Weights in bfloat16 come back as they were."""
    made = [kerasnb.Sequential([kerasnb.Input((3,)), kerasnb.layers.Dense(2, dtype="bfloat16")]) for _ in range(2)]
    made[0].save_weights(tmp_path / "w.weights.h5")
    made[1].load_weights(tmp_path / "w.weights.h5")
    first, second = (m.layers[0].kernel.numpy() for m in made)
    np.testing.assert_array_equal(first.astype("f"), second.astype("f"))


def test_it_is_loaded_on_first_use():
    """`import kerasnb` does not load ml_dtypes; the first bfloat16 does, and says what to install if it is missing."""
    code = (
        "import sys, kerasnb; assert 'ml_dtypes' not in sys.modules; sys.modules['ml_dtypes'] = None\n"
        "try: kerasnb.ops.cast(1.0, 'bfloat16')\nexcept ImportError as e: print(e)"
    )
    text = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "pip install ml_dtypes" in text
