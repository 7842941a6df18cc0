"""Steering a training: values, more epochs and single steps."""

from __future__ import annotations

import time

import numpy as np
import pytest

import kerasnb as keras
from tests.model.run.steered import FIT, Clicks, X, Y, make, make_run, same, state, until

pytestmark = pytest.mark.usefixtures("every_epoch")


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
