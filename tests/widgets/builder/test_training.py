"""A training in the Builder and the clicks that come at an awkward moment of it."""

from __future__ import annotations

import time

import numpy as np

import kerasnb.widgets as kw
from kerasnb.widgets.builder.training import Training
from tests.browser.bare import connect

RNG = np.random.default_rng(5)
X = RNG.random((40, 6)).astype("float32")
Y = RNG.integers(0, 3, 40)


def builder(epochs: int):
    made = kw.Builder(x=X, y=Y)
    made.play([{"do": "settings", "settings": {"epochs": epochs}}])
    return made


def test_a_stop_before_the_first_batch_is_not_forgotten(monkeypatch):
    """While the optimizer is built and the data are checked: the training ends after its first batch."""
    made, values = builder(50), Training._values
    widget = connect(made)

    def clicked(self, variables=None):
        if variables is None:
            widget.hear({"do": "stop"})
        return values(self, variables)

    monkeypatch.setattr(Training, "_values", clicked)
    made.play([{"do": "train"}])
    assert made.training.phase == "stopped" and made.model.run.batches == 1
    monkeypatch.undo()
    made.play([{"do": "settings", "settings": {"epochs": 2}}, {"do": "train"}])
    assert made.training.phase == "done" and len(made.training.history["loss"]) == 2


def test_layers_stay_until_the_training_is_a_change_that_can_be_taken_back(monkeypatch):
    """A click between the last batch and that is refused: it would be undone with the training."""
    made, remember, answers = builder(1), Training._remember, []
    widget = connect(made)

    def late(self, *arguments):
        answers.append(widget.hear({"do": "insert", "ask": 1, "after": "dense", "layers": [{"name": "Dropout"}]})[-1])
        remember(self, *arguments)

    monkeypatch.setattr(Training, "_remember", late)
    layers = [layer.name for layer in made.model.layers]
    made.play([{"do": "train"}])
    assert "stop it first" in answers[0]["content"]["error"]
    assert [layer.name for layer in made.model.layers] == layers and made.shop.done[-1].label == "train 1 epoch"


def test_the_end_waits_for_a_click_that_is_being_handled():
    """The card is not drawn from layers that another thread is changing."""
    made = builder(1)
    connect(made)
    with made.lock:
        made._start({})
        while made.training.phase != "done":
            time.sleep(0.001)
        made.training.wait(0.5)
        waits = made.training._thread.is_alive()
    made.training.wait(20)
    assert waits and not made.training._thread.is_alive()
