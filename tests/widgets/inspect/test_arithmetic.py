"""The arithmetic of one unit is that of the engine: each kind of layer, random weights, random units."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers
from kerasnb.widgets.inspect import tap
from kerasnb.widgets.inspect.arithmetic.activations import name_of
from kerasnb.widgets.inspect.arithmetic.unit import arithmetic, check

IMAGES, CHANNELS_FIRST, WORDS = (12, 11, 4), (4, 12, 11), (9,)
FIRST = {"data_format": "channels_first"}
STACKS = {
    "conv2d": (IMAGES, lambda: [
        layers.Conv2D(6, 3, strides=2, padding="same", activation="relu"),
        layers.Conv2D(6, (3, 2), dilation_rate=2, padding="same", groups=3, activation="gelu"),
        layers.Conv2D(3, 2, strides=(2, 1), use_bias=False, activation="softmax"),
    ]),
    "channels first": (CHANNELS_FIRST, lambda: [
        layers.Conv2D(4, 3, padding="same", activation="relu", **FIRST),
        layers.Conv2D(4, 3, padding="same", strides=2, activation="softmax", **FIRST),
        layers.DepthwiseConv2D(2, depth_multiplier=2, activation="elu", **FIRST),
        layers.MaxPooling2D(2, **FIRST), layers.Flatten(**FIRST), layers.Dense(3, activation="sigmoid"),
    ]),
    "depthwise and pooling": (IMAGES, lambda: [
        layers.DepthwiseConv2D(3, depth_multiplier=2, strides=2, padding="same", activation="tanh"),
        layers.AveragePooling2D(2, strides=1, padding="same"), layers.MaxPooling2D(3, strides=2, padding="same"),
        layers.GlobalAveragePooling2D(),
    ]),
    "transposed": ((5, 4, 3), lambda: [
        layers.Conv2DTranspose(4, 3, strides=2, padding="same", activation="relu"),
        layers.Conv2DTranspose(2, (2, 4), strides=(3, 2), activation="tanh"),
        layers.Conv2DTranspose(3, 3, strides=2, padding="same", output_padding=1, use_bias=False),
        layers.Conv2DTranspose(2, 3, dilation_rate=2, padding="same", activation="softmax"), layers.Reshape((-1, 4)),
        layers.Conv1DTranspose(3, 3, strides=2),
    ]),
    "one axis": ((24, 2), lambda: [
        layers.Conv1D(4, 3, padding="causal", dilation_rate=2, activation="selu"),
        layers.DepthwiseConv1D(3, padding="same", activation="softplus"), layers.AveragePooling1D(3, padding="same"),
        layers.MaxPooling1D(2), layers.Conv1D(8, 3, groups=2, activation="silu"), layers.GlobalMaxPooling1D(),
    ]),
    "volumes": ((5, 6, 4, 2), lambda: [
        layers.Conv3D(3, 2, padding="same", activation="leaky_relu"), layers.MaxPooling3D(2), layers.Flatten(),
    ]),
    "normalization": (IMAGES, lambda: [
        layers.Rescaling(0.5, offset=[0.0, 1.0, 2.0, 3.0]), layers.BatchNormalization(), layers.LayerNormalization(),
        layers.LayerNormalization(axis=(1, 2, 3)), layers.BatchNormalization(axis=1, scale=False),
    ]),
    "activations": ((7, 4), lambda: [
        layers.ReLU(max_value=1.5, negative_slope=0.1, threshold=0.2), layers.LeakyReLU(),
        layers.PReLU(shared_axes=[1]),
        layers.ELU(), layers.Activation("softmax"), layers.Softmax(axis=1), layers.Activation("hard_sigmoid"),
        layers.Dense(5, activation="softsign"), layers.Dense(5, activation="mish"),
    ]),
    "moves": (IMAGES, lambda: [
        layers.ZeroPadding2D(1), layers.UpSampling2D(2), layers.Cropping2D(3), layers.Permute((3, 1, 2)),
        layers.Flatten(), layers.Reshape((-1, 2)), layers.Flatten(), layers.Dropout(0.5), layers.RepeatVector(2),
        layers.GaussianNoise(1.0),
    ]),
    "lstm": (WORDS, lambda: [
        layers.Embedding(20, 5, mask_zero=True), layers.LSTM(7, return_sequences=True),
        layers.LSTM(6, go_backwards=True, return_sequences=True), layers.LSTM(4, recurrent_activation="hard_sigmoid"),
    ]),
    "gru": (WORDS, lambda: [
        layers.Embedding(20, 5), layers.GRU(7, return_sequences=True), layers.GRU(5, reset_after=False, use_bias=False),
        layers.Dense(2),
    ]),
    "bidirectional": (WORDS, lambda: [
        layers.Embedding(20, 5, mask_zero=True), layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
        layers.Bidirectional(layers.GRU(4)), layers.Dense(2),
    ]),
    "simple rnn": (WORDS, lambda: [
        layers.Embedding(20, 5, mask_zero=True), layers.SimpleRNN(7, return_sequences=True, activation="relu"),
        layers.SimpleRNN(3, go_backwards=True),
    ]),
    "dense": ((784,), lambda: [layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax")]),
}  # fmt: skip


def calls(name, dtype=None):
    """The calls of a stack with random weights on one random sample."""
    shape, make = STACKS[name]
    rng = np.random.default_rng(1)
    previous = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype or previous)
    try:
        model = keras.Sequential([keras.Input(shape, dtype="int32" if shape == WORDS else None), *make()])
    finally:
        keras.config.set_dtype_policy(previous)
    for weight in model.weights:
        if len(weight.shape) < 3:  # biases, tables, means and scales start as constants
            signs = 1 if "variance" in weight.name else rng.choice([1, -1], weight.shape)
            weight.assign(rng.uniform(0.1, 0.9, weight.shape) * signs)
    x = rng.integers(0, 20, (1, *shape)) if shape == WORDS else rng.normal(size=(1, *shape)).astype("float32")
    if shape == WORDS:
        x[:, 6:] = 0
    return tap.run(model, x)[0]


def some(call, count=12):
    """Indices of some units of a call."""
    rng = np.random.default_rng(2)
    shape = call.output().shape
    return [tuple(int(rng.integers(n)) for n in shape) for _ in range(count)]


@pytest.mark.parametrize("name", STACKS)
def test_the_arithmetic_gives_the_value_of_the_engine(name):
    """The value computed in NumPy is within 1e-6 of the engine's, relative to the size of what is summed."""
    for call in calls(name):
        for index in some(call):
            steps, engine = arithmetic(call, 0, index), float(call.output()[index])
            assert abs(steps.value - engine) <= 1e-6 * max(1.0, abs(engine), steps.size), (call.name, index)
            assert check(steps, call, engine)[0]


