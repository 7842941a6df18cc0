"""Metrics of models and of layers inside: collected, reported and reset."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers, metrics, ops

X, Y = np.ones((8, 3), "f"), np.ones((8, 1), "f")


class Counting(layers.Layer):
    """Counts the samples it sees."""

    def __init__(self):
        super().__init__()
        self.count = metrics.Sum(name="count")

    def call(self, inputs):
        self.count.update_state(ops.ones_like(inputs[:, 0]))
        return inputs


class Model(keras.Model):
    """A model with a metric of its own, and layers with theirs."""

    def __init__(self):
        super().__init__()
        self.inner = keras.Sequential([Counting(), layers.Dense(1)])
        self.own = metrics.Mean(name="own")

    def call(self, inputs):
        self.own.update_state(ops.sum(inputs))
        return self.inner(inputs)


def made(**options):
    model = Model()
    model.compile("sgd", "mse", metrics=["mae"], **options)
    return model


@pytest.mark.parametrize("eagerly", [False, True])
def test_metrics_are_reset_before_each_epoch(eagerly):
    """The case: three epochs of eight samples count eight each time, and so does validation."""
    history = made(run_eagerly=eagerly).fit(X, Y, batch_size=4, epochs=3, validation_data=(X, Y), verbose=0).history
    assert history["count"] == history["val_count"] == [8, 8, 8]
    assert history["own"] == [12, 12, 12]
    assert set(history) == {f"{when}{name}" for when in ("", "val_") for name in ("loss", "mae", "own", "count")}


def test_evaluate_reports_them_in_order():
    """The loss, those of `compile`, the model's own, then those of layers; each call resets them."""
    model = made()
    for _ in range(2):
        found = model.evaluate(X, Y, batch_size=4, verbose=0)
    assert found[2:] == [12, 8]
    assert found == list(model.evaluate(X, Y, batch_size=4, verbose=0, return_dict=True)[k]
                         for k in ("loss", "mae", "own", "count"))  # fmt: skip
    assert [m.name for m in model.metrics] == model.metrics_names == ["loss", "compile_metrics", "own", "count"]


def test_metrics_of_a_model_that_is_not_compiled():
    """Only its own and those inside; results are by name."""
    model = Model()
    model(X)
    assert [m.name for m in model.metrics] == ["own", "count"]
    assert {k: float(v) for k, v in model.get_metrics_result().items()} == {"own": 24, "count": 8}
    model.reset_metrics()
    assert float(model.own.result()) == 0


def test_results_can_be_asked_for_in_a_step():
    """`get_metrics_result` is part of a step of one's own."""

    class Own(Model):
        def train_step(self, data):
            super().train_step(data)
            return self.get_metrics_result()

    model = Own()
    model.compile("sgd", "mse")
    assert model.fit(X, Y, batch_size=4, verbose=0, epochs=2).history["count"] == [8, 8]


def test_metrics_that_a_model_lists_itself():
    """A `metrics` of one's own decides what is reset."""

    class Own(Model):
        @property
        def metrics(self):
            return [self.own]

        def train_step(self, data):
            self.own.update_state(ops.sum(data[0]))
            return {"own": self.own.result()}

    model = Own()
    model.compile("sgd")
    assert model.fit(X, Y, batch_size=4, verbose=0, epochs=2).history == {"own": [12, 12]}


def test_losses_of_outputs_come_after_compiled_metrics():
    """With several outputs each has its mean loss."""

    class Two(keras.Model):
        def __init__(self):
            super().__init__()
            self.a, self.b, self.own = layers.Dense(1), layers.Dense(1), metrics.Mean(name="own")

        def call(self, inputs):
            self.own.update_state(ops.sum(inputs))
            return [self.a(inputs), self.b(inputs)]

    model = Two()
    model.compile("sgd", "mse", metrics=[["mae"], ["mae"]])
    model.evaluate(X, [Y, Y], verbose=0)
    assert model.metrics_names == ["loss", "compile_metrics", "mse_loss", "mse_loss_1", "own"]
