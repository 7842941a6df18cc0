"""Fits of one cell: they fold into one card, which says what differs and which one is best."""

from __future__ import annotations

import gc
import json
import weakref

import numpy as np
import pytest

import kerasnb as keras
from kerasnb.model.run.run import Run
from kerasnb.widgets.kit.words import rate
from kerasnb.widgets.notebook import notebook
from kerasnb.widgets.panel import views
from kerasnb.widgets.runs import fold
from kerasnb.widgets.runs.fits import Fits
from tests.browser.bare import connect

VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def cell(monkeypatch):
    """A kernel that runs a cell without a browser; what it displays, in order: (kind, display id, bundle)."""
    outputs, request = [], {"header": {"msg_id": "1"}, "metadata": {}}
    monkeypatch.setattr(notebook, "shell", lambda: object())
    monkeypatch.setattr(notebook, "parent", lambda: request)
    monkeypatch.setattr(notebook, "show", lambda bundle, place=None: outputs.append(("show", place, bundle)))
    monkeypatch.setattr(notebook, "replace", lambda bundle, place: outputs.append(("replace", place, bundle)))
    monkeypatch.setattr(fold, "_cell", fold._Cell())
    outputs_and_request = outputs, request
    return outputs_and_request


def trained(units=4, speed=0.1, epochs=3, seed=0):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(units, activation="relu"), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(speed), "mse")
    x = np.random.default_rng(0).normal(size=(32, 3)).astype("float32")
    return model.fit(x, x[:, :1], epochs=epochs, validation_split=0.25, batch_size=8, verbose=0).run


def play(run, losses):
    """A short training with these losses."""
    run.start()
    for epoch, loss in enumerate(losses):
        run.begin_epoch(epoch)
        run.record_batch(0, {"loss": loss})
        run.end_epoch(epoch, {"loss": loss})
    run.finish("completed")


def fit_in_cell(rate, losses):
    """What `fit` does with a view."""
    run = Run(epochs=len(losses), steps=1, metrics_names=["loss"], model_name="m")
    run.config = {"optimizer": {"name": "sgd", "learning_rate": rate}}
    view = views.open_view(run, "static")
    play(run, losses)
    view.close()
    return run


def test_fits_of_a_cell_fold_into_the_place_of_the_first(cell):
    """Ten fits leave one output: the card of all of them stands where the first one was."""
    outputs, _ = cell
    for i in range(10):
        fit_in_cell(0.1 * (i + 1), [1.0, 0.5 - 0.01 * i])
    places = {place for _, place, _ in outputs}
    assert [kind for kind, _, _ in outputs if kind == "show"] == ["show"] and len(places) == 1
    html = outputs[-1][2]["text/html"]
    assert "<b>10 fits</b>" in html and html.count("<img") == 10 and len(html) < 40_000
    assert {bundle["text/plain"] for _, _, bundle in outputs} == {"<kerasnb.Run epochs=2>"}


def test_each_execution_has_its_own_card(cell):
    """A fit of another cell, or of the same one run again, starts anew."""
    outputs, request = cell
    fit_in_cell(0.1, [1.0])
    request["header"] = {"msg_id": "2"}
    fit_in_cell(0.1, [1.0])
    assert [kind for kind, _, _ in outputs] == ["show", "show"]


def test_a_fit_within_a_fit_is_no_part_of_a_group(cell):
    """While the first one trains, another one has its own view."""
    outputs, _ = cell
    outer = Run(epochs=1, steps=1)
    view = views.open_view(outer, "static")
    outer.start()
    fit_in_cell(0.1, [1.0])
    outer.finish("completed")
    view.close()
    assert [kind for kind, _, _ in outputs] == ["show", "show"]


def test_titles_show_only_what_differs():
    """Optimizer settings and arguments of layers that differ, in the order of the runs; sizes that follow do not."""
    runs = [trained(4, 0.1), trained(8, 0.1), trained(8, 0.01)]
    state = Fits(runs).state()
    assert [entry["title"] for entry in state["runs"]] == [["0.1", "4"], ["0.1", "8"], [rate(0.01), "8"]]
    assert state["telling"] == ["learning_rate", "units"]
    assert state["differ"] == ["learning_rate", "units of dense 1", "parameters"]
    assert dict(state["equal"])["batch_size"] == "8" and dict(state["equal"])["units of dense 2"] == "1"
    assert [entry["values"]["parameters"] for entry in state["runs"]] == ["21", "41", "41"]


