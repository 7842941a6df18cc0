"""Half precision, which Numba does not compute with on the CPU, is computed all the same."""

from __future__ import annotations

import numpy as np

import kerasnb as keras


def test_operations_on_float16():
    """float16 in gives float16 out, with NumPy's values."""
    x = np.linspace(-2, 2, 12).reshape(3, 4).astype("float16")
    for found, expected in (
        (keras.ops.relu(x) + 1.0, np.maximum(x, 0) + np.float16(1)),
        (keras.ops.matmul(x, x.T), x.astype("f") @ x.T.astype("f")),
        (keras.ops.sum(x, axis=1), x.astype("f").sum(1)),
        (keras.ops.exp(x), np.exp(x)),
    ):
        assert found.dtype == "float16"
        np.testing.assert_allclose(found.numpy(), expected, rtol=2e-3, atol=2e-3)


def test_mixed_float16_trains():
    """A model with float16 activations and float32 weights learns."""
    random = np.random.default_rng(0)
    x = random.standard_normal((128, 6)).astype("float32")
    y = (x[:, :1] > 0).astype("float32")
    hidden = keras.layers.Dense(8, activation="relu", dtype="mixed_float16")
    model = keras.Sequential([keras.Input((6,)), hidden, keras.layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy")
    assert model.layers[0].kernel.dtype == "float32"
    losses = model.fit(x, y, epochs=8, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
