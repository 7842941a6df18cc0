"""The Builder takes nothing that would fail later, and what others do to the model can be taken back, too."""

from __future__ import annotations

import time

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb.widgets.builder import read
from tests.browser.bare import connect

layers = keras.layers
RNG = np.random.default_rng(5)
X = RNG.random((40, 6)).astype("float32")
Y = RNG.integers(0, 3, 40)
START = "model = keras.Sequential([keras.Input((6,)), "


def same(one, other):
    return len(one) == len(other) and all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def told(builder, text):
    """What the code pane answers to a text."""
    return connect(builder).hear({"do": "code", "ask": 1, "text": text})[-1]["content"]["result"]


# --- the code pane


@pytest.mark.parametrize(("text", "line", "words"), [
    (START + "layers.Dense(2, activation=keras.activations.get)])", 1, "activations.get is not known"),
    (START + "layers.Dense(2, activation=keras.activations.deserialize)])", 1, "deserialize is not known"),
    (START + "layers.Dense(2, activation=keras.activations.Callable)])", 1, "Callable is not known"),
    (START + "layers.Dense(2, keras.losses.mean_squared_error)])", 1, "`activation` must be"),
    (START + "layers.Dense(2, activation='rellu')])", 1, "Did you mean 'relu'"),
    (START + "layers.Dense(2, kernel_initializer=keras.activations.relu)])", 1, "`kernel_initializer` must be"),
    (START + "layers.Dense(2, kernel_initializer=keras.initializers.Initializer)])", 1, "`kernel_initializer` must be"),
    (START + "layers.Dense(2, kernel_regularizer=5)])", 1, "`kernel_regularizer` must be"),
    (START + "layers.Dense(2, use_bias='maybe')])", 1, "`use_bias` must be True or False"),
    ("\nmodel = keras.Sequential([keras.Input((6,)), keras.Input((6,)), layers.Dense(2)])", 2, "has one keras.Input"),
    ("model = keras.Sequential()\nmodel.add(layers.Dense(2))", 2, "first entry"),
    ("d = layers.Dense(6)\n" + START + "d, d])", 2, "twice"),
    (START + "layers.Dense(2)])\nkeras.utils.set_random_seed()", 2, "set_random_seed takes one whole number"),
    (START + "layers.Dense(2)])\nkeras.utils.set_random_seed('a')", 2, "set_random_seed takes one whole number"),
    (START + "layers.Dense(2)])\n\nmodel.compile('foo', 'bar')", 3, "optimizer identifier: foo. Known names: Adadelta"),
    (START + "layers.Dense(2)])\nmodel.compile('adam', 'bar')", 2, "loss identifier: bar. Known names: .*mse"),
    (START + "layers.Dense(2)])\nmodel.compile('adam', 'mse', metrics=['zz'])", 2, "metric identifier: zz"),
    (START + "layers.Dense(2)])\nmodel.compile(5, 'mse')", 2, "`optimizer` must be a name or an object of keras.opt"),
    (START + "layers.Dense(2)])\nmodel.compile('adam', 'mse', run_fast=True)", 2, "has no argument `run_fast`"),
    (START + "layers.Dense(2)])\nmodel.compile('adam', 'mse', run_eagerly=2)", 2, "`run_eagerly` must be True"),
    (START + "layers.Dense(2)])\nmodel.compile(loss='mse', loss='mae')", 2, "`loss` is given twice"),
    (START + "layers.Dense(2)])\nmodel.add()", 2, "takes one layer"),
    ("a = keras.Input((6,))\nb = keras.ops.rellu(a)\nmodel = keras.Model(a, b)", 2, "ops.rellu is no operation"),
    ("a = keras.Input((6,))\nb = keras.ops.split(a, 2, -1)\nc = keras.ops.relu(b)", 3, "several tensors: choose one"),
    ("a = keras.Input((6,))\nb = keras.ops.relu(a, a, a)\nmodel = keras.Model(a, b)", 2, "too many positional"),
    ("a = keras.Input((6,))\nb = keras.ops.relu(3.0)\nmodel = keras.Model(a, b)", 2, "no tensor of the model"),
    ("a = keras.Input((6,))\nb = keras.ops.cond(a, abs, abs)", 2, "not known here"),
    ("a = keras.Input((6,))\nb = 'a' @ a\nc, d = b\n", 3, "neither creates"),
    (START + "layers.Dense(1), " * 501 + "])", 1, "more than 500 layers"),
])  # fmt: skip
def test_code_that_would_fail_later_is_refused_with_its_line(text, line, words):
    """A sentence and the line; the model and the pile of changes stay."""
    builder = kw.Builder(x=X, y=Y)
    code, count = builder.code, len(builder.shop.done)
    with pytest.raises(read.CodeError, match=words) as error:
        read.parse(text)
    assert error.value.line == line
    assert told(builder, text)["problem"]["line"] == line
    assert builder.code == code
    assert len(builder.shop.done) == count


