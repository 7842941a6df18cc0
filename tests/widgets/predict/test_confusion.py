"""Confusion matrix and mistakes first: counts, lists, corrections, kinds of data and of labels."""

from __future__ import annotations

import json

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb import layers
from tests.browser.bare import connect


def answers(samples=60, classes=4, seed=0):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.ones(classes), samples), rng.integers(0, classes, samples)


def test_the_matrix_counts_labels_and_answers():
    """Cell (i, j) is how many samples meant i and were taken for j."""
    shares, y = answers()
    tool = kw.confusion(shares, np.zeros((60, 3)), y)
    said = shares.argmax(-1)
    expected = [[int(((y == i) & (said == j)).sum()) for j in range(4)] for i in range(4)]
    assert tool.matrix.tolist() == expected
    assert f"60 samples · accuracy {np.mean(said == y):.3f}" in tool.text()
    assert f"{int((said != y).sum())} mistakes" in tool.html()


def test_a_cell_lists_its_samples_the_surest_first():
    """A click on a cell lists what is in it, in the order of the shares."""
    shares, y = answers(400)
    page = connect(tool := kw.confusion(shares, np.zeros((400, 3)), y))
    page.hear({"do": "cell", "ask": 1, "meant": 2, "said": 1})
    said = shares.argmax(-1)
    expected = sorted(np.flatnonzero((y == 2) & (said == 1)), key=lambda i: -shares[i].max())
    assert tool.listed().tolist() == expected
    state = page.state
    assert [s["sample"] for s in state["samples"]] == expected[:6]
    assert state["title"] == f"Meant 2, predicted 1: {len(expected)} samples"
    page.hear({"do": "all", "ask": 2, "on": True})
    assert len(page.state["samples"]) == len(expected)


def test_corrections_stay_when_the_cell_changes():
    """A corrected label is kept, counted, given back by `y`, `changes` and `corrected`, and can be taken back."""
    shares, y = answers()
    page = connect(tool := kw.confusion(shares, np.zeros((60, 3)), y, labels=["a", "b", "c", "d"]))
    sample = int(tool.listed()[0])
    said = int(shares[sample].argmax())
    page.hear({"do": "correct", "ask": 1, "sample": sample, "label": said})
    page.hear({"do": "cell", "ask": 2, "meant": 0, "said": 0})
    page.hear({"do": "cell", "ask": 3, "meant": int(y[sample]), "said": said})
    expected = y.copy()
    expected[sample] = said
    assert tool.y.tolist() == expected.tolist()
    assert kw.corrected().tolist() == expected.tolist()
    assert tool.changes == {sample: ("abcd"[y[sample]], "abcd"[said])}
    assert next(s for s in page.state["samples"] if s["sample"] == sample)["label"] == said
    assert "1 label corrected" in page.state["headline"]
    assert f"sample {sample}: {'abcd'[y[sample]]} to {'abcd'[said]}" in tool.text()
    page.hear({"do": "correct", "ask": 4, "sample": sample, "label": int(y[sample])})
    assert tool.changes == {}
    assert y[sample] == tool.y[sample]


@pytest.mark.parametrize("kind", ["whole", "column", "one-hot", "list"])
def test_kinds_of_labels(kind):
    """Whole numbers, a column of them, one-hot vectors and lists are the same labels."""
    shares, y = answers()
    given = {"whole": y, "column": y[:, None], "one-hot": np.eye(4)[y], "list": y.tolist()}[kind]
    assert kw.confusion(shares, np.zeros((60, 3)), given).given.tolist() == y.tolist()


LOGITS = keras.losses.BinaryCrossentropy(from_logits=True)


@pytest.mark.parametrize(("activation", "loss"), [("sigmoid", None), (None, LOGITS)])
def test_two_classes_of_one_output(activation, loss):
    """A single output is the share of class 1, or its logit."""
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1, activation=activation)])
    if loss is not None:
        model.compile("sgd", loss)
    x = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")
    y = np.arange(40) % 2
    z = x @ np.asarray(model.layers[0].kernel)[:, 0]
    tool = kw.confusion(model, x, y)
    assert tool.said.tolist() == (z > 0).astype(int).tolist()
    assert np.allclose(tool.shares[:, 1], 1 / (1 + np.exp(-z)), atol=1e-6)