@pytest.mark.parametrize("name", STACKS)
def test_field_times_weights_is_the_sum(name):
    """What is shown multiplies to the sum in the first row, where there are weights."""
    for call in calls(name):
        for index in some(call, 4):
            steps = arithmetic(call, 0, index)
            if steps.weights is None or "gate" in steps.rows[0][0] or "RNN" in type(call.layer).__name__:
                continue
            assert np.isclose(np.nansum(steps.field * steps.weights), steps.rows[0][1], rtol=1e-12)


@pytest.mark.parametrize("name", STACKS)
def test_copied_code_computes_the_value(name):
    """The NumPy code runs by itself and gives the value."""
    codes = 0
    for call in calls(name):
        steps = arithmetic(call, 0, some(call, 1)[0])
        if steps.code:
            names = {"np": np}
            exec(steps.code, names)
            assert np.isclose(float(names["value"]), steps.value, rtol=1e-12, atol=1e-12)
            codes += 1
    assert codes


@pytest.mark.parametrize("name", ["conv2d", "channels first", "depthwise and pooling", "transposed", "one axis"])
def test_only_the_field_matters(name):
    """A change of everything outside of the origin leaves the unit as it is."""
    for call in calls(name):
        if getattr(call.layer, "data_format", "") == "channels_first" and name_of(call.layer) == "softmax":
            continue  # a softmax along a spatial axis sees more than the field of one unit
        index = some(call, 1)[0]
        steps, x = arithmetic(call, 0, index), np.array(call.inputs[0])
        inside = (0, *(slice(low, high + 1) for low, high in steps.origin))
        outside = np.random.default_rng(3).normal(size=x.shape).astype("float32")
        outside[inside] = x[inside]
        again = np.asarray(call.layer(outside))[0][index]
        assert np.isclose(again, steps.value, atol=1e-5 * max(1, steps.size))


@pytest.mark.parametrize("dtype", ["mixed_float16", "mixed_bfloat16", "float64"])
def test_any_dtype_policy(dtype):
    """Low precision differs by its rounding, and the words say which."""
    for call in calls("conv2d", dtype):
        for index in some(call, 4):
            equal, words = check(arithmetic(call, 0, index), call, float(call.output()[index]))
            assert equal
            assert "1e-6" in words or dtype.removeprefix("mixed_") in words


def test_a_wrong_value_is_not_called_equal():
    """The check fails where the engine has another value."""
    call = calls("conv2d")[0]
    index = some(call, 1)[0]
    equal, words = check(arithmetic(call, 0, index), call, float(call.output()[index]) + 1e-3)
    assert not equal
    assert "difference" in words


def test_other_layers_say_that_they_are_not_shown():
    """A layer without an arithmetic of its own gives a reason."""
    model = keras.Sequential([keras.Input((4, 6)), layers.Bidirectional(layers.LSTM(2), merge_mode="sum")])
    call = tap.run(model, np.zeros((1, 4, 6), "float32"))[0][0]
    with pytest.raises(ValueError, match="not shown in single numbers"):
        arithmetic(call, 0, (0,))


def test_merges_and_several_inputs():
    """Layers with several inputs: sums, products, and where a joined number comes from."""
    a, b = keras.Input((5,)), keras.Input((5,))
    kinds = [layers.Add(), layers.Subtract(), layers.Multiply(), layers.Average(), layers.Maximum(), layers.Minimum()]
    model = keras.Model([a, b], layers.Concatenate()([merge([a, b]) for merge in kinds]))
    rng = np.random.default_rng(0)
    x = [rng.normal(size=(1, 5)).astype("float32") for _ in range(2)]
    made = {type(c.layer).__name__: c for c in tap.run(model, x)[0]}
    expected = [x[0] + x[1], x[0] - x[1], x[0] * x[1], (x[0] + x[1]) / 2, np.maximum(*x), np.minimum(*x)]
    for call, values in zip(list(made.values())[:6], expected, strict=True):
        assert np.isclose(arithmetic(call, 0, (3,)).value, values[0, 3], rtol=1e-6)
    joined = arithmetic(made["Concatenate"], 0, (7,))
    assert joined.value == np.float32(expected[1][0, 2])
    assert joined.source == 1
    assert joined.origin == [(2, 2)]
