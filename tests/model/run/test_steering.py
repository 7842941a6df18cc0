"""Steering a training: steps, values, more epochs, restored weights, and the code that does all of it again."""

from __future__ import annotations

import random
import time

import numpy as np
import pytest

import kerasnb as keras
from kerasnb.model.run import snapshots
from kerasnb.model.run.replay import Replay
from kerasnb.model.run.run import Run
from kerasnb.model.run.snapshots import variables_of
from kerasnb.model.training import steering

X = np.random.default_rng(0).normal(size=(64, 6)).astype("float32")
Y = (X.sum(axis=1, keepdims=True) > 0).astype("float32")


@pytest.fixture(autouse=True)
def _every_epoch(monkeypatch):
    """Snapshots are taken of each epoch, however long that takes."""
    monkeypatch.setattr(steering, "SHARE", 1e9)


def make(optimizer=None, dropout: float = 0.3) -> keras.Model:
    """A small model with a seed, so that two of them are equal."""
    keras.utils.set_random_seed(7)
    layers = [keras.Input((6,)), keras.layers.Dense(8, activation="tanh"), keras.layers.Dropout(dropout, name="drop")]
    model = keras.Sequential([*layers, keras.layers.Dense(1, name="out")])
    model.compile(optimizer or keras.optimizers.SGD(0.05, momentum=0.5), "mse")
    return model


def state(model) -> list:
    return [v.numpy() for v in variables_of(model)]


def same(ours: list, theirs: list) -> bool:
    return len(ours) == len(theirs) and all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))


class Clicks(keras.callbacks.Callback):
    """A person who clicks after chosen batches, counted over the whole training; keeps snapshots."""

    def __init__(self, clicks: dict) -> None:
        super().__init__()
        self.clicks, self.count = clicks, -1

    def on_train_begin(self, logs=None):
        self.model.run.keep_snapshots = True

    def on_train_batch_end(self, batch, logs=None):
        self.count += 1
        if self.count in self.clicks:
            self.clicks[self.count](self.model.run)


def replayed(run, callbacks=(), **arguments) -> keras.Model:
    """An equal model that was trained with the exported code."""
    names: dict = {}
    exec(run.code(), names)
    model = make()
    model.fit(X, Y, callbacks=[*callbacks, names["steered"]], **arguments)
    return model


FIT = {"epochs": 4, "batch_size": 8, "verbose": 0}


@pytest.mark.parametrize(
    "name,value", [("learning_rate", 0.01), ("momentum", 0.9), ("weight_decay", 0.1), ("drop.rate", 0.6)]
)
def test_a_value_that_is_set_counts_from_the_next_batch_on(name, value):
    """The weights are those of a training whose values are changed by hand at the same place."""
    model = make()
    clicks = Clicks({3: lambda run: run.control.set(name, value)})
    model.fit(X, Y, shuffle=False, callbacks=[clicks], **FIT | {"epochs": 1})
    assert model.run.adjustable[name] == pytest.approx(value)
    by_hand = make()
    by_hand.fit(X[:32], Y[:32], shuffle=False, **FIT | {"epochs": 1})
    owner = by_hand.get_layer("drop") if name == "drop.rate" else by_hand.optimizer
    setattr(owner, name.removeprefix("drop."), value)
    by_hand._steps.clear()
    by_hand.fit(X[32:], Y[32:], shuffle=False, **FIT | {"epochs": 1})
    assert same(state(model), state(by_hand))
    assert model.run.actions == [(0, 3, "set", name, value)]


def test_momentum_can_begin_in_the_middle():
    """An optimizer that was built without momentum gets velocities, which start at zero."""
    model = make(keras.optimizers.SGD(0.05))
    model.fit(X, Y, callbacks=[Clicks({2: lambda run: run.control.set("momentum", 0.9)})], **FIT)
    assert len(model.optimizer.momentums) == 4 and any(np.any(v.numpy()) for v in model.optimizer.momentums)


