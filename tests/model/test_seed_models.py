"""The models that kerasnb promises: memory network, stacked LSTMs, VAE, convolutions with recurrence, siamese, NTM.

Each is written once for both sides, has the weights of Keras' model, and trains with the same losses.
"""

from __future__ import annotations

import keras as real
import numpy as np
import pytest

import kerasnb

BATCH = 8


def random():
    return np.random.default_rng(0)


def memory_network(keras):
    """Stories and questions as in bAbI: attention over the sentences, then an LSTM over what it found."""
    layers, ops = keras.layers, keras.ops
    story, question = keras.Input((10,), dtype="int32"), keras.Input((4,), dtype="int32")
    memory = layers.Dropout(0.0)(layers.Embedding(12, 6)(story))
    response = layers.Embedding(12, 4)(story)
    query = layers.Embedding(12, 6)(question)
    match = layers.Softmax()(layers.Dot(axes=(2, 2))([memory, query]))
    answer = layers.Concatenate()([layers.Permute((2, 1))(layers.Add()([match, response])), _padded(ops, query)])
    model = keras.Model([story, question], layers.Dense(12, activation="softmax")(layers.LSTM(8)(answer)))
    model.compile("rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy"])
    r = random()
    x = [r.integers(0, 12, (BATCH, 10)).astype("int32"), r.integers(0, 12, (BATCH, 4)).astype("int32")]
    return model, x, r.integers(0, 12, BATCH)


def _padded(ops, query):
    """Six rows of ten columns: the query, its axes swapped and padded, has the shape of the permuted response."""
    turned = ops.transpose(query, (0, 2, 1))
    return ops.concatenate([turned, turned, turned[:, :, :2]], axis=-1)[:, :4]


def stacked_lstm_text(keras):
    """The next character of a text, by three LSTMs."""
    layers = keras.layers
    model = keras.Sequential([
        keras.Input((9,), dtype="int32"), layers.Embedding(15, 8), layers.LSTM(10, return_sequences=True),
        layers.LSTM(8, return_sequences=True), layers.LSTM(6), layers.Dense(15, activation="softmax"),
    ])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    r = random()
    return model, r.integers(0, 15, (BATCH, 9)).astype("int32"), r.integers(0, 15, BATCH)


def variational_autoencoder(keras):
    """An autoencoder whose code is drawn; the noise is an input, so that both sides draw the same."""
    layers, ops = keras.layers, keras.ops

    class Sampling(layers.Layer):
        def call(self, inputs):
            mean, log_var, noise = inputs
            kl = -0.5 * ops.mean(ops.sum(1 + log_var - ops.square(mean) - ops.exp(log_var), axis=-1))
            self.add_loss(0.1 * kl)
            return mean + ops.exp(0.5 * log_var) * noise

    image, noise = keras.Input((8, 8, 1)), keras.Input((2,))
    x = layers.Conv2D(4, 3, strides=2, padding="same", activation="relu")(image)
    x = layers.Dense(8, activation="relu")(layers.Flatten()(x))
    code = Sampling()([layers.Dense(2)(x), layers.Dense(2)(x), noise])
    x = layers.Reshape((4, 4, 4))(layers.Dense(64, activation="relu")(code))
    x = layers.Conv2DTranspose(1, 3, strides=2, padding="same", activation="sigmoid")(x)
    model = keras.Model([image, noise], x)
    model.compile("adam", "binary_crossentropy")
    r = random()
    images = r.random((BATCH, 8, 8, 1)).astype("float32")
    return model, [images, r.standard_normal((BATCH, 2)).astype("float32")], images


def convolution_and_recurrence(keras):
    """Clips: convolutions of each picture, an LSTM over the pictures, and the sound beside them."""
    layers = keras.layers
    clip, sound = keras.Input((4, 8, 8, 1)), keras.Input((20, 2))
    x = layers.TimeDistributed(layers.Conv2D(3, 3, activation="relu"))(clip)
    x = layers.TimeDistributed(layers.GlobalMaxPooling2D())(x)
    x = layers.Bidirectional(layers.LSTM(4))(x)
    y = layers.GRU(5)(layers.MaxPooling1D(2)(layers.Conv1D(4, 3, activation="relu")(sound)))
    model = keras.Model([clip, sound], layers.Dense(3, activation="softmax")(layers.Concatenate()([x, y])))
    model.compile(keras.optimizers.SGD(0.1, momentum=0.9), "categorical_crossentropy")
    r = random()
    x = [r.random((BATCH, 4, 8, 8, 1)).astype("float32"), r.random((BATCH, 20, 2)).astype("float32")]
    return model, x, np.eye(3, dtype="float32")[r.integers(0, 3, BATCH)]


