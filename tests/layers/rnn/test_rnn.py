"""RNN with cells of one's own, stacks of cells, states that stay, files of both sides, and what is refused."""

from __future__ import annotations

import keras as real
import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers, ops, tree
from tests.beside import close
from tests.layers.rnn.beside import both, check, numbers, pair


def own_cells(library):
    """Cells of a user, for either library."""

    @library.saving.register_keras_serializable("rnn_tests")
    class MinimalCell(library.layers.Layer):
        """The cell of Keras' documentation."""

        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units = self.state_size = units

        def build(self, input_shape):
            self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")
            self.recurrent_kernel = self.add_weight(shape=(self.units, self.units), name="recurrent_kernel")

        def call(self, inputs, states):
            h = library.ops.matmul(inputs, self.kernel)
            output = library.ops.tanh(h + library.ops.matmul(states[0], self.recurrent_kernel))
            return output, [output]

        def get_config(self):
            return {**super().get_config(), "units": self.units}

    @library.saving.register_keras_serializable("rnn_tests")
    class TwoStates(library.layers.Layer):
        """States of two sizes, an output of a third one, and first states that are not zero."""

        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units, self.state_size, self.output_size = units, [units, 2], 3

        def build(self, input_shape):
            self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")
            self.out = self.add_weight(shape=(self.units, 3), name="out")

        def get_initial_state(self, batch_size=None):
            return [library.ops.ones((batch_size, self.units)), library.ops.zeros((batch_size, 2))]

        def call(self, inputs, states, training=False):
            h = 0.5 * states[0] + library.ops.matmul(inputs, self.kernel)
            return library.ops.matmul(h, self.out) * (2 if training else 1), [h, states[1] + h[:, :2]]

        def get_config(self):
            return {**super().get_config(), "units": self.units}

    return MinimalCell, TwoStates


OURS, THEIRS = own_cells(keras), own_cells(real)
STACKS = [("LSTMCell", "GRUCell"), ("SimpleRNNCell", "LSTMCell"), ("GRUCell", "SimpleRNNCell")]
X = numbers(3, 4, 2)
MASK = np.array([[1, 1, 0, 0], [0, 1, 0, 1], [0, 0, 0, 0]], bool)


@pytest.mark.parametrize("cell", [0, 1])
@pytest.mark.parametrize("backwards", [False, True])
def test_own_cells(cell, backwards):
    """Values and gradients of a user's cell, whole sequences and states."""
    options = {"return_sequences": True, "return_state": True, "go_backwards": backwards}
    layer, theirs = layers.RNN(OURS[cell](4), **options), real.layers.RNN(THEIRS[cell](4), **options)
    both(layer, theirs, X)
    check(layer, theirs, X, training=True)
    if cell == 0:
        check(layer, theirs, X, [numbers(3, 4, seed=1)], mask=MASK)


def test_outputs_of_another_size_under_a_mask():
    """Where the output is no state, that of the last step that is not masked is repeated, zeros before the first."""
    layer = layers.RNN(OURS[1](4), return_sequences=True)
    y, plain = np.asarray(layer(X, mask=MASK)), np.asarray(layer(X))
    np.testing.assert_allclose(y[0], plain[0][[0, 1, 1, 1]], rtol=1e-6)
    np.testing.assert_array_equal(y[2], 0)
    np.testing.assert_array_equal(y[1, 0], 0)
    np.testing.assert_array_equal(y[1, 1], y[1, 2])
    alone = np.asarray(layer(X[1:2, [1, 3]]))
    np.testing.assert_allclose(y[1, [1, 3]], alone[0], rtol=1e-6)


@pytest.mark.parametrize("names", STACKS)
@pytest.mark.parametrize("masked", [False, True])
def test_stacks(names, masked):
    """A stack of cells; their states are lists in a list."""
    options = {"return_sequences": True, "return_state": True}
    layer = layers.RNN([getattr(layers, n)(2 + i) for i, n in enumerate(names)], **options)
    theirs = real.layers.RNN([getattr(real.layers, n)(2 + i) for i, n in enumerate(names)], **options)
    both(layer, theirs, X)
    check(layer, theirs, X, mask=MASK if masked else None)
    again = layers.RNN.from_config(layer.get_config())
    again.build(X.shape)
    again.set_weights(layer.get_weights())
    for a, b in zip(tree.flatten(layer(X)), tree.flatten(again(X)), strict=True):
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b))


