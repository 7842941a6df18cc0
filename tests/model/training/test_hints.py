"""What errors of a training advise: targets that do not fit, models that return nothing, steps of another kind."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers, losses
from kerasnb.model.training import hints

IDS = np.arange(8) % 4
ONE_HOT = np.eye(4, dtype="float32")[IDS]
X = np.ones((8, 5), "float32")


def fitted(loss, targets, units=4):
    """Fits a model of one layer."""
    model = keras.Sequential([keras.Input((5,)), layers.Dense(units)])
    model.compile("sgd", loss)
    return model.fit(X, targets, verbose=0)


CASES = {
    "one-hot": ("sparse_categorical_crossentropy", ONE_HOT, "loss='categorical_crossentropy'"),
    "one-hot-object": (losses.SparseCategoricalCrossentropy(from_logits=True), ONE_HOT, "y.argmax(axis=-1)"),
    "ids": ("categorical_crossentropy", IDS, "keras.utils.to_categorical(y, 4)"),
    "column-of-ids": ("categorical_crossentropy", IDS[:, None], "loss='sparse_categorical_crossentropy'"),
    "ids-object": (losses.CategoricalCrossentropy(from_logits=True), IDS, "loss='sparse_categorical_crossentropy'"),
    "ids-function": (losses.categorical_crossentropy, IDS, "loss='sparse_categorical_crossentropy'"),
    "binary": ("binary_crossentropy", IDS % 2, "`Dense(1)`"),
    "one-column": ("mse", IDS, "4 columns, and its targets 1."),
    "columns": ("mse", ONE_HOT[:, :3], "4 columns, and its targets 3."),
    "classes": ("categorical_crossentropy", ONE_HOT[:, :3], "4 columns, and its targets 3."),
}


@pytest.mark.parametrize("name", CASES)
def test_targets_that_do_not_fit(name):
    """The error keeps its words, and a hint follows."""
    loss, targets, advice = CASES[name]
    with pytest.raises(ValueError, match="\nHint: The ") as found:
        fitted(loss, targets)
    assert advice in str(found.value).split("\nHint: ")[1]


def test_advice_mends():
    """What the hints advise trains."""
    fitted("categorical_crossentropy", ONE_HOT)
    fitted("sparse_categorical_crossentropy", ONE_HOT.argmax(axis=-1))
    fitted("sparse_categorical_crossentropy", IDS)
    fitted("categorical_crossentropy", keras.utils.to_categorical(IDS, 4))
    fitted("binary_crossentropy", IDS % 2, units=1)
    fitted("mse", ONE_HOT[:, :3], units=3)


def test_names_of_outputs():
    """Among several outputs the hint names the one that it is about; there is none where the reason is unclear."""
    inputs = keras.Input((5,))
    model = keras.Model(inputs, [layers.Dense(4, name="kind")(inputs), layers.Dense(1, name="size")(inputs)])
    model.compile("sgd", ["mse", "mse"])
    with pytest.raises(ValueError, match="Hint: The output 'kind' has 4 columns"):
        model.fit(X, [ONE_HOT[:, :3], IDS], verbose=0)
    assert hints.for_targets(losses.mean_squared_error, None, (8, 4), (8, 4)) == ""
    assert hints.for_targets(losses.mean_squared_error, None, (7, 3), (8, 4)) == ""
    assert hints.for_targets(losses.mean_squared_error, None, (), ()) == ""


class Silent(keras.Model):
    """A model whose call lacks its `return`."""

    def call(self, x):
        x * 2


class SilentLayer(layers.Layer):
    """A layer whose call lacks its `return`."""

    def call(self, x):
        x * 2


@pytest.mark.parametrize("method", ["fit", "evaluate", "predict"])
def test_models_that_return_nothing(method):
    """A `call` without `return` is found at its first use."""
    model = Silent()
    model.compile("sgd", "mse")
    arguments = (X,) if method == "predict" else (X, X)
    with pytest.raises(ValueError, match=r"Received: None\nHint: Does the `call\(\)` of the model"):
        getattr(model, method)(*arguments, verbose=0)


def test_layers_that_return_nothing():
    """A layer without `return` is found where it is put into a model, at its end and in its middle."""
    for rest in ([], [layers.Dense(2)], [layers.ReLU()]):
        with pytest.raises(ValueError, match=r"of layer 'quiet' \(of type SilentLayer\)\nHint: .* end with `return`"):
            keras.Sequential([keras.Input((5,)), SilentLayer(name="quiet"), *rest])
    with pytest.raises(ValueError, match=r"Got 'None'.*for layer 'd'\.\nHint: .* end with `return`"):
        layers.Dense(2, name="d")(SilentLayer()(keras.Input((5,))))


def stepping(step, **options):
    """A compiled model with a training step of its own."""
    inputs = keras.Input((5,))
    model = type("Stepping", (keras.Model,), {"train_step": step})(inputs, layers.Dense(1)(inputs))
    model.compile("sgd", "mse", **options)
    return model


@pytest.mark.parametrize("eagerly", [False, True])
def test_steps_of_another_kind(eagerly):
    """Steps as for Keras on JAX, and steps without results, are refused in words."""
    model = stepping(lambda self, state, data: ({}, state), run_eagerly=eagerly)
    with pytest.raises(TypeError, match=r"must take a batch: `def train_step\(self, data\)`.*GradientTape"):
        model.fit(X, IDS, verbose=0)
    for results in (None, 3.0, ({}, ())):
        model = stepping(lambda self, data, results=results: results, run_eagerly=eagerly)
        with pytest.raises(TypeError, match="`train_step` of Stepping must return a dict of results"):
            model.fit(X, IDS, verbose=0)


@pytest.mark.parametrize("eagerly", [False, True])
def test_steps_with_a_tape(eagerly, recwarn):
    """A step with `GradientTape` and metrics of its own trains as `fit` does."""

    def step(self, data):
        x, y = data
        with keras.backend.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(y=y, y_pred=y_pred)
        weights = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        for metric in self.metrics:
            metric.update_state(loss) if metric.name == "loss" else metric.update_state(y, y_pred)
        return {metric.name: metric.result() for metric in self.metrics}

    model = stepping(step, metrics=["mae"], run_eagerly=eagerly)
    plain = keras.models.clone_model(keras.Model(model.inputs, model.outputs))
    plain.set_weights(model.get_weights())
    plain.compile("sgd", "mse", metrics=["mae"])
    options = {"epochs": 2, "batch_size": 4, "shuffle": False, "verbose": 0}
    own, theirs = model.fit(X, IDS, **options).history, plain.fit(X, IDS, **options).history
    for name in ("loss", "mae"):
        np.testing.assert_allclose(own[name], theirs[name], rtol=1e-6)
    assert not recwarn.list


class Count(keras.metrics.Metric):
    """A metric whose result is its variable."""

    def __init__(self, name="count"):
        super().__init__(name=name)
        self.total = self.add_variable(shape=(), initializer="zeros", name="total")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign_add(keras.ops.cast(keras.ops.shape(y_true)[0], "float32"))

    def result(self):
        return self.total


@pytest.mark.parametrize("eagerly", [False, True])
def test_metrics_that_return_a_variable(eagerly, recwarn):
    """A metric may return its variable: it is read in the step, without a warning, and does not change later."""
    model = keras.Sequential([keras.Input((5,)), layers.Dense(1)])
    model.compile("sgd", "mse", metrics=[Count()], run_eagerly=eagerly)
    history = model.fit(X, IDS, epochs=3, batch_size=2, validation_data=(X[:6], IDS[:6]), verbose=0).history
    assert history["count"] == [8.0] * 3 and history["val_count"] == [6.0] * 3
    assert not recwarn.list