@pytest.mark.parametrize("argument", [
    "activation=keras.activations.gelu", "activation=layers.LeakyReLU(0.2)", "activation=None",
    "kernel_initializer=keras.initializers.HeNormal", "kernel_initializer=keras.initializers.HeNormal(seed=3)",
    "kernel_regularizer='l2'", "kernel_constraint=keras.constraints.NonNeg()", "use_bias=False",
])  # fmt: skip
def test_real_arguments_are_taken(argument):
    """Names, functions, classes and objects of the right module make a model that predicts."""
    builder = kw.Builder(x=X, y=Y)
    assert told(builder, f"{START}layers.Dense(3, {argument})])")["words"] == "Model and code are equal."
    expected = np.asarray(builder.model.layers[0](X))
    np.testing.assert_array_equal(np.asarray(builder.model(X)), expected)


def test_an_input_can_be_added():
    """`model.add(keras.Input(...))`, as people write it, is the first entry."""
    builder = kw.Builder(x=X, y=Y)
    text = "model = keras.Sequential()\nmodel.add(keras.Input((6,)))\nmodel.add(layers.Dense(3))"
    assert told(builder, text)["words"] == "Model and code are equal."
    assert builder.model.input_shape == (None, 6)
    assert builder.model.output_shape == (None, 3)


def test_an_input_that_does_not_fit_the_data_is_said():
    """The words, the note and the reason why nothing trains name both shapes; with the right shape they go."""
    builder = kw.Builder(x=X, y=Y)
    answer = told(builder, START.replace("6", "9") + "layers.Dense(3)])\nmodel.compile('adam', 'mse')")
    sentence = "x has the shape (6,) for each sample, and input_layer takes (9,)."
    assert answer["words"] == f"Model and code are equal. {sentence}"
    assert builder.state()["misfit"] == builder.state()["trainable"] == sentence
    assert connect(builder).hear({"do": "train", "ask": 2})[-1]["content"]["error"] == sentence
    assert builder.on_preview({}, []) == {"cards": []}
    builder.play([{"do": "set", "card": "input_layer", "argument": "shape", "value": "6"}])
    assert builder.state()["misfit"] == ""


def test_several_inputs_are_compared_by_name():
    """An added input has no data; arrays of a dict belong to the inputs of their names."""
    pair = {"b": RNG.random((40, 2)), "a": RNG.random((40, 5))}
    builder = kw.Builder(x=pair, y=Y)
    assert builder.state()["misfit"] == ""
    builder.play([{"do": "add_input", "shape": "4", "name": "more"}])
    assert builder.state()["misfit"] == "x has 2 arrays, and the model takes 3."


def test_many_layers_are_quick_and_small():
    """300 layers: an edit, the state and the picture take seconds at most, and the saved picture stays small."""
    builder = kw.Builder(x=X, y=Y)
    text = START + "\n" + "    layers.Dense(6),\n" * 300 + "])"
    assert "words" in told(builder, text)
    kept = builder.model.layers[:299]
    start = time.thread_time()
    assert "words" in told(builder, text.replace("(6),\n])", "(5),\n])"))
    builder.state()
    picture = builder.html()
    assert time.thread_time() - start < 3
    assert builder.model.layers[:299] == kept
    assert len(picture) < 40_000
    assert "241 more layers" in picture
    assert "more lines: print(builder.code)" in builder.text()


# --- steps