@pytest.mark.parametrize("name", ["LSTMCell", "GRUCell", "SimpleRNNCell"])
@pytest.mark.parametrize("implementation", [1, 2])
def test_cells(name, implementation):
    """One step of each cell, alone; its config; its weights."""
    options = {} if name == "SimpleRNNCell" else {"implementation": implementation}
    cell, theirs = getattr(layers, name)(3, **options), getattr(real.layers, name)(3, **options)
    x = X[:, 0]
    both(cell, theirs, x)
    states = [numbers(3, 3, seed=i + 1) for i in range(2 if name == "LSTMCell" else 1)]
    found, expected = cell(x, states), theirs(x, states)
    for a, b in zip(tree.flatten(found), tree.flatten(expected), strict=True):
        close(a, b, 2e-5, name)
    config, judge = cell.get_config(), theirs.get_config()
    assert {k: v for k, v in config.items() if k != "name"} == {k: v for k, v in judge.items() if k != "name"}
    assert [s.shape for s in cell.get_initial_state(5)] == [tuple(s.shape) for s in theirs.get_initial_state(5)]


def test_a_cell_that_is_no_layer():
    """Any object with `call` and `state_size` is a cell."""

    class Sum:
        state_size = 2

        def call(self, inputs, states):
            total = states[0] + inputs
            return total, total

    layer = layers.RNN(Sum(), return_sequences=True)
    np.testing.assert_allclose(np.asarray(layer(X)), X.cumsum(axis=1), rtol=1e-5, atol=1e-6)


# --- states that stay


@pytest.mark.parametrize("name", ["SimpleRNN", "LSTM", "GRU"])
def test_stateful_beside_keras(name):
    """Three batches, a reset, another one: outputs and states, eager."""
    layer, theirs = pair(name, units=2, stateful=True, return_sequences=True)
    both(layer, theirs, X)
    for i in range(4):
        if i == 3:
            layer.reset_state()
            theirs.reset_state()
        close(layer(numbers(3, 4, 2, seed=i)), theirs(numbers(3, 4, 2, seed=i)), 2e-5, f"batch {i}")
        for a, b in zip(layer.states, theirs.states, strict=True):
            close(a.value, b.value, 2e-5, f"states {i}")
    assert [v.path for v in layer.states] == [f"{layer.name}/rnn_state"] * len(layer.states)
    assert len(layer.variables) == len(theirs.variables)
    with pytest.raises(ValueError, match="Expected batch size: 3"):
        layer(X[:2])


@pytest.mark.parametrize("name", ["SimpleRNN", "LSTM", "GRU"])
def test_stateful_models(name):
    """In predict and fit, which replay a recorded step, states go from batch to batch as in eager calls."""
    model = keras.Sequential([keras.Input(batch_shape=(2, 3, 2)), getattr(layers, name)(2, stateful=True)])
    layer, batches = model.layers[0], numbers(8, 3, 2)
    expected = [np.asarray(layer(batches[i : i + 2])) for i in range(0, 8, 2)]
    layer.reset_state()
    found = model.predict(batches, batch_size=2, verbose=0)
    np.testing.assert_allclose(found, np.concatenate(expected), rtol=1e-5, atol=1e-6)
    states = [np.asarray(s) for s in layer.states]
    assert np.abs(states[0]).max() > 0
    layer.reset_state()
    model.compile(keras.optimizers.SGD(0.0), "mse")
    model.fit(batches, np.ones((8, 2)), batch_size=2, shuffle=False, verbose=0)
    for a, b in zip(layer.states, states, strict=True):
        np.testing.assert_allclose(np.asarray(a), b, rtol=1e-5, atol=1e-6)


def test_stateful_needs_a_batch_size():
    """An unknown batch size is refused, with Keras' words."""
    with pytest.raises(ValueError, match="the batch size must be static"):
        layers.LSTM(2, stateful=True)(keras.Input((3, 2)))


# --- models


@pytest.mark.parametrize("name", ["SimpleRNN", "LSTM", "GRU"])
def test_lengths_that_vary(name):
    """A functional model with unknown steps takes batches of several lengths, in predict and in fit."""
    x = keras.Input((None, 2))
    h, *states = getattr(layers, name)(3, return_sequences=True, return_state=True)(x)
    assert h.shape == (None, None, 3)
    assert [s.shape for s in states] == [(None, 3)] * len(states)
    model = keras.Model(x, layers.Dense(1)(getattr(layers, name)(2, activation="relu")(h)))
    model.compile("sgd", "mse")
    for steps in (1, 5, 2, 5):
        batch = numbers(4, steps, 2)
        np.testing.assert_allclose(model.predict(batch, verbose=0), np.asarray(model(batch)), rtol=1e-5, atol=1e-6)
        assert np.isfinite(model.train_on_batch(batch, np.ones((4, 1))))