def test_what_can_be_adjusted_has_the_learning_rate_first():
    """Then the numbers of the optimizer, then dropout rates."""
    model = make(keras.optimizers.AdamW(0.001))
    model.fit(X, Y, **FIT)
    names = list(model.run.adjustable)
    assert names[0] == "learning_rate" and names[-1] == "drop.rate"
    assert set(names[1:-1]) == {"weight_decay", "beta_1", "beta_2", "epsilon"}
    assert model.run.adjustable["learning_rate"] == 0.001


@pytest.mark.parametrize(
    "name,value,message",
    [
        ("learning_rate", "abc", "The learning rate must be a positive number, such as 0.001; got abc"),
        ("momentum", 2, "The momentum must be a number from 0 to 1, such as 0.9; got 2"),
        ("drop.rate", 1, "The rate of drop must be a number from 0 to below 1, such as 0.3; got 1"),
        ("weight_decay", -1, "The weight decay must be 0 or a positive number, such as 0.01; got -1"),
        ("gamma", 1, "This run has no hyper-parameter 'gamma'. It has: learning_rate"),
    ],
)
def test_values_out_of_range_are_refused(name, value, message):
    """A clear sentence, and nothing changes."""
    model, told = make(), []

    def click(run):
        with pytest.raises(ValueError, match=message.replace("(", r"\(")) as problem:
            run.control.set(name, value)
        told.append(str(problem.value))

    model.fit(X, Y, callbacks=[Clicks({0: click})], **FIT)
    assert len(told) == 1 and model.run.actions == [] and not any(e["kind"] == "set" for e in model.run.events)


def test_a_schedule_is_not_overwritten():
    """A rate that follows a schedule is not offered, and setting it says why."""
    model = make(keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)))
    model.fit(X, Y, **FIT)
    assert "learning_rate" not in model.run.adjustable
    model.run.control.ended = False
    with pytest.raises(ValueError, match="follows a schedule"):
        model.run.control.set("learning_rate", 0.1)


# --- more epochs


def test_epochs_are_added_while_training():
    """The same History goes on; early stopping is not touched."""
    model = make()
    history = model.fit(X, Y, callbacks=[Clicks({30: lambda run: run.control.add_epochs(3)})], **FIT)
    assert history.epoch == list(range(7)) and model.run.epochs == 7
    plain = make()
    plain.fit(X, Y, **FIT | {"epochs": 7})
    assert same(state(model), state(plain))


@pytest.mark.parametrize("count", [0, -1, 1.5, "many", None])
def test_impossible_numbers_of_epochs_are_refused(count):
    """With what was expected and what arrived."""
    model = make()
    model.fit(X, Y, **FIT)
    with pytest.raises(ValueError, match=f"whole number from 1 on, such as 5; got {count}"):
        model.run.extend(count)


def test_a_run_that_has_ended_says_how_to_go_on():
    """Adding epochs to it names `extend`; extending one that runs names `add_epochs`."""
    model = make()
    model.fit(X, Y, **FIT)
    with pytest.raises(ValueError, match=r"has ended. To train more epochs, use run.extend"):
        model.run.control.add_epochs(2)
    other, told = make(), []

    def click(run):
        with pytest.raises(ValueError, match="has not ended"):
            run.extend(2)
        told.append(True)

    other.fit(X, Y, callbacks=[Clicks({0: click})], **FIT)
    assert told


def test_a_training_is_extended_after_its_end():
    """Epochs, run and timeline go on, the History of the first part stays, weights are as in one fit."""
    model = make()
    first = model.fit(X, Y, **FIT)
    more = model.run.extend(3)
    second = more.result()
    assert model.run is more.run and model.run.epoch_numbers == list(range(7)) and model.run.status == "completed"
    assert first.epoch == [0, 1, 2, 3] and second.epoch == [4, 5, 6]
    assert [r["epoch"] for r in model.timeline] == list(range(7)) and model.timeline.fits == 2
    plain = make()
    plain.fit(X, Y, **FIT | {"epochs": 7})
    assert same(state(model), state(plain))


