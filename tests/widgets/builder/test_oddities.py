"""Odd data and odd layers never pass without a word: a sentence with what, where and the mend; nothing breaks."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pandas
import pytest

import kerasnb as keras
import kerasnb.widgets as kw

layers = keras.layers
RNG = np.random.default_rng(11)
X = RNG.random((40, 6)).astype("float32")
Y = RNG.integers(0, 3, 40)


def planted(array, place, value):
    changed = array.astype("float64") if array.dtype.kind != "f" else array.copy()
    changed[place] = value
    return changed


@pytest.mark.parametrize(("x", "y", "words"), [
    (planted(X, (3, 2), np.nan), Y, "x[3, 2] is nan: the loss will not be finite. Replace them: np.nan_to_num(x)."),
    (X * np.inf, Y, "x[0, 0] is inf, and 239 more values are not finite: the loss will not be finite. "
                    "Replace them: np.nan_to_num(x)."),
    (X, planted(RNG.random(40), 7, np.inf), "y[7] is inf: the loss will not be finite. Keep the rows where "
                                            "np.isfinite(y)."),
    (X, Y - 1, "y holds whole numbers from -1: as class ids they must start at 0. y - y.min() shifts them."),
    (X, Y * 0, "All values of y are 0: there is nothing to learn. Look at how y was made."),
    (X, Y * 50_000, "y holds whole numbers up to 100,000, taken as numbers. For classes: "
                    "np.unique(y, return_inverse=True)."),
    (X[:1], Y[:1], "x has one sample: no validation, and nothing to compare. Give more of them."),
    (X, RNG.random((40, 2, 2)), "y has the shape (2, 2) for each sample, and the last layer asks for (6,)."),
    (X, {"a": Y}, "y is a dict, and the model gives one output: pass y['a']."),
])  # fmt: skip
def test_odd_data_are_said_and_nothing_breaks(x, y, words):
    """The note, the static picture and the text have the sentence; cards, previews and code are there."""
    builder = kw.Builder(x=x, y=y)
    assert builder.state()["odd"] == [words]
    assert f"! {words}" in builder.text()
    assert "! " in builder.html()
    assert isinstance(builder.on_preview({}, []), (tuple, dict))
    assert builder.code.startswith("model = ")


def test_labels_outside_the_range_of_the_last_layer():
    """Fewer units than classes are said before the training, and no longer once there are enough."""
    builder = kw.Builder(x=X, y=Y)
    builder.play([{"do": "set", "card": "dense", "argument": "units", "value": "2"}])
    assert builder.state()["odd"] == [
        "y holds class ids from 0 to 2, and the last layer has 2 units, for 0 to 1."
    ]  # fmt: skip
    builder.play([{"do": "undo"}])
    assert builder.state()["odd"] == []


def test_a_dropout_of_all_is_said():
    """Keras takes a rate of 1; the Builder says what comes of it."""
    builder = kw.Builder(x=X, y=Y)
    step = {"do": "insert", "after": "input_layer", "layers": [{"name": "Dropout", "arguments": {"rate": 1}}]}
    builder.play([step])
    assert builder.state()["odd"] == ["dropout drops everything: its rate is 1, so it gives zeros. 0.5 is usual."]


class Table(dict):
    """What a data frame shows of itself."""

    columns = ("size", "colour")
    dtypes = ("float64", "object")


@pytest.mark.parametrize(("x", "y", "words"), [
    (X, np.array(["cat", "dog"] * 20), r"`y` holds texts such as 'cat'. Number them: `names, y = np.unique\(y"),
    (X, ["cat", "dog"] * 20, "`y` holds texts such as 'cat'"),
    ([["a"]] * 40, Y, "`x` holds texts such as 'a'. Number them: `keras.layers.StringLookup`"),
    (Table(size=np.ones(40), colour=np.array(["red"] * 40, object)), Y, "its column 'colour' holds texts such as"),
    (X.astype(object), Y, r"objects of Python. Convert it: `x.astype\('float32'\)`"),
    (X.astype(complex), Y, r"complex numbers. Take a part of them: `np.abs\(x\)`"),
    ([[1.0], [1.0, 2.0]], Y, "rows of one length"),
    ((x for x in X), Y, "must be an array. Received: generator"),
    (np.float32(3), Y, "samples in its first axis. Received: 3.0"),
    (X[:, :0], Y, r"numbers in each sample. Received: the shape \(40, 0\)"),
    (X, Y[:7], "equally many samples. Received: 40, 7"),
])  # fmt: skip
def test_data_that_are_no_numbers_are_refused_with_the_mend(x, y, words):
    """The argument, where it is, what it holds, and the line that mends it."""
    with pytest.raises(ValueError, match=words):
        kw.Builder(x=x, y=y)


@pytest.mark.parametrize("step", [
    {"do": "set", "card": "input_layer", "argument": "shape", "value": "(0,)"},
    {"do": "add_input", "shape": "(0,)"},
    {"do": "add_input", "shape": "(-1, 3)"},
    {"do": "code", "text": "model = keras.Sequential([keras.Input((0,)), layers.Dense(2)])"},
])  # fmt: skip
def test_an_input_of_nothing_is_refused(step):
    """Extents are whole numbers from 1 on."""
    builder = kw.Builder(x=X, y=Y)
    with pytest.raises(ValueError, match="whole numbers from 1 on, or None"):
        builder.play([step])
    assert not builder.shop.done


def test_inputs_of_each_kind_become_rows_that_are_joined():
    """A list of arrays of other shapes: a row, an image, the ids of words; it can be trained as it is proposed."""
    x = [X, RNG.random((40, 4, 4, 1)), RNG.integers(0, 9, (40, 5))]
    builder = kw.Builder(x=x, y=Y)
    kinds = sorted(type(layer).__name__ for layer in builder.model.layers)
    middle = ["Concatenate", "Dense", "Embedding", "Flatten", "GlobalAveragePooling1D"]
    assert kinds == [*middle, "InputLayer", "InputLayer", "InputLayer"]
    assert builder.state()["odd"] == [] and builder.state()["trainable"] == ""
    assert builder.model.output_shape == (None, 3)


def test_whole_numbers_in_a_table_are_no_words():
    """A data frame has amounts in its columns, an array of whole numbers the ids of words."""
    table = pandas.DataFrame({"beds": np.arange(40) % 5, "floors": np.arange(40) % 3})
    for x, first in ((table, "Dense"), (table.to_numpy(), "Embedding")):
        builder = kw.Builder(x=x, y=Y)
        assert type(builder.model.layers[0]).__name__ == first


def test_several_targets_ask_for_as_many_outputs():
    """The sentence counts both, and says how a further output is made."""
    builder = kw.Builder(x=X, y=[Y, Y])
    words = "y has 2 arrays, and the model gives 1 output. Insert a last layer for each, as a branch."
    assert builder.state()["odd"] == [words]
    step = {"do": "insert", "after": "input_layer", "branch": True, "layers": [{"name": "Dense"}]}
    builder.play([{**step, "branch": False}, step])
    assert builder.state()["odd"] == [] and len(builder.model.outputs) == 2


def test_huge_data_are_not_copied():
    """Opening and a preview of 80 MB take a small part of them."""
    big = np.zeros((400_000, 50), "float32")
    tracemalloc.start()
    builder = kw.Builder(x=big, y=np.arange(len(big)) % 5)
    builder.state()
    builder.on_preview({"sample": 3}, [])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < big.nbytes / 4