def test_logits_become_shares():
    """Outputs of a model without softmax are shares after it."""
    model = keras.Sequential([keras.Input((3,)), layers.Dense(4)])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    x = np.random.default_rng(0).normal(size=(10, 3)).astype("float32")
    z = x @ np.asarray(model.layers[0].kernel)
    tool = kw.confusion(model, x, np.zeros(10, int))
    assert np.allclose(tool.shares, np.exp(z) / np.exp(z).sum(-1, keepdims=True), atol=1e-6)


def test_many_classes_show_those_with_most_mistakes():
    """Of more than 20 classes, the 20 that take part in most mistakes have a row."""
    shares, y = answers(500, 30)
    tool = kw.confusion(shares, np.zeros((500, 2)), y)
    wrong = tool.matrix - np.diag(np.diag(tool.matrix))
    parts = wrong.sum(0) + wrong.sum(1)
    assert len(tool.shown) == 20
    assert min(parts[tool.shown]) >= max(np.delete(parts, tool.shown))
    assert "20 of 30 classes" in tool.state()["some"]
    assert len(tool.bundle()["text/html"].encode()) < 40_000


def test_mistakes_first_are_the_surest():
    """Eight mistakes, the surest first, and none where there are none."""
    shares, y = answers(200)
    tool = kw.mistakes_first(shares, np.zeros((200, 3)), y)
    said = shares.argmax(-1)
    expected = sorted(np.flatnonzero(said != y), key=lambda i: -shares[i].max())
    assert [s["sample"] for s in tool.state()["samples"]] == expected[:8]
    assert kw.mistakes_first(shares, np.zeros((200, 3)), said).listed().size == 0
    assert "No samples here" in kw.mistakes_first(shares, np.zeros((200, 3)), said).html()


def test_a_mistake_stays_in_the_list_when_its_label_is_corrected():
    """Else the next one would slip under the pointer, and the correction could not be taken back."""
    shares, y = answers(200)
    tool = kw.mistakes_first(shares, np.zeros((200, 3)), y)
    first, *rest = [s["sample"] for s in tool.state()["samples"]]
    widget = connect(tool)
    widget.hear({"do": "correct", "sample": first, "label": int(shares[first].argmax())})
    shown = tool.state()["samples"]
    assert [s["sample"] for s in shown] == [first, *rest] and shown[0]["label"] == shown[0]["said"] != shown[0]["given"]
    widget.hear({"do": "correct", "sample": first, "label": int(y[first])})
    assert not tool.changes and np.array_equal(tool.y, y)


def test_samples_are_shown_as_what_they_are():
    """Images as pixels, rows with the names of their columns, texts as words."""
    shares, y = answers(10)
    image = np.random.default_rng(0).random((10, 12, 9, 1))
    thing = kw.confusion(shares, image, y).things.one(3)
    assert (thing["rows"], thing["columns"], thing["channels"]) == (12, 9, 1)
    row = kw.confusion(shares, np.arange(20.0).reshape(10, 2), y, names=["age", "income"]).things
    assert row.words(4) == "age 8, income 9"
    text = kw.confusion(shares, np.zeros((10, 5), int), y, samples=[f"review {i}" for i in range(10)])
    assert text.things.words(7) == "review 7"
    assert f"review {text.listed()[0]}" in text.html()
    colours = kw.confusion(shares, np.random.default_rng(0).random((10, 3, 40, 40)), y).things.one(0)
    assert (colours["rows"], colours["channels"]) == (20, 3)
    for tool in (text, kw.confusion(shares, image, y)):
        json.dumps(tool.state(), allow_nan=False)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: kw.confusion(np.zeros((3, 1)), np.zeros((3, 2)), [0, 0, 0]), "must be a classifier.*kw.mistakes"),
        (lambda: kw.confusion(answers(3)[0], np.zeros((3, 2)), [0, 0]), "`y` must have 3 labels"),
        (lambda: kw.confusion(answers(3)[0], np.zeros((3, 2)), [0, 0, 4]), "labels from 0 to 3. Received: 4"),
        (lambda: kw.confusion(answers(3)[0], np.zeros((3, 2)), [0, 0, 1], labels=["a"]), "must have 4 names"),
        (lambda: kw.confusion(answers(3)[0], np.zeros((2, 2)), [0, 0, 1]), "must have 3 samples"),
    ],
)
def test_bad_arguments_are_named(make, words):
    """A regression, too few labels, a label that is no class, missing names, too few samples."""
    with pytest.raises(ValueError, match=words):
        make()
