"""Results of a step by name: metrics that return dicts, own steps with nested results, and validation by weights."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers, metrics, ops

X = np.linspace(-1, 1, 30, dtype="float32").reshape(10, 3)
Y = np.ones((10, 1), "float32")


class Extremes(metrics.Metric):
    """Two values."""

    def __init__(self, name="extremes"):
        super().__init__(name=name)
        self.low = self.add_variable((), "zeros", name="low")
        self.high = self.add_variable((), "zeros", name="high")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.low.assign(ops.minimum(self.low, ops.min(y_pred)))
        self.high.assign(ops.maximum(self.high, ops.max(y_pred)))

    def result(self):
        return {"low": self.low + 0.0, "high": self.high + 0.0}


def model(eagerly: bool, **options):
    made = keras.Sequential([keras.Input((3,)), layers.Dense(1, kernel_initializer="ones")])
    made.compile(keras.optimizers.SGD(0.0), "mse", run_eagerly=eagerly, **options)
    return made


@pytest.mark.parametrize("eagerly", [False, True])
def test_a_metric_with_a_dict_of_results(eagerly):
    """Each value is reported by its own name, by every call."""
    made = model(eagerly, metrics=[Extremes(), "mae"])
    low, high = float(X.sum(axis=1).min()), float(X.sum(axis=1).max())
    history = made.fit(X, Y, batch_size=4, epochs=2, validation_data=(X[:5], Y[:5]), verbose=0).history
    assert set(history) == {f"{v}{n}" for v in ("", "val_") for n in ("loss", "mae", "low", "high")}
    np.testing.assert_allclose(history["low"], [low, low], rtol=1e-6)
    np.testing.assert_allclose(history["high"], [high, high], rtol=1e-6)
    np.testing.assert_allclose(history["val_high"], [X[:5].sum(axis=1).max().clip(0)] * 2, rtol=1e-6)
    for found in (
        made.evaluate(X, Y, batch_size=4, verbose=0, return_dict=True),
        made.train_on_batch(X, Y, return_dict=True),
        made.test_on_batch(X, Y, return_dict=True),
    ):
        np.testing.assert_allclose([found["low"], found["high"]], [low, high], rtol=1e-6)
    assert len(made.evaluate(X, Y, verbose=0)) == len(made.train_on_batch(X, Y)) == 4


class Nested(keras.Model):
    """A step of its own, whose results are nested."""

    def train_step(self, data):
        total = ops.sum(data[0])
        return {"sums": {"once": total, "twice": 2 * total}, "count": ops.size(data[0]), "both": [total, -total]}


@pytest.mark.parametrize("eagerly", [False, True])
def test_nested_results_of_an_own_step(eagerly):
    """Dicts lend the names inside them; a list numbers its values."""
    made = Nested()
    made.compile(run_eagerly=eagerly)
    found = made.fit(X[:4] + 1, Y[:4], verbose=0).history
    total = float((X[:4] + 1).sum())
    wanted = {"both_0": total, "both_1": -total, "count": 12, "once": total, "twice": 2 * total}
    assert list(found) == list(wanted)
    np.testing.assert_allclose([v[0] for v in found.values()], list(wanted.values()), rtol=1e-6)


@pytest.mark.parametrize("given", ["class_weight", "sample_weight"])
def test_weights_of_classes_are_for_training_alone(given):
    """The part that `validation_split` takes keeps the weights of samples, and has none of classes, as in Keras."""
    labels, classes = np.arange(10) % 2, {0: 1.0, 1: 5.0}
    weights = np.array([classes[c] for c in labels])
    made = keras.Sequential([keras.Input((3,)), layers.Dense(2, "softmax", kernel_initializer="ones")])
    made.compile(keras.optimizers.SGD(0.0), "sparse_categorical_crossentropy")
    options = {given: {"class_weight": classes, "sample_weight": weights}[given]}
    history = made.fit(X, labels, validation_split=0.3, batch_size=10, verbose=0, **options).history
    np.testing.assert_allclose(history["loss"], [np.log(2) * weights[:7].mean()], rtol=1e-5)
    expected = np.log(2) * (weights[7:].mean() if given == "sample_weight" else 1)
    np.testing.assert_allclose(history["val_loss"], [expected], rtol=1e-5)