def test_models_of_other_layers_are_told_by_their_chain():
    """Where the kinds of layers differ, the chain of them is the setting."""
    plain = trained()
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dropout(0.5), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    other = model.fit(np.ones((8, 3)), np.ones((8, 1)), epochs=1, verbose=0).run
    chains = [entry["values"]["layers"] for entry in Fits([plain, other]).state()["runs"]]
    assert chains == ["Dense 4 → Dense 1", "Dropout 0.5 → Dense 1"]


def test_the_best_is_that_of_the_history():
    """The best value and epoch are those of the validation; the state is JSON, its curves the values themselves."""
    runs = [trained(4, 0.05), trained(8, 0.2)]
    state = json.loads(json.dumps(Fits(runs).state(), allow_nan=False))
    for run, entry in zip(runs, state["runs"], strict=True):
        losses = run.history["val_loss"]
        assert entry["best"]["loss"] == [min(losses), int(np.argmin(losses)) + 1]
        np.testing.assert_allclose(entry["curves"]["loss"]["v"], losses, rtol=1e-3)
        np.testing.assert_allclose(entry["curves"]["loss"]["t"], run.history["loss"], rtol=1e-3)


def test_a_fit_without_numbers_says_where_it_began():
    """NaN: the epoch is named, the run is never the best one, and its curve breaks."""
    good, bad = Run(epochs=3, steps=1), Run(epochs=3, steps=1)
    play(good, [1.0, 0.9, 0.8])
    play(bad, [0.5, float("nan"), float("nan")])
    fits = Fits([good, bad])
    assert [entry["bad"] for entry in fits.state()["runs"]] == [None, 2]
    assert "best loss 0.800 in run 1 · run 2 not finite from epoch 2" in fits.text()
    assert fits.state()["runs"][1]["curves"]["loss"]["t"] == [0.5, None, None]


def test_very_many_fits_stay_small():
    """200 fits of 100 epochs: the state stays under 200 KB, the saved picture under 40 KB."""
    runs = []
    for i in range(200):
        runs.append(Run(epochs=100, steps=1))
        runs[-1].config = {"optimizer": {"name": "sgd", "learning_rate": 0.001 * (i + 1)}}
        play(runs[-1], [1.0 / (1 + epoch) for epoch in range(100)])
    fits = Fits(runs)
    assert len(fits.bundle()["text/html"]) < 40_000
    assert len(json.dumps(fits.state())) < 200_000


def test_stop_reaches_the_running_fit():
    """The button sets the flag of the fit that runs, and of no other."""
    ended, running = Run(epochs=1, steps=1), Run(epochs=2, steps=1)
    play(ended, [1.0])
    running.start()
    connect(Fits([ended, running])).hear({"do": "stop", "ask": 1})
    assert running.control.stop and not ended.control.stop


def test_a_loop_keeps_no_model(cell, monkeypatch):
    """Of ten models that were trained in a loop, the card keeps the curves; the models go."""
    monkeypatch.setattr("kerasnb.model.run.run.is_notebook", lambda: True)
    monkeypatch.delenv("KERASNB_RENDERER", raising=False)
    models = []
    for i in range(10):
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        model.compile(keras.optimizers.SGD(0.01 * (i + 1)), "mse")
        model.fit(np.ones((8, 3)), np.ones((8, 1)), epochs=2)
        models.append(weakref.ref(model))
    del model
    gc.collect()
    alive = sum(ref() is not None for ref in models)
    fits = fold._cell.fits
    assert len(fits.runs) == 10 and all(len(run.history["loss"]) == 2 for run in fits.runs)
    assert alive <= 1  # the last one, which a person may go on with


def test_a_fit_that_failed_says_so(cell):
    """It has its place among the others, with the word in place of a value."""
    fit_in_cell(0.1, [1.0, 0.5])
    run = Run(epochs=2, steps=1)
    view = views.open_view(run, "static")
    run.start()
    run.finish("failed")
    view.close()
    rows = fold._cell.fits.text().splitlines()
    assert rows[0].startswith("2 fits · best loss 0.500 in run 1") and "failed" in rows[3]
