"""The progress lines: the same characters that Keras writes, at the same moments."""

from __future__ import annotations

import io
import os
import time

import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras")

from kerasnb.model.run.run import Run, open_view  # noqa: E402

LOGS = [{"accuracy": 0.1, "loss": 2.5}, {"accuracy": 0.25, "loss": 0.0004}, {"accuracy": 0.5, "loss": -3.0}]


class Clock:
    """A clock that a test sets."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(time, "time", clock)  # which Keras reads
    monkeypatch.setattr(time, "monotonic", clock)
    return clock


class Ours:
    """Plays a ProgbarLogger's hooks on a run and its view."""

    def __init__(self, kind, verbose, epochs, steps):
        self.run = Run(kind=kind, epochs=epochs, steps=steps)
        self.view = open_view(self.run, verbose)
        self.run.start()

    def begin(self, epoch):
        self.run.begin_epoch(epoch)

    def batch(self, i, logs):
        self.run.record_batch(i, {} if self.run.kind == "predict" else logs)
        self.view.update()

    def end(self, epoch, logs):
        self.run.end_epoch(epoch, {} if self.run.kind == "predict" else logs)


class Theirs:
    """The same on Keras' own callback."""

    def __init__(self, kind, verbose, epochs, steps):
        self.kind, self.logger = kind, keras.callbacks.ProgbarLogger()
        self.logger.set_params({"verbose": verbose, "epochs": epochs, "steps": steps})
        if kind == "fit":
            self.logger.on_train_begin()

    def begin(self, epoch):
        if self.kind == "fit":
            self.logger.on_epoch_begin(epoch)
        else:
            getattr(self.logger, "on_test_begin" if self.kind == "evaluate" else "on_predict_begin")()

    def batch(self, i, logs):
        name = {"fit": "train", "evaluate": "test", "predict": "predict"}[self.kind]
        getattr(self.logger, f"on_{name}_batch_end")(i, logs)

    def end(self, epoch, logs):
        if self.kind == "fit":
            self.logger.on_epoch_end(epoch, logs)
        elif self.kind == "evaluate":
            self.logger.on_test_end(logs)
        else:
            self.logger.on_predict_end()


def written(make, monkeypatch, clock, kind, verbose, epochs, steps, seconds):
    """The text of a whole run in which a batch takes `seconds`."""
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    clock.now = 1000.0
    player = make(kind, verbose, epochs, steps)
    for epoch in range(epochs):
        player.begin(epoch)
        for i in range(steps or 12):
            clock.now += seconds
            player.batch(i, LOGS[i % 3])
        clock.now += 0.7
        logs = dict(LOGS[0]) if kind != "fit" else {**LOGS[1], "val_accuracy": 0.75, "val_loss": 0.125}
        player.end(epoch, logs)
    return out.getvalue()


@pytest.mark.parametrize("seconds", [0.00002, 0.004, 0.03, 2.0, 300.0])
@pytest.mark.parametrize("steps", [1, 7, 120, None])
@pytest.mark.parametrize("verbose", [1, 2])
@pytest.mark.parametrize("kind,epochs", [("fit", 1), ("fit", 3), ("evaluate", 1), ("predict", 1)])
def test_every_character_is_that_of_keras(monkeypatch, clock, kind, epochs, verbose, steps, seconds):
    """Bar, time left, metrics, new lines and backspaces are those of Keras' own progress bar."""
    arguments = (monkeypatch, clock, kind, verbose, epochs, steps, seconds)
    assert written(Ours, *arguments) == written(Theirs, *arguments)


def test_a_training_with_keras_writes_the_same_lines(monkeypatch):
    """Where a real `keras.fit` ends its epochs, so do we, apart from times."""
    import re

    import numpy as np

    x, y = np.ones((40, 3), "float32"), np.ones((40, 1), "float32")
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    history = model.fit(x, y, batch_size=8, epochs=2, validation_data=(x, y), verbose=2)
    theirs, out = out.getvalue(), io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    ours = Ours("fit", 2, 2, 5)
    for epoch in range(2):
        ours.begin(epoch)
        for i in range(5):
            ours.batch(i, {"loss": 0.0})
        ours.end(epoch, {name: values[epoch] for name, values in history.history.items()})
    times = re.compile(r"\d+s - \d+(?:us|ms|s)/step")
    assert times.sub("T", out.getvalue()) == times.sub("T", theirs)


def test_verbose_0_prints_nothing(monkeypatch):
    """`verbose=0` writes nothing."""
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    ours = Ours("fit", 0, 1, 2)
    ours.begin(0)
    ours.batch(0, LOGS[0])
    ours.end(0, LOGS[0])
    ours.view.close()
    assert out.getvalue() == ""


def test_a_stop_in_the_middle_ends_the_line(monkeypatch):
    """What is printed after a stopped training starts on a line of its own."""
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    ours = Ours("fit", 1, 1, 9)
    ours.begin(0)
    ours.batch(0, LOGS[0])
    ours.run.finish("stopped")
    ours.view.close()
    assert out.getvalue().endswith("\n")


def test_an_output_without_the_bar_character_gets_a_plain_one(monkeypatch):
    """A stream that cannot encode the bar shows `=` in its place."""
    raw = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(raw, encoding="ascii", write_through=True))
    ours = Ours("fit", 1, 1, 1)
    ours.begin(0)
    ours.batch(0, LOGS[0])
    assert b"====" in raw.getvalue()
