"""A fit in the background: other lines run meanwhile, and nothing that they do changes the training."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import kerasnb as keras
from kerasnb.backend.tensor import device

X = np.random.default_rng(0).normal(size=(256, 16)).astype("float32")
Y = X[:, :1] * 2
FIT = {"epochs": 30, "batch_size": 8, "verbose": 0}


def make(units: int = 64) -> keras.Model:
    keras.utils.set_random_seed(3)
    layers = [keras.layers.Dense(units, activation="relu"), keras.layers.Dropout(0.2), keras.layers.Dense(1)]
    model = keras.Sequential([keras.Input((16,)), *layers])
    model.compile("adam", "mse", metrics=["mae"])
    return model


def trained(**arguments) -> keras.Model:
    model = make()
    model.fit(X, Y, **FIT | arguments)
    return model


def same(one, two) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one.get_weights(), two.get_weights(), strict=True))


def test_it_returns_at_once_and_gives_the_history_later():
    """The weights and the History are those of a fit that waits."""
    model = make()
    training = model.fit(X, Y, background=True, **FIT)
    assert repr(training) == "<kerasnb.Background fit>" and training.run is model.run
    history = training.result()
    assert not training.running and training.wait(0) and history is model.history
    plain = trained()
    assert same(model, plain) and history.history == plain.history.history


def test_waiting_has_a_limit():
    """`wait` says whether the training has ended."""
    model = make()
    training = model.fit(X, Y, background=True, **FIT | {"epochs": 100_000})
    assert training.running and not training.wait(0.05)
    training.stop()
    assert training.wait(20) and training.run.reason["kind"] == "stopped"


def test_it_can_be_paused():
    """Nothing is trained until it is resumed."""
    training = make().fit(X, Y, background=True, **FIT)
    training.pause()
    while training.run.status != "paused" and training.running:
        time.sleep(0.001)
    count = training.run.batches
    time.sleep(0.1)
    assert training.run.batches == count and training.running
    training.resume()
    assert len(training.result().epoch) == 30


class Fails(keras.callbacks.Callback):
    """Fails in the third epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            raise KeyError("oops")


def test_errors_are_raised_by_result():
    """`wait` only waits."""
    training = make().fit(X, Y, background=True, callbacks=[Fails()], **FIT)
    assert training.wait(20)
    with pytest.raises(KeyError, match="oops"):
        training.result()
    assert training.run.status == "failed" and "oops" in training.run.failure["text"]


def test_predictions_meanwhile_are_safe_and_change_nothing():
    """The training ends with the weights of an undisturbed one."""
    model = make()
    training = model.fit(X, Y, background=True, **FIT)
    count = 0
    while training.running:
        whole = model.predict(X, verbose=0, batch_size=32)
        assert whole.shape == (256, 1) and np.isfinite(whole).all()
        count += 1
    training.result()
    assert count > 1 and same(model, trained())


def test_a_prediction_meanwhile_uses_the_weights_between_two_batches():
    """All of its batches use the same weights: those that the model has before and after it."""
    model = make()
    training = model.fit(X, Y, background=True, **FIT | {"epochs": 100_000})
    twin = make()
    agreed = 0
    for _ in range(20):
        control = training.run.control
        control.enter()
        control.wait_until_parked(5)
        twin.set_weights(model.get_weights())
        ours, theirs = model.predict(X, verbose=0), twin.predict(X, verbose=0)
        control.leave()
        agreed += np.array_equal(ours, theirs)
    training.stop()
    training.wait(20)
    assert agreed == 20


def test_evaluations_meanwhile_change_nothing():
    """The metrics of the training go on as if there had been none."""
    model = make()
    training = model.fit(X, Y, background=True, validation_split=0.25, **FIT)
    count = 0
    while training.running:
        loss, _ = model.evaluate(X, Y, verbose=0)
        assert np.isfinite(loss)
        count += 1
    plain = trained(validation_split=0.25)
    assert count > 0 and same(model, plain) and training.result().history == plain.history.history


def test_calls_and_another_fit_meanwhile_are_safe():
    """Calling the model, and training another one on the main thread; both would shuffle with one generator."""
    model, other = make(), make(32)
    training = model.fit(X, Y, background=True, shuffle=False, **FIT)
    while training.running:
        assert model(X[:4]).shape == (4, 1)
        other.fit(X, Y, batch_size=32, verbose=0)
    training.result()
    assert same(model, trained(shuffle=False))


def test_a_second_fit_is_refused_until_the_first_has_ended():
    """With the state of the one that runs, and what can be done; the first goes on."""
    model = make()
    training = model.fit(X, Y, background=True, **FIT | {"epochs": 100_000})
    with pytest.raises(RuntimeError, match="model is being trained .*Wait for its end, or stop it"):
        model.fit(X, Y, **FIT)
    assert training.running and model.run is training.run
    training.stop()
    training.wait(20)
    assert len(model.fit(X, Y, **FIT | {"epochs": 1}).epoch) == 1


def test_two_threads_may_not_train_one_model():
    """The error comes where the second one is called, whichever way the first was."""
    model, problems = make(), []

    class Inside(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 0:
                thread = threading.Thread(target=self.other)
                thread.start()
                thread.join()

        def other(self):
            try:
                self.model.fit(X, Y, **FIT)
            except RuntimeError as problem:
                problems.append(str(problem))

    model.fit(X, Y, callbacks=[Inside()], **FIT | {"epochs": 2})
    assert len(problems) == 1 and "epoch 1 of 2" in problems[0].lower()


def test_the_device_is_that_of_the_caller():
    """A scope of one thread counts on the other."""
    seen = []

    class Look(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(device.current())

    with device.scope("numpy"):
        make().fit(X[:16], Y[:16], background=True, callbacks=[Look()], **FIT | {"epochs": 1}).result()
    assert seen == ["numpy", "numpy"]


@pytest.mark.parametrize("paused", [False, True])
def test_the_end_of_the_interpreter_does_not_hang(paused):
    """A training that runs, or waits, is stopped."""
    code = (
        "import numpy as np, kerasnb as keras, time\n"
        "m = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8), keras.layers.Dense(1)])\n"
        "m.compile('sgd', 'mse')\n"
        "t = m.fit(np.ones((64, 4)), np.ones((64, 1)), epochs=10**9, verbose=0, background=True)\n"
        "while not t.run.batches: time.sleep(0.01)\n"
        f"t.pause() if {paused} else None\n"
        "time.sleep(0.2); print('end', t.running)"
    )
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and done.stdout.strip() == "end True" and done.stderr == ""
    assert time.monotonic() - began < 30


def test_stopping_takes_at_most_one_batch():
    """In the epochs and in the validation."""
    model, after = make(), []

    class Stops(keras.callbacks.Callback):
        def on_test_batch_begin(self, batch, logs=None):
            after.append(batch)
            if batch == 2:
                self.model.run.control.request_stop()

    history = model.fit(X, Y, validation_data=(X, Y), callbacks=[Stops()], **FIT)
    assert after == [0, 1, 2] and history.epoch == [] and model.run.batches == 32
    assert model.run.status == "stopped" and model.run.actions == [(0, 31, "stop")]