def test_a_training_of_other_layers_is_not_extended():
    """It would train another model than the curves show; nothing has changed after the error."""
    model = make()
    model.fit(X, Y, **FIT)
    run, actions = model.run, list(model.run.actions)
    model.insert(1, keras.layers.ReLU(name="between"))
    with pytest.raises(ValueError, match=r"layers of the model have changed since this training.*Call `model.fit"):
        run.extend(1)
    assert run.actions == actions and run.finished and run.epoch_numbers == [0, 1, 2, 3]
    model.remove("between")
    assert len(run.extend(1).result().epoch) == 1


def test_a_model_that_was_compiled_again_is_extended_with_its_new_optimizer():
    """The steps are made anew: the rate of the old optimizer does not count."""
    model = make()
    model.fit(X, Y, **FIT)
    run = model.run
    model.compile(keras.optimizers.SGD(0.0), "mse")
    before = [w.numpy() for w in model.trainable_weights]
    run.extend(1).result()
    assert same([w.numpy() for w in model.trainable_weights], before)


def test_the_timeline_holds_all_fits():
    """Each record has the fit, the epoch and the values; the History that fit returns is that of its call."""
    model = make()
    values = [model.fit(X, Y, validation_split=0.25, **FIT).history for _ in range(2)]
    assert [(r["fit"], r["epoch"]) for r in model.timeline] == [(f, e) for f in range(2) for e in range(4)]
    assert model.timeline.history["val_loss"] == values[0]["val_loss"] + values[1]["val_loss"]


# --- steps


