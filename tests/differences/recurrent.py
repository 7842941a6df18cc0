"""What recurrent layers do that those of Keras 3.15 on JAX do not."""

from __future__ import annotations

import keras as judge
import numpy as np
import pytest

import kerasnb as keras
from tests.differences import difference

X = np.random.default_rng(0).standard_normal((2, 3, 2)).astype("float32")
LATE = np.array([[0, 1, 1], [0, 0, 1]], bool)


def same(make, shape=X.shape):
    """The layer of both libraries, with the same weights."""
    ours, theirs = make(keras), make(judge)
    ours.build(shape)
    theirs.build(shape)
    theirs.set_weights(ours.get_weights())
    return ours, theirs


@difference
def states_in_fit():
    """The second batch starts with the states of the first."""
    for library, stays in ((keras, True), (judge, False)):
        model = library.Sequential([library.Input(batch_shape=(1, 3, 2)), library.layers.GRU(2, stateful=True)])
        model.predict(X, batch_size=1, verbose=0)
        assert (np.abs(np.asarray(model.layers[0].states[0])).max() > 0) == stays


@difference
def unrolled_masks():
    """Masked steps at the start repeat the initial state, and are zero where that is asked for."""
    state = np.ones((2, 2), "float32")
    for zeros in (False, True):
        rolled, _ = same(lambda lib, z=zeros: lib.layers.GRU(2, return_sequences=True, zero_output_for_mask=z))
        ours, theirs = same(
            lambda lib, z=zeros: lib.layers.GRU(2, return_sequences=True, zero_output_for_mask=z, unroll=True)
        )
        ours.set_weights(rolled.get_weights())
        theirs.set_weights(rolled.get_weights())
        expected, found = (np.asarray(one(X, initial_state=[state], mask=LATE)) for one in (rolled, ours))
        np.testing.assert_allclose(found, expected, rtol=1e-6)
        np.testing.assert_array_equal(found[:, 0], 0 if zeros else 1)
        judged = np.asarray(theirs(X, initial_state=[state], mask=LATE[:, ::-1] if zeros else LATE))
        assert (judged[:, -1] != 0).any() if zeros else (judged[:, 0] == 0).all()


@difference
def masks_of_images():
    """Masked steps leave the state as it was."""
    ours, theirs = same(lambda lib: lib.layers.ConvLSTM1D(2, 2), (2, 3, 5, 1))
    x, mask = np.ones((2, 3, 5, 1), "float32"), np.array([[1, 1, 0]] * 2, bool)
    np.testing.assert_allclose(np.asarray(ours(x, mask=mask)), np.asarray(ours(x[:, :2])), rtol=1e-5)
    with pytest.raises((ValueError, TypeError)):
        theirs(x, mask=mask)


def _wide_cell(library):
    class Cell(library.layers.Layer):
        state_size, output_size = 2, 3

        def call(self, inputs, states):
            return library.ops.concatenate([inputs, inputs[:, :1]], axis=-1), [states[0] + inputs]

    return library.layers.RNN(Cell(), return_sequences=True)


@difference
def masked_outputs_of_another_size():
    """The last output that is not masked is repeated."""
    found = np.asarray(_wide_cell(keras)(X, mask=~LATE))
    np.testing.assert_array_equal(found[0], np.concatenate([X, X[..., :1]], axis=-1)[0][[0, 0, 0]])
    with pytest.raises((ValueError, TypeError)):
        _wide_cell(judge)(X, mask=~LATE)


@difference
def regularized_simple_rnn():
    """The penalty is among the losses."""
    ours, theirs = same(lambda lib: lib.layers.SimpleRNN(2, activity_regularizer="l2"))
    y = np.asarray(ours(X))
    theirs(X)
    assert float(ours.losses[0]) == pytest.approx(0.01 * (y**2).sum() / len(y), rel=1e-5)
    assert theirs.losses == []


@difference
def weights_of_bidirectional():
    """The layers start with the weights that were passed."""
    given = keras.layers.Bidirectional(keras.layers.SimpleRNN(2))
    given.build(X.shape)
    weights = [w + 1 for w in given.get_weights()]
    for library, kept in ((keras, True), (judge, False)):
        layer = library.layers.Bidirectional(library.layers.SimpleRNN(2), weights=weights)
        layer.build(X.shape)
        assert all((a == b).all() for a, b in zip(layer.get_weights(), weights, strict=True)) == kept


@difference
def no_steps():
    """The error says what is missing."""
    ours, theirs = same(lambda lib: lib.layers.LSTM(2))
    with pytest.raises(ValueError, match="at least one time step"):
        ours(X[:, :0])
    with pytest.raises(IndexError):
        theirs(X[:, :0])


@difference
def separate_dropout_masks():
    """Each gate has a mask of its own."""
    ours, theirs = same(lambda lib: lib.layers.LSTM(2, dropout=0.5, implementation=1))
    assert np.isfinite(np.asarray(ours(X, training=True))).all()
    assert ours.cell.dropout_mask_count == 4
    with pytest.raises((ValueError, TypeError)):
        theirs(X, training=True)
