"""summary() prints what Keras prints, byte for byte."""

from __future__ import annotations

import json

import keras as real
import numpy as np
import pytest

from kerasnb import layers
from kerasnb.backend.tensor import naming
from kerasnb.model.model import Model
from kerasnb.model.sequential import Sequential


class Ours:
    """The names that the models below use."""

    layers, Sequential, Model, Input = layers, Sequential, Model, staticmethod(layers.Input)


def plain(k):
    return k.Sequential(
        [k.Input((784,)), k.layers.Dense(256, "relu"), k.layers.Dropout(0.4), k.layers.Dense(10, "softmax")]
    )


def deferred(k):
    return k.Sequential([k.layers.Dense(4), k.layers.Dense(2)])


def deferred_called(k):
    model = deferred(k)
    model(np.ones((3, 5), "float32"))
    return model


def deferred_built(k):
    model = deferred(k)
    model.build((None, 7))
    return model


def empty(k):
    return k.Sequential(name="nothing")


def only_input(k):
    return k.Sequential([k.Input((3, 4))])


def many_kinds(k):
    kinds = k.layers
    return k.Sequential(
        [
            k.Input((28, 28, 1), batch_size=5), kinds.Rescaling(1 / 255), kinds.Flatten(), kinds.Reshape((28, -1)),
            kinds.Permute((2, 1)), kinds.Flatten(), kinds.RepeatVector(2), kinds.Activation("tanh"), kinds.ReLU(),
            kinds.LeakyReLU(), kinds.ELU(), kinds.Softmax(), kinds.Dense(3, use_bias=False, name="a" * 60),
        ],
        name="kinds[bold]of/layers".replace("/", "_"),
    )  # fmt: skip


def unknown_extents(k):
    return k.Sequential([k.Input((None, 3)), k.layers.Dense(5), k.layers.Activation("relu")])


def nested(k):
    inner = k.Sequential([k.layers.Dense(4, name="first"), k.layers.Dropout(0.1)], name="inner")
    return k.Sequential([k.Input((8,)), inner, k.layers.Dense(1)], name="outer")


def nested_twice(k):
    innermost = k.Sequential([k.layers.Dense(2)], name="innermost")
    inner = k.Sequential([innermost, k.layers.Dense(3)], name="inner")
    return k.Sequential([k.Input((8,)), inner, k.layers.Dense(1)], name="outer")


def frozen(k):
    model = plain(k)
    model.layers[0].trainable = False
    return model


def all_frozen(k):
    model = plain(k)
    model.trainable = False
    return model


def popped(k):
    model = plain(k)
    model.pop()
    return model


def subclassed(k):
    class Own(k.Model):
        def __init__(self):
            super().__init__(name="own")
            self.hidden = k.layers.Dense(4)
            self.out = k.layers.Dense(2)

        def call(self, inputs):
            return self.out(self.hidden(inputs))

    model = Own()
    model(np.ones((2, 3), "float32"))
    return model


def subclassed_unbuilt(k):
    class Own(k.Model):
        def __init__(self):
            super().__init__(name="own")
            self.hidden = k.layers.Dense(4)

        def call(self, inputs):
            return self.hidden(inputs)

    return Own()


def large(k):
    return k.Sequential([k.Input((4096,)), k.layers.Dense(2048), k.layers.Dense(1)])


def integers(k):
    return k.Sequential([k.Input((3,), dtype="int32"), k.layers.Dense(1)])


MODELS = [
    plain, deferred, deferred_called, deferred_built, empty, only_input, many_kinds, unknown_extents, nested,
    nested_twice, frozen, all_frozen, popped, subclassed, subclassed_unbuilt, large, integers,
]  # fmt: skip
OPTIONS = [
    {}, {"line_length": 60}, {"line_length": 120}, {"positions": [0.3, 0.6, 1.0]}, {"expand_nested": True},
    {"show_trainable": True}, {"show_trainable": True, "expand_nested": True, "line_length": 70},
]  # fmt: skip


