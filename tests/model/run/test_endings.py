"""How a training ended: why, in words, or with which error; and what is left of it for later runs."""

from __future__ import annotations

import re

import numpy as np
import pytest

import kerasnb as keras
from kerasnb.model.run import facts
from kerasnb.model.run.run import Run

X = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
Y = X[:, :1].copy()
FIT = {"epochs": 3, "batch_size": 8, "verbose": 0}


def make(*layers, loss="mse", optimizer="sgd", **arguments) -> keras.Model:
    model = keras.Sequential([keras.Input((4,)), *(layers or [keras.layers.Dense(1)])], **arguments)
    model.compile(optimizer, loss)
    return model


class Worse(keras.callbacks.Callback):
    """Gives a validation loss that is best in the third epoch."""

    def on_epoch_end(self, epoch, logs=None):
        logs["val_loss"] = abs(epoch - 2) + 0.04631


@pytest.mark.parametrize("restored", [True, False])
def test_early_stopping_is_explained(restored):
    """The metric, the patience, the best epoch and whether its weights are in the model."""
    model, weights = make(), []

    class Keep(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            weights.append(self.model.get_weights())

    early = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=restored)
    model.fit(X, Y, callbacks=[Worse(), early, Keep()], **FIT | {"epochs": 20})
    reason = model.run.reason
    assert reason["kind"] == "early_stopping" and reason["best_epoch"] == 2 and reason["best"] == 0.04631
    assert (reason["monitor"], reason["patience"], reason["restored"]) == ("val_loss", 5, restored)
    assert facts.headline(model.run, timed=False) == (
        "Stopped early at epoch 8 of 20: val_loss no better for 5 epochs; best 0.0463 at epoch 3"
        + (", restored" if restored else "")
    )
    assert model.run.restored == (2 if restored else None)
    expected = weights[2] if restored else weights[-1]
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), expected, strict=True))


def test_best_weights_are_told_when_all_epochs_were_trained():
    """EarlyStopping puts them back at the end in any case."""
    model = make()
    early = keras.callbacks.EarlyStopping(patience=50, restore_best_weights=True)
    model.fit(X, Y, callbacks=[Worse(), early], **FIT | {"epochs": 5})
    assert model.run.reason["kind"] == "completed" and model.run.restored == 2
    assert facts.headline(model.run, timed=False) == "Trained · 5 epochs; best 0.0463 at epoch 3, restored"


class Stops(keras.callbacks.Callback):
    """Ends the training in the second epoch, in one of several ways."""

    def __init__(self, how):
        super().__init__()
        self.how = how

    def on_train_batch_end(self, batch, logs=None):
        if self.model.run.epoch == 1 and batch == 1:
            self.how(self.model)


@pytest.mark.parametrize(
    "how,kind,line",
    [
        (lambda m: m.run.control.request_stop(), "stopped", "Stopped · 1 of 3 epochs"),
        (lambda m: m.run.interrupt(), "interrupted", "Interrupted · 1 of 3 epochs"),
        (lambda m: setattr(m, "stop_training", True), "callback", "Stopped by a callback at epoch 2 of 3"),
        (lambda m: None, "completed", "Trained · 3 epochs"),
    ],
)
def test_other_endings(how, kind, line):
    """A button, an interrupt, a callback, and the end."""
    model = make()
    model.fit(X, Y, callbacks=[Stops(how)], **FIT)
    assert model.run.reason["kind"] == kind and facts.headline(model.run, timed=False) == line


def test_terminate_on_nan_is_explained():
    """The callback, and where the loss became so."""
    x = X.copy()
    x[:] = np.nan
    model = make()
    with pytest.warns(UserWarning, match="The loss is not finite"):
        model.fit(x, Y, callbacks=[keras.callbacks.TerminateOnNaN()], **FIT)
    assert model.run.reason["kind"] == "terminate_on_nan" and model.run.trouble["where"] == "x"
    assert facts.headline(model.run, timed=False).startswith("Stopped at epoch 1 of 3 · the loss is not finite (NaN)")


