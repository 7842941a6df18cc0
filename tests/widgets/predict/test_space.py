"""`kw.space`: outputs as they are, projections by SVD, neighbours, marks."""

from __future__ import annotations

import json

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb import layers
from kerasnb.widgets.predict.space import projected
from tests.browser.bare import connect


def encoder(size=2):
    keras.utils.set_random_seed(0)
    inner = layers.Dense(5, activation="tanh", name="inner")
    return keras.Sequential([keras.Input((6,)), inner, layers.Dense(size, name="code")])


def test_two_outputs_are_the_map():
    """The points of an encoder of two numbers are its outputs, moved and scaled as one."""
    model, x = encoder(), np.random.default_rng(0).normal(size=(50, 6)).astype("float32")
    tool = kw.space(model, x)
    codes = np.asarray(model(x), float)
    scaled = tool.points * np.abs(codes - (codes.max(0) + codes.min(0)) / 2).max() + (codes.max(0) + codes.min(0)) / 2
    assert np.allclose(scaled, codes, atol=1e-5)
    assert tool.is_direct
    assert "the 2 outputs of code as they are" in tool.text()


def test_more_outputs_are_projected_onto_the_largest_spread():
    """Points are the coordinates along the eigenvectors of the covariance matrix, up to their sign."""
    vectors = np.random.default_rng(0).normal(size=(80, 6)) * [5, 3, 2, 0.5, 0.3, 0.1]
    points, spread = projected(vectors)
    values, axes = np.linalg.eigh(np.cov(vectors.T, bias=True))
    expected = (vectors - vectors.mean(0)) @ axes[:, ::-1][:, :3]
    middle = (expected.max(0) + expected.min(0)) / 2
    expected = (expected - middle) / np.abs(expected - middle).max()
    for axis in range(3):
        sign = np.sign(points[:, axis] @ expected[:, axis])
        assert np.allclose(points[:, axis], sign * expected[:, axis], atol=1e-8)
    assert np.allclose(spread, (values[::-1] / values.sum())[:3])


def test_many_outputs_are_projected_onto_the_same_directions():
    """Beyond 64 outputs repeated products find what the whole decomposition finds."""
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(150, 5)) * [9, 6, 4, 1, 1] @ rng.normal(size=(5, 200))
    vectors += rng.normal(scale=0.1, size=(150, 200))
    points, spread = projected(vectors)
    left, values, _ = np.linalg.svd(vectors - vectors.mean(0), full_matrices=False)
    expected = (left * values)[:, :3]
    assert np.allclose(spread, values[:3] ** 2 / (values**2).sum(), rtol=1e-6)
    for axis in range(3):
        assert abs(np.corrcoef(points[:, axis], expected[:, axis])[0, 1]) > 1 - 1e-9


def test_a_layer_is_chosen_by_name_and_by_default():
    """A classifier shows what it makes its answer from; a name or a layer chooses another one."""
    x = np.random.default_rng(0).random((20, 6))
    stack = [layers.Dense(5, name="features"), layers.Dense(3, activation="softmax", name="out")]
    classifier = keras.Sequential([keras.Input((6,)), *stack])
    assert kw.space(classifier, x).layer == "features"
    assert kw.space(classifier, x, layer="out").layer == "out"
    tool = kw.space(encoder(), x, layer="inner")
    assert tool.vectors.shape == (20, 5)
    assert kw.space(classifier, x, layer=classifier.layers[1]).layer == "out"
    with pytest.raises(ValueError, match="must be one of inner, code. Received: nothing"):
        kw.space(encoder(), x, layer="nothing")


def test_neighbours_are_near_in_the_layer():
    """The three nearest samples by the distance of the layer's outputs."""
    x = np.random.default_rng(0).normal(size=(40, 6)).astype("float32")
    page = connect(tool := kw.space(encoder(4), x, np.arange(40) % 3, labels=["a", "b", "c"]))
    (reply,) = page.hear({"do": "point", "ask": 1, "point": 7})
    away = ((tool.vectors - tool.vectors[7]) ** 2).sum(1)
    assert [n["sample"] for n in reply["content"]["result"]["near"]] == np.argsort(away)[1:4].tolist()
    assert reply["content"]["result"]["this"]["label"] == "b"


def test_classes_have_marks_and_the_rest_share_one():
    """Each class has a mark of its own, up to 12; the smallest share the last."""
    y = np.repeat(np.arange(15), np.arange(1, 16))
    x = np.random.default_rng(0).normal(size=(len(y), 6))
    tool = kw.space(encoder(), x, y)
    legend = tool.legend()
    assert [entry["class"] for entry in legend] == [*range(4, 15), -1]
    assert sum(entry["count"] for entry in legend) == len(y)
    assert {m for m, c in zip(tool.marks(), y, strict=True) if c < 4} == {11}
    assert "4 others" in tool.html()


def test_many_samples_are_thinned_and_the_picture_stays_small():
    """Of 5,000 samples 2,000 are on the map; the saved picture is below 40 KB."""
    x = np.random.default_rng(0).normal(size=(5000, 6)).astype("float32")
    tool = kw.space(encoder(3), x, np.arange(5000) % 10)
    assert len(tool.points) == 2000
    page = tool.bundle()["text/html"]
    assert len(page.encode()) < 40_000
    assert "<svg" not in page
    json.dumps(tool.state(), allow_nan=False)
    with pytest.raises(ValueError, match="3 samples at least"):
        kw.space(encoder(), x[0])
