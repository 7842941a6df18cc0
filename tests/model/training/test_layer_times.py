"""Layer times: every layer of a step stands there, in both directions, and measuring changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw

X, Y = np.ones((8, 4), "float32"), np.zeros((8, 1), "float32")


def model(**options):
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(16, name="first"), keras.layers.Dropout(0.5), keras.layers.Dense(1, name="last")]
    model = keras.Sequential([keras.Input((4,)), *layers], name="net")
    model.compile("adam", "mse", metrics=["mae"], **options)
    return model


def test_layers_in_order():
    """Layers with weights have a forward and a backward pass; the rest of the step comes last."""
    times = kw.layer_times(model(), X, Y, repeats=3)
    names = [t.layer for t in times.layers]
    assert names[0] == "net/first"
    assert names[-2:] == ["net/last", "loss, metrics, optimizer"]
    assert all(t.forward > 0 and t.backward > 0 for t in times.layers if t.layer in ("net/first", "net/last"))
    assert times.step > 0
    assert str(times).splitlines()[-1].startswith("step")


def test_nothing_changes():
    """Training goes on as if nobody had measured."""
    measured, other = model(), model()
    for one in (measured, other):
        one.train_on_batch(X, Y)
    before = [v.numpy() for v in (*measured.variables, *measured.optimizer.variables)]
    kw.layer_times(measured, X, Y, repeats=2)
    for value, v in zip(before, (*measured.variables, *measured.optimizer.variables), strict=True):
        np.testing.assert_array_equal(value, v.numpy())
    assert measured.train_on_batch(X, Y) == other.train_on_batch(X, Y)


def test_eager_models_are_refused():
    """There are no recorded calls to measure."""
    with pytest.raises(ValueError, match="runs eagerly"):
        kw.layer_times(model(run_eagerly=True), X, Y)
