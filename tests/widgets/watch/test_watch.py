"""`fit(..., watch=...)`: what is seen, what it costs, and that it changes nothing."""

from __future__ import annotations

import json

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb.widgets.watch import strips
from kerasnb.widgets.watch.boundary import GRID, STEPS, Boundary
from kerasnb.widgets.watch.budget import Budget
from kerasnb.widgets.watch.predictions import Predictions
from kerasnb.widgets.watch.strips import Gradients, Weights
from tests.widgets.fakes import Clock

ALL = ["boundary", "predictions", "weights", "gradients"]


@pytest.fixture(autouse=True)
def silent(monkeypatch):
    """Nothing is printed."""
    monkeypatch.setenv("KERASNB_RENDERER", "none")


def data(count=60, kinds=2):
    rng = np.random.default_rng(0)
    y = np.arange(count) % kinds
    return (rng.normal(size=(count, 2)) + 2 * y[:, None]).astype("float32"), y


def compiled(outputs=1, dropout=False):
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(8, activation="relu")])
    if dropout:
        model.add(keras.layers.Dropout(0.3))
        model.add(keras.layers.BatchNormalization())
    model.add(keras.layers.Dense(outputs, activation="sigmoid" if outputs == 1 else "softmax"))
    loss = "binary_crossentropy" if outputs == 1 else "sparse_categorical_crossentropy"
    model.compile("adam", loss, metrics=["accuracy"])
    return model


def test_a_watched_training_gives_the_same_weights():
    """Dropout, batch normalization and metrics do not notice: weights and history are bit-equal."""
    x, y = data()
    results = []
    for watch in (None, ALL):
        model = compiled(dropout=True)
        history = model.fit(x, y, epochs=4, validation_split=0.2, verbose=0, watch=watch)
        results.append((model.get_weights(), history.history))
    for plain, watched in zip(results[0][0], results[1][0], strict=True):
        np.testing.assert_array_equal(plain, watched)
    assert results[0][1] == results[1][1]


def test_looks_stay_within_their_share():
    """A look of 1 s is allowed again only after 20 s of training; the look before the training is free."""
    clock = Clock()
    budget = Budget(0.05, clock)

    def take(seconds):
        with budget.look():
            clock.now += seconds

    take(1.0)
    budget.begin()
    allowed = []
    for _ in range(100):
        clock.now += 1.0
        allowed.append(budget.allows())
        if allowed[-1]:
            take(1.0)
        assert budget.spent <= 0.05 * budget.trained() + 1e-9
    assert [i + 1 for i, a in enumerate(allowed) if a] == [20, 40, 60, 80, 100]
    assert budget.skipped == 95 and budget.used() == pytest.approx(0.05)


def test_epochs_are_skipped_when_a_look_takes_long(monkeypatch):
    """With a clock on which an epoch takes 1 s and a look 0.39 s, one epoch of eight is looked at."""
    clock = Clock()
    watch = kw.Watch("weights", clock=clock)
    see = kw.Watch._see

    def slow(self):
        see(self)
        clock.now += 0.39

    monkeypatch.setattr(kw.Watch, "_see", slow)
    passes = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: setattr(clock, "now", clock.now + 1.0))
    x, y = data()
    compiled().fit(x, y, epochs=32, verbose=0, callbacks=[passes, watch])
    assert watch.looks[0].frames.epochs == [0, 8, 16, 24, 32]
    assert watch.card.cost() == "4 looks, 28 epochs skipped: 4.9 % of the training time"


@pytest.mark.parametrize("outputs", [1, 3])
def test_the_boundary_is_that_of_the_model(outputs):
    """Each cell of the picture has the class that `predict` returns for its middle."""
    x, y = data(kinds=max(2, outputs))
    model = compiled(outputs)
    model.fit(x, y, epochs=3, verbose=0)
    look = Boundary(model, x, y)
    look.look(3)
    left, right, bottom, top = look.box
    xs = left + (right - left) * (np.arange(GRID) + 0.5) / GRID
    ys = top - (top - bottom) * (np.arange(GRID) + 0.5) / GRID
    points = np.array([[a, b] for b in ys for a in xs], "float32")
    predicted = model.predict(points, verbose=0)
    expected = predicted[:, 0] > 0.5 if outputs == 1 else predicted.argmax(1)
    frame = look.frames[-1][1]
    shown = frame > 127 if outputs == 1 else frame // (STEPS + 1)
    sure = np.abs(predicted[:, 0] - 0.5) > 0.004 if outputs == 1 else np.ones(len(points), bool)
    np.testing.assert_array_equal(shown[sure], expected[sure])
    right = (model.predict_classes(look.points.astype("float32")).ravel() == look.targets).mean()
    assert look.right() == pytest.approx(right, abs=0.1)


