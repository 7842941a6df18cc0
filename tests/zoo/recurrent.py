"""Recurrent models: cells, directions, masks, states, and convolutions beside them."""


def simple(keras):
    layers = keras.layers
    return keras.Sequential([keras.Input((5, 3)), layers.SimpleRNN(4), layers.Dense(2)])


def lstm(keras):
    layers = keras.layers
    return keras.Sequential([keras.Input((5, 3)), layers.LSTM(4), layers.Dense(2)])


def gru(keras):
    layers = keras.layers
    return keras.Sequential([keras.Input((None, 3)), layers.GRU(4, return_sequences=True), layers.Dense(2)])


def gru_reset_before(keras):
    layers = keras.layers
    return keras.Sequential([keras.Input((5, 3)), layers.GRU(4, reset_after=False, activation="relu"), layers.Dense(2)])


def stacked(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((6,), dtype="int32"), layers.Embedding(10, 4), layers.LSTM(5, return_sequences=True),
        layers.LSTM(4, return_sequences=True, go_backwards=True), layers.LSTM(3), layers.Dense(10, "softmax"),
    ])  # fmt: skip


def bidirectional(keras):
    layers = keras.layers
    return keras.Sequential([keras.Input((5, 3)), layers.Bidirectional(layers.LSTM(3)), layers.Dense(2)])


def bidirectional_sum(keras):
    layers = keras.layers
    both = layers.Bidirectional(layers.GRU(3, return_sequences=True), merge_mode="sum")
    return keras.Sequential([keras.Input((5, 3)), both, layers.GlobalAveragePooling1D(), layers.Dense(2)])


def masked_words(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((7,), dtype="int32"), layers.Embedding(10, 4, mask_zero=True),
        layers.LSTM(4, return_sequences=True), layers.LSTM(3), layers.Dense(1, activation="sigmoid"),
    ])  # fmt: skip


def masked_bidirectional(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((7,), dtype="int32"), layers.Embedding(10, 4, mask_zero=True),
        layers.Bidirectional(layers.GRU(3, return_sequences=True)), layers.Bidirectional(layers.LSTM(2)),
        layers.Dense(1),
    ])  # fmt: skip


def masked_numbers(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((5, 3)), layers.Masking(0.0), layers.GRU(4, return_sequences=True),
        layers.TimeDistributed(layers.Dense(2)),
    ])  # fmt: skip


def frames(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((3, 6, 6, 1)), layers.TimeDistributed(layers.Conv2D(2, 3, activation="relu")),
        layers.TimeDistributed(layers.MaxPooling2D()), layers.TimeDistributed(layers.Flatten()), layers.LSTM(3),
        layers.Dense(2),
    ])  # fmt: skip


def conv_lstm(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((3, 5, 5, 2)), layers.ConvLSTM2D(2, 3, padding="same", return_sequences=True),
        layers.ConvLSTM2D(2, 2), layers.Flatten(), layers.Dense(1),
    ])  # fmt: skip


def conv_lstm_signal(keras):
    layers = keras.layers
    return keras.Sequential([keras.Input((3, 6, 2)), layers.ConvLSTM1D(2, 3), layers.Flatten(), layers.Dense(1)])


def cells(keras):
    layers = keras.layers
    stack = layers.StackedRNNCells([layers.LSTMCell(4), layers.GRUCell(3), layers.SimpleRNNCell(3)])
    return keras.Sequential([keras.Input((5, 3)), layers.RNN(stack), layers.Dense(2)])


def translation(keras):
    layers = keras.layers
    source, target = keras.Input((5, 3), name="source"), keras.Input((4, 2), name="target")
    _, *states = layers.LSTM(4, return_state=True)(source)
    sequence = layers.LSTM(4, return_sequences=True)(target, initial_state=states)
    return keras.Model([source, target], layers.Dense(2)(sequence))


def convolution_then_lstm(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((12,), dtype="int32"), layers.Embedding(10, 4), layers.Conv1D(5, 3, activation="relu"),
        layers.MaxPooling1D(2), layers.LSTM(4), layers.Dense(1, activation="sigmoid"),
    ])  # fmt: skip


def unrolled(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((4, 3)), layers.GRU(3, unroll=True, return_sequences=True), layers.SimpleRNN(3, unroll=True),
        layers.Dense(2),
    ])  # fmt: skip
