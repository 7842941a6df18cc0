"""Every tool as the screens of its specification show it: for the pictures of the documents and for axe-core."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb import layers
from kerasnb.widgets.runs.fits import Fits
from tests.browser import digits


@functools.cache
def data():
    """Digits with a channel axis, in [0, 1]."""
    (x, y), (x_test, y_test) = keras.datasets.mnist.load_data(source="small")
    return (x[..., None] / 255.0).astype("float32"), y, (x_test[..., None] / 255.0).astype("float32"), y_test


@functools.cache
def convnet():
    """A small convolutional network that has learned a little."""
    x, y, *_ = data()
    keras.utils.clear_session()  # names start from the beginning
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)), layers.Conv2D(8, 3, activation="relu"), layers.MaxPooling2D(),
            layers.Conv2D(16, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten(),
            layers.Dense(32, activation="relu"), layers.Dropout(0.3), layers.Dense(10, activation="softmax"),
        ],
        name="digits",
    )  # fmt: skip
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=2, batch_size=64, verbose=0)
    return model


def siamese():
    """Two inputs, one shared encoder."""
    stack = [layers.Conv2D(8, 3, activation="relu"), layers.GlobalAveragePooling2D(), layers.Dense(16)]
    encoder = keras.Sequential([keras.Input((28, 28, 1)), *stack], name="encoder")
    left, right = keras.Input((28, 28, 1), name="left"), keras.Input((28, 28, 1), name="right")
    distance = layers.Subtract(name="difference")([encoder(left), encoder(right)])
    return keras.Model([left, right], layers.Dense(1, activation="sigmoid", name="same")(distance), name="siamese")


@functools.cache
def fits():
    """Six fits that differ in two settings."""
    x, y, *_ = data()
    runs = []
    for units in (16, 64):
        for rate in (1e-3, 1e-2, 1e-1):
            keras.utils.set_random_seed(1)
            model = keras.Sequential([layers.Flatten(), layers.Dense(units, "relu"), layers.Dense(10, "softmax")])
            model.compile(keras.optimizers.SGD(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
            runs.append(model.fit(x[:1000], y[:1000], epochs=6, validation_split=0.2, verbose=0).run)
    return runs


def panel(run) -> kw.Panel:
    """The training panel."""
    return kw.Panel(run)


def compare():
    """Two of the fits."""
    runs = fits()
    return kw.compare(runs[1], runs[4])


def summary():
    """A table with what each layer costs."""
    x, y, *_ = data()
    return kw.summary(convnet(), x[:128], y[:128])


def builder():
    """The convolutional network beside its data."""
    x, y, *_ = data()
    return kw.Builder(keras.models.clone_model(convnet()), x, y)


def branches():
    """Two inputs, a shared layer and a merge, as the Builder shows them."""
    random = np.random.default_rng(0)
    left, right = (random.normal(size=(64, 4)).astype("float32") for _ in range(2))
    keras.utils.clear_session()
    inputs = [keras.Input((4,), name=name) for name in ("left", "right")]
    shared = layers.Dense(32, "relu", name="shared")
    both = layers.Concatenate()([shared(x) for x in inputs])
    model = keras.Model(inputs, layers.Dense(3, "softmax")(layers.Dense(32, "relu")(both)))
    return kw.Builder(model, [left, right], random.integers(0, 3, 64))


def shape_error():
    """A Flatten is missing."""
    model = keras.Sequential(
        [keras.Input((28, 28, 1)), layers.Conv2D(8, 3), layers.MaxPooling2D(), layers.Dense(10, activation="softmax")]
    )
    model.compile(loss="sparse_categorical_crossentropy")
    try:
        model.fit(np.zeros((32, 28, 28, 1)), np.zeros(32), verbose=0)
    except ValueError as problem:
        return kw.explain(problem)
    raise AssertionError("The fit did not fail")


def sliders():
    """A row of three features, and their ranges."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((3,)), layers.Dense(8, "tanh"), layers.Dense(1, "sigmoid")], name="credit")
    rows = np.random.default_rng(0).normal(size=(50, 3))
    return kw.explore(model, rows[0], data=rows, labels=["no", "yes"], names=["age", "income", "rent"])


SCENES: dict[str, Callable] = {
    "live": lambda: panel(digits.live()),
    "finished": lambda: panel(digits.finished()),
    "trouble": lambda: panel(digits.not_finite()),
    "failed": lambda: panel(digits.failed()),
    "compiling": lambda: panel(digits.compiling()),
    "fits": lambda: Fits(fits()),
    "compare": compare,
    "summary": summary,
    "graph": lambda: kw.graph(siamese()),
    "volumes": lambda: kw.graph(convnet(), style="volume"),
    "builder": builder,
    "branches": branches,
    "peek": lambda: kw.peek(convnet(), data()[2][:20], data()[3][:20]),
    "hood": lambda: kw.hood(convnet().layers[0], data()[0][:128]),
    "array": lambda: kw.array(convnet().layers[0].kernel),
    "draw": lambda: kw.draw(convnet()),
    "confusion": lambda: kw.confusion(convnet(), data()[2], data()[3]),
    "mistakes": lambda: kw.mistakes_first(convnet(), data()[2], data()[3]),
    "explore": lambda: kw.explore(convnet(), data()[2][0]),
    "sliders": sliders,
    "space": lambda: kw.space(convnet(), data()[2][:500], data()[3][:500]),
    "shape": shape_error,
    "lesson": lambda: kw.Lesson("10").predict(1),
}
