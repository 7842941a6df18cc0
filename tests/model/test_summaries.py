"""Summaries of twenty models of all kinds, byte for byte those of Keras."""

from __future__ import annotations

import keras as real
import numpy as np
import pytest

import kerasnb
from kerasnb.backend.tensor import naming


def convnet(k):
    return k.Sequential([
        k.Input((28, 28, 1)), k.layers.Conv2D(8, 3, activation="relu"), k.layers.MaxPooling2D(),
        k.layers.SeparableConv2D(4, 3), k.layers.BatchNormalization(), k.layers.GlobalAveragePooling2D(),
        k.layers.Dropout(0.5), k.layers.Dense(10, "softmax"),
    ])  # fmt: skip


def trained(k):
    model = k.Sequential([k.Input((4,)), k.layers.Dense(3), k.layers.BatchNormalization(), k.layers.Dense(1)])
    model.compile("adam", "mse", run_eagerly=True)
    model.train_on_batch(np.ones((2, 4), "float32"), np.ones((2, 1), "float32"))
    return model


def compiled(k):
    model = k.Sequential([k.Input((4,)), k.layers.Dense(3)])
    model.compile("sgd", "mse")
    return model


def residual(k):
    x = h = k.Input((8, 8, 4), name="image")
    for i in range(2):
        skip, h = h, k.layers.Conv2D(4, 3, padding="same", name=f"conv_{i}")(h)
        h = k.layers.Add()([k.layers.ReLU()(k.layers.BatchNormalization()(h)), skip])
    return k.Model(x, k.layers.Dense(2)(k.layers.Flatten()(h)))


def masked(k):
    x = k.Input((5,), dtype="int32", name="ids")
    h = k.layers.LSTM(4, return_sequences=True)(k.layers.Dropout(0.3)(k.layers.Embedding(7, 3, mask_zero=True)(x)))
    return k.Model(x, [k.layers.GlobalAveragePooling1D()(h), k.layers.GRU(2)(k.layers.Add()([h, h]))])


def states(k):
    x = k.Input((5, 3))
    h, a, b = k.layers.LSTM(4, return_state=True, return_sequences=True)(x)
    return k.Model(x, k.layers.LSTM(4)(h, initial_state=[a, b]))


def states_in_a_stack(k):
    return k.Sequential([k.Input((5, 3)), k.layers.Bidirectional(k.layers.GRU(4, return_sequences=True)),
                         k.layers.TimeDistributed(k.layers.Dense(2)), k.layers.SimpleRNN(3)])  # fmt: skip


def shared(k):
    a, b = k.Input((6,), name="left"), k.Input((6,), name="right")
    encoder = k.Sequential([k.Input((6,)), k.layers.Dense(4), k.layers.Dense(3)], name="encoder")
    return k.Model({"left": a, "right": b}, k.layers.Dense(1)(k.ops.abs(encoder(a) - encoder(b))))


def twice(k):
    x = k.Input((6,))
    layer = k.layers.Dense(6, name="twice")
    return k.Model(x, layer(layer(x)))


def nested(k):
    y = k.Input((6,), name="y")
    inner = k.Model(y, {"a": k.layers.Dense(2, name="a")(y), "b": k.layers.Dense(3, name="b")(y)}, name="inner")
    x = k.Input((6,), name="x")
    outputs = inner(x)
    return k.Model(x, k.layers.Concatenate()([outputs["a"], outputs["b"]]))


def nested_twice(k):
    y = k.Input((4,))
    innermost = k.Sequential([k.Input((4,)), k.layers.Dense(4, name="deep")], name="innermost")
    inner = k.Model(y, k.layers.Dense(3)(innermost(y)), name="inner")
    return k.Sequential([k.Input((4,)), inner, k.layers.Dense(1)])


def frozen(k):
    model = nested_twice(k)
    model.layers[0].trainable = False
    return model


def partly_frozen(k):
    model = residual(k)
    model.get_layer("conv_0").trainable = False
    return model


def attention(k):
    x = k.Input((7, 8), name="x")
    h = k.layers.LayerNormalization()(x)
    h = k.layers.MultiHeadAttention(2, 4)(h, h)
    return k.Model(x, k.layers.EinsumDense("abc,cd->abd", (7, 2))(k.layers.Add()([x, h])))


def mixed(k):
    x = k.Input((4,), dtype="float16")
    h = k.layers.Dense(3, dtype="mixed_float16")(x)
    return k.Model(x, k.layers.Dense(2, dtype="mixed_bfloat16")(k.layers.Dense(3, dtype="bfloat16")(h)))


