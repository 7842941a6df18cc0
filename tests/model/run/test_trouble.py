"""Where a loss became not finite: the first value in the order of the calculation, and nothing changes."""

from __future__ import annotations

import contextlib
import gc
import warnings

import numpy as np
import pytest

import kerasnb as keras
from kerasnb.model.run import facts
from kerasnb.model.run.snapshots import Snapshot, metrics_of, variables_of

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(96, 4)).astype("float32")
Y = X[:, :1].copy()
FIT = {"epochs": 2, "batch_size": 8, "verbose": 0}


class Log(keras.layers.Layer):
    """The logarithm: not finite for what is not positive."""

    def call(self, x):
        return keras.ops.log(x)


class Root(keras.layers.Layer):
    """The root of squares: finite everywhere, but its gradient is not at 0."""

    def call(self, x):
        return keras.ops.sqrt(keras.ops.square(x))


def make(*layers, optimizer=None, loss="mse") -> keras.Model:
    keras.utils.set_random_seed(5)
    model = keras.Sequential([keras.Input((4,)), *layers])
    model.compile(optimizer or keras.optimizers.SGD(0.01), loss)
    return model


def fit(model, x=X, y=Y, **arguments):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        model.fit(x, y, **FIT | arguments)
    return [str(w.message) for w in said]


def dense(name="hidden", **arguments):
    return keras.layers.Dense(3, name=name, **arguments)


def test_a_value_in_the_data():
    """The input of the batch, the number of values, and the place in training, although batches are shuffled."""
    x = X.copy()
    x[50, 2] = np.nan
    model = make(dense(), keras.layers.Dense(1))
    np.random.seed(6)
    said = fit(model, x)
    trouble = model.run.trouble
    np.random.seed(6)
    order = np.random.permutation(96)
    assert trouble["where"] == "x" and trouble["kind"] == "input" and (trouble["bad"], trouble["size"]) == (1, 32)
    assert (trouble["epoch"], trouble["batch"]) == (0, int(np.flatnonzero(order == 50)[0]) // 8)
    assert any("The loss is not finite" in text for text in said)


def test_an_activation():
    """The layer whose output is the first one that is not finite, after layers that are fine."""
    model = make(dense("first", activation="relu"), Log(name="log"), dense("last"), keras.layers.Dense(1))
    fit(model, shuffle=False)
    trouble = model.run.trouble
    assert (trouble["where"], trouble["kind"], trouble["batch"], trouble["value"]) == ("log", "activation", 0, "-inf")
    assert [v["where"] for v in trouble["order"] if v["kind"] == "activation"][:2] == ["first", "log"]


def test_the_loss():
    """Outputs that are finite, a loss that is not."""
    model = make(dense(), keras.layers.Dense(1, bias_initializer=keras.initializers.Constant(1e30)))
    fit(model)
    assert model.run.trouble["where"] == "loss" and model.run.trouble["value"] == "inf"


def test_a_gradient():
    """The loss of this batch is finite; its gradient spoils the weights, which the next batch shows."""
    zero = {"kernel_initializer": "zeros", "bias_initializer": "zeros"}
    model = make(dense("zero", **zero), Root(name="root"), keras.layers.Dense(1))
    fit(model)
    trouble = model.run.trouble
    assert (trouble["epoch"], trouble["batch"], trouble["kind"]) == (0, 0, "gradient")
    assert trouble["where"] == "gradient of zero/bias" and trouble["value"] == "nan"


def test_a_learning_rate_that_is_too_large():
    """The numbers grow from batch to batch; the largest sizes stand in their order."""
    model = make(dense(), keras.layers.Dense(1), optimizer=keras.optimizers.SGD(50.0))
    fit(model)
    trouble = model.run.trouble
    sizes = {v["where"]: v["largest"] for v in trouble["order"] if v["kind"] == "activation"}
    assert trouble["kind"] in ("loss", "gradient", "activation") and sizes["hidden"] > 1e10


def state(model) -> list:
    return [v.numpy() for v in [*variables_of(model), *metrics_of(model)]]


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_looking_does_not_change_the_training(optimizer):
    """Weights, metrics, seeds and the optimizer are those of a training in which nobody looked."""
    states = []
    for looks in (True, False):
        model = make(dense(), keras.layers.Dropout(0.5), keras.layers.Dense(1), optimizer=optimizer)
        x = X.copy()
        x[90, 0] = np.inf

        class Blind(keras.callbacks.Callback):
            def __init__(self, looks=looks):
                super().__init__()
                self.looks = looks

            def on_train_begin(self, logs=None):
                if not self.looks:
                    self.model.run.probe = lambda: None

        fit(model, x, callbacks=[Blind()], shuffle=False)
        states.append((state(model), model.history.history, model.run.trouble))
    assert states[0][2]["where"] == "x" and states[1][2]["where"] == "loss"
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(states[0][0], states[1][0], strict=True))
    assert repr(states[0][1]) == repr(states[1][1])