def test_predictions_are_those_of_predict():
    """Samples of each class in turn, with the model's own probabilities."""
    x, y = data(kinds=3)
    model = compiled(3)
    look = Predictions(model, x, y)
    look.look(0)
    expected = model.predict(x[look.places], verbose=0)
    assert [y[p] for p in look.places] == [0, 1, 2, 0, 1, 2, 0, 1]
    for row, guesses in zip(expected, look.guesses(look.frames[-1][1]), strict=True):
        assert [int(g[0]) for g in guesses] == np.argsort(-row).tolist()
        assert [g[1] for g in guesses] == pytest.approx(sorted(row, reverse=True), abs=1e-3)
    assert sum(look.right(look.frames[-1][1])) == (expected.argmax(1) == y[look.places]).sum()


def test_targets_that_are_no_classes_are_numbers():
    """A regression shows the value beside the target."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = data()
    look = Predictions(model, x, y * 1.5 + 0.25)
    look.look(0)
    value = model.predict(x[look.places[:1]], verbose=0)[0, 0]
    assert look.truths()[:2] == ["0.250", "1.7500"] and look.line() == ""
    assert float(look.guesses(look.frames[-1][1])[0][0][2].replace("−", "-")) == pytest.approx(value, rel=1e-2)


def test_strips_hold_every_weight():
    """Norm and change as NumPy computes them; every weight is in a bin, also after the range has grown."""
    model = compiled()
    look, name = Weights(model), model.layers[0].name
    look.look(0)
    before = np.concatenate([w.ravel() for w in model.layers[0].get_weights()])
    model.layers[0].set_weights([10 * w for w in model.layers[0].get_weights()])
    look.look(1)
    seen = look.frames[-1][1][name]
    assert seen["size"] == pytest.approx(np.linalg.norm(10 * before)) and seen["change"] == pytest.approx(9.0)
    assert seen["counts"].sum() == len(before) and look.ranges[name] >= np.abs(10 * before).max()
    assert look.heat(name).shape[1] == 2 and look.heat(name).max() == 255


def test_earlier_columns_are_those_of_the_wider_range():
    """When weights grow, the histograms before are as if they had been counted over the new range."""
    values = np.random.default_rng(0).normal(size=500).clip(-0.99, 0.99)
    counts = np.histogram(values, strips.BINS, (-1, 1))[0]
    for wide in (1, 2, 4, 8):
        expected = np.histogram(values, strips.BINS, (-wide, wide))[0]
        assert np.array_equal(strips._stretched(counts, 1, wide), expected) and expected.sum() == 500


def test_gradients_are_those_of_the_loss():
    """The norm agrees with central differences of the loss that `evaluate` returns."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = data()
    look = Gradients(model, x, y)
    look.look(0)
    kernel, bias = model.get_weights()
    slopes = []
    for place in range(3):
        values = []
        for step in (1e-2, -1e-2):
            moved = np.concatenate([kernel.ravel(), bias])
            moved[place] += step
            model.set_weights([moved[:2].reshape(2, 1), moved[2:]])
            values.append(model.evaluate(x, y, verbose=0, batch_size=len(x)))
        slopes.append((values[0] - values[1]) / 2e-2)
    assert look.frames[-1][1][model.layers[0].name]["size"] == pytest.approx(np.linalg.norm(slopes), rel=1e-2)


