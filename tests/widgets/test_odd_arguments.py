"""Every public call says what is wrong: an argument by its name, what was expected and what arrived."""

from __future__ import annotations

import contextlib
import io
import json
import re

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb.widgets.panel.panel import Panel

layers = keras.layers
X = np.random.default_rng(0).random((16, 4)).astype("float32")
Y = np.arange(16) % 2
WITH_DATA = ("peek", "confusion", "mistakes_first", "space", "check", "lr_find")
READ_ONLY = X.copy()
READ_ONLY.flags.writeable = False


@pytest.fixture(scope="module")
def model():
    made = keras.Sequential([keras.Input((4,)), layers.Dense(4, "relu"), layers.Dense(2, "softmax")])
    made.compile("sgd", "sparse_categorical_crossentropy")
    return made


def refused(function, *arguments, **options):
    """The sentence with which a call refuses its arguments; None where it takes them, and then it describes itself."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            made = function(*arguments, **options)
        if hasattr(made, "state"):
            json.dumps(made.state(), allow_nan=False)
            assert made.text()
            assert made.html()
    except (ValueError, TypeError) as problem:
        said = str(problem)
        assert isinstance(problem, ValueError) or "expected numbers. Received: " in said
        return said
    return None


MODELS = (None, 5, "x", [], keras.Model, layers.Dense(2), object(), np.ones(3))


@pytest.mark.parametrize("given", MODELS, ids=lambda value: type(value).__name__)
def test_what_is_no_model_is_refused(given):
    """By all calls that take a model: never an error about a missing attribute."""
    for name in ("summary", "graph", "Summary", "Graph", "Builder", "draw"):
        if not (name == "Builder" and given is None):
            assert refused(getattr(kw, name), given), name
    for name in ("peek", "explore", "check", "lr_find", "layer_times"):
        said = refused(getattr(kw, name), given, *((X[0],) if name == "explore" else (X, Y))) or ""
        assert re.search("must be a (Keras )?model", said), name
    if not isinstance(given, layers.Dense):
        assert "must be a layer" in (refused(kw.kernel_source, given) or "")
    assert "must be a run" in refused(Panel, given)


ODD = {
    "none": None, "number": 5, "words": "abc", "empty": [], "nested": [[]], "dict": {}, "no samples": X[:0],
    "nan": X * np.nan, "infinite": X * np.inf, "half": X.astype("float16"), "double": X.astype("float64"),
    "whole": (X * 9).astype("int64"), "bytes": (X * 255).astype("uint8"), "booleans": X > 0.5,
    "strings": X.astype(str), "objects": X.astype(object), "things": np.array([object()] * 16), "strided": X[:, ::-1],
    "read-only": READ_ONLY, "wide": np.zeros((16, 7)), "scalar": np.float32(3), "unequal": [[1, 2], [3]],
    "generator": (batch for batch in [X]), "function": len,
}  # fmt: skip
TAKEN = ("nan", "infinite", "half", "double", "whole", "bytes", "booleans", "strided", "read-only")


@pytest.mark.parametrize("kind", ODD)
def test_odd_inputs_are_taken_or_refused_with_a_sentence(model, kind):
    """Inputs of any kind: numbers of any dtype are taken, also where they are not finite; all else is refused."""
    for name in WITH_DATA if kind not in ("nan", "infinite") else WITH_DATA[:4]:
        said = refused(getattr(kw, name), model, ODD[kind], Y)
        assert kind not in TAKEN or said is None or said.startswith("No learning rate found"), (name, said)
        assert said is None or len(said) > 10, name
    for name, arguments in {
        "hood": (model.layers[0], ODD[kind]), "array": (ODD[kind],), "explore": (model, ODD[kind]),
        "Builder": (None, ODD[kind], Y), "confusion": (ODD[kind], X, Y),
    }.items():  # fmt: skip
        said = refused(getattr(kw, name), *arguments)
        assert said is None or len(said) > 10, name
    said = refused(model.fit, X, Y, verbose=0, callbacks=[kw.Watch("predictions", ODD[kind], Y)])
    assert kind not in TAKEN or said is None


TARGETS = {
    "number": 5, "words": "abc", "empty": [], "few": Y[:3], "nan": Y * np.nan, "below": Y - 5, "above": Y + 100,
    "strings": ["a"] * 16, "nothings": np.array([None] * 16), "dict": {}, "thing": object(),
}  # fmt: skip


@pytest.mark.parametrize("kind", TARGETS)
def test_odd_targets_are_refused_with_a_sentence(model, kind):
    """Targets that fit no classifier: a sentence, or a rung of the ladder that fails."""
    for name in WITH_DATA:
        said = refused(getattr(kw, name), model, X, TARGETS[kind])
        assert said is None or len(said) > 10, name
    if kind not in ("below", "above", "nan"):
        assert refused(model.fit, X, Y, verbose=0, callbacks=[kw.Watch("predictions", X, TARGETS[kind])])
    assert refused(kw.confusion, model, X, TARGETS[kind])


def kind(value):
    """A name of a case, the same in all processes."""
    return type(value).__name__


@pytest.mark.parametrize("given", [0, 1.5, True, object(), "ab", float("nan")], ids=kind)
def test_names_are_lists(model, given):
    """A number or a word in the place of names is refused by each tool that takes names."""
    for name in ("confusion", "mistakes_first"):
        assert "`labels` must be a list of names" in refused(getattr(kw, name), model, X, Y, labels=given)
        assert "`names` must be a list of names" in refused(getattr(kw, name), model, X, Y, names=given)
    assert "`labels` must be a list of names" in refused(kw.peek, model, X, Y, given)
    assert "`labels` must be a list of names" in refused(kw.explore, model, X[0], labels=given)
    assert "`names` must be a list of names" in refused(kw.explore, model, X[0], names=given)


@pytest.mark.parametrize("given", ["x", None, [], {}, np.ones(3), -1, 0, float("nan"), object()], ids=kind)
def test_numbers_are_numbers(model, given):
    """Shares, rates and counts of another kind are refused before anything happens."""
    assert "`share` must be above 0 and at most 1" in refused(kw.Watch, "weights", share=given)
    assert "`batch_size` must be at least 1" in refused(kw.lr_find, model, X, Y, batch_size=given)
    assert "0 < low < high" in refused(kw.lr_find, model, X, Y, low=given)
    assert "`style` must be one of" in refused(kw.graph, model, given)
    assert "`style` must be one of" in refused(model.plot, given)


def test_a_model_that_says_nan_is_shown_so(model):
    """A share that is not finite is a word, not more than 99 %."""
    text = kw.confusion(np.full((2, 3), np.nan), np.zeros((2, 4)), [0, 1]).text()
    assert "NaN" in text
    assert "99" not in text
    assert kw.mistakes_first(np.full((2, 3), np.nan), np.zeros((2, 4)), [1, 1]).state()["samples"][0]["share"] is None


def test_a_model_of_several_outputs_is_named():
    """What-if asks about one output."""
    a = keras.Input((4,))
    two = keras.Model(a, [layers.Dense(2)(a), layers.Dense(3)(a)])
    assert "Received a model of 2 outputs" in refused(kw.explore, two, X[0])


def test_data_without_arrays_are_refused(model):
    """An empty dict in the place of the data."""
    assert "at least one array" in refused(model.fit, {}, {}, verbose=0)