def test_encoder_and_decoder():
    """The states of one layer start another, in a graph; both sides give the same."""

    def model(library):
        source, target = library.Input((4, 2)), library.Input((3, 2))
        _, *states = library.layers.LSTM(3, return_state=True)(source)
        decoded = library.layers.LSTM(3, return_sequences=True)(target, initial_state=states)
        return library.Model([source, target], library.layers.Dense(2)(decoded))

    ours, theirs = model(keras), model(real)
    theirs.set_weights(ours.get_weights())
    inputs = [numbers(5, 4, 2), numbers(5, 3, 2, seed=1)]
    close(ours(inputs), theirs(inputs), 2e-5, "decoded")
    again = keras.Model.from_config(ours.get_config())
    again.set_weights(ours.get_weights())
    np.testing.assert_array_equal(np.asarray(again(inputs)), np.asarray(ours(inputs)))


def text_model(library):
    """Words with padding, a recurrent layer, and a classifier."""
    return library.Sequential([
        library.Input((6,), dtype="int32"), library.layers.Embedding(9, 4, mask_zero=True), library.layers.LSTM(5),
        library.layers.Dense(3, activation="softmax"),
    ])  # fmt: skip


def test_text_model_trains_as_in_keras():
    """20 steps from the same weights, padded sequences and an empty one among them, have the same losses."""
    words = np.random.default_rng(0).integers(1, 9, (40, 6)).astype("int32")
    for i, row in enumerate(words):
        row[i % 7 :] = 0
    labels = words.sum(axis=1) % 3
    histories, weights = [], None
    for library in (keras, real):
        model = text_model(library)
        weights = weights or model.get_weights()
        model.set_weights(weights)
        model.compile(library.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
        histories.append([float(model.train_on_batch(words, labels)) for _ in range(20)])
    np.testing.assert_allclose(*histories, rtol=2e-5)


# --- files


def saved_model(library, cells):
    x = library.Input((4, 2))
    h = library.layers.RNN(cells[0](3), return_sequences=True)(x)
    h = library.layers.Bidirectional(library.layers.GRU(2, return_sequences=True))(h)
    h = library.layers.RNN([library.layers.LSTMCell(2), cells[1](3)], return_sequences=True)(h)
    return library.Model(x, library.layers.TimeDistributed(library.layers.Dense(2))(h))


@pytest.mark.parametrize("way", ["ours", "theirs"])
def test_files(tmp_path, way):
    """A file of one side opens on the other, with cells of the user in it, and predicts the same."""
    libraries = [(keras, OURS), (real, THEIRS)]
    (writer, cells), (reader, _) = libraries if way == "ours" else libraries[::-1]
    model = saved_model(writer, cells)
    model.save(tmp_path / "model.keras")
    again = reader.models.load_model(tmp_path / "model.keras")
    close(ops.convert_to_tensor(np.asarray(again(X))), np.asarray(model(X)), 2e-5, way)
    assert [w.shape for w in again.weights] == [w.shape for w in model.weights]


# --- errors


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda lib: lib.layers.LSTM(0), "expected a positive integer, got 0"),
        (lambda lib: lib.layers.GRU(2, use_cudnn="yes"), "use_cudnn=yes"),
        (lambda lib: lib.layers.RNN(lib.layers.Dense(2)), "should have a `state_size`"),
        (lambda lib: lib.layers.RNN(3), "should have a `call` method"),
        (lambda lib: lib.layers.StackedRNNCells([lib.layers.Dense(2)]), "must have a `state_size` attribute"),
        (lambda lib: lib.layers.Bidirectional(3), "Please initialize `Bidirectional` layer"),
        (lambda lib: lib.layers.Bidirectional(lib.layers.LSTM(2), "max"), "Invalid merge mode"),
        (
            lambda lib: lib.layers.Bidirectional(lib.layers.LSTM(2), backward_layer=lib.layers.LSTM(2)),
            "should have different `go_backwards` value",
        ),
        (lambda lib: lib.layers.TimeDistributed(3), "Please initialize `TimeDistributed` layer"),
        (lambda lib: lib.layers.TimeDistributed(lib.layers.Dense(2)).build((2, 3)), "at least 3 dimensions"),
        (lambda lib: lib.layers.LSTM(2)(np.ones((2, 3), "float32")), "expected ndim=3, found ndim=2"),
        (lambda lib: lib.layers.LSTM(2, use_cudnn=True, activation="relu")(X), "use_cudnn=True was specified"),
        (lambda lib: lib.layers.ConvLSTM2D(2, 2, strides=2, dilation_rate=2), "not compatible with"),
        (lambda lib: lib.layers.ConvLSTM1D(2, 2).build((2, 3, None, 2)), "only support static input shapes"),
    ],
)  # fmt: skip
def test_refused(make, message):
    """What both sides refuse, in words that name the argument."""
    for library in (keras, real):
        with pytest.raises(ValueError, match=message):
            make(library)
