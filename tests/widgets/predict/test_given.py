"""What a person hands over, and what a page sends: sentences where it does not fit."""

from __future__ import annotations

import gc

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb import layers
from tests.browser.bare import connect

X = np.random.default_rng(3).random((30, 4), np.float32)
Y = np.arange(30) % 3
SHARES = np.eye(3)[Y] * 0.8 + 0.0667


def classifier(*first):
    """Three classes."""
    return keras.Sequential([*first, layers.Dense(5, activation="relu"), layers.Dense(3, activation="softmax")])


class Own(keras.Model):
    """A subclassed model, of which nobody knows what it takes."""

    def __init__(self):
        super().__init__()
        self.last = layers.Dense(3, activation="softmax")

    def call(self, x):
        """Three shares."""
        return self.last(x)


def two_outputs():
    """Two classifiers on one input."""
    inputs = keras.Input((4,))
    return keras.Model(inputs, [layers.Dense(3, activation="softmax")(inputs) for _ in range(2)])


def regression():
    """One number."""
    return keras.Sequential([keras.Input((4,)), layers.Dense(5), layers.Dense(1)])


@pytest.mark.parametrize("call", [kw.confusion, kw.mistakes_first])
def test_several_outputs_and_words(call):
    """They say what to give instead."""
    with pytest.raises(ValueError, match=r"one output.*2 outputs.*keras.Model\(model.inputs, model.outputs\[0\]\)"):
        call(two_outputs(), X, Y)
    with pytest.raises(ValueError, match=r"whole numbers.*'b'.*np.unique.*labels=names"):
        call(SHARES, X, np.array(list("bca" * 10)))
    with pytest.raises(ValueError, match="`model` must be a model, or an array.*int"):
        call(5, X, Y)


def test_the_mend_for_words_works():
    """The names and numbers that the sentence gives are taken."""
    names, y = np.unique(np.array(list("abc" * 10)), return_inverse=True)
    assert kw.confusion(SHARES, X, y, labels=names).changes == {}
    assert kw.space(classifier(keras.Input((4,))), X, y, labels=names).names == ["a", "b", "c"]


def test_a_map_of_numbers():
    """A regression is coloured by ranges of its targets, and each point keeps its value."""
    y = np.linspace(-1.0, 4.0, 30) + 0.001
    tool = kw.space(regression(), X, y)
    assert sum(entry["count"] for entry in tool.legend()) == 30 and len(tool.legend()) == 5
    edges = np.linspace(y[0], y[-1], 6)
    assert tool.marks() == [min(4, int(np.sum(value >= edges[1:]))) for value in y]
    answer = connect(tool).hear({"do": "point", "point": 29, "ask": 1})[0]["content"]["result"]
    assert answer["this"]["label"] == "4.0010"
    tool.html()
    assert len(kw.space(regression(), X, y[:, None] * 1e6).legend()) == 5


@pytest.mark.parametrize(
    ("y", "words"),
    [(Y - 1, r"labels from 0. Received: -1.*np.unique"), (np.array(list("abc" * 10)), "whole numbers.*'a'"),
     (np.where(Y == 1, np.nan, Y), "`y` must be finite. Received: nan")],
)  # fmt: skip
def test_a_map_of_wrong_labels(y, words):
    """They are named."""
    with pytest.raises(ValueError, match=words):
        kw.space(regression(), X, y)


@pytest.mark.parametrize("build", [Own, classifier, lambda: classifier(keras.Input((4,)))])
def test_explore_takes_one_sample(build):
    """As x[0] and as x[:1], also of a model that is not built, or subclassed: the answer is the model's."""
    for given in (X[0], X[:1]):
        model = build()
        tool = kw.explore(model, given)
        np.testing.assert_allclose(tool.scores, model.predict(X[:1], verbose=0)[0], rtol=1e-5)
        assert len(tool.features) == 4 and tool.html()


@pytest.mark.parametrize("call", [kw.explore, kw.space, kw.peek])
def test_no_model(call):
    """The first argument is a model."""
    with pytest.raises(ValueError, match="`model` must be a (Keras )?model. Received: int"):
        call(5, X)


