"""What the tests of a steered training share: a model, its data, and a person who clicks."""

from __future__ import annotations

import time

import numpy as np

import kerasnb as keras
from kerasnb.model.run.snapshots import variables_of

X = np.random.default_rng(0).normal(size=(64, 6)).astype("float32")
Y = (X.sum(axis=1, keepdims=True) > 0).astype("float32")


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


def until(condition, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.002)


def make_run():
    model = make()
    model.fit(X, Y, **FIT)
    return model.run