def test_a_single_step_says_what_it_did():
    """The loss of the batch and the norms are those that NumPy computes of the weights before and after."""
    model, seen = make(dropout=0.0), []
    keras.utils.set_random_seed(7)

    def stepping(run):
        run.control.step("batch")

    class Look(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            if batch == 2:
                seen.append([w.numpy() for w in self.model.trainable_weights])
                seen.append(float(np.mean((self.model(X[16:24]).numpy() - Y[16:24]) ** 2)))

        def on_train_batch_end(self, batch, logs=None):
            if batch == 2:
                seen.append([w.numpy() for w in self.model.trainable_weights])
                self.model.run.control.resume()

    model.fit(X, Y, shuffle=False, callbacks=[Clicks({1: stepping}), Look()], **FIT | {"epochs": 1})
    before, loss, after = seen
    step = model.run.last_step
    assert (step["epoch"], step["batch"]) == (0, 2) and step["loss"] == pytest.approx(loss, rel=1e-5)
    norm = lambda arrays: np.sqrt(sum(np.sum(a.astype("float64") ** 2) for a in arrays))  # noqa: E731
    change = [b - a for a, b in zip(before, after, strict=True)]
    assert step["before"] == pytest.approx(norm(before)) and step["after"] == pytest.approx(norm(after))
    assert step["update"] == pytest.approx(norm(change), rel=1e-5)
    assert step["layers"][-1]["name"] == "out"
    assert step["layers"][-1]["update"] == pytest.approx(norm(change[2:]), rel=1e-5)


def numpys(weights, x) -> np.ndarray:
    """The answers of the model of `make`, after NumPy."""
    one, two, three, four = (w.astype("float64") for w in weights)
    return np.tanh(x @ one + two) @ three + four


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_a_single_step_tells_both_losses_and_what_changed_most(dropout):
    """Both losses are those of NumPy on this batch of a shuffled epoch, without dropout; nothing else moves."""
    model, seen = make(dropout=dropout), []

    class Look(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            seen.append([w.numpy() for w in self.model.trainable_weights])

        def on_train_batch_end(self, batch, logs=None):
            if batch == 2:
                self.model.run.control.resume()

    callbacks = [Clicks({1: lambda run: run.control.step("batch")}), Look()]
    weights = np.linspace(0.5, 2.0, 64)
    model.fit(X, Y, shuffle=True, sample_weight=weights, callbacks=callbacks, **FIT | {"epochs": 1})
    step, training = model.run.last_step, model.run.session.training
    rows = training.order[16:24]
    errors = [(np.mean((numpys(w, X[rows]) - Y[rows]) ** 2, axis=1) * weights[rows]).mean() for w in seen[2:4]]
    assert step["losses"] == pytest.approx(errors, rel=1e-5)
    if not dropout:
        assert step["losses"][0] == pytest.approx(step["loss"], rel=1e-5)
    names = ["dense/kernel", "dense/bias", "out/kernel", "out/bias"]
    changes = []
    for name, before, after in zip(names, seen[2], seen[3], strict=True):
        for place in np.ndindex(before.shape):
            old, new = float(before[place]), float(after[place])
            changes.append((abs(new - old), f"{name.partition('/')[2]}{list(place)}", old, new))
    changes.sort(key=lambda one: -one[0])
    for told, (_, name, old, new) in zip(step["changes"], changes[:5], strict=True):
        assert told["name"].endswith(name) and (told["before"], told["after"]) == (old, new)
    plain = make(dropout=dropout)
    plain.fit(X, Y, shuffle=True, sample_weight=weights, **FIT | {"epochs": 1})
    assert same(state(model), state(plain))
    assert model.history.history == plain.history.history


def test_a_step_of_an_epoch_says_what_it_did():
    """From the batch after which it was asked for to the end: the norms are NumPy's, the loss is the epoch's."""
    model, seen = make(dropout=0.0), []

    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 0:
                seen.append([w.numpy() for w in self.model.trainable_weights])
                self.model.run.control.resume()

    def stepping(run):
        seen.append([w.numpy() for w in model.trainable_weights])
        run.control.step("epoch")

    model.fit(X, Y, validation_data=(X + 1, Y), callbacks=[Clicks({2: stepping}), Look()], **FIT)
    step, (before, after) = model.run.last_step, seen
    norm = lambda arrays: np.sqrt(sum(np.sum(a.astype("float64") ** 2) for a in arrays))  # noqa: E731
    assert step["losses"] is None
    assert (step["unit"], step["epoch"], step["loss"]) == ("epoch", 0, model.history.history["loss"][0])
    assert step["before"] == pytest.approx(norm(before)) and step["after"] == pytest.approx(norm(after))
    change = [b - a for a, b in zip(before, after, strict=True)]
    assert step["update"] == pytest.approx(norm(change), rel=1e-5)
    assert sum(event["kind"] == "step" for event in model.run.events) == 1


def until(condition, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.002)


def test_steps_run_one_batch_or_one_epoch_and_wait():
    """From a pause, and nothing more than was asked for."""
    model = make()
    training = model.fit(X, Y, callbacks=[Clicks({0: lambda run: run.control.pause()})], background=True, **FIT)
    run = training.run
    until(lambda: run.status == "paused")
    assert run.batches == 1
    for count in (2, 3):
        run.control.step("batch")
        until(lambda number=count: run.last_step is not None and run.last_step["batch"] == number - 1)
        time.sleep(0.02)
        assert run.batches == count and run.status == "paused"
    run.control.step("epoch")
    until(lambda: run.status == "paused" and run.batches == 8)
    run.control.step("epoch")
    until(lambda: run.status == "paused" and run.batches == 16)
    training.resume()
    assert len(training.result().epoch) == 4
    plain = make()
    plain.fit(X, Y, **FIT)
    assert same(state(model), state(plain))


def test_a_step_while_training_runs_one_more_batch():
    """And then waits."""
    model = make()
    training = model.fit(X, Y, callbacks=[Clicks({4: lambda run: run.control.step()})], background=True, **FIT)
    until(lambda: training.run.status == "paused")
    assert training.run.batches == 6
    training.stop()
    assert training.result().epoch == []


def test_unknown_steps_are_refused():
    """With what there is."""
    with pytest.raises(ValueError, match="A step is one 'batch' or one 'epoch'; got 'year'"):
        make_run().control.step("year")


def make_run():
    model = make()
    model.fit(X, Y, **FIT)
    return model.run


# --- weights of earlier epochs


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


# --- code


class Slow(keras.callbacks.Callback):
    """Makes batches last, so that there is time for clicks."""

    def on_train_batch_end(self, batch, logs=None):
        time.sleep(0.002)


def click_at_random(run, seed: int, count: int) -> list:
    """Clicks on everything from another thread; returns the errors that are not answers to impossible requests."""
    chance, wrong, control = random.Random(seed), [], run.control

    def one():
        choice = chance.randrange(14)
        if choice < 4:
            name = chance.choice(["learning_rate", "learning_rate", "momentum", "drop.rate"])
            control.set(name, chance.choice([0.05, 0.01, 0.1, 0.2]))
        elif choice < 6:
            control.pause()
        elif choice < 8:
            control.resume()
        elif choice < 10:
            control.step(chance.choice(["batch", "batch", "epoch"]))
        elif choice == 10 and run.restorable:
            run.restore(chance.choice(run.restorable))
        elif choice == 12:
            model, predicts = run.session.model, chance.random() < 0.5
            found = model.predict(X[:8], verbose=0) if predicts else model.evaluate(X, Y, verbose=0)
            assert np.all(np.isfinite(found))
        elif run.epochs < 200:
            control.add_epochs(1)

    for _ in range(count):
        try:
            one()
        except ValueError:
            pass  # the run has ended, or the epoch is no longer kept
        except Exception as problem:
            wrong.append(problem)
        time.sleep(0.001)
    assert not run.finished, "the training was too short for all clicks"
    control.request_stop() if seed % 2 else control.resume()
    return wrong


def best() -> keras.callbacks.EarlyStopping:
    return keras.callbacks.EarlyStopping(patience=1000, restore_best_weights=True)


@pytest.mark.parametrize("seed,validates", [(0, False), (1, True), (2, True)])
def test_a_thousand_random_clicks_are_replayed_by_the_code(seed, validates):
    """No deadlock, no exception, and the exported code gives equal weights, and an equal history."""
    model, fit = make(), FIT | {"epochs": 120}
    callbacks = [best()] if validates else []
    fit |= {"validation_split": 0.25} if validates else {}
    training = model.fit(X, Y, callbacks=[*callbacks, Clicks({}), Slow()], background=True, **fit)
    wrong = click_at_random(training.run, seed, 1000)
    assert training.wait(60) and wrong == []
    training.result()
    kinds = {action[2] for action in training.run.actions}
    assert {"set", "restore", "add_epochs"} <= kinds and len(training.run.actions) > 100
    twin = replayed(training.run, [best()] if validates else [], **fit)
    assert same(state(twin), state(model))
    assert twin.history.history == model.history.history


def test_code_repeats_what_comes_after_the_end():
    """Restored weights and more epochs."""
    model = make()
    model.fit(X, Y, callbacks=[Clicks({5: lambda run: run.control.set_learning_rate(0.2)})], **FIT)
    model.run.restore(1)
    model.run.extend(2).wait()
    twin = replayed(model.run, **FIT)
    assert [a[2] for a in model.run.actions] == ["set", "restore", "extend"]
    assert same(state(twin), state(model))


def test_code_of_a_run_that_nobody_steered():
    """Says so, and is code."""
    text = make_run().code()
    assert text.startswith("# Nobody steered")
    compile(text, "code", "exec")


def test_replays_refuse_what_is_no_action():
    """With what an action is."""
    with pytest.raises(ValueError, match="An action is a tuple"):
        Replay([(0, 0, "dance")])
    with pytest.raises(ValueError, match="must be a list of tuples. Received: 5"):
        Replay(5)
    for wrong in [("a", None, "stop"), (0, 0.5, "stop"), (-1, None, "stop"), (True, None, "stop")]:
        with pytest.raises(ValueError, match="begins with the numbers of an epoch and a batch"):
            Replay([wrong])
    with pytest.raises(ValueError, match="Behind 'set' an action has a name and a value"):
        Replay([(0, None, "set", "learning_rate")])
