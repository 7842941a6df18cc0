"""What several threads ask of one training: guests between two batches, requests that come at an awkward moment."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets.panel.views  # before threads: pytest parses it, which Python 3.11.7 cannot do on two at once
from kerasnb.backend.plan.plan import engine_lock
from kerasnb.model.run import snapshots
from kerasnb.model.run.control import Control
from kerasnb.model.run.run import Run
from kerasnb.model.run.snapshots import Ring
from kerasnb.model.training import session, steering
from kerasnb.model.training.session import visiting

X = np.random.default_rng(0).normal(size=(64, 6)).astype("float32")
Y = X[:, :1] * 2
FIT = {"epochs": 100_000, "batch_size": 8, "verbose": 0}


def make(seed: int = 3) -> keras.Model:
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(8), keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    return model


def until(condition, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


def goes_on(run) -> bool:
    """Whether more batches are trained."""
    count = run.batches
    until(lambda: run.batches > count + 2)
    return True


# --- guests


class Interrupted(BaseException):
    """Stands for the KeyboardInterrupt of a person who has waited long enough."""


@pytest.mark.parametrize("metrics", [False, True])
@pytest.mark.parametrize("where", ["waiting", "inside"])
def test_an_interrupted_guest_does_not_leave_the_training_parked(where, metrics, monkeypatch):
    """Whether the interrupt comes before the guest is in or after; no lock stays taken."""
    model = make()
    training = model.fit(X, Y, background=True, **FIT)
    control = training.run.control

    def interrupt(seconds=0.0):
        raise Interrupted

    if where == "waiting":
        monkeypatch.setattr(control, "wait_until_parked", interrupt)
    with pytest.raises(Interrupted), visiting(model, metrics=metrics):
        interrupt()
    assert control.guests == 0 and goes_on(training.run)
    free = []
    other = threading.Thread(target=lambda: free.append(engine_lock.acquire(timeout=5)) or engine_lock.release())
    other.start()
    other.join()
    training.stop()
    assert free == [True] and training.wait(20)


def test_a_guest_waits_for_a_single_step_in_a_pause():
    """The training counts as paused meanwhile, but a batch runs."""
    inside, leave, seen = threading.Event(), threading.Event(), []

    class Long(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            if self.model.run.status == "paused":  # the step
                inside.set()
                leave.wait(10)

    model = make()
    training = model.fit(X, Y, background=True, callbacks=[Long()], **FIT)
    training.pause()
    until(lambda: training.run.status == "paused")
    training.run.control.step("batch")
    assert inside.wait(10) and training.run.status == "paused"
    control = training.run.control
    control.enter()
    control.wait_until_parked(0.05)
    seen.append(control.parked)
    leave.set()
    control.wait_until_parked(10)
    seen.append(control.parked)
    control.leave()
    training.stop()
    assert seen == [False, True] and training.wait(20)


def test_a_paused_training_lets_a_guest_in_at_once():
    """And waits on when it has left."""
    model = make()
    training = model.fit(X, Y, background=True, **FIT)
    training.pause()
    until(lambda: training.run.status == "paused")
    began = time.monotonic()
    with visiting(model):
        assert training.run.control.parked and time.monotonic() - began < session.PATIENCE / 2
        training.resume()
        count = training.run.batches
        time.sleep(0.1)
        assert training.run.batches == count
    assert goes_on(training.run)
    training.stop()
    assert training.wait(20)


def test_a_guest_that_came_after_the_end_is_waited_for_by_more_epochs():
    """Its request to wait is not forgotten with those that were for the training before."""
    control = Control()
    control.ended = True
    control.enter()
    control.request_stop()
    control.reopen()
    assert control.pending and not (control.stop or control.ended or control.parked)
    control.leave()
    control.reopen()
    assert not control.pending


def test_a_step_is_a_pause_before_it_is_a_request(monkeypatch):
    """Else a fast loop could take the request, run the batch, and go on before there is a pause."""
    control, order = Control(), []
    ask = control._ask
    monkeypatch.setattr(control, "_ask", lambda *request: order.append(control.paused) or ask(*request))
    control.step("batch")
    assert order == [True] and control.take() == [("step", "batch")]
    control.ended, control.paused = True, False
    with pytest.raises(ValueError, match="The training has ended"):
        control.step("batch")
    assert not control.paused


# --- listeners


def test_a_listener_may_leave_when_it_is_called():
    """The one behind it is called all the same."""
    run, heard = Run(), []

    def leaves(kind):
        heard.append("first")
        run.listeners.remove(leaves)

    run.listeners += [leaves, lambda kind: heard.append("second")]
    run.event("any")
    run.event("any")
    assert heard == ["first", "second", "second"]


# --- epochs that are put back


class Asks(keras.callbacks.Callback):
    """A person who asks for the first epoch while the third is validated, in a training that keeps two of them."""

    def on_train_begin(self, logs=None):
        self.model.run.keep_snapshots, self.weights = True, {}

    def on_epoch_end(self, epoch, logs=None):
        self.weights[epoch] = self.model.get_weights()

    def on_test_begin(self, logs=None):
        if self.model.run.epoch == 2:
            self.kept = self.model.run.restorable
            self.model.run.restore(self.kept[0])


@pytest.fixture
def _two_fit(monkeypatch):
    """Snapshots are taken of each epoch, and two of them fit beside that of the start."""
    monkeypatch.setattr(steering, "SHARE", 1e9)
    model = make()
    model.fit(X, Y, epochs=1, verbose=0)
    each = snapshots.bytes_of(snapshots.variables_of(model))
    snapshots.set_budget(3.5 * each / 1e6)
    yield
    snapshots.set_budget(256)


@pytest.mark.usefixtures("_two_fit")
@pytest.mark.parametrize("epochs", [3, 4])
def test_an_epoch_that_a_person_asked_for_stays_until_it_is_put_back(epochs):
    """Though the end of the epoch that runs would drop it; after the last epoch its weights are in the model."""
    model, asks = make(), Asks()
    model.fit(X, Y, validation_split=0.25, callbacks=[asks], **FIT | {"epochs": epochs})
    run = model.run
    assert asks.kept == [0, 1] and (2, None, "restore", 0) in run.actions
    assert run.status == "completed" and not run.session.ring.pinned
    assert run.restored == (0 if epochs == 3 else None)
    ours = all(np.array_equal(a, b) for a, b in zip(model.get_weights(), asks.weights[0], strict=True))
    assert ours == (epochs == 3) and run.session.ring.bytes <= 3.5 * snapshots.bytes_of(snapshots.variables_of(model))


@pytest.mark.usefixtures("_two_fit")
def test_trainings_that_share_the_budget_may_drop_at_the_same_time(monkeypatch):
    """Neither ends in an error, and what they say they take is what they take."""
    small = [keras.Variable(np.zeros(64, "float32")) for _ in range(2)]
    rings, problems = [Ring(), Ring()], []
    snapshots.set_budget(4 * snapshots.bytes_of(small) / 1e6)

    def take(ring):
        try:
            for epoch in range(100):
                ring.take(epoch, small, best=epoch // 2)
        except Exception as problem:
            problems.append(problem)

    threads = [threading.Thread(target=take, args=(ring,)) for ring in rings]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        snapshots.set_budget(4 * snapshots.bytes_of(small) / 1e6)
    taken = [ring.bytes == sum(s.bytes for s in ring.kept.values()) for ring in rings]
    assert not problems and taken == [True, True] and sum(ring.bytes for ring in rings) <= snapshots._budget[0]
