"""Steps of training: metrics, half precision, Python code, interrupts, arguments."""

from __future__ import annotations

import contextlib
import io
import signal
import warnings

import keras as judge
import numpy as np
import pytest

import kerasnb as keras
from kerasnb.model.training import interrupt
from tests.differences import difference

X, Y = np.ones((8, 3), "float32"), np.ones((8, 1), "float32")


# --- numbers of metrics and losses


@difference
def half_precision_metrics():
    """Counts go beyond 2,048; results are of the dtype that was asked for."""
    found = []
    for library in (keras, judge):
        metric = library.metrics.Mean(dtype="float16")
        with np.errstate(over="ignore"):
            metric.update_state(np.ones(70_000, "float32"))
        assert str(metric.result().dtype) == "float16"
        found.append((float(metric.result()), {str(v.dtype) for v in metric.variables}))
    assert found[0] == (1.0, {"float32"})
    assert np.isnan(found[1][0]) and found[1][1] == {"float16"}


@difference
def totals_of_metrics():
    """One sample more is counted behind 16,777,216 others."""
    found = []
    for library in (keras, judge):
        metric = library.metrics.Mean()
        metric.count.assign(2.0**24)
        metric.total.assign(2.0**24)
        for _ in range(20):
            metric.update_state(1.0)
        found.append((float(metric.count), float(metric.total)))
    assert found == [(2.0**24 + 20, 2.0**24 + 20), (2.0**24, 2.0**24)]


@difference
def half_precision_losses():
    """The mean of 70,000 errors of 1 is 1."""
    y, p = np.zeros((70_000, 1), "float16"), np.ones((70_000, 1), "float16")
    for name in ("MeanSquaredError", "MeanAbsoluteError"):
        ours, theirs = (getattr(m.losses, name)(dtype="float16")(y, p) for m in (keras, judge))
        assert ours.dtype == "float16" and float(ours) == 1.0
        assert np.isnan(float(theirs))


# --- metrics inside of models


def counting(library, nested: bool):
    """A model that counts its samples in `call`, or has such a model inside."""

    class Counting(library.Model):
        def __init__(self):
            super().__init__()
            self.dense, self.seen = library.layers.Dense(1), library.metrics.Sum(name="seen")

        def build(self, shape):
            self.dense.build(shape)

        def call(self, x):
            self.seen.update_state(library.ops.ones_like(x[:, 0]))
            return self.dense(x)

    class Around(library.Model):
        def __init__(self):
            super().__init__()
            self.inner = Counting()

        def build(self, shape):
            self.inner.build(shape)

        def call(self, x):
            return self.inner(x)

    made = Around() if nested else Counting()
    made.build((None, 3))
    made.compile("sgd", "mse")
    return made


@difference
def metrics_in_calls():
    """They count each epoch anew, whoever owns them."""
    for nested in (False, True):
        history = counting(keras, nested).fit(X, Y, batch_size=4, epochs=2, verbose=0).history
        assert history["seen"] == [8, 8]
    with pytest.raises(TypeError):
        counting(judge, False).fit(X, Y, batch_size=4, verbose=0)
    theirs = counting(judge, True)
    assert set(theirs.fit(X, Y, batch_size=4, verbose=0).history) == {"loss"}
    assert float(theirs.inner.seen.result()) == 0


# --- Python in a step


def linear(library, loss="mse", *layers):
    made = library.Sequential([library.Input((3,)), *(layers or [library.layers.Dense(1)])])
    made.compile("sgd", loss)
    return made


@difference
def recorded_twice():
    """The second batch of a kind is recorded to be compared with the first."""
    found = []
    for library in (keras, judge):
        calls = []

        def loss(y, p, library=library, calls=calls):
            calls.append(1)
            return library.ops.mean(library.ops.square(y - p))

        made = linear(library, loss)
        made.build((None, 3))
        for _ in range(2):
            made.fit(X, Y, batch_size=1, verbose=0)
        found.append(len(calls))
    assert found == [3, 2]  # one of each is the symbolic call


