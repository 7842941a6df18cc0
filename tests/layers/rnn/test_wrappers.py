"""Bidirectional, TimeDistributed and the ConvLSTM layers over their arguments, beside Keras; dropout in time."""

from __future__ import annotations

import keras as real
import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers, ops, tree
from tests.beside import close
from tests.layers.rnn.beside import both, check, numbers
from tests.recorded import Replayed

X = numbers(3, 4, 2)
MASK = np.array([[1, 1, 0, 0], [0, 1, 0, 1], [0, 0, 0, 0]], bool)


# --- Bidirectional


@pytest.mark.parametrize("mode", ["concat", "sum", "ave", "mul", None])
@pytest.mark.parametrize("sequences", [False, True])
def test_bidirectional(mode, sequences):
    """Merge modes x sequences, with masks and states: values and all gradients."""

    def make(library):
        inner = library.layers.LSTM(2, return_sequences=sequences, return_state=mode in ("sum", None))
        return library.layers.Bidirectional(inner, merge_mode=mode)

    layer, theirs = both(make(keras), make(real), X)
    states = [numbers(3, 2, seed=i + 1) for i in range(4)] if sequences else None
    check(layer, theirs, X, states, mask=MASK)
    shapes, expected = (one.compute_output_shape(X.shape) for one in (layer, theirs))
    assert tree.flatten(shapes) == tree.flatten(expected)


def test_another_backward_layer():
    """A backward layer of its own: a wider GRU beside an LSTM, with their own numbers of states."""

    def make(library):
        backward = library.layers.GRU(3, return_sequences=True, go_backwards=True, name="gru")
        return library.layers.Bidirectional(
            library.layers.LSTM(2, return_sequences=True, name="lstm"), backward_layer=backward, name="both"
        )

    layer, theirs = both(make(keras), make(real), X)
    check(layer, theirs, X)
    config, expected = layer.get_config(), theirs.get_config()
    assert sorted(config) == sorted(expected)
    assert config["backward_layer"]["config"]["units"] == 3
    assert [w.path for w in layer.weights] == [w.path for w in theirs.weights]


def test_stateful_in_both_directions():
    """States of both directions stay, and are reset; a layer that has none says so."""

    def make(library):
        return library.layers.Bidirectional(library.layers.GRU(2, stateful=True))

    layer, theirs = both(make(keras), make(real), X)
    for i in range(3):
        if i == 2:
            layer.reset_state()
            theirs.reset_state()
        close(layer(X), theirs(X), 2e-5, f"batch {i}")
        for a, b in zip(layer.states, theirs.states, strict=True):
            close(a.value, b.value, 2e-5, f"states {i}")
    with pytest.raises(AttributeError, match="must be stateful"):
        layers.Bidirectional(layers.GRU(2)).reset_state()


# --- TimeDistributed

INNER = {
    "Dense": lambda lib: lib.layers.Dense(3, activation="tanh"),
    "LSTM": lambda lib: lib.layers.LSTM(2),
    "Sequential": lambda lib: lib.Sequential([lib.layers.Dense(3), lib.layers.ReLU()]),
    "Flatten": lambda lib: lib.layers.Flatten(),
}


@pytest.mark.parametrize("name", INNER)
def test_time_distributed(name):
    """Layers that take all steps at once, and layers that take them one by one."""
    x = numbers(2, 3, 4, 2) if name in ("LSTM", "Flatten") else X
    layer, theirs = (lib.layers.TimeDistributed(INNER[name](lib)) for lib in (keras, real))
    both(layer, theirs, x)
    check(layer, theirs, x)
    assert layer.compute_output_shape((None, None, *x.shape[2:])) == theirs.compute_output_shape(
        (None, None, *x.shape[2:])
    )


def test_time_distributed_statistics():
    """Batch statistics belong to one step: they are updated once for each, as in Keras."""
    layer, theirs = (lib.layers.TimeDistributed(lib.layers.BatchNormalization()) for lib in (keras, real))
    both(layer, theirs, X)
    close(layer(X, training=True), theirs(X, training=True), 2e-5, "normalized")
    for a, b in zip(layer.weights, theirs.weights, strict=True):
        close(a.value, b.value, 2e-5, a.path)


def test_time_distributed_masks():
    """Masks are passed on, and checked."""
    layer = layers.TimeDistributed(layers.Dense(2))
    x = ops.convert_to_tensor(X)
    x._keras_mask = ops.convert_to_tensor(MASK)
    np.testing.assert_array_equal(np.asarray(layer(x)._keras_mask), MASK)
    with pytest.raises(ValueError, match="incompatible with the input shape"):
        layer(X, mask=MASK[:, :2])
    with pytest.raises(ValueError, match="at least 2D"):
        layer(X, mask=MASK[:, 0])


def test_time_distributed_lengths():
    """Unknown steps in a graph, then batches of several lengths."""
    x = keras.Input((None, 2))
    model = keras.Model(x, layers.TimeDistributed(layers.Dense(3))(x))
    assert model.output.shape == (None, None, 3)
    for steps in (1, 4):
        batch = numbers(2, steps, 2)
        np.testing.assert_allclose(model.predict(batch, verbose=0), np.asarray(model(batch)), rtol=1e-6)


# --- ConvLSTM

