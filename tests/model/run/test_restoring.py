"""Weights of earlier epochs, put back while a model trains and after it."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras
from kerasnb.model.run import snapshots
from kerasnb.model.run.run import Run
from kerasnb.model.run.snapshots import variables_of
from kerasnb.model.training import steering
from tests.model.run.steered import FIT, Clicks, X, Y, make, make_run, replayed, same, state

pytestmark = pytest.mark.usefixtures("every_epoch")


class Remember(keras.callbacks.Callback):
    """Remembers the state at the end of each epoch."""

    def __init__(self):
        super().__init__()
        self.states = []

    def on_epoch_end(self, epoch, logs=None):
        self.states.append(state(self.model))


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop"])
def test_restored_weights_are_bit_equal(optimizer):
    """Weights, seeds and the optimizer's state, after the end."""
    model, remember = make(optimizer), Remember()
    model.fit(X, Y, callbacks=[Clicks({}), remember], **FIT)
    run = model.run
    assert run.restorable == [0, 1, 2, 3] and run.restored is None
    for epoch in (1, 3, 0):
        run.restore(epoch)
        assert same(state(model), remember.states[epoch]) and run.restored == epoch


def test_weights_are_restored_while_training():
    """After the batch; the training goes on from there."""
    model, remember = make(), Remember()
    seen = []

    class Look(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            seen.append(state(self.model))

    model.fit(X, Y, callbacks=[Clicks({20: lambda run: run.restore(1)}), remember, Look()], **FIT)
    assert same(seen[21], remember.states[1]) and model.run.restored is None
    assert (2, 4, "restore", 1) in model.run.actions


class Start(keras.callbacks.Callback):
    """Remembers the state before the first batch of each call of fit, and after the first batch of each epoch."""

    def __init__(self):
        super().__init__()
        self.before, self.first = [], []

    def on_train_batch_begin(self, batch, logs=None):
        if batch == 0:
            self.before.append([w.numpy() for w in self.model.weights])

    def on_train_batch_end(self, batch, logs=None):
        if batch == 0:
            self.first.append([w.numpy() for w in self.model.weights])


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "nadam", "adagrad"])
def test_a_training_starts_again_from_its_initial_weights(optimizer):
    """Weights, seeds and the optimizer are bit-equal to those before the fit; the code does the same."""
    make_one = lambda: make(keras.optimizers.get(optimizer))  # noqa: E731
    fresh = make_one()
    fresh.optimizer.build(fresh.trainable_weights)
    model, look = make_one(), Start()
    model.fit(X, Y, shuffle=False, callbacks=[Clicks({}), look], **FIT)
    assert model.run.can_start_again and model.run.restorable == [0, 1, 2, 3]
    model.run.restore(-1)
    assert same(state(model), state(fresh))
    assert model.run.restored == -1
    training = model.run.start_again()
    training.result()
    assert len(look.before) == 8 and model.run.epochs == 8
    assert same(look.before[4], look.before[0]) and same(look.first[4], look.first[0])  # dropout draws the same
    assert same(look.before[7], look.before[3])
    names: dict = {}
    exec(model.run.code(), names)
    other = make_one()
    other.fit(X, Y, shuffle=False, callbacks=[names["steered"]], **FIT)
    assert same(state(model), state(other))


def test_a_training_starts_again_while_it_runs():
    """After the batch in which that was asked for; the epochs that are left follow, and the code replays it."""
    model, look = make(), Start()
    model.fit(X, Y, shuffle=False, callbacks=[Clicks({11: lambda run: run.start_again()}), look], **FIT)
    assert (1, 3, "restore", -1) in model.run.actions and len(model.history.epoch) == 4
    plain = make()
    plain.optimizer.build(plain.trainable_weights)
    assert same(look.before[0], [w.numpy() for w in plain.weights])
    assert same(state(model), state(replayed(model.run, shuffle=False, **FIT)))


