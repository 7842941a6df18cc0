"""Errors about shapes: the first sentence is Keras', and a hint says one way to mend them, which does mend them."""

from __future__ import annotations

import keras as real
import numpy as np
import pytest

import kerasnb
from kerasnb.layers.base import hints
from tests.seeded import RANDOM


def zeros(*shape):
    return np.zeros(shape, "float32")


def called(k, layer, first, *shape):
    """A call of a layer that was built for inputs of another shape."""
    made = layer(k)
    made.build(first) if first else None
    return made(zeros(*shape))


def model(k, shape, *layers):
    return k.Sequential([k.Input(shape), *layers])


def functional(k, shape):
    x = k.Input(shape, name="x")
    return k.Model(x, k.ops.sum(x, axis=-1), name="sums")


LAYERS = {
    "unflattened images": (lambda k: called(k, lambda k: k.layers.Dense(2, name="out"), (None, 784), 3, 28, 28),
                           "Put `keras.layers.Flatten()` before the layer, or pass `x.reshape(-1, 784)`"),
    "another width": (lambda k: called(k, lambda k: k.layers.Dense(2, name="out"), (None, 4), 3, 5),
                      "built for inputs with 4 entries in axis -1"),
    "one sample": (lambda k: called(k, lambda k: k.layers.Dense(2, name="out"), None, 4), "Pass `x[np.newaxis]`"),
    "no channels": (lambda k: called(k, lambda k: k.layers.Conv2D(2, 3, name="out"), None, 4, 28, 28),
                    "channel axis is missing. Add it with `x[..., np.newaxis]`"),
    "no channels in a model": (lambda k: model(k, (28, 28), k.layers.Conv2D(2, 3, name="out")),
                               "`keras.layers.Reshape((28, 28, 1))`"),
    "one image": (lambda k: called(k, lambda k: k.layers.Conv2D(2, 3, name="out"), None, 28, 28, 3),
                  "One sample needs a batch axis"),
    "flat into images": (lambda k: model(k, (64,), k.layers.Conv2D(2, 3, name="out")),
                         "`keras.layers.Reshape((height, width, channels))`"),
    "channels first": (lambda k: called(k, lambda k: k.layers.Conv2D(2, 3, name="out"), (None, 8, 9, 3), 2, 3, 8, 9),
                       "Move it with `np.moveaxis(x, 1, -1)`"),
    "pooling": (lambda k: called(k, lambda k: k.layers.MaxPooling2D(name="out"), None, 2, 8, 9),
                "channel axis is missing"),
    "too many axes": (lambda k: called(k, lambda k: k.layers.RepeatVector(3, name="out"), None, 2, 8, 9),
                      "Put `keras.layers.Flatten()` before the laye"),
    "a sequence of images": (lambda k: called(k, lambda k: k.layers.MaxPooling2D(name="out"), None, 2, 3, 8, 8, 1),
                             "keras.layers.TimeDistributed(layer)"),
    "one sample of a functional model": (lambda k: functional(k, (4, 4))(zeros(4, 4)), "Pass `x[np.newaxis]`"),
    "another functional model": (lambda k: functional(k, (4,))(zeros(2, 5)), "`keras.Input((5,))`"),
    "images for a functional model": (lambda k: functional(k, (4,))(zeros(3, 2, 2)), "`x.reshape(-1, 4)`"),
    "channels first in a model": (lambda k: functional(k, (8, 9, 3))(zeros(2, 3, 8, 9)), "`np.moveaxis(x, 1, -1)`"),
    "images for a stack": (lambda k: model(k, (784,), k.layers.Dense(2))(zeros(3, 28, 28)), "`x.reshape(-1, 784)`"),
    "one sample of a stack": (lambda k: model(k, (784,), k.layers.Dense(2))(zeros(784)), "Pass `x[np.newaxis]`"),
}  # fmt: skip


def raised(call) -> str:
    with pytest.raises(ValueError) as problem:
        call()
    return str(problem.value)


@pytest.mark.parametrize("name", LAYERS)
def test_hint_follows_the_sentence_of_keras(name):
    """The error names the layer, what came and what was expected, as in Keras; then follows the hint."""
    call, hint = LAYERS[name]
    first, second = raised(lambda: call(kerasnb)).split("\nHint: ")
    assert hint in second
    theirs = raised(lambda: call(real))
    if theirs.startswith("Input 0"):
        assert theirs.split("\n")[0] == first
    else:  # of a model's inputs; Keras prints the tensor, too
        assert "Invalid input shape for" in theirs and first.startswith("Invalid input shape for")


def test_recurrent_layers():
    """What follows a layer whose outputs are no sequence."""
    assert "RepeatVector(timesteps)" in hints.for_layer(["LSTM", "RNN", "Layer"], 3, 3, {}, (None, 8))
    assert "return_sequences=True" in hints.for_layer(["GRU", "RNN", "Layer"], 3, 3, {}, (None, 8))


def test_hints_mend():
    """What the hints advise is right."""
    dense = kerasnb.layers.Dense(2)
    dense.build((None, 784))
    images = RANDOM.uniform(size=(3, 28, 28)).astype("f")
    assert dense(kerasnb.layers.Flatten()(images)).shape == dense(images.reshape(-1, 784)).shape == (3, 2)
    assert kerasnb.layers.Conv2D(2, 3)(images[..., np.newaxis]).shape == (3, 26, 26, 2)
    stack = kerasnb.Sequential([kerasnb.Input((8, 9, 3)), kerasnb.layers.Conv2D(2, 3)])
    assert stack(np.moveaxis(zeros(2, 3, 8, 9), 1, -1)).shape == (2, 6, 7, 2)


@pytest.mark.parametrize("loss", ["categorical_crossentropy", "sparse_categorical_crossentropy"])
def test_outputs_with_too_many_axes(loss):
    """Dense after unflattened images: the loss finds it, and the hint says where the layer is missing."""
    made = model(kerasnb, (6, 6), kerasnb.layers.Dense(3, "softmax", name="kind"))
    made.compile("sgd", loss)
    y = np.zeros(4) if loss.startswith("sparse") else np.eye(3)[[0, 1, 2, 0]]
    text = raised(lambda: made.fit(zeros(4, 6, 6), y, verbose=0))
    assert "have the same shape" in text and "Hint: The output" in text and "keras.layers.Flatten()" in text
