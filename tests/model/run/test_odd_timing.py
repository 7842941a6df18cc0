"""Interrupts at any moment: a fit ends as interrupted with all that it has, and nothing waits for it."""

from __future__ import annotations

import functools
import os
import random
import signal
import threading
import time

import numpy as np
import pytest

import kerasnb as keras
from kerasnb.backend.compile import jit
from kerasnb.backend.plan.plan import engine_lock
from kerasnb.model.run.run import ENDED
from kerasnb.model.training import session

layers = keras.layers
X = np.random.default_rng(0).random((64, 4)).astype("float32")
Y = np.arange(64) % 2


def built():
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, "relu"), layers.Dense(2, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def interrupted(delay: float, times: int, call, until=lambda: True) -> bool:
    """Interrupts a call some time after `until()`, once or twice; returns whether the handler stays."""
    awaited = [True]

    def on_signal(*_):
        if awaited.pop() if awaited else False:
            raise KeyboardInterrupt

    def send():
        while not until():
            time.sleep(0.005)
        for _ in range(times):
            time.sleep(delay)
            os.kill(os.getpid(), signal.SIGINT)

    before, sender = signal.signal(signal.SIGINT, on_signal), threading.Thread(target=send)
    try:
        sender.start()
        call()
    except KeyboardInterrupt:
        pass
    sender.join()
    assert not awaited or times == 2  # the second one ends the fit at once
    return signal.signal(signal.SIGINT, before) == on_signal


def nothing_is_left(model):
    """No lock is held, no model is marked as busy, nothing listens to compile phases, and the model trains again."""
    with engine_lock:
        assert not jit.phases.listeners
    assert session.run_elsewhere(model) is None
    assert id(model) not in session._busy
    assert model.fit(X, Y, verbose=0).run.status == "completed"


@pytest.mark.parametrize("times", [1, 2])
def test_a_fit_is_interrupted_at_any_moment(times):
    """The run says that it was interrupted, the history holds its complete epochs, and the model trains on."""
    moments, begun = random.Random(times), 0
    built().fit(X, Y, validation_split=0.2, verbose=0)
    for _ in range(6):
        model = built()
        train = functools.partial(model.fit, X, Y, epochs=100_000, batch_size=16, validation_split=0.2, verbose=0)
        assert interrupted(moments.random() * 0.06, times, train)
        run = getattr(model, "run", None)
        if run is not None:
            begun += 1
            assert run.status == "interrupted"
            assert {len(column) for column in run.columns.values()} <= {run.batches}
            if run.started is not None:
                assert {len(v) for v in model.history.history.values()} <= {len(run.epoch_ends)}
        nothing_is_left(model)
    assert begun


def test_a_training_in_the_background_keeps_its_handle_or_ends():
    """An interrupt in the call ends the training; one that comes while it is waited for lets it go on."""
    moments, kept = random.Random(3), 0
    for number in range(6):
        model, trainings = built(), []

        def train(model=model, trainings=trainings):
            trainings.append(model.fit(X, Y, epochs=1_000_000, batch_size=16, verbose=0, background=True))
            trainings[0].result()

        returned = trainings.__len__ if number % 2 else lambda: True
        assert interrupted(moments.random() * 0.06, 1, train, returned)
        run = getattr(model, "run", None)
        if trainings:
            kept += 1
            training = trainings[0]
            assert training.running
            assert not run.finished
            training.stop()
            assert len(training.result().history.get("loss", [])) == len(run.epoch_ends)
        elif run is not None:
            until = time.monotonic() + 20
            while time.monotonic() < until and not (run.finished and id(model) not in session._busy):
                time.sleep(0.01)
            assert run.status in ENDED
        nothing_is_left(model)
    assert kept


def test_what_comes_before_the_first_batch_leaves_no_open_run(monkeypatch):
    """An error while the view opens ends the run, which else says that it is starting for ever."""
    model = built()

    def no_view(*_):
        raise OSError("the terminal has gone")

    monkeypatch.setattr("kerasnb.model.training.fitting.open_view", no_view)
    with pytest.raises(OSError, match="terminal"):
        model.fit(X, Y, verbose=0)
    assert model.run.status == "failed"
    monkeypatch.undo()
    nothing_is_left(model)


def test_a_timeout_is_a_number_of_seconds():
    """Another one is refused, and the training is known to run."""
    training = built().fit(X, Y, epochs=1_000_000, verbose=0, background=True)
    for timeout in ("x", float("nan"), -1, [], True):
        with pytest.raises(ValueError, match="`timeout` must be None or a number of seconds. Received: timeout="):
            training.wait(timeout)
    assert training.running
    assert not training.wait(0)
    training.stop()
    assert training.wait(float("inf"))
    assert training.result().run is training.run


@pytest.mark.parametrize("count", [10**400, 1e300, float("inf"), float("nan"), True, 0, 1.5, None, "x", [5]])
def test_epochs_that_are_no_sensible_number_are_refused(count):
    """A sentence, and nothing trains."""
    model = built()
    run = model.fit(X, Y, verbose=0).run
    with pytest.raises(ValueError, match="The number of epochs must be a whole number from 1 on"):
        run.extend(count)
    assert run.finished


@pytest.mark.parametrize(("name", "value", "words"), [
    (["learning_rate"], 0.1, "no hyper-parameter"), (None, 0.1, "no hyper-parameter"),
    ("learning_rate", 10**400, "must be a positive number"), ("learning_rate", np.ones(2), "must be a positive number"),
])  # fmt: skip
def test_odd_hyper_parameters_are_refused(name, value, words):
    """A sentence for names and values of any kind."""
    training = built().fit(X, Y, epochs=1_000_000, verbose=0, background=True)
    try:
        with pytest.raises(ValueError, match=words):
            training.run.control.set(name, value)
    finally:
        training.stop()
        training.wait()


def test_more_epochs_are_trained_or_refused_at_any_moment():
    """Also in the moment between the last batch and the end of the run."""
    model, moments, accepted, refused = built(), random.Random(0), 0, 0
    model.fit(X, Y, verbose=0)
    for _ in range(60):
        training = model.fit(X, Y, batch_size=64, epochs=2, verbose=0, background=True)
        time.sleep(moments.random() * 0.004)
        try:
            training.run.control.add_epochs(1)
            asked = 1
        except ValueError as problem:
            assert "has ended" in str(problem) or "last batch has run" in str(problem)
            asked = 0
        assert len(training.result().epoch) == training.run.epochs == 2 + asked
        accepted, refused = accepted + asked, refused + 1 - asked
    assert accepted


def test_two_threads_never_train_a_model_together():
    """Whoever comes second gets an error that says so."""
    model, inside, together, told = built(), [], [], []
    model.fit(X, Y, verbose=0)

    class Watch(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            inside.append(self)
            together.append(len(inside))
            time.sleep(0.02)  # the other one comes meanwhile

        def on_train_end(self, logs=None):
            inside.remove(self)

    def train(gate):
        gate.wait()
        try:
            model.fit(X, Y, batch_size=16, epochs=3, verbose=0, callbacks=[Watch()])
        except RuntimeError as problem:
            told.append(str(problem))

    for _ in range(10):
        gate = threading.Barrier(2)
        threads = [threading.Thread(target=train, args=(gate,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert set(together) == {1} and told and all("model is being trained" in text for text in told)
    assert session.run_elsewhere(model) is None