CONVOLUTIONS = [
    (1, {"padding": "same", "dilation_rate": 2, "return_sequences": True}),
    (1, {"padding": "valid", "strides": 2, "activation": "relu", "recurrent_activation": "hard_sigmoid"}),
    (2, {"padding": "valid", "go_backwards": True, "return_sequences": True, "return_state": True}),
    (2, {"padding": "same", "unroll": True, "use_bias": False}),
    (3, {"padding": "same", "return_sequences": True}),
]


@pytest.mark.parametrize(("rank", "arguments"), CONVOLUTIONS)
def test_conv_lstm(rank, arguments):
    """Ranks x paddings, strides, dilation and directions: values and all gradients."""
    layer, theirs = (
        getattr(lib.layers, f"ConvLSTM{rank}D")(filters=2, kernel_size=2, **arguments) for lib in (keras, real)
    )
    x = numbers(2, 3, *(5, 4, 3)[:rank], 2)
    both(layer, theirs, x)
    check(layer, theirs, x)


def test_conv_lstm_channels_first():
    """Channels first is channels last, transposed."""
    first = layers.ConvLSTM2D(2, 2, data_format="channels_first", return_sequences=True)
    last = layers.ConvLSTM2D(2, 2, data_format="channels_last", return_sequences=True)
    x = numbers(2, 3, 4, 5, 2)
    y, turned = last(x), x.transpose(0, 1, 4, 2, 3)
    first.build(turned.shape)
    first.set_weights(last.get_weights())
    np.testing.assert_allclose(np.asarray(first(turned)), np.asarray(y).transpose(0, 1, 4, 2, 3), rtol=1e-5, atol=1e-6)
    assert first.compute_output_shape(turned.shape) == first(turned).shape


def test_conv_lstm_mask():
    """Masked steps leave the state as it was: a padded sequence ends like the short one."""
    layer = layers.ConvLSTM1D(2, 2)
    x, mask = numbers(3, 4, 5, 2), np.array([[1, 1, 0, 0]] * 3, bool)
    np.testing.assert_allclose(np.asarray(layer(x, mask=mask)), np.asarray(layer(x[:, :2])), rtol=1e-5, atol=1e-6)


# --- dropout in time


@pytest.mark.parametrize("name", ["SimpleRNN", "LSTM", "GRU"])
@pytest.mark.parametrize("kind", ["dropout", "recurrent_dropout"])
def test_dropout(name, kind):
    """While training a new mask for each batch, the same at every step; nothing is dropped in inference."""
    layer = getattr(layers, name)(3, return_sequences=True, seed=1, **{kind: 0.5})
    plain = getattr(layers, name)(3, return_sequences=True)
    plain.build(X.shape)
    np.testing.assert_array_equal(layer(X).shape, (3, 4, 3))
    plain.set_weights(layer.get_weights())
    np.testing.assert_allclose(np.asarray(layer(X, training=False)), np.asarray(plain(X)), rtol=1e-5, atol=1e-6)
    eager = [np.asarray(layer(X, training=True)) for _ in range(4)]
    replayed = Replayed(lambda x: [layer(x, training=True)], X)
    steps = [*eager, *(np.array(replayed(X)[0]) for _ in range(4))]
    assert all((a != b).any() for i, a in enumerate(steps) for b in steps[:i])


@pytest.mark.parametrize("count", [None, 4])
def test_dropout_masks(count):
    """Masks keep the mean, drop the fraction, are cached until they are reset, and are one for each gate."""
    cell = layers.LSTMCell(3, dropout=0.25, seed=2, **({} if count is None else {"implementation": 1}))
    x = np.ones((200, 50), "float32")
    masks = cell.get_dropout_mask(ops.convert_to_tensor(x))
    again = cell.get_dropout_mask(ops.convert_to_tensor(x))
    assert again is masks
    one = np.asarray(masks if count is None else masks[0])
    assert np.isclose((one == 0).mean(), 0.25, atol=0.02)
    assert np.isclose(one.mean(), 1, atol=0.03)
    if count is not None:
        assert len(masks) == count
        assert (one != np.asarray(masks[1])).any()
    cell.reset_dropout_mask()
    other = cell.get_dropout_mask(ops.convert_to_tensor(x))
    assert (np.asarray(other if count is None else other[0]) != one).any()
    assert cell.get_recurrent_dropout_mask(ops.convert_to_tensor(x)) is None


def test_dropout_is_the_same_at_every_step():
    """A cell that adds its inputs up shows the mask: all steps lose the same features, in the kernel's place."""
    layer = layers.SimpleRNN(
        6, activation="linear", kernel_initializer="identity", recurrent_initializer="zeros", use_bias=False,
        dropout=0.5, seed=3, return_sequences=True,
    )  # fmt: skip
    y = np.asarray(layer(np.ones((8, 5, 6), "float32"), training=True))
    assert set(np.unique(y)) == {0.0, 2.0}
    np.testing.assert_array_equal(y, np.broadcast_to(y[:, :1], y.shape))
    fused = layers.LSTM(4, dropout=0.5, return_sequences=True, seed=3)
    x = np.ones((8, 5, 6), "float32")
    fused(x)
    states = [v for v in fused.variables if "seed" in v.path]
    before = [np.array(v) for v in states]
    first = np.asarray(fused(x, training=True))
    for v, value in zip(states, before, strict=True):
        v.assign(value)
    mask = np.asarray(keras.random.dropout(np.ones((8, 6), "float32"), 0.5, seed=fused.cell.seed_generator))
    np.testing.assert_allclose(first, np.asarray(fused(x * mask[:, None])), rtol=1e-5, atol=1e-6)