def tools():
    """A tool of each kind, by the messages that are wrong for it."""
    model = classifier(keras.Input((4,)))
    bad = [None, "a", 1.5, True, [], {}, float("inf"), 10**9, -1]
    return {
        "graph": (kw.graph(model), [{"do": "svg", "path": p} for p in bad]),
        "unit": (kw.peek(model, X), [{"do": "unit"},
                                        *({"do": "unit", "row": b, "map": b, "r": 0, "c": 0} for b in bad)]),
        "hood": (kw.peek(model, X), [{"do": "hood"}, *({"do": "hood", "row": b} for b in bad)]),
        "array": (kw.array(np.zeros((2, 3, 4))), [{"do": "look", "columns": b} for b in bad if b is not None]),
        "page": (kw.array(np.zeros((2, 3, 4))), [{"do": "look", "page": b} for b in bad]),
        "confusion": (kw.confusion(SHARES, X, Y), [{"do": "cell", "meant": 1},
                                                      *({"do": "cell", "meant": b, "said": 1} for b in bad)]),
        "correct": (kw.confusion(SHARES, X, Y), [{"do": "correct"}, {"do": "sample"}, {"do": "sample", "sample": []}]),
        "explore": (kw.explore(model, X[0]), [{"do": "set"}, *({"do": "set", "values": b} for b in bad if b != {}),
                                              *({"do": "set", "values": {"0": b}} for b in (None, "a", [], {}))]),
        "space": (kw.space(model, X), [{"do": "point"}, *({"do": "point", "point": b} for b in bad)]),
    }  # fmt: skip


@pytest.mark.parametrize("kind", list(tools()))
def test_messages_that_do_not_fit(kind):
    """Each is answered with a sentence, never with the name of an exception."""
    tool, messages = tools()[kind]
    widget = connect(tool)
    for message in messages:
        (answer,) = [m["content"] for m in widget.hear({**message, "ask": 1}) if "content" in m]
        assert "error" in answer, message
        assert "Error:" not in answer["error"] and answer["error"] != "KeyError", (message, answer)
        assert len(answer["error"].split()) >= 4


def test_an_evaluation_leaves_its_data():
    """After evaluate a tool needs no data, as long as somebody holds them; other data are forgotten."""
    model = classifier(keras.Input((4,)))
    model.compile("adam", "sparse_categorical_crossentropy")
    for call in (kw.mistakes_first, kw.confusion):
        with pytest.raises(ValueError, match=rf"left out after `model.evaluate.*{call.__name__}\(model, x, y\)"):
            call(model)
    x, y = X.copy(), Y.copy()
    model.evaluate(x, y, verbose=0)
    assert np.array_equal(kw.mistakes_first(model).listed(), kw.mistakes_first(model, x, y).listed())
    assert np.array_equal(kw.confusion(model, labels=list("abc")).matrix, kw.confusion(model, x, y).matrix)
    kw.confusion(SHARES, X, Y)  # the last tool keeps its data, for `kw.corrected`
    del x
    gc.collect()
    with pytest.raises(ValueError, match="left out after"):
        kw.mistakes_first(model)
    model.evaluate(X, Y, verbose=0)
    model.evaluate(X.tolist(), Y.tolist(), verbose=0)
    with pytest.raises(ValueError, match="left out after"):
        kw.mistakes_first(model)


def test_the_columns_of_a_table_are_named():
    """A table gives rows and sliders their names, and its words are shown as words."""
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(X.astype(float), columns=["age", "height", "weight", "pulse"], index=range(100, 130))
    model = classifier(keras.Input((4,)))
    assert kw.confusion(model, table, Y).things.words(0).startswith("age ")
    words = pandas.Series([f"person {i}" for i in range(30)], index=table.index)
    assert kw.mistakes_first(model, table, Y, samples=words).things.words(3) == "person 3"
    assert kw.explore(model, table.iloc[0]).features == list(table.columns)
    assert kw.explore(model, X[0], data=table).features == list(table.columns)
    assert kw.explore(model, X[0]).features[0] == "feature 0"
    assert "age " in kw.mistakes(model, table, (Y + 1) % 3).page


def test_numbers_that_nobody_has_named_are_logits():
    """A model without softmax and without a loss is taken for a classifier; one with another loss is not."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    assert np.array_equal(kw.confusion(model, X, Y).said, model.predict(X, verbose=0).argmax(-1))
    model.compile("adam", "mse")
    with pytest.raises(ValueError, match=r"must be a classifier.*\(30, 3\); kw.mistakes"):
        kw.confusion(model, X, Y)
    rows = keras.Sequential([keras.Input((4, 2)), layers.Dense(3, activation="softmax")])
    with pytest.raises(ValueError, match=r"\(30, 4, 3\); `keras.layers.Flatten"):
        kw.confusion(rows, np.ones((30, 4, 2)), Y)


def test_mistakes_of_yes_and_no_and_of_several_inputs():
    """One share stands for two classes; of several inputs the first is shown."""
    shares = np.array([[0.9], [0.2], [0.6]])
    page = kw.mistakes(shares, ["a", "b", "c"], np.array([0, 1, 1]), names=["no", "yes"]).page
    assert page.index("<td style=\"text-align:left") < page.index("90 %") < page.index("80 %") and "60 %" not in page
    inputs = [keras.Input((4,)), keras.Input((2,))]
    model = keras.Model(inputs, layers.Dense(3, activation="softmax")(layers.concatenate(inputs)))
    assert kw.mistakes(model, [X, X[:, :2]], (model.predict([X, X[:, :2]], verbose=0).argmax(-1) + 1) % 3).page