def siamese_encoder(keras):
    """Are two pictures of the same kind? One encoder for both."""
    layers, ops = keras.layers, keras.ops
    encoder = keras.Sequential([
        keras.Input((8, 8, 1)), layers.Conv2D(4, 3), layers.BatchNormalization(), layers.ReLU(),
        layers.GlobalAveragePooling2D(), layers.Dense(5),
    ])  # fmt: skip
    a, b = keras.Input((8, 8, 1)), keras.Input((8, 8, 1))
    distance = ops.sqrt(ops.sum(ops.square(encoder(a) - encoder(b)), axis=-1, keepdims=True) + 1e-6)
    model = keras.Model([a, b], layers.Dense(1, activation="sigmoid")(distance))
    model.compile("adam", "binary_crossentropy")
    r = random()
    x = [r.random((BATCH, 8, 8, 1)).astype("float32") for _ in range(2)]
    return model, x, r.integers(0, 2, (BATCH, 1)).astype("float32")


def neural_turing_machine(keras):
    """Graves et al., 2014: a controller that reads and writes a memory by content and by place."""
    layers, ops = keras.layers, keras.ops
    slots, width, outputs = 5, 4, 3

    class Cell(layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.state_size = [slots * width, width, slots, slots]
            self.output_size = outputs
            self.controller = layers.Dense(10, activation="tanh")
            self.head = layers.Dense(2 * (width + 6) + 2 * width)
            self.out = layers.Dense(outputs, activation="sigmoid")

        def build(self, input_shape):
            self.controller.build((None, input_shape[-1] + width))
            self.head.build((None, 10))
            self.out.build((None, 10 + width))

        def get_initial_state(self, batch_size=None):
            uniform = ops.full((batch_size, slots), 1 / slots)
            return [ops.full((batch_size, slots * width), 0.01), ops.zeros((batch_size, width)), uniform, uniform]

        def call(self, inputs, states):
            memory, read, reading, writing = states
            memory = ops.reshape(memory, (-1, slots, width))
            hidden = self.controller(ops.concatenate([inputs, read], axis=-1))
            parts = self.head(hidden)
            writing = _addressed(ops, memory, writing, parts[:, : width + 6])
            erase, add = ops.sigmoid(parts[:, -2 * width : -width]), ops.tanh(parts[:, -width:])
            memory = memory * (1 - writing[:, :, None] * erase[:, None]) + writing[:, :, None] * add[:, None]
            reading = _addressed(ops, memory, reading, parts[:, width + 6 : 2 * width + 12])
            read = ops.sum(reading[:, :, None] * memory, axis=1)
            output = self.out(ops.concatenate([hidden, read], axis=-1))
            return output, [ops.reshape(memory, (-1, slots * width)), read, reading, writing]

    inputs = keras.Input((6, 4))
    model = keras.Model(inputs, layers.RNN(Cell(), return_sequences=True)(inputs))
    model.compile(keras.optimizers.RMSprop(0.003), "binary_crossentropy")
    r = random()
    x = r.integers(0, 2, (BATCH, 6, 4)).astype("float32")
    return model, x, x[:, ::-1, :3].copy()


def _addressed(ops, memory, before, parts):
    """The weights of the places: by content, then mixed with those before, shifted and sharpened."""
    width = memory.shape[-1]
    key, strength, gate = ops.tanh(parts[:, :width]), ops.softplus(parts[:, width]), ops.sigmoid(parts[:, width + 1])
    shift, sharpness = ops.softmax(parts[:, width + 2 : width + 5]), 1 + ops.softplus(parts[:, width + 5])
    lengths = ops.sqrt(ops.sum(memory**2, axis=-1) * ops.sum(key**2, axis=-1, keepdims=True) + 1e-6)
    weights = ops.softmax(strength[:, None] * ops.sum(memory * key[:, None], axis=-1) / lengths)
    weights = gate[:, None] * weights + (1 - gate[:, None]) * before
    rolled = [ops.roll(weights, by, axis=1) * shift[:, i : i + 1] for i, by in enumerate((-1, 0, 1))]
    sharp = (rolled[0] + rolled[1] + rolled[2] + 1e-6) ** sharpness[:, None]
    return sharp / ops.sum(sharp, axis=-1, keepdims=True)


SEEDS = (
    memory_network, stacked_lstm_text, variational_autoencoder, convolution_and_recurrence, siamese_encoder,
    neural_turing_machine,
)  # fmt: skip


@pytest.mark.parametrize("build", SEEDS, ids=lambda b: b.__name__)
def test_losses_of_training(build):
    """Twenty steps give the losses that Keras gives, and they fall."""
    theirs, x, y = build(real)
    ours, *_ = build(kerasnb)
    ours.set_weights(theirs.get_weights())
    losses = []
    for step in range(20):
        found, expected = (m.train_on_batch(x, y, return_dict=True)["loss"] for m in (ours, theirs))
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5, err_msg=f"step {step}")
        losses.append(found)
    assert losses[-1] < losses[0]
    np.testing.assert_allclose(ours.predict(x, verbose=0), theirs.predict(x, verbose=0), rtol=1e-3, atol=1e-4)
