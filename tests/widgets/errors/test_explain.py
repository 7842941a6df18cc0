"""Errors of shapes: for each planted case the edge that breaks, the box that mends, and code that really mends it."""

from __future__ import annotations

import html

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb import layers
from kerasnb.widgets.lesson.errors import card
from tests.promises.widgets import check_bundle

X = np.zeros((32, 28, 28, 1), "float32")
Y = np.arange(32) % 10
SPARSE = "sparse_categorical_crossentropy"


def sequential(*parts, loss=SPARSE):
    model = keras.Sequential(list(parts))
    model.compile("sgd", loss)
    return model


def missing_flatten():
    model = sequential(keras.Input((28, 28, 1)), layers.Conv2D(8, 3), layers.MaxPooling2D(), layers.Dense(10))
    model.fit(X, Y, verbose=0)


def dense_first():
    sequential(keras.Input((28, 28, 1)), layers.Dense(10)).fit(X, Y, verbose=0)


def no_channels():
    keras.Sequential([keras.Input((28, 28)), layers.Conv2D(8, 3)])


def no_channels_in_data():
    sequential(layers.Conv2D(8, 3), layers.Flatten(), layers.Dense(10)).fit(X[..., 0], Y, verbose=0)


def wrong_features():
    sequential(keras.Input((20,)), layers.Dense(10)).fit(np.zeros((8, 19)), np.zeros(8), verbose=0)


def images_for_a_flat_model():
    sequential(keras.Input((784,)), layers.Dense(10)).fit(X, Y, verbose=0)


def adding_widths():
    i = keras.Input((8,))
    left, right = layers.Dense(4, name="left")(i), layers.Dense(5, name="right")(i)
    layers.Add()([left, right])


def joining_sizes():
    i = keras.Input((28, 28, 1))
    small, large = layers.Conv2D(4, 3, name="small")(i), layers.Conv2D(4, 5, name="large")(i)
    layers.Concatenate()([small, large])


def fewer_labels():
    sequential(keras.Input((8,)), layers.Dense(10)).fit(np.zeros((32, 8)), Y[:30], verbose=0)


def too_few_classes():
    sequential(keras.Input((8,)), layers.Dense(5)).fit(np.zeros((32, 8)), Y, verbose=0)


def one_hot():
    y = keras.utils.to_categorical(Y)
    sequential(keras.Input((8,)), layers.Dense(10)).fit(np.zeros((32, 8)), y, verbose=0)


def ids_for_one_hot():
    model = sequential(keras.Input((8,)), layers.Dense(10), loss="categorical_crossentropy")
    model.fit(np.zeros((32, 8)), Y, verbose=0)


def wrong_units():
    y = keras.utils.to_categorical(Y)
    sequential(keras.Input((8,)), layers.Dense(5), loss="categorical_crossentropy").fit(np.zeros((32, 8)), y, verbose=0)


def two_recurrent():
    keras.Sequential([keras.Input((5, 3)), layers.LSTM(4), layers.LSTM(3)])


def recurrent_on_a_row():
    sequential(layers.Dense(5), layers.LSTM(3))(np.zeros((4, 3)))


# The box that mends (or none), what the broken edge says, and what is copied.
CASES = {
    missing_flatten: ("+ flatten", "4 axes against 1", "layers.Flatten(),"),
    dense_first: ("+ flatten", "4 axes against 1", "layers.Flatten(),"),
    no_channels: ("+ reshape", "(None, 28, 28) arrives: 3 axes", "layers.Reshape((28, 28, 1)),"),
    no_channels_in_data: ("+ reshape", "(None, 28, 28) arrives: 3 axes", "layers.Reshape((28, 28, 1)),"),
    wrong_features: ("+ input", "19 numbers against 20", "keras.Input((19,)),"),
    images_for_a_flat_model: ("+ x.reshape(-1, 784)", "(None, 28, 28, 1) against", "x = x.reshape(-1, 784)"),
    adding_widths: ("+ layers.Dense(4)", "(None, 4) and (None, 5)", "right = layers.Dense(4)(right)"),
    joining_sizes: ('+ padding="same"', "(None, 26, 26, 4) and", 'layers.Conv2D(4, 3, padding="same")'),
    fewer_labels: (None, "32 samples against 30", "x, y = x[:30], y[:30]"),
    too_few_classes: (None, "5 outputs against class 9", "layers.Dense(10),"),
    one_hot: (None, "(None, 10) against (None, 10)", 'loss="categorical_crossentropy"'),
    ids_for_one_hot: (None, "(None, 10) against (None,)", 'loss="sparse_categorical_crossentropy"'),
    wrong_units: (None, "(None, 5) against (None, 10)", "layers.Dense(10),"),
    two_recurrent: ("+ return_sequences=True", "(None, 4) arrives: 2 axes", "layers.LSTM(4, return_sequences=True),"),
    recurrent_on_a_row: ("+ reshape", "(None, 5) arrives: 2 axes", "layers.Reshape((5, 1)),"),
}  # fmt: skip


