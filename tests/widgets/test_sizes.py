"""Saved pictures of large models stay small, and say what they leave out."""

from __future__ import annotations

import base64
import functools
import re

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb import layers
from kerasnb.model.run import facts
from kerasnb.model.run.run import Run
from kerasnb.widgets.panel import static

LIMIT, DEPTH = 40_000, 300
X = np.random.default_rng(0).random((32, 8), np.float32)
Y = np.arange(32) % 3


@functools.cache
def deep(depth=DEPTH):
    """A chain of so many layers."""
    kw.seed(0)
    hidden = [layers.Dense(8, activation="relu", name=f"hidden_layer_{i}") for i in range(depth - 1)]
    model = keras.Sequential([keras.Input((8,)), *hidden, layers.Dense(3, activation="softmax", name="the_last")])
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def ladder(depth=DEPTH):
    """As many layers, of which each second one adds what came before."""
    x = keras.Input((8,))
    start = x
    for i in range(depth // 2):
        x = layers.Add(name=f"sum_{i}")([layers.Dense(8, name=f"step_{i}")(x), x])
    return keras.Model(start, layers.Dense(3, name="the_last")(x))


TOOLS = {
    "summary": (lambda: kw.summary(deep()), "kw.summary(model)"),
    "measured": (lambda: kw.summary(deep(), X), "kw.summary(model)"),
    "nested": (lambda: kw.summary(keras.Sequential([keras.Input((8,)), deep()])), "kw.summary(model)"),
    "graph": (lambda: kw.graph(deep()), "kw.graph(model)"),
    "branches": (lambda: kw.graph(ladder()), "kw.graph(model)"),
    "volumes": (lambda: kw.graph(deep(), "volume"), "kw.graph(model)"),
    "peek": (lambda: kw.peek(deep(), X), "kw.peek(model, x)"),
}  # fmt: skip
NO_LIST = {
    "check": lambda: kw.check(deep(), X, Y),
    "Builder": lambda: kw.Builder(deep(), X, Y),
    "explore": lambda: kw.explore(deep(), X[0]),
    "space": lambda: kw.space(deep(), X, Y),
    "confusion": lambda: kw.confusion(deep(), X, Y),
    "mistakes_first": lambda: kw.mistakes_first(deep(), X, Y),
}


@pytest.mark.parametrize("kind", list(TOOLS))
def test_a_large_model_has_a_small_picture(kind):
    """At most 40 KB, with the last layer, and the number of those that are left out."""
    make, where = TOOLS[kind]
    page = make().html()
    assert len(page.encode()) <= LIMIT
    drawn = "".join(base64.b64decode(data).decode() for data in re.findall(r"svg\+xml;base64,([^\"]+)", page))
    assert "the_last" in page and (kind not in ("graph", "branches") or "the_last" in drawn)
    left = int(re.search(rf"… (\d+) more layers: {re.escape(where)} in a live notebook shows all", page)[1])
    names = set(re.findall(r"hidden_layer_\d+|(?:sum|step)_\d+|the_last", page.split("<pre")[1]))
    assert left >= DEPTH // 2 and left + len(names) in range(DEPTH - 1, DEPTH + 5)  # and a source


@pytest.mark.parametrize("kind", list(NO_LIST))
def test_other_tools_are_small_too(kind):
    """Whatever the model is."""
    assert len(NO_LIST[kind]().html().encode()) <= LIMIT


@pytest.mark.parametrize("kind", ["summary", "graph", "peek"])
def test_a_small_model_is_whole(kind):
    """Nothing is left out of a model of twenty layers."""
    model = deep(20)
    page = {"summary": lambda: kw.summary(model), "graph": lambda: kw.graph(model), "peek": lambda: kw.peek(model, X)}
    html = page[kind]().html()
    assert "live notebook shows all" not in html and all(f"hidden_layer_{i}" in html for i in range(19))


@pytest.mark.parametrize(("epochs", "metrics"), [(600, 1), (600, 20), (600, 100), (5, 60)])
def test_a_run_of_many_metrics(epochs, metrics):
    """The loss is always there; the metrics that are left out are counted."""
    names = ["loss", *(f"metric_number_{i}" for i in range(metrics - 1))]
    run = Run(epochs=epochs, steps=2, metrics_names=names, model_name="net")
    run.start()
    draw = np.random.default_rng(0)
    for epoch in range(epochs):
        run.begin_epoch(epoch)
        values = dict(zip(names, draw.random(metrics) + 1 / (epoch + 1), strict=True))
        for step in range(2):
            run.record_batch(step, values)
        run.end_epoch(epoch, {**values, **{f"val_{n}": v + 0.5 for n, v in values.items()}})
    run.finish("completed")
    page = static.page(run)
    assert len(page.encode()) <= LIMIT and "Curves of loss" in page
    left = len(facts.curves(run)) - page.count("<img")
    assert (f"{left} more metrics" in page) is (left > 0) and (left > 0) is (metrics > 10)
