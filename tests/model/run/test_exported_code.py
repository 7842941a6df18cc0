"""The code of a steered training does all of it again."""

from __future__ import annotations

import random
import time

import numpy as np
import pytest

import kerasnb as keras
from kerasnb.model.run.replay import Replay
from tests.model.run.steered import FIT, Clicks, X, Y, make, make_run, replayed, same, state

pytestmark = pytest.mark.usefixtures("every_epoch")


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