def text_of(k, build, options) -> str:
    """The summary of a model made from a fresh count of names."""
    real.backend.clear_session()
    naming.reset_uids()
    texts: list[str] = []
    build(k).summary(print_fn=texts.append, **options)
    return "".join(texts)


@pytest.mark.parametrize("build", MODELS, ids=lambda b: b.__name__)
def test_same_text_as_keras(build):
    """The same model has the same summary in both packages, with all options."""
    real.backend.clear_session()
    naming.reset_uids()
    ours, theirs = build(Ours), build(real)
    for options in OPTIONS:
        found, expected = [], []
        ours.summary(print_fn=found.append, **options)
        theirs.summary(print_fn=expected.append, **options)
        assert found == expected, options


def test_same_text_in_any_terminal(monkeypatch):
    """The table follows the width of the terminal as Keras' does."""
    real.backend.clear_session()
    naming.reset_uids()
    ours, theirs = plain(Ours), plain(real)
    for columns in (40, 60, 80, 100, 200):
        monkeypatch.setenv("COLUMNS", str(columns))
        found, expected = [], []
        ours.summary(print_fn=found.append)
        theirs.summary(print_fn=expected.append)
        assert found == expected, columns


def test_printed_text(capsys):
    """Without print_fn the text goes to stdout."""
    text_of(Ours, plain, {})
    naming.reset_uids()
    plain(Ours).summary()
    printed = capsys.readouterr().out
    assert printed == text_of(Ours, plain, {})


@pytest.mark.parametrize("use", ["fit", "predict", "train_on_batch"])
def test_built_by_the_first_data(use):
    """A model that is built by its first batch shows the shapes of that batch, and is saved as Keras saves it."""

    def used(k):
        model = k.Sequential([k.layers.Dense(4), k.layers.Flatten(), k.layers.Dropout(0.1), k.layers.Dense(2)])
        model.compile("adam", "mse")
        x = np.ones((40, 5), "float32")
        verbose = {} if use == "train_on_batch" else {"verbose": 0}
        getattr(model, use)(*([x] if use == "predict" else [x, x[:, :2]]), **verbose)
        return model

    assert text_of(Ours, used, {}) == text_of(real, used, {})
    naming.reset_uids()
    real.backend.clear_session()
    assert json.loads(used(Ours).to_json()) == json.loads(used(real).to_json())


def test_optimizer_line():
    """The summary of a trained model includes the optimizer's parameters."""

    def trained(k):
        model = plain(k)
        model.compile("rmsprop", "sparse_categorical_crossentropy")
        model.train_on_batch(np.zeros((2, 784), "float32"), np.array([0, 1]))
        return model

    found = text_of(Ours, trained, {})
    assert "Optimizer params" in found
    assert found == text_of(real, trained, {})


@pytest.mark.parametrize(
    "layer_range", [("dense", "dropout"), ("dropout", "dense_1"), ("d", "d"), ("dense_1", "dropout")]
)
def test_layer_range(layer_range):
    """A part of the layers can be shown, by names or patterns."""
    options = {"layer_range": layer_range}
    assert text_of(Ours, plain, options) == text_of(real, plain, options)


@pytest.mark.parametrize(
    "options",
    [{"layer_range": ("dense",)}, {"layer_range": (1, 2)}, {"layer_range": ("x", "y")}, {"line_length": 8}],
    ids=str,
)
def test_same_errors_as_keras(options):
    """What cannot be shown is refused in Keras' words."""
    with pytest.raises(ValueError) as expected:
        text_of(real, plain, options)
    with pytest.raises(ValueError) as found:
        text_of(Ours, plain, options)
    assert str(found.value) == str(expected.value)


def test_notebook_shows_the_summary():
    """A model alone in a cell is its summary."""
    naming.reset_uids()
    texts: list[str] = []
    model = plain(Ours)
    model.summary(print_fn=texts.append)
    assert model._repr_mimebundle_()["text/plain"] == texts[0]