@pytest.mark.parametrize(("step", "words"), [
    ({"do": "settings", "settings": {"optimizer": "foo"}}, "optimizer identifier"),
    ({"do": "settings", "settings": {"loss": 5}}, "`loss` must be"),
    ({"do": "settings", "settings": {"metrics": ["zzz"]}}, "metric identifier"),
    ({"do": "settings", "settings": {}}, "with any of optimizer"),
    ({"do": "settings", "settings": "abc"}, "with any of optimizer"),
    ({"do": "settings", "settings": {"colour": 1}}, "with any of optimizer"),
    ({"do": "settings", "settings": {"validation_split": "a"}}, "from 0 to below 1. Received: a"),
    ({"do": "move", "card": "dense", "by": "x"}, "`by` must be -1 or 1"),
    ({"do": "insert", "after": "input_layer", "layers": ["Dense"]}, "dicts of `name` and `arguments`"),
    ({"do": "insert", "after": "input_layer", "layers": [{"name": "Dense", "arguments": [1]}]}, "dicts of `name`"),
    ({"do": "insert", "after": "input_layer", "layers": [{"name": "Dense", "arguments": {"use_bias": 3}}]}, "True or"),
    ({"do": "add_input", "shape": "(True,)"}, "`shape` must be like"),
    ({"do": "set", "card": "dense", "argument": "use_bias", "value": "maybe"}, "True or False"),
    ({"do": "set", "card": "dense", "argument": "use_bias", "value": "[1]"}, "True or False"),
    ({"do": "set", "card": "dense", "argument": "dtype", "value": "float31"}, "float31"),
    ({"do": "set", "card": "dense", "argument": "units", "value": "9" * 30}, "too large for the memory"),
    ({"do": "set", "card": "input_layer", "argument": "shape", "value": "(None,)"}, "None"),
])  # fmt: skip
def test_wrong_arguments_change_nothing(step, words):
    """A sentence, and the model and its code are as before."""
    builder = kw.Builder(x=X, y=Y)
    code, weights = builder.code, builder.model.get_weights()
    with pytest.raises(ValueError, match=words):
        builder.play([step])
    assert builder.code == code
    assert same(builder.model.get_weights(), weights)
    assert not builder.shop.done
    assert not builder.steps


@pytest.mark.parametrize(("x", "y"), [(X, Y[:7]), (X[:0], Y[:0])])
def test_data_without_pairs_are_refused(x, y):
    """As many samples as targets, and at least one."""
    with pytest.raises(ValueError, match="`x` and `y` must"):
        kw.Builder(x=x, y=y)


# --- what the training panel does to the model


def trained():
    builder = kw.Builder(x=X, y=Y)
    builder.play([{"do": "settings", "settings": {"epochs": 2}}, {"do": "train"}])
    return builder


def test_added_epochs_are_a_change_of_the_builder():
    """`+5 epochs` of the panel can be taken back and made again; the card refreshes, and the Builder goes on."""
    builder = trained()
    widget, two = connect(builder), builder.model.get_weights()
    builder.model.run.extend(3).wait()
    five = builder.model.get_weights()
    assert not same(two, five)
    assert widget._state["undo"] == "train 3 epochs"
    assert widget._state["training"]["phase"] == "done"
    assert "outside of the Builder" in builder.export()
    builder.play([{"do": "undo"}])
    assert same(builder.model.get_weights(), two)
    builder.play([{"do": "redo"}])
    assert same(builder.model.get_weights(), five)
    builder.play([{"do": "insert", "after": "input_layer", "layers": [{"name": "ReLU"}]}, {"do": "undo"}])
    assert same(builder.model.get_weights(), five)


def test_weights_that_were_put_back_are_a_change_of_the_builder():
    """Restore of the panel, or weights set in a cell, come off the pile first; then what was before."""
    builder = trained()
    widget, two = connect(builder), builder.model.get_weights()
    fresh = [w + 1 for w in two]
    builder.model.set_weights(fresh)
    widget.hear({"do": "select", "ask": 1, "card": "dense"})
    assert builder.state()["undo"] == "change of the weights elsewhere"
    builder.play([{"do": "undo"}])
    assert same(builder.model.get_weights(), two)
    builder.play([{"do": "redo"}])
    assert same(builder.model.get_weights(), fresh)
    builder.play([{"do": "undo"}, {"do": "undo"}])
    assert builder.state()["undo"].startswith("set epochs")


def test_layers_do_not_change_while_a_cell_trains_the_model():
    """A training in the background, started elsewhere, refuses steps until its end."""
    builder = trained()
    fit = builder.model.fit(X, Y, epochs=400, verbose=0, background=True)
    try:
        with pytest.raises(ValueError, match="stop it first"):
            builder.play([{"do": "undo"}])
    finally:
        builder.model.run.control.request_stop()
        fit.wait()
    builder.play([{"do": "undo"}])
    assert builder.state()["undo"] == "train 2 epochs"
