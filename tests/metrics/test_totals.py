"""Totals of metrics over many batches: what rounding takes is not lost, and the state is that of Keras."""

from __future__ import annotations

import keras as real
import numpy as np
import pytest

import kerasnb as keras
from kerasnb import ops


def test_a_mean_of_many_batches():
    """Two thousand additions of 0.1 to a total, which a plain float32 total gets wrong in its fifth digit."""
    metric = keras.metrics.Mean()
    for _ in range(2000):
        metric.update_state(np.full(1, 0.1, "float32"))
    assert float(metric.result()) == pytest.approx(float(np.float32(0.1)), rel=1.2e-7)


def test_counting_beyond_the_digits_of_float32():
    """A count of 2 ** 24 still grows by one."""
    metric = keras.metrics.Mean()
    metric.count.assign(2.0**24)
    for _ in range(64):
        metric.update_state(0.0)
    assert float(metric.count) == 2.0**24 + 64


@pytest.mark.filterwarnings("ignore:Explicitly requested dtype")  # Keras asks JAX for int64
@pytest.mark.parametrize("name", ["Mean", "Sum", "R2Score", "AUC", "FalsePositives", "Precision", "F1Score", "MeanIoU"])
def test_the_state_is_that_of_keras(name):
    """Variables have the number, shapes and names of Keras, so that saved states fit."""
    args = {"num_classes": 2} if name == "MeanIoU" else {}
    states = []
    for module in (keras, real):
        metric = getattr(module.metrics, name)(**args)
        y = np.array([[1.0], [0.0], [1.0]], "float32")
        metric.update_state(*([y] if name in ("Mean", "Sum") else [y, y * 0.5 + 0.2]))
        states.append([(v.name, tuple(v.shape), v.dtype) for v in metric.variables])
    assert states[0] == states[1]


def test_totals_may_be_assigned():
    """After a reset, or an assignment by hand, nothing of the past remains."""
    metric = keras.metrics.Mean()
    for _ in range(1000):
        metric.update_state(np.full(1, 1e6 + 0.1, "float32"))
    for variable in metric.variables:
        variable.assign(ops.zeros_like(variable.value))
    metric.update_state(np.full(1, 1e-6, "float32"))
    assert float(metric.result()) == pytest.approx(1e-6, rel=1e-6)
    metric.reset_state()
    metric.update_state([1.0, 3.0])
    assert float(metric.result()) == 2.0


def test_infinity_stays():
    """A total that has become infinite is so until it is reset."""
    metric = keras.metrics.Sum()
    for value in (1.0, np.inf, 2.0, 3.0):
        metric.update_state(value)
    assert float(metric.result()) == np.inf
    metric.reset_state()
    metric.update_state(2.0)
    assert float(metric.result()) == 2.0


def test_a_replayed_epoch():
    """The loss of an epoch of thousands of replayed steps."""
    x = np.full((4000, 1), 0.1, "float32")
    model = keras.Sequential([keras.layers.Dense(1, kernel_initializer="ones", trainable=False)])
    model.compile(optimizer=keras.optimizers.SGD(0.0), loss="mae", metrics=["mse"])
    found = model.fit(x, x * 0, batch_size=1, epochs=1, verbose=0).history
    assert found["loss"][0] == pytest.approx(float(np.float32(0.1)), rel=1.2e-7)
    assert found["mse"][0] == pytest.approx(float(np.float32(0.1) ** 2), rel=2.4e-7)