def test_a_restart_takes_back_what_was_not_finite():
    """Weights that are finite again have no trouble; a later one is found again."""
    model = make(keras.optimizers.SGD(1e30), dropout=0.0)
    again = lambda run: (run.start_again(), run.control.set_learning_rate(0.01))  # noqa: E731
    with pytest.warns(UserWarning, match="The loss is not finite"):
        model.fit(X, Y * 1e6, callbacks=[Clicks({8: again})], **FIT | {"epochs": 3})
    assert model.run.trouble is None and np.isfinite(model.history.history["loss"][-1])


def test_the_start_is_kept_under_the_budget_and_only_for_a_person(monkeypatch):
    """The first and the best and the last states stay longest; what does not fit is refused with the reason."""
    plain = make()
    plain.fit(X, Y, **FIT)
    assert not plain.run.can_start_again
    with pytest.raises(ValueError, match="The weights before the first epoch are not kept. The panel"):
        plain.run.start_again()
    size = sum(v.size * 4 for v in variables_of(plain))
    monkeypatch.setattr(snapshots, "_budget", [3.5 * size])
    model = make()
    model.fit(X, Y, callbacks=[Clicks({})], **FIT | {"epochs": 9})
    assert model.run.can_start_again and len(model.run.restorable) == 2 and model.run.restorable[-1] == 8
    monkeypatch.setattr(snapshots, "_budget", [0.5 * size])
    model = make()
    model.fit(X, Y, callbacks=[Clicks({})], **FIT)
    assert not model.run.can_start_again and model.run.restorable == []


def test_epochs_that_are_not_kept_are_refused():
    """With those that are."""
    model = make()
    model.fit(X, Y, **FIT)
    with pytest.raises(ValueError, match=r"No weights are kept of this run.*`self.model.run.keep_snapshots = True`"):
        model.run.restore(2)
    model.fit(X, Y, callbacks=[Clicks({})], **FIT)
    with pytest.raises(ValueError, match=r"weights of epoch 9 are not kept. Kept: 1, 2, 3, 4\."):
        model.run.restore(8)
    with pytest.raises(ValueError, match="run of evaluate"):
        Run(kind="evaluate").restore(0)


def test_weights_that_do_not_fit_are_refused():
    """A layer that came later has no weights then; another optimizer keeps its own state."""
    model = make()
    model.fit(X, Y, callbacks=[Clicks({})], **FIT)
    weights = [w.numpy() for w in model.weights]
    model.compile(keras.optimizers.SGD(0.123), "mse")
    model.run.restore(3)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.123)
    assert same([w.numpy() for w in model.weights], weights)
    model.add(keras.layers.Dense(1))
    with pytest.raises(ValueError, match="other weights than at the end of epoch 2"):
        model.run.restore(1)


def test_snapshots_take_little_time(monkeypatch):
    """Where a copy takes long, epochs are left out, but not the last one."""
    monkeypatch.setattr(steering, "SHARE", 1e-6)
    model = make()
    model.fit(X, Y, callbacks=[Clicks({})], **FIT)
    assert model.run.restorable == [0, 3]


def test_snapshots_keep_to_their_budget():
    """Best and last stay, the others lie evenly, and the memory is not exceeded."""
    model = make()
    model.fit(X, Y, validation_split=0.25, callbacks=[Clicks({})], **FIT)
    each = model.run.session.ring.bytes / 4
    try:
        snapshots.set_budget(6 * each / 1e6)
        model.fit(X, Y, validation_split=0.25, callbacks=[Clicks({})], **FIT | {"epochs": 40})
        ring, kept = model.run.session.ring, model.run.restorable
        best = int(np.argmin(model.history.history["val_loss"]))
        assert ring.bytes <= 6 * each and len(kept) == 6 and kept[-1] == 39 and best in kept
        gaps = np.diff([e for e in kept if e != best])
        assert gaps.max() <= 20
    finally:
        snapshots.set_budget(256)


def test_without_a_person_nothing_is_kept():
    """Snapshots take memory, so a view must ask for them."""
    assert make_run().restorable == []