@difference
def python_state():
    """A layer that multiplies by the number of its calls."""
    found = []
    for library in (keras, judge):

        class Counted(library.layers.Layer):
            calls = 0

            def call(self, x):
                self.calls += 1
                return x * float(self.calls)

        made = linear(library, "mse", Counted())
        made.layers[-1].calls = 0
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            losses = [float(made.train_on_batch(X, 0 * X)) for _ in range(4)]
        found.append((losses, sum("runs eagerly" in str(w.message) for w in seen)))
    assert found == [([1, 4, 9, 16], 1), ([4, 4, 4, 4], 0)]


@difference
def denormals():
    """1e-40 times 1e10: kept by single operations, nothing in a recorded step."""
    x = np.full((4, 3), 1e-40, "float32")
    for library in (keras, judge):

        class Large(library.layers.Layer):
            def call(self, x):
                return x * np.float32(1e10)

        assert not linear(library, "mse", Large()).predict(x, verbose=0).any()
        alone = np.asarray(Large()(x))
        np.testing.assert_allclose(alone, 1e-30 if library is keras else 0, rtol=1e-5)


def interrupted(library) -> list:
    """What callbacks see from the second epoch on, in whose second batch an interrupt arrives."""
    seen: list = []

    class Interrupting(library.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            if len(seen) == 5:
                signal.raise_signal(signal.SIGINT)

        def on_train_batch_end(self, batch, logs=None):
            seen.append(batch)

        def on_train_end(self, logs=None):
            seen.append("end")

    made = linear(library)
    try:
        made.fit(X, Y, batch_size=2, epochs=3, verbose=0, callbacks=[Interrupting()])
    except KeyboardInterrupt:
        seen.append("raised")
    assert len(made.history.history["loss"]) == 1
    return seen[4:]


@difference
def interrupts():
    """The batch ends, callbacks hear of the end, and then the script ends; in a cell only the second one is raised."""
    ended = [0, 1, "end"]
    assert interrupted(keras) == [*ended, "raised"]
    assert interrupted(judge) == [0, "raised"]
    outside, interrupt._cell = interrupt._cell, lambda: "a cell"
    try:
        with contextlib.redirect_stdout(io.StringIO()) as said:
            assert interrupted(keras) == ended
        assert interrupt.MESSAGE in said.getvalue()
        assert interrupted(keras) == [*ended, "raised"]
    finally:
        interrupt._cell = outside
        interrupt._cells.clear()


# --- arguments


def ignored(library):
    """Calls whose last argument Keras takes and then leaves alone."""
    ones, layers = np.ones(2, "float32"), library.layers
    return {
        "colour": lambda: layers.InputLayer((2,), colour="red"),
        "lora_alpha": lambda: layers.Dense(2, lora_alpha=2.0),
        "precision": lambda: library.ops.einsum("i->", ones, precision="high"),
        "kind": lambda: library.ops.multi_hot([1], 2, kind="red"),
        "module_objects": lambda: library.saving.deserialize_keras_object("relu", module_objects={}),
        "epsilon": lambda: library.callbacks.ReduceLROnPlateau(epsilon=1.0),
        "include_optimizer": lambda: linear(library).save("model.keras", include_optimizer=False),
    }


@difference
def ignored_arguments():
    """Each error names the argument."""
    theirs = ignored(judge)
    for name, call in ignored(keras).items():
        with pytest.raises((ValueError, TypeError), match=name):
            call()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs[name]()


@difference
def arguments_of_compile():
    """Each is named."""
    for name, value in (("loss_weights", ["accuracy"]), ("steps_per_execution", 0)):
        with pytest.raises(ValueError, match=f"`{name}`"):
            linear(keras).compile("sgd", "mse", **{name: value})
        theirs = linear(judge)
        theirs.compile("sgd", "mse", **{name: value})
        with pytest.raises((ValueError, TypeError)):
            theirs.fit(X, Y, verbose=0)