def test_data_that_run_out_are_explained():
    """A generator with fewer batches than were asked for."""
    model = make()
    with pytest.warns(UserWarning, match="ran out of data"):
        model.fit(((X[:8], Y[:8]) for _ in range(3)), steps_per_epoch=2, epochs=5, verbose=0)
    assert model.run.reason["kind"] == "out_of_data"
    assert facts.headline(model.run, timed=False).endswith("the data ran out")


def test_the_compile_phase_has_seconds():
    """The stretches between the first and the last report of each plan."""
    run = Run(steps=3)
    run.start()
    run.begin_epoch(0)
    for done, at in ((0, 10.0), (1, 11.5), (2, 12.0), (0, 20.0), (1, 20.5)):
        run.phase("compiling dense", done, 2 if at < 15 else 1)
        run.phase_times[-1] = at
    assert run.compile_seconds == pytest.approx(2.5)


# --- errors


def failed(model, x, y, **arguments) -> dict:
    with pytest.raises(Exception) as caught:
        model.fit(x, y, **FIT | arguments)
    assert model.run.status == "failed" and caught.value is not None
    return model.run.failure


def test_targets_that_do_not_fit():
    """Both sides, the mend and its code, the person's line."""
    failure = failed(make(keras.layers.Dense(10), loss="categorical_crossentropy"), X, np.arange(40) % 10)
    assert failure["title"] == "fit did not start" and failure["sides"] == [("targets", "(8,)"), ("output", "(8, 10)")]
    assert failure["fix"].startswith("The targets seem to be class ids.")
    assert failure["code"] == "loss='sparse_categorical_crossentropy'"
    assert failure["line"]["where"] == "test_endings.py" and failure["line"]["source"].startswith("model.fit(")
    assert failure["trace"][-1].startswith("ValueError: ") and len(failure["trace"]) <= 5
    mine, ours = failure["trace"][-3:-1]
    assert mine.endswith(" in failed") and re.fullmatch(r"kerasnb/[\w/]+\.py:\d+ in \w+", ours)


def test_inputs_that_do_not_fit():
    """An error that comes before the run has a run all the same."""
    failure = failed(make(keras.layers.Dense(1, name="wide")), np.ones((8, 5)), np.ones((8, 1)))
    assert failure["sides"] and failure["sides"][-1][1].endswith("5)") and failure["fix"]


def test_numbers_of_samples_that_do_not_fit():
    """The two sizes."""
    failure = failed(make(), X, Y[:-1])
    assert failure["sides"] == [("samples in x", "40"), ("samples in y", "39")]


def test_errors_of_a_persons_own_code_show_their_line():
    """With the place in the training."""

    class Wrong(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 2:
                raise KeyError("oops")

    failure = failed(make(), X, Y, callbacks=[Wrong()])
    assert failure["title"] == "fit failed after epoch 1, batch 2" and failure["text"] == "KeyError: 'oops'"
    assert failure["line"]["source"] == 'raise KeyError("oops")'
    *calls, last = failure["trace"]
    assert last == "KeyError: 'oops'" and 1 < len(calls) <= 3
    assert all(re.fullmatch(r"test_endings\.py, line \d+ in \w+", call) for call in calls)
    assert calls[-1] == f"test_endings.py, line {failure['line']['number']} in on_train_batch_end"


def test_a_model_that_is_not_compiled_has_a_failure():
    """Whatever comes first."""
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    assert "compile" in failed(model, X, Y)["text"]


# --- earlier runs


def test_ghosts_are_the_last_five_runs_of_models_like_this_one():
    """Newest first, those before this run, without runs of other models."""
    for count in range(1, 8):
        make(name=f"ghostly_{count}").fit(X, Y, **FIT | {"epochs": count})
    make(keras.layers.Dense(3), keras.layers.Dense(1), name="other").fit(X, Y, **FIT)
    model = make(name="ghostly")
    model.fit(X, Y, **FIT)
    assert [len(ghost.epoch_numbers) for ghost in model.run.ghosts()] == [7, 6, 5, 4, 3]
    assert model.run.ghosts()[0].history.keys() == {"loss"}
    model.run.extend(2).wait()
    model.fit(X, Y, **FIT)
    assert [len(ghost.epoch_numbers) for ghost in model.run.ghosts()] == [5, 7, 6, 5, 4]
