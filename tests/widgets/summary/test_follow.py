"""A displayed model follows its training: which units are dead or saturated, within 5 % of the time."""

from __future__ import annotations

import gc
import time
import weakref

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb.widgets.summaries import follow
from kerasnb.widgets.watch.budget import Budget
from tests.browser.bare import connect
from tests.widgets.fakes import Clock

layers = keras.layers
RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 6)).astype("float32")
Y = X[:, :1] - X[:, 1:2] ** 2


def made(rate=0.01):
    """A model with all that must not notice."""
    keras.utils.set_random_seed(4)
    model = keras.Sequential([
        keras.Input((6,)), layers.Dense(16, activation="relu", name="a", activity_regularizer="l2"),
        layers.BatchNormalization(name="norm"), layers.Dropout(0.3, name="drop"),
        layers.Dense(8, activation="tanh", name="b"), layers.Dense(1, name="out"),
    ], name="net")  # fmt: skip
    model.compile(keras.optimizers.SGD(rate), "mse", metrics=["mae"])
    return model


class Weights(keras.callbacks.Callback):
    """Lets two more units of the first layer die in each epoch, and remembers its weights at the end of it."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_epoch_begin(self, epoch, logs=None):
        kernel, bias = self.model.layers[0].get_weights()
        bias[: 2 * epoch] = -100.0
        self.model.layers[0].set_weights([kernel, bias])

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(self.model.layers[0].get_weights())


def dead(weights) -> int:
    """How many units are zero for all of the first 256 samples, after NumPy."""
    kernel, bias = weights
    return int(((X[:256].astype("float64") @ kernel + bias) <= 0).all(axis=0).sum())


def state_of(state, name):
    return next(row["state"] for row in state["rows"] if row["name"] == name)


@pytest.fixture
def every_epoch(monkeypatch):
    """A clock that stands still allows every look, and every message."""
    monkeypatch.setattr(follow, "Budget", lambda: Budget(clock=Clock()))
    monkeypatch.setattr(follow, "INTERVAL", 0.0)


def test_dead_units_are_counted_after_each_epoch(every_epoch):
    """As many as NumPy counts with the weights of that epoch, in the row of the layer, with their share."""
    model, weights = made(), Weights()
    widget = connect(kw.summary(model))
    model.fit(X, Y, epochs=5, batch_size=50, verbose=0, callbacks=[weights])
    states = [sent["state"] for sent in widget.take()]
    assert states[0]["told"] == states[1]["told"] == "Units before epoch 1, on 256 samples"
    states = states[2:]
    assert len(states) == 6  # the end brings the picture, too
    for epoch, (state, seen) in enumerate(zip(states, weights.seen, strict=False)):
        count = dead(seen)
        words = f"{count} of 16 dead · {100 * count / 16:.0f} %" if count else "healthy"
        assert state_of(state, "a") == ["warn" if count else "ok", words]
        assert state["told"].startswith(f"Units after epoch {epoch + 1} of 5, on 256 samples")
    assert [dead(seen) for seen in weights.seen][-1] >= 8


def test_text_and_picture_say_the_same(every_epoch):
    """The share of each layer, and when it was."""
    model, weights = made(), Weights()
    tool = kw.summary(model)
    connect(tool)
    model.fit(X, Y, epochs=3, batch_size=50, verbose=0, callbacks=[weights])
    words = f"{dead(weights.seen[-1])} of 16 dead · "
    for twin in (tool.text(), tool.html()):
        assert words in twin and "Units after epoch 3 of 3, on 256 samples" in twin


@pytest.mark.parametrize("background", [False, True])
def test_the_training_does_not_notice(every_epoch, background):
    """Weights, optimizer, seeds and history are bit-equal with and without cards; one opens in the middle."""
    results = []
    for watched in (False, True):
        model = made(rate=0.05)
        cards = [connect(kw.summary(model))] if watched else []
        fit = {"epochs": 6, "batch_size": 32, "validation_split": 0.2, "verbose": 0}
        training = model.fit(X, Y, background=background, **fit)
        if watched:
            cards.append(connect(kw.summary(model)))
        history = training.result() if background else training
        variables = [*model.variables, *model.optimizer.variables]
        results.append(([v.numpy() for v in variables], history.history))
        assert not watched or state_of(cards[0].state, "a") is not None
    for plain, followed in zip(results[0][0], results[1][0], strict=True):
        np.testing.assert_array_equal(plain, followed)
    assert results[0][1] == results[1][1]


def test_looks_stay_within_their_share(monkeypatch):
    """A look of a second follows 20 seconds of training, so with epochs of four seconds every fifth one."""
    clock, budgets = Clock(), []

    def budget():
        budgets.append(Budget(clock=clock))
        return budgets[-1]

    def look(model, x):
        clock.now += 1.0
        return {}

    class Epoch(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            clock.now += 4.0

    monkeypatch.setattr(follow, "Budget", budget)
    monkeypatch.setattr(follow, "unit_states", look)
    model = made()
    tool = kw.summary(model)
    connect(tool)
    model.fit(X, Y, epochs=40, batch_size=100, verbose=0, callbacks=[Epoch()])
    assert budgets[0].looks == 8 and budgets[0].used() <= 0.05
    assert "8 looks: 5.0 % of the training time" in tool.told


def test_a_card_of_another_cell_follows_from_then_on():
    """A model is displayed while it trains in the background."""
    model = made(rate=0.01)

    class Slow(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            time.sleep(0.01)

    training = model.fit(X, Y, epochs=1000, verbose=0, background=True, callbacks=[Slow()])
    tool = kw.summary(model)
    widget = connect(tool)
    until = time.monotonic() + 20
    while not tool.told and time.monotonic() < until:
        time.sleep(0.01)
    sent = widget.hear({"do": "measure", "ask": 1})  # a step in between would be one more than was asked for
    training.stop()
    training.result()
    assert "Units after epoch" in tool.told and "of 1000" in tool.told
    errors = [message["content"]["error"] for message in sent if "reply" in message.get("content", {})]
    assert len(errors) == 1 and "The model is being trained" in errors[0]


def test_without_a_page_nothing_is_looked_at(monkeypatch):
    """A card that nobody sees costs nothing, and is not kept alive."""
    monkeypatch.setattr(follow, "unit_states", lambda model, x: pytest.fail("looked"))
    model = made()
    tool = kw.summary(model)
    model.fit(X, Y, epochs=2, verbose=0)
    gone = weakref.ref(tool)
    del tool
    gc.collect()
    assert gone() is None


def test_generators_need_the_data_of_the_card(every_epoch):
    """Without arrays there are only the samples that the card was given."""

    def batches():
        while True:
            yield X[:50], Y[:50]

    for given in (None, X[:20]):
        model = made(rate=0.01)
        tool = kw.summary(model, given)
        connect(tool)
        model.fit(batches(), steps_per_epoch=2, epochs=2, verbose=0)
        assert tool.told.startswith("Units after epoch 2 of 2, on 20 samples") is (given is not None)


def test_layers_of_ones_own_are_not_called(every_epoch):
    """Their calls may count, print or draw."""

    class Counts(layers.Layer):
        calls = 0

        def call(self, x):
            Counts.calls += 1
            return x

    def train(shown):
        Counts.calls = 0
        model = keras.Sequential([keras.Input((6,)), Counts(), layers.Dense(1, activation="relu")])
        model.compile("sgd", "mse")
        if shown:
            connect(kw.summary(model))
        model.fit(X, Y, epochs=3, verbose=0)
        return Counts.calls

    assert train(True) == train(False)


def test_a_look_that_fails_does_not_end_the_training(every_epoch, monkeypatch):
    """It is the last one, and says so once."""

    def fail(model, x):
        raise RuntimeError("no")

    monkeypatch.setattr(follow, "unit_states", fail)
    model = made()
    tool = kw.summary(model)
    connect(tool)
    with pytest.warns(UserWarning, match="The card of net does not follow the training any more"):
        history = model.fit(X, Y, epochs=3, verbose=0)
    assert len(history.history["loss"]) == 3
