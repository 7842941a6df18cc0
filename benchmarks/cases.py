"""The models of the benchmark, each in the Keras API and in PyTorch, with data of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Arrays = tuple[np.ndarray, np.ndarray]


class Case(NamedTuple):
    """A model and how it is trained.

    Args:
        data: Returns inputs and targets.
        batch: How many samples a batch has.
        keras: Returns the model in the Keras API, given the `keras` module; its outputs are logits or values.
        torch: Returns the same as a module, given `torch`.
        loss: One of `"classes"`, `"binary"` and `"values"`.
        optimizer: One of `"adam"` and `"rmsprop"`.
    """

    data: Callable[[], Arrays]
    batch: int
    keras: Callable[[Any], Any]
    torch: Callable[[Any], Any]
    loss: str = "classes"
    optimizer: str = "adam"


def _random() -> np.random.Generator:
    return np.random.default_rng(0)


# --- dense


def _digits(shape: tuple, n: int) -> Arrays:
    random = _random()
    return random.random((n, *shape), dtype="float32"), random.integers(0, 10, n).astype("int32")


def _mlp(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((784,)), layers.Dense(256, activation="relu"), layers.Dropout(0.4),
        layers.Dense(128, activation="relu"), layers.Dropout(0.3), layers.Dense(10),
    ])  # fmt: skip


def _mlp_torch(torch):
    nn = torch.nn
    return nn.Sequential(
        nn.Linear(784, 256), nn.ReLU(), nn.Dropout(0.4), nn.Linear(256, 128), nn.ReLU(), nn.Dropout(0.3),
        nn.Linear(128, 10),
    )  # fmt: skip


def _table() -> Arrays:
    random = _random()
    x = random.standard_normal((3200, 13)).astype("float32")
    return x, x[:, :1] * 2 + random.standard_normal((3200, 1)).astype("float32") * 0.1


def _regression(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((13,)), layers.Dense(64, activation="relu"), layers.Dense(64, activation="relu"), layers.Dense(1)
    ])  # fmt: skip


def _regression_torch(torch):
    nn = torch.nn
    return nn.Sequential(nn.Linear(13, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))


# --- convolutional


def _convnet(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((28, 28, 1)), layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(2),
        layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(2), layers.Flatten(), layers.Dropout(0.5),
        layers.Dense(10),
    ])  # fmt: skip


def _convnet_torch(torch):
    nn = torch.nn
    return nn.Sequential(
        _channels_first(torch), nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.5), nn.Linear(1600, 10),
    )  # fmt: skip


def _channels_first(torch):
    class ChannelsFirst(torch.nn.Module):
        def forward(self, x):
            return x.permute(0, 3, 1, 2).contiguous()

    return ChannelsFirst()


_STAGES = ((16, 1), (32, 2), (64, 2))


def _resnet(keras):
    layers = keras.layers

    def normed(x, filters, size, stride):
        x = layers.Conv2D(filters, size, stride, padding="same", use_bias=False)(x)
        return layers.BatchNormalization()(x)

    inputs = keras.Input((32, 32, 3))
    x = layers.Activation("relu")(normed(inputs, 16, 3, 1))
    for filters, stride in _STAGES:
        shortcut = x if stride == 1 else normed(x, filters, 1, stride)
        y = layers.Activation("relu")(normed(x, filters, 3, stride))
        x = layers.Activation("relu")(layers.Add()([normed(y, filters, 3, 1), shortcut]))
    return keras.Model(inputs, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)))


def _resnet_torch(torch):
    nn = torch.nn

    def normed(channels, filters, size, stride):
        return nn.Sequential(nn.Conv2d(channels, filters, size, stride, size // 2, bias=False), nn.BatchNorm2d(filters))

    class Block(nn.Module):
        def __init__(self, channels, filters, stride):
            super().__init__()
            self.shortcut = nn.Identity() if stride == 1 else normed(channels, filters, 1, stride)
            self.first, self.second = normed(channels, filters, 3, stride), normed(filters, filters, 3, 1)

        def forward(self, x):
            return torch.relu(self.second(torch.relu(self.first(x))) + self.shortcut(x))

    widths = [16, *(filters for filters, _ in _STAGES)]
    blocks = [Block(widths[i], filters, stride) for i, (filters, stride) in enumerate(_STAGES)]
    return nn.Sequential(
        _channels_first(torch), normed(3, 16, 3, 1), nn.ReLU(), *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(64, 10),
    )  # fmt: skip


# --- sequences


def _words(vocabulary: int, steps: int, classes: int, n: int) -> Arrays:
    random = _random()
    y = random.integers(0, classes, (n, 1)).astype("float32") if classes == 2 else random.integers(0, classes, n)
    return random.integers(0, vocabulary, (n, steps)).astype("int32"), y.astype("float32" if classes == 2 else "int32")


def _recurrent(name: str, vocabulary: int, width: int, units: tuple[int, ...], outputs: int):
    """Embedding, recurrent layers, and a dense one of the last state."""

    def keras_model(keras):
        layers = keras.layers
        stack = [layers.Embedding(vocabulary, width)]
        for i, n in enumerate(units):
            stack.append(getattr(layers, name)(n, return_sequences=i + 1 < len(units)))
        return keras.Sequential([keras.Input((None,), dtype="int32"), *stack, layers.Dense(outputs)])

    def torch_module(torch):
        nn = torch.nn

        class Recurrent(nn.Module):
            def __init__(self):
                super().__init__()
                self.embedding = nn.Embedding(vocabulary, width)
                self.layers = nn.ModuleList(
                    getattr(nn, name)(a, b, batch_first=True) for a, b in zip((width, *units), units, strict=False)
                )
                self.out = nn.Linear(units[-1], outputs)

            def forward(self, x):
                x = self.embedding(x)
                for layer in self.layers:
                    x = layer(x)[0]
                return self.out(x[:, -1])

        return Recurrent()

    return keras_model, torch_module


_WIDTH, _HEADS, _HIDDEN, _STEPS, _VOCABULARY = 128, 4, 256, 64, 1000


def _transformer(keras):
    layers, ops = keras.layers, keras.ops
    inputs = keras.Input((_STEPS,), dtype="int32")
    places = ops.cumsum(ops.ones_like(inputs), axis=1) - 1  # an embedding of a constant would not be trained
    x = layers.Embedding(_VOCABULARY, _WIDTH)(inputs) + layers.Embedding(_STEPS, _WIDTH)(places)
    for _ in range(2):
        y = layers.MultiHeadAttention(_HEADS, _WIDTH // _HEADS)(x, x)
        x = layers.LayerNormalization()(layers.Add()([x, y]))
        y = layers.Dense(_WIDTH)(layers.Dense(_HIDDEN, activation="relu")(x))
        x = layers.LayerNormalization()(layers.Add()([x, y]))
    return keras.Model(inputs, layers.Dense(10)(layers.GlobalAveragePooling1D()(x)))


def _transformer_torch(torch):
    nn = torch.nn

    class Transformer(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.places = nn.Embedding(_VOCABULARY, _WIDTH), nn.Embedding(_STEPS, _WIDTH)
            self.blocks = nn.ModuleList(
                nn.TransformerEncoderLayer(_WIDTH, _HEADS, _HIDDEN, dropout=0.0, batch_first=True) for _ in range(2)
            )
            self.out = nn.Linear(_WIDTH, 10)

        def forward(self, x):
            x = self.words(x) + self.places.weight
            for block in self.blocks:
                x = block(x)
            return self.out(x.mean(1))

    return Transformer()


_LSTM = _recurrent("LSTM", 20_000, 128, (128,), 1)
_GRU = _recurrent("GRU", 20_000, 128, (128,), 1)
_STACKED = _recurrent("LSTM", 64, 64, (64, 64), 64)

CASES = {
    "mlp": Case(lambda: _digits((784,), 5120), 128, _mlp, _mlp_torch, optimizer="rmsprop"),
    "regression": Case(_table, 32, _regression, _regression_torch, "values", "rmsprop"),
    "convnet": Case(lambda: _digits((28, 28, 1), 2560), 128, _convnet, _convnet_torch),
    "resnet": Case(lambda: _digits((32, 32, 3), 640), 64, _resnet, _resnet_torch),
    "lstm": Case(lambda: _words(20_000, 80, 2, 640), 32, *_LSTM, "binary"),
    "gru": Case(lambda: _words(20_000, 80, 2, 640), 32, *_GRU, "binary"),
    "stacked_lstm": Case(lambda: _words(64, 40, 64, 2560), 128, *_STACKED),
    "transformer": Case(lambda: _words(_VOCABULARY, _STEPS, 10, 640), 32, _transformer, _transformer_torch),
}
