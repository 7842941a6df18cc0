"""`kw.compare`: which trainings it takes, what it says, and that every view says the same."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb.model.run.run import Run
from kerasnb.widgets.kit.words import number as kw_number
from tests.widgets.runs.test_fits import play


def fit(units, epochs=3):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(units), keras.layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    x = np.random.default_rng(0).normal(size=(32, 3)).astype("float32")
    return model.fit(x, x[:, :1], epochs=epochs, validation_split=0.25, verbose=0)


def test_histories_runs_and_models_are_trainings():
    """What `fit` returned, its run, and the model that was trained: the same three columns."""
    history = fit(4)
    compared = kw.compare(history, history.run, model=history.model)
    assert compared.runs == [history.run] * 3 and compared.labels == ["1", "2", "model"]


def test_an_older_training_of_a_model_keeps_its_run():
    """Two fits of one model are two runs."""
    first = fit(4)
    second = first.model.fit(np.ones((8, 3)), np.ones((8, 1)), verbose=0)
    compared = kw.compare(first, second)
    assert compared.runs[0] is first.run and compared.runs[1] is second.run and first.run is not second.run


def test_the_verdict_has_the_numbers_of_the_histories():
    """Better by the difference of the best validation losses; the settings that differ and those that are equal."""
    small, large = fit(2), fit(16)
    best = [min(h.history["val_loss"]) for h in (small, large)]
    compared = kw.compare(small, large)
    state = compared.state()
    gap = kw_number(abs(best[0] - best[1]))
    assert f"run {1 + int(np.argmin(best))} is better by {gap} val_loss" in compared.line()
    assert state["differ"] == ["units of dense 1", "parameters"]
    assert [run["values"]["units of dense 1"] for run in state["runs"]] == ["2", "16"]
    assert {"optimizer": "adam", "epochs": "3", "samples": "24"}.items() <= dict(state["equal"]).items()
    assert [run["best"]["loss"][0] for run in state["runs"]] == best


@pytest.mark.parametrize(("seconds", "pace"), [((10.0, 3.0), "slower"), ((3.0, 10.0), "faster")])
def test_the_verdict_says_what_the_better_one_costs(seconds, pace):
    """The time of the run that is better, beside that of the other one; the order of both does not matter."""
    worse, better = sorted((fit(2).run, fit(16).run), key=lambda run: -min(run.history["val_loss"]))
    for run, time in zip((better, worse), seconds, strict=True):
        run.started, run.ended = 100.0, 100.0 + time
    for runs in ((better, worse), (worse, better)):
        line = kw.compare(*runs).line()
        assert line.startswith(f"run {1 + runs.index(better)} is better by ")
        assert line.endswith(f" val_loss and {pace} by 7.0 s")


def test_text_and_html_say_the_same():
    """Every value of the text's table stands in the HTML; the picture has a description."""
    compared = kw.compare(fit(2), wide=fit(16))
    html = compared.html()
    for row in compared.text().splitlines()[3:10]:
        for word in row.split():
            assert word in html
    assert 'alt="Curves of val_loss: 1 best' in html and "<svg" not in html and len(html) < 40_000


@pytest.mark.parametrize(
    ("runs", "error", "words"),
    [
        ((), ValueError, "needs 2 to 6 trainings. Received: 0"),
        ((Run(), Run()), ValueError, "Argument 1 of `compare` has no complete epoch"),
        ((3, 4), TypeError, "must be what `fit` returned, a `Run` or a trained model. Received: 3"),
    ],
)
def test_what_is_no_training_is_named(runs, error, words):
    """The argument, what was expected, what arrived."""
    with pytest.raises(error, match=words):
        kw.compare(*runs)


def test_a_model_that_was_not_trained_is_named():
    """It says what to call."""
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    run = Run(epochs=1, steps=1)
    play(run, [1.0])
    with pytest.raises(ValueError, match="Argument 2 of `compare` is a model without a training. Call `fit` first"):
        kw.compare(run, model)


def test_copies_of_a_history_leave_the_run_behind():
    """A run holds threads and data; a history can be copied and pickled as before."""
    history = fit(2)
    state = history.__getstate__()
    assert "run" not in state and history.run is not None
    bare = keras.callbacks.History()
    bare.run = history.run
    assert copy.deepcopy(bare).run is None and pickle.loads(pickle.dumps(bare)).run is None


def test_runs_are_judged_by_what_all_of_them_have():
    """One run with a validation and one without: both by their training loss, and both curves are drawn."""
    plain = fit(4).model
    alone = plain.fit(np.ones((8, 3)), np.ones((8, 1)), epochs=3, verbose=0)
    with_validation = fit(4)
    compared = kw.compare(alone, with_validation)
    state = compared.state()
    assert [run["best"]["loss"][0] for run in state["runs"]] == [
        min(h.history["loss"]) for h in (alone, with_validation)
    ]
    assert [run["curves"]["loss"]["j"] for run in state["runs"]] == ["t", "t"]
    assert state["runs"][0]["curves"]["loss"]["v"] == [] and "val_loss" not in compared.line()