def test_it_is_found_in_a_later_epoch_and_after_a_changed_rate():
    """The batches since the copy run again, with what a person has changed in between."""

    class Click(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if self.model.run.epoch == 1 and batch == 4:
                self.model.run.control.set_learning_rate(1e25)

    model = make(dense(), keras.layers.Dense(1))
    fit(model, callbacks=[Click()])
    trouble = model.run.trouble
    assert trouble["epoch"] == 1 and 5 < trouble["batch"] < 9 and trouble["kind"] in ("activation", "loss", "gradient")


def test_it_stops_only_where_that_was_asked_for():
    """The first batch is the last one; the reason and the headline say so."""
    model = make(Log(), keras.layers.Dense(1))
    fit(model)
    assert model.run.batches == 24 and model.run.status == "completed"
    fit(model, stop_on_nan=True)
    assert model.run.batches == 1 and model.run.reason["kind"] == "stop_on_nan" and model.run.status == "stopped"
    line = facts.headline(model.run, timed=False)
    assert line.startswith("Stopped at epoch 1 of 2 · the loss is not finite (NaN) since epoch 1, batch 1")


def test_batches_of_a_generator_have_their_inputs_looked_at():
    """The data before is gone, so only the batch itself can be seen."""
    x = X.copy()
    x[20] = np.nan
    model = make(dense(), keras.layers.Dense(1))
    fit(model, ((x[i : i + 8], Y[i : i + 8]) for i in range(0, 96, 8)), None, batch_size=None, epochs=1)
    assert (model.run.trouble["where"], model.run.trouble["batch"]) == ("x", 2)


def test_a_loss_of_the_person_stays_on_the_model():
    """Methods that were replaced by hand, on the model and on its optimizer, are looked through and put back."""
    calls = []
    model = make(Log(), keras.layers.Dense(1))
    loss, apply = model.compute_loss, model.optimizer.apply

    def counted_loss(*args, **kwargs):
        calls.append("loss")
        return loss(*args, **kwargs)

    def counted_apply(*args, **kwargs):
        calls.append("apply")
        return apply(*args, **kwargs)

    model.compute_loss, model.optimizer.apply = counted_loss, counted_apply
    fit(model, epochs=1)
    assert model.run.trouble["kind"] == "activation" and {"loss", "apply"} <= set(calls)
    assert model.compute_loss is counted_loss and model.optimizer.apply is counted_apply


@pytest.mark.parametrize("fails", [False, True])
def test_no_copy_of_the_state_stays_after_the_end(fails):
    """It is as large as the model; an error ends it, too."""

    class Fails(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 2 and not copies:  # looking through all objects takes long
                copies.append(len(snapshots_of(self.model)))
            if fails and batch == 3:
                raise KeyError("oops")

    copies = []
    model = make(dense(), keras.layers.Dense(1))
    with contextlib.suppress(KeyError):
        fit(model, callbacks=[Fails()])
    assert copies == [1] and snapshots_of(model) == []


def snapshots_of(model) -> list:
    gc.collect()
    found = [thing for thing in gc.get_objects() if type(thing) is Snapshot]  # no proxy is asked
    return [one for one in found if one.values and one.values[0][0] is model.variables[0]]


def test_a_good_training_has_no_trouble():
    """Nothing is found where nothing is wrong."""
    model = make(dense(), keras.layers.Dense(1))
    assert fit(model) == [] and model.run.trouble is None
