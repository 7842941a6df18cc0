"""Inputs of extents and ranks that nobody means: errors in words, and losses that are numbers."""

from __future__ import annotations

import keras as real
import numpy as np
import pytest

import kerasnb
from kerasnb import layers

UNKNOWN = {
    "Dense": lambda: layers.Dense(3, name="mine"),
    "Dense zeros": lambda: layers.Dense(3, kernel_initializer="zeros", name="mine"),
    "Dense orthogonal": lambda: layers.Dense(3, kernel_initializer="orthogonal", name="mine"),
    "LSTM": lambda: layers.LSTM(3, name="mine"),
    "LayerNormalization": lambda: layers.LayerNormalization(name="mine"),
    "BatchNormalization": lambda: layers.BatchNormalization(name="mine"),
    "TimeDistributed": lambda: layers.TimeDistributed(layers.Dense(3), name="mine"),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_weights_of_unknown_extents(name):
    """They are refused by the variable, whatever its initializer, with its path and what to do."""
    with pytest.raises(ValueError, match=r"must be known.*\(None,.*variable 'mine/.*keras.Input"):
        UNKNOWN[name]()(kerasnb.Input((4, None)))


def test_variables_of_unknown_extents():
    """Also outside of layers, with the type of error that Keras raises."""
    for k in (kerasnb, real):
        with pytest.raises(ValueError, match=r"\(None, 2\)"):
            k.Variable("zeros" if k is real else kerasnb.initializers.Zeros(), shape=(None, 2))


@pytest.mark.parametrize("name", ["Dense", "ActivityRegularization"])
def test_activity_of_no_samples(name):
    """A batch without a sample adds no loss, as in Keras, rather than one that is no number."""
    config = {"units": 2, "activity_regularizer": "l2"} if name == "Dense" else {"l1": 1.0, "l2": 1.0}
    for k in (kerasnb, real):
        layer = getattr(k.layers, name)(**config)
        layer(np.zeros((0, 3), "float32"))
        assert [float(loss) for loss in layer.losses] == [0.0]
        layer(np.ones((2, 3), "float32"))
        assert float(layer.losses[0]) > 0


NORMALIZATIONS = {
    "BatchNormalization": {}, "GroupNormalization": {"groups": 1}, "LayerNormalization": {}, "RMSNormalization": {},
}  # fmt: skip


@pytest.mark.parametrize("axis", [2, -3])
@pytest.mark.parametrize("name", NORMALIZATIONS)
def test_normalized_axes_that_inputs_lack(name, axis):
    """The axis of another rank, such as 3 behind a Flatten, is named with the shape of the inputs."""
    for call in (np.ones((2, 4), "float32"), kerasnb.Input((4,))):
        layer = getattr(layers, name)(**NORMALIZATIONS[name], axis=axis)
        with pytest.raises(ValueError, match=rf"`axis`.*axis={axis}, input_shape=\(.*, 4\)"):
            layer(call)


@pytest.mark.parametrize("target", [(2.0, 2), (2.5, -1), ("a", 4)])
def test_targets_that_are_no_integers(target):
    """They are refused by the constructor, rather than stated as extents."""
    with pytest.raises(ValueError, match="`target_shape` must be a non-negative integer"):
        layers.Reshape(target)
    assert layers.Reshape((np.int64(2), -1))(np.ones((1, 4), "float32")).shape == (1, 2, 2)


def test_samples_without_steps():
    """What has no axis of steps is no sequence, and what has no positions cannot attend."""
    for shape in ((), (3,)):
        with pytest.raises(ValueError, match=r"'mine' \(RNN\) needs sequences"):
            layers.RNN([layers.LSTMCell(2)], name="mine")(np.ones(shape, "float32"))
    flat, sequence = np.ones((2, 3), "float32"), np.ones((2, 4, 3), "float32")
    with pytest.raises(ValueError, match="`query` needs the axes"):
        layers.MultiHeadAttention(1, 2)(flat, sequence)
    with pytest.raises(ValueError, match="`value` needs the axes"):
        layers.MultiHeadAttention(1, 2)(sequence, flat)
    with pytest.raises(ValueError, match="`key` needs the axes"):
        layers.MultiHeadAttention(1, 2)(sequence, sequence, key=flat)