def explained(case):
    with pytest.raises(ValueError) as caught:
        case()
    return kw.explain(caught.value)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.__name__)
def test_a_planted_case(case):
    """The picture names the edge and the mend; it is whole without a kernel, and the text says the same."""
    mend, edge, fix = CASES[case]
    found = explained(case)
    broken = [node.edge for node in found.story.nodes if node.edge]
    assert len(broken) == 1 and edge in broken[0]
    assert [node.name for node in found.story.nodes if node.state == "new"] == ([mend] if mend else [])
    assert found.story.fix.startswith(fix)
    bundle = found.bundle()
    check_bundle(bundle)
    assert len(bundle["text/html"]) < 40_000 and "<svg" not in bundle["text/html"]
    for node in found.story.nodes:
        assert html.escape(node.name) in found.html() and node.name.removeprefix("+ ") in found.text()
    assert f"✕ {broken[0]}" in found.text()
    assert fix in "".join(line.code for line in found.story.code if line.sign == "+")
    words = f"{found.story.head} {found.story.why}".replace("`", "")
    assert all(len(sentence.split()) <= 20 for sentence in words.split(". "))


def test_the_traceback_is_short():
    """One's own lines only, and the first line of the message."""
    found = explained(missing_flatten)
    *lines, last = found.trace.splitlines()
    assert len(lines) <= 3 and "kerasnb/" not in found.trace
    assert "test_explain.py, line" in lines[-1] and "fit(X, Y" in lines[-1]
    assert last.startswith("ValueError: Arguments `target` and `output`")


def test_numbers_of_the_mend_are_the_engines():
    """The other mend saves as many parameters as it says: both models are built and counted."""
    found = explained(missing_flatten)
    body = [keras.Input((28, 28, 1)), layers.Conv2D(8, 3), layers.MaxPooling2D()]
    counts = [
        keras.Sequential([*body, middle(), layers.Dense(10)]).layers[-1].count_params()
        for middle in (layers.GlobalAveragePooling2D, layers.Flatten)
    ]
    assert f"{counts[0]:,} parameters in" in found.story.other and f"instead of {counts[1]:,}" in found.story.other


def test_mended_models_train():
    """What is proposed is inserted, and the failing call passes."""
    sequential(
        keras.Input((28, 28, 1)), layers.Conv2D(8, 3), layers.MaxPooling2D(), layers.Flatten(),
        layers.Dense(10, activation="softmax"),
    ).fit(X, Y, verbose=0)
    parts = layers.Reshape((28, 28, 1)), layers.Conv2D(8, 3), layers.Flatten(), layers.Dense(10, activation="softmax")
    sequential(*parts).fit(X[..., 0], Y, verbose=0)
    keras.Sequential([keras.Input((5, 3)), layers.LSTM(4, return_sequences=True), layers.LSTM(3)])
    flat = sequential(keras.Input((784,)), layers.Dense(10, activation="softmax"))
    assert flat.fit(X.reshape(-1, 784), Y, verbose=0).history["loss"][0] == pytest.approx(np.log(10), rel=0.1)


def test_a_long_model_is_folded():
    """Of 30 layers the first two and the last ones are drawn."""
    parts = [layers.Conv2D(2, 3, padding="same") for _ in range(30)]
    with pytest.raises(ValueError) as caught:
        sequential(keras.Input((8, 8, 1)), *parts, layers.Dense(10)).fit(np.zeros((4, 8, 8, 1)), np.zeros(4), verbose=0)
    nodes = kw.explain(caught.value).story.nodes
    assert len(nodes) <= 12 and "layers" in nodes[2].name and nodes[-1].name == "labels"


def test_other_errors_have_no_picture():
    """They are not about shapes."""
    assert kw.explain(ValueError("the loss is negative")) is None and kw.explain(KeyError("x")) is None


def test_without_an_error(monkeypatch):
    """It says what it needs; the last error that was not caught is the default."""
    monkeypatch.delattr("sys.last_value", raising=False)
    with pytest.raises(ValueError, match="no cell has failed yet"):
        kw.explain()
    with pytest.raises(ValueError) as caught:
        no_channels()
    monkeypatch.setattr("sys.last_value", caught.value, raising=False)
    assert kw.explain().story.fix == "layers.Reshape((28, 28, 1)),"


def test_expected_errors_are_drawn(capsys):
    """A lesson's error on purpose has the picture too; its text stays the same."""
    with kw.expect_error(ValueError):
        no_channels()
    assert capsys.readouterr().out == "Expected error: ValueError\n"
    with pytest.raises(ValueError) as caught:
        no_channels()
    page = card(caught.value)._repr_mimebundle_()["text/html"]
    assert "ValueError</b>, as expected" in page and "layers.Reshape((28, 28, 1))" in page
    assert page.count("kerasnb-card") == 1
