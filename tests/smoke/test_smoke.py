"""A little of everything, in a few seconds: for each set of versions that is supported.

`make oldest` runs it with the packages of oldest.txt, and the ordinary tests with the newest ones.
"""

from __future__ import annotations

import pathlib
import re
import tomllib

import numpy as np
import pytest

import kerasnb as keras
from kerasnb.backend.compile import jit, numba_internals
from kerasnb.ops.nn.recurrent import lstm
from tests.seeded import RANDOM

ROOT = pathlib.Path(__file__).parents[2]


def numbers(*shape) -> np.ndarray:
    """Normal numbers."""
    return RANDOM.standard_normal(shape).astype("float32")


def model(**options):
    """A small network with state of its own besides its weights."""
    keras.utils.set_random_seed(7)
    layers = [keras.layers.Dense(16, "relu"), keras.layers.Dropout(0.25), keras.layers.Dense(3, "softmax")]
    network = keras.Sequential([keras.Input((5,)), *layers])
    network.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy", metrics=["accuracy"], **options)
    return network


@pytest.fixture
def data() -> tuple:
    """Rows of three classes that a line can tell apart."""
    y = np.arange(96, dtype="int32") % 3
    return numbers(96, 5) + 2 * np.eye(5, dtype="float32")[y], y


def on_both(function) -> list:
    """The results of a function on the compiled device and on the reference."""
    results = []
    for device in ("cpu", "numpy"):
        with keras.device(device):
            results.append(function().numpy())
    return results


def test_the_oldest_versions_are_the_lower_bounds():
    """What is tested here is what pyproject.toml allows."""
    pins = dict(re.findall(r"^(\w+)==([\d.]+)$", (ROOT / "tests/smoke/oldest.txt").read_text(), re.MULTILINE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    bounds = dict(re.match(r"(\w+)>=([\d.]+)", line).groups() for line in project["dependencies"])
    assert pins.keys() == bounds.keys()
    for name, version in pins.items():
        assert re.fullmatch(re.escape(bounds[name]) + r"(\.0)*", version), name


def test_numba_is_as_it_is_known():
    """All internals that kerasnb uses are there, and do what they must."""
    jit.numba()
    assert not numba_internals._broken


def test_training_learns(data):
    """The loss falls, and most rows are told apart."""
    history = model().fit(*data, batch_size=16, epochs=12, validation_split=0.25, verbose=0).history
    assert history["loss"][-1] < 0.8 * history["loss"][0] and history["val_accuracy"][-1] > 0.5


def test_a_plan_gives_the_numbers_of_the_eager_step(data):
    """Recorded and replayed or step by step: the same losses and weights, dropout included."""
    networks = [model(), model(run_eagerly=True)]
    losses = [n.fit(*data, batch_size=32, epochs=2, shuffle=False, verbose=0).history["loss"] for n in networks]
    np.testing.assert_allclose(*losses, rtol=1e-5)
    for planned, eager in zip(*(n.get_weights() for n in networks), strict=True):
        np.testing.assert_allclose(planned, eager, rtol=1e-4, atol=1e-6)


def test_a_saved_model_goes_on(data, tmp_path):
    """A model that was saved and loaded predicts the same, and its next step is the same."""
    network = model()
    network.fit(*data, batch_size=32, verbose=0)
    network.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(network.predict(data[0], verbose=0), again.predict(data[0], verbose=0))
    losses = [n.fit(*data, batch_size=96, shuffle=False, verbose=0).history["loss"] for n in (network, again)]
    np.testing.assert_allclose(*losses, rtol=1e-6)


def test_saved_weights_come_back(data, tmp_path):
    """Weights alone, in an HDF5 file."""
    network, other = model(), model()
    network.fit(*data, verbose=0)
    other.fit(*data, verbose=0)
    network.save_weights(tmp_path / "model.weights.h5")
    other.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_array_equal(network.predict(data[0], verbose=0), other.predict(data[0], verbose=0))


def test_predictions_are_those_of_the_formula(data):
    """Two products, a ramp and a softmax, written in NumPy."""
    network = model()
    w, b, v, c = network.get_weights()
    z = np.maximum(data[0] @ w + b, 0) @ v + c
    expected = np.exp(z - z.max(1, keepdims=True))
    expected /= expected.sum(1, keepdims=True)
    np.testing.assert_allclose(network.predict(data[0], verbose=0), expected, rtol=1e-4, atol=1e-6)


def test_dropout_draws_anew_and_follows_the_seed():
    """Each call drops other units; after the same seed, the same ones."""
    x = np.ones((4, 64), "float32")

    def masks():
        keras.utils.set_random_seed(3)
        layer = keras.layers.Dropout(0.5)
        return [layer(x, training=True).numpy() for _ in range(2)]

    first, second = masks()
    assert (first != second).any() and set(np.unique(first)) == {0.0, 2.0}
    np.testing.assert_array_equal(masks(), [first, second])


def test_convolution_and_its_gradient():
    """The compiled kernels agree with the reference."""
    x, w = numbers(2, 9, 9, 3), numbers(3, 3, 3, 40)

    def gradient():
        variable = keras.Variable(w)
        with keras.backend.GradientTape() as tape:
            loss = keras.ops.sum(keras.ops.square(keras.ops.conv(x, variable, strides=2, padding="same")))
        return tape.gradient(loss, variable)

    np.testing.assert_allclose(*on_both(lambda: keras.ops.conv(x, w, padding="valid")), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(*on_both(gradient), rtol=1e-4, atol=1e-3)


def test_lstm():
    """A recurrent network over a few steps."""
    x, h, c, w, u = numbers(3, 6, 4), numbers(3, 9), numbers(3, 9), numbers(4, 36), numbers(9, 36)
    np.testing.assert_allclose(*on_both(lambda: lstm(x, h, c, None, w, u, None)[0]), rtol=1e-4, atol=1e-5)


def test_operators_and_dtypes():
    """What stands on NumPy's types: promotion, bfloat16, indexing, sums, sorting."""
    x = keras.ops.convert_to_tensor(np.arange(12).reshape(3, 4))
    assert (x.dtype, (x + 0.5).dtype, (x > 3).dtype) == ("int64", "float32", "bool")
    half = keras.ops.cast([1.0, 1.00390625, 3.0], "bfloat16")
    assert half.numpy().astype("float32").tolist() == [1.0, 1.0, 3.0]
    assert x[1:, ::-2].numpy().tolist() == [[7, 5], [11, 9]] and float(keras.ops.sum(x)) == 66
    assert keras.ops.sort(x, axis=0).numpy().tolist() == x.numpy().tolist()


def test_what_people_read(data, capsys):
    """The summary, and the lines of progress."""
    network = model()
    network.summary()
    network.fit(*data, verbose=1)
    text = capsys.readouterr().out
    assert "Total params: 147 (588.00 B)" in text and "3/3" in text