def many_inputs(k):
    inputs = [k.Input((i + 1,), name=f"input_with_a_long_name_{i}") for i in range(4)]
    return k.Model(inputs, k.layers.Dense(2, name="d" * 70)(k.layers.Concatenate()(inputs)))


def operations(k):
    x = k.Input((4, 3))
    h = k.ops.transpose(x, (0, 2, 1))[:, 0] * 2 + 1
    return k.Model(x, k.ops.split(k.ops.softmax(h), 2, axis=-1))


def part_of_a_model(k):
    model = convnet(k)
    return k.Model(model.inputs, [model.layers[2].output, model.layers[0].output])


def fixed_batch(k):
    return k.Sequential([k.Input((28, None, 3), batch_size=5), k.layers.Conv2D(4, 3), k.layers.UpSampling2D(2),
                         k.layers.ZeroPadding2D(1), k.layers.GlobalMaxPooling2D()])  # fmt: skip


def subclassed(k):
    class Own(k.Model):
        def __init__(self):
            super().__init__(name="own")
            self.blocks = [k.layers.Dense(4), k.layers.Dense(4)]
            self.heads = {"a": k.layers.Dense(1), "b": k.Sequential([k.layers.Dense(2)])}
            self.pair = (k.layers.Dropout(0.1), k.layers.BatchNormalization())

        def call(self, x):
            for block in self.blocks:
                x = block(x)
            x = self.pair[1](self.pair[0](x))
            return self.heads["a"](x), self.heads["b"](x)

    model = Own()
    model(np.ones((2, 3), "float32"))
    return model


def deferred(k):
    return k.Sequential([k.layers.Conv1D(4, 3), k.layers.LSTM(3), k.layers.Dense(2)], name="deferred")


def own_layer(k):
    class Scale(k.layers.Layer):
        def build(self, input_shape):
            self.scale = self.add_weight(shape=(input_shape[-1],), name="scale")
            self.count = self.add_weight(shape=(), trainable=False, dtype="int32", name="count")

        def call(self, x):
            return x * self.scale

    x = k.Input((4,), name="x")
    return k.Model(x, Scale(name="scale")(x) + x)


MODELS = {m.__name__: m for m in (
    convnet, trained, compiled, residual, masked, states, states_in_a_stack, shared, twice, nested, nested_twice,
    frozen, partly_frozen, attention, mixed, many_inputs, operations, part_of_a_model, fixed_batch, subclassed,
    deferred, own_layer,
)}  # fmt: skip
OPTIONS = [
    {}, {"expand_nested": True}, {"show_trainable": True}, {"line_length": 66}, {"line_length": 140},
    {"expand_nested": True, "show_trainable": True, "line_length": 100}, {"positions": [0.4, 0.6, 0.8, 1.0]},
]  # fmt: skip


def text(model, **options) -> str:
    texts: list[str] = []
    model.summary(print_fn=texts.append, **options)
    return "".join(texts)


@pytest.mark.parametrize("name", MODELS)
def test_same_text_as_keras(name):
    """Every option prints the same lines, and a part of the layers is the same part."""
    naming.reset_uids()
    real.backend.clear_session()
    ours, theirs = MODELS[name](kerasnb), MODELS[name](real)
    for options in OPTIONS:
        assert text(ours, **options) == text(theirs, **options), options
    names = [layer.name for layer in ours.layers]
    assert names == [layer.name for layer in theirs.layers]
    for pair in ([names[0], names[-1]], [names[-1], names[0]], [names[0], names[0]], [names[-1][:3], names[-1][:3]]):
        assert text(ours, layer_range=pair) == text(theirs, layer_range=pair), pair
    assert (ours.count_params() if ours.built else 0) == (theirs.count_params() if theirs.built else 0)
    if hasattr(theirs, "operations"):
        assert [o.name for o in ours.operations] == [o.name for o in theirs.operations]


def test_layers_that_do_not_exist():
    """A range that matches nothing is an error, as in Keras."""
    for k in (kerasnb, real):
        for options, message in (({"layer_range": ["nope", "x"]}, "do not match"), ({"layer_range": ["a"]}, "length 2"),
                                 ({"line_length": 10}, "Insufficient console width")):  # fmt: skip
            with pytest.raises(ValueError, match=message):
                text(residual(k), **options)
