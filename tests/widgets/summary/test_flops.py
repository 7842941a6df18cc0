"""Operations of layers of all kinds, against loops that count each product and each sum."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import kerasnb as keras
from kerasnb.widgets.summaries.measure import measure
from tests.widgets.summary.test_cost import D, N, T, cost_of

layers = keras.layers


def places(extent, kernel, stride, dilation, padding):
    """Where the window of one axis begins: found by walking."""
    reach = dilation * (kernel - 1)
    if padding == "same":
        return range(0, extent, stride)
    return [start for start in range(0, extent, stride) if start + reach < extent]


def convolved(shape, kernel, filters, strides=1, dilation=1, padding="valid", groups=1, extra=1):
    """Two for each product of each result, and one for each bias or activation; padding counts like numbers."""
    *spatial, channels = shape
    total = 0
    for _ in itertools.product(*(places(n, kernel, strides, dilation, padding) for n in spatial)):
        for _ in range(filters):
            for _ in itertools.product(range(kernel), repeat=len(spatial)):
                total += 2 * (channels // groups)
            total += extra
    return N * total


CONVOLUTIONS = [
    (layers.Conv1D, (11, 4), {"kernel_size": 3, "filters": 6}),
    (layers.Conv1D, (11, 4), {"kernel_size": 3, "filters": 6, "dilation_rate": 2}),
    (layers.Conv1D, (11, 4), {"kernel_size": 2, "filters": 6, "strides": 3, "padding": "same"}),
    (layers.Conv2D, (9, 7, 4), {"kernel_size": 3, "filters": 6, "strides": 2}),
    (layers.Conv2D, (9, 7, 4), {"kernel_size": 3, "filters": 6, "groups": 2}),
    (layers.Conv2D, (9, 7, 4), {"kernel_size": 2, "filters": 6, "dilation_rate": 3, "padding": "same"}),
    (layers.Conv2D, (9, 7, 4), {"kernel_size": 3, "filters": 4, "groups": 4, "activation": "relu"}),
    (layers.Conv2D, (9, 7, 4), {"kernel_size": 3, "filters": 4, "use_bias": False}),
    (layers.Conv3D, (6, 5, 4, 2), {"kernel_size": 2, "filters": 3, "strides": 2}),
    (layers.Conv3D, (6, 5, 4, 2), {"kernel_size": 2, "filters": 2, "groups": 2, "padding": "same"}),
]


@pytest.mark.parametrize(("kind", "shape", "how"), CONVOLUTIONS)
def test_convolutions(kind, shape, how):
    """Of any rank, with strides, dilation and groups."""
    given = {"dilation" if key == "dilation_rate" else "kernel" if key == "kernel_size" else key: value
             for key, value in how.items() if key not in ("use_bias", "activation")}  # fmt: skip
    extra = how.get("use_bias", True) + ("activation" in how)
    assert cost_of(kind(**how), shape).flops == convolved(shape, **given, extra=extra)


@pytest.mark.parametrize("groups", [1, 2])
def test_training_a_convolution(groups):
    """The gradient of the kernel has as many products as the results, that of the bias a sum of all."""
    products = convolved((9, 7, 4), 3, 6, groups=groups, extra=0)
    results = N * 7 * 5 * 6
    found = cost_of(layers.Conv2D(6, 3, groups=groups), (9, 7, 4), trains=True)
    assert found.flops == products + results + products + results


@pytest.mark.parametrize("rank", [1, 2])
@pytest.mark.parametrize("strides", [1, 2])
def test_depthwise_and_separable(rank, strides):
    """One filter for each channel and multiple; separable ones mix the channels of each place afterwards."""
    shape = (9, 8, 3)[3 - rank - 1:]
    outs = math.prod(len(places(n, 3, strides, 1, "valid")) for n in shape[:-1])
    deep = N * outs * 3 * 2 * (2 * 3**rank)
    depthwise = [layers.DepthwiseConv1D, layers.DepthwiseConv2D][rank - 1]
    assert cost_of(depthwise(3, strides=strides, depth_multiplier=2), shape).flops == deep + N * outs * 3 * 2
    separable = [layers.SeparableConv1D, layers.SeparableConv2D][rank - 1]
    found = cost_of(separable(5, 3, strides=strides, depth_multiplier=2), shape).flops
    assert found == deep + N * outs * 5 * (2 * 6 + 1)


@pytest.mark.parametrize(
    ("kind", "shape"),
    [(layers.Conv1DTranspose, (5, 2)), (layers.Conv2DTranspose, (5, 4, 2)), (layers.Conv3DTranspose, (3, 2, 3, 2))],
)
@pytest.mark.parametrize("strides", [1, 2])
def test_transposed_convolutions(kind, shape, strides):
    """Each number goes to each place of the kernel in each filter; then each result has a bias."""
    *spatial, channels = shape
    products = N * math.prod(spatial) * channels * 2 ** len(spatial) * 3
    results = N * math.prod((n - 1) * strides + max(2, strides) for n in spatial) * 3
    assert cost_of(kind(3, 2, strides=strides), shape).flops == 2 * products + results


@pytest.mark.parametrize(
    ("layer", "shape", "windows"),
    [
        (layers.MaxPooling1D(3, strides=2), (9, 2), 4 * 2 * 3),
        (layers.MaxPooling2D(3, strides=2, padding="same"), (7, 7, 2), 4 * 4 * 2 * 9),
        (layers.AveragePooling3D(2), (4, 4, 6, 2), 2 * 2 * 3 * 2 * 8),
        (layers.GlobalMaxPooling2D(), (6, 5, 2), 6 * 5 * 2),
        (layers.GlobalAveragePooling2D(), (6, 5, 2), 6 * 5 * 2 + 2),
    ],
    ids=lambda value: value.name if hasattr(value, "name") else "",
)
def test_pooling(layer, shape, windows):
    """One for each number of each window; a mean divides once more."""
    assert cost_of(layer, shape).flops == N * windows


def stepped(gates, per_unit, bias=True):
    """A recurrent layer of 3 units: products of inputs and of states, then what each unit does."""
    total = 0
    for _ in range(N * T):
        for _ in range(gates * 3):
            total += 2 * D + bias + 2 * 3
        total += 3 * per_unit
    return total


LSTM = 4 + 4 + 3 + 2  # sums of four gates and their activations; f c + i g; o tanh(c)
GRU = 3 + 3 + 3 + 1 + 3  # recurrent bias, sums, activations; the reset; n + z (h - n)


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (layers.LSTM(3), stepped(4, LSTM)),
        (layers.LSTM(3, use_bias=False), stepped(4, LSTM, bias=False)),
        (layers.LSTM(3, return_sequences=True, go_backwards=True), stepped(4, LSTM)),
        (layers.GRU(3), stepped(3, GRU)),
        (layers.SimpleRNN(3, return_sequences=True), stepped(1, 2)),
        (layers.Bidirectional(layers.LSTM(3)), 2 * stepped(4, LSTM)),
    ],
    ids=["lstm", "lstm_without_bias", "lstm_backwards", "gru", "simple_rnn", "bidirectional"],
)
def test_recurrent_layers(layer, expected):
    """Gate by gate, step by step."""
    assert cost_of(layer, (T, D)).flops == expected


ELEMENTS = N * T * D


@pytest.mark.parametrize(
    ("layer", "trains", "expected"),
    [
        (layers.LayerNormalization(), False, 7 * ELEMENTS),
        (layers.RMSNormalization(), False, 5 * ELEMENTS),
        (layers.GroupNormalization(1, scale=False, center=False), False, 5 * ELEMENTS),
        (layers.UnitNormalization(), False, 3 * ELEMENTS + 2 * N * T),
        (layers.BatchNormalization(), False, 2 * ELEMENTS + 6 * D),
        (layers.BatchNormalization(), True, (7 + 9) * ELEMENTS + 2 * 3 * D),
        (layers.LayerNormalization(), True, (7 + 13) * ELEMENTS),
    ],
)
def test_normalization(layer, trains, expected):
    """Mean, difference, square, sum, factor, scale, offset; a trained batch normalization also moves two averages."""
    assert cost_of(layer, (T, D), trains=trains).flops == expected


@pytest.mark.parametrize(
    ("equation", "output", "products"),
    [("abc,cd->abd", (None, 7), N * T * D * 7), ("abc,dc->abd", (None, 7), N * T * D * 7),
     ("abc,cde->abde", (None, 7, 2), N * T * D * 7 * 2), ("abc,bce->abe", (T, 2), N * T * D * 2)],
)  # fmt: skip
def test_einsum_dense(equation, output, products):
    """One product and one sum for each combination of letters."""
    assert cost_of(layers.EinsumDense(equation, output), (T, D)).flops == 2 * products


def test_embedding():
    """Rows are only moved; each index is compared twice, and what is out of range is marked."""
    model = keras.Sequential([keras.Input((T,), dtype="int32"), layers.Embedding(10, 4, name="rows")], name="m")
    found = measure(model, np.ones((N, T), "int32")).under("m/rows")
    assert found.flops == N * T * 4 + N * T * 4 and found.bytes == N * T * 4 * 4


@pytest.mark.parametrize(
    ("layer", "open_shape", "shape", "expected"),
    [
        (lambda: layers.Dense(7), (None, D), (T, D), N * T * 7 * (2 * D + 1)),
        (lambda: layers.Conv2D(6, 3), (None, None, 4), (9, 7, 4), convolved((9, 7, 4), 3, 6)),
        (lambda: layers.LSTM(3), (None, D), (T, D), stepped(4, LSTM)),
        (lambda: layers.GlobalAveragePooling1D(), (None, D), (T, D), N * (T * D + D)),
    ],
    ids=["dense", "conv", "lstm", "pool"],
)
def test_open_extents_take_those_of_the_batch(layer, open_shape, shape, expected):
    """What the shape of the input leaves open is known when a batch runs; a longer batch costs more."""
    model = keras.Sequential([keras.Input(open_shape), one := layer()], name="m")
    assert measure(model, np.ones((N, *shape), "float32")).under(f"m/{one.name}").flops == expected
    twice = measure(model, np.ones((2 * N, *shape), "float32")).under(f"m/{one.name}")
    assert twice.flops == 2 * expected