def test_state_is_small_json_and_the_picture_is_whole():
    """All looks of a long training: state under 64 KB, picture under 40 KB without scripts and `<svg>`."""
    x, y = data(300)
    watch = kw.Watch(ALL, x, y, share=1)
    compiled().fit(x, y, epochs=50, verbose=0, callbacks=[watch])
    state = json.dumps(watch.card.state(), allow_nan=False)
    html = watch.card.bundle()["text/html"]
    assert len(state) < 64_000 and len(html) < 40_000
    assert "<svg" not in html and "<script" not in html and html.count("<img") >= 5
    for line in watch.card.text().splitlines():
        assert line.split("  ")[0] in html.replace("&quot;", '"')


@pytest.mark.parametrize(
    ("watch", "x", "words"),
    [
        ("edges", None, 'must be one of "boundary", "predictions", "weights", "gradients".*Received: watch=.edges'),
        ("boundary", np.ones((8, 3)), r"x must have the shape \(samples, 2\). Received: x.shape=\(8, 3\)"),
        ([], None, "or a list of them. Received"),
        (5, None, "Argument `watch` must be one of .*, or a list of them. Received: watch=5"),
        (True, None, "Argument `watch` must be one of .*Received: watch=True"),
        ([["weights"]], None, r"Argument `watch` must be one of .*Received: watch=\[\['weights'\]\]"),
    ],
)
def test_what_cannot_be_watched_is_named_before_training(watch, x, words):
    """The argument, what was expected, what arrived; the weights are as before."""
    model = keras.Sequential([keras.Input((x.shape[1] if x is not None else 2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    before = model.get_weights()
    x = np.ones((8, 2)) if x is None else x
    with pytest.raises(ValueError, match=words):
        model.fit(x, np.ones((8, 1)), verbose=0, watch=watch)
    np.testing.assert_array_equal(before[0], model.get_weights()[0])


@pytest.mark.parametrize("share", [0, -0.1, 1.5, "half", None], ids=str)
def test_the_share_of_looks_is_a_part(share):
    """The range in the message leaves out what is refused."""
    with pytest.raises(ValueError, match="`share` must be above 0 and at most 1. Received: share="):
        kw.Watch("weights", share=share)


def test_a_generator_is_told_what_to_do():
    """Batches have no samples to pick from."""
    batches = ((np.ones((4, 2)), np.ones((4, 1))) for _ in range(2))
    with pytest.raises(ValueError, match=r'needs arrays of samples.*callbacks=\[kw.Watch\("predictions", x, y\)\]'):
        compiled().fit(batches, steps_per_epoch=2, verbose=0, watch="predictions")


def test_outside_of_notebooks_the_end_is_printed(monkeypatch, capsys):
    """One text at the end, with the numbers of the card."""
    monkeypatch.delenv("KERASNB_RENDERER")
    x, y = data()
    watch = kw.Watch(["predictions", "gradients"], x, y)
    compiled().fit(x, y, epochs=2, verbose=0, watch=watch)
    assert capsys.readouterr().out == watch.card.text() + "\n"


def test_epochs_that_are_added_go_on_in_the_same_card():
    """Extending a run adds looks to its card; another fit with the same callback has a card of its own."""
    x, y = data()
    model, watch = compiled(), kw.Watch("weights", share=1)
    watch.budget.allows = lambda: True
    model.fit(x, y, epochs=2, verbose=0, callbacks=[watch])
    card = watch.card
    model.run.extend(3).wait()
    assert watch.card is card and card.epochs == [0, 1, 2, 3, 4, 5] and card.state()["ended"]
    model.fit(x, y, epochs=1, verbose=0, callbacks=[watch])
    assert watch.card is not card and watch.card.epochs == [0, 1]


def test_a_look_that_fails_does_not_end_the_training(monkeypatch):
    """One warning, then no more looks; the history is whole."""
    x, y = data()
    watch = kw.Watch("weights", share=1)
    watch.budget.allows = lambda: True

    def fail(self, epoch):
        if epoch == 2:
            raise RuntimeError("no weights today")
        self.frames.add(epoch, {})

    monkeypatch.setattr(Weights, "look", fail)
    with pytest.warns(UserWarning, match="not watched any more: RuntimeError.*no weights today"):
        history = compiled().fit(x, y, epochs=5, verbose=0, callbacks=[watch])
    assert len(history.history["loss"]) == 5 and watch.looks[0].frames.epochs == [0, 1]
