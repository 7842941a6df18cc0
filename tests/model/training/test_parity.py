"""Training agrees with real Keras: same weights, same data order, same losses."""

from __future__ import annotations

import os

import numpy as np
import pytest

import kerasnb
from tests.seeded import RANDOM

os.environ["KERAS_BACKEND"] = "jax"
import keras as real

X = RANDOM.standard_normal((160, 8)).astype("float32")
CLASSES = RANDOM.integers(0, 4, 160)
NUMBERS = (X[:, :2] @ RANDOM.standard_normal((2, 1))).astype("float32")


def model_of(keras, last: int, activation):
    layers = keras.layers
    hidden = [layers.Dense(16, activation="relu"), layers.Dense(12, activation="tanh")]
    return keras.Sequential([keras.Input((8,)), *hidden, layers.Dense(last, activation)])


CASES = {
    "sparse rmsprop": (4, "softmax", "sparse_categorical_crossentropy", "rmsprop", ["accuracy"], CLASSES),
    "categorical adam": (4, "softmax", "categorical_crossentropy", "adam", ["accuracy"], np.eye(4, dtype="f")[CLASSES]),
    "binary sgd": (1, "sigmoid", "binary_crossentropy", "sgd", ["accuracy"], (CLASSES > 1).astype("f")[:, None]),
    "regression adam": (1, None, "mse", "adam", ["mae"], NUMBERS),
}


def pair(case: str):
    """The same compiled model in both packages, with the same weights."""
    last, activation, loss, optimizer, metrics, y = CASES[case]
    ours, theirs = model_of(kerasnb, last, activation), model_of(real, last, activation)
    ours.set_weights(theirs.get_weights())
    for model in (ours, theirs):
        model.compile(optimizer=optimizer, loss=loss, metrics=metrics)
    return ours, theirs, y


@pytest.mark.parametrize("case", CASES)
def test_twenty_steps(case):
    """Losses and metrics of 20 steps, and the weights after them, agree."""
    ours, theirs, y = pair(case)
    for step in range(20):
        rows = slice(8 * step, 8 * step + 8)
        found = ours.train_on_batch(X[rows], y[rows])
        expected = theirs.train_on_batch(X[rows], y[rows])
        np.testing.assert_allclose(found, [float(e) for e in expected], rtol=2e-4, atol=2e-5)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("case", CASES)
def test_fit_history_evaluate_predict(case):
    """fit without shuffling, with validation and a shorter last batch, gives Keras' history."""
    ours, theirs, y = pair(case)
    arguments = {"batch_size": 30, "epochs": 2, "validation_split": 0.2, "shuffle": False, "verbose": 0}
    found, expected = ours.fit(X, y, **arguments).history, theirs.fit(X, y, **arguments).history
    assert list(found) == list(expected)
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-3, atol=1e-4, err_msg=name)
    np.testing.assert_allclose(ours.evaluate(X, y, verbose=0), theirs.evaluate(X, y, verbose=0), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(ours.predict(X, verbose=0), theirs.predict(X, verbose=0), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("weights", ["class_weight", "sample_weight"])
def test_weights_of_samples(weights):
    """Class and sample weights enter the loss as in Keras."""
    ours, theirs, y = pair("sparse rmsprop")
    given = {0: 0.5, 1: 2.0, 3: 1.5} if weights == "class_weight" else RANDOM.random(160).astype("f")
    arguments = {"batch_size": 32, "epochs": 1, "shuffle": False, "verbose": 0, weights: given}
    found, expected = ours.fit(X, y, **arguments).history, theirs.fit(X, y, **arguments).history
    np.testing.assert_allclose(found["loss"], expected["loss"], rtol=1e-3)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-3, atol=2e-4)


def test_regularizers_enter_the_loss():
    """Losses of layers are part of the total and of the gradient."""

    def build(keras):
        layer = keras.layers.Dense(3, kernel_regularizer="l2", activity_regularizer=keras.regularizers.L1(0.01))
        model = keras.Sequential([keras.Input((8,)), layer, keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        return model

    ours, theirs = build(kerasnb), build(real)
    ours.set_weights(theirs.get_weights())
    arguments = {"batch_size": 40, "epochs": 2, "shuffle": False, "verbose": 0}
    found, expected = ours.fit(X, NUMBERS, **arguments).history, theirs.fit(X, NUMBERS, **arguments).history
    np.testing.assert_allclose(found["loss"], expected["loss"], rtol=1e-4)


@pytest.mark.parametrize("case", CASES)
def test_eager_equals_recorded(case):
    """`run_eagerly=True` and the plan agree to float32 rounding."""
    last, activation, loss, optimizer, metrics, y = CASES[case]
    histories = []
    start = None
    for eager in (False, True):
        model = model_of(kerasnb, last, activation)
        start = start or model.get_weights()
        model.set_weights(start)
        model.compile(optimizer=optimizer, loss=loss, metrics=metrics, run_eagerly=eager)
        histories.append(model.fit(X, y, batch_size=32, epochs=2, shuffle=False, verbose=0).history)
    for name in histories[0]:
        np.testing.assert_allclose(histories[0][name], histories[1][name], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("case", ["sparse rmsprop", "categorical adam", "binary sgd"])
def test_crossentropy_is_chosen_by_shapes(case):
    """The name "crossentropy" means the one that targets and outputs need."""
    last, activation, loss, optimizer, _, y = CASES[case]
    histories = []
    start = None
    for name in (loss, "crossentropy"):
        model = model_of(kerasnb, last, activation)
        start = start or model.get_weights()
        model.set_weights(start)
        model.compile(optimizer, name)
        histories.append(model.fit(X, y, shuffle=False, verbose=0).history)
    np.testing.assert_allclose(histories[0]["loss"], histories[1]["loss"], rtol=1e-6)
