"""Operations and bytes of layers, against counts by hand."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras
from kerasnb.widgets.summaries.measure import measure
from kerasnb.widgets.summaries.units import unit_states

layers = keras.layers
N, T, D = 4, 6, 5  # samples, steps, features


def cost_of(layer, shape, trains=False):
    """What a layer costs in a step, alone in a model."""
    model = keras.Sequential([keras.Input(shape), layer], name="m")
    x = np.ones((N, *shape), "float32")
    if not trains:
        return measure(model, x).under(f"m/{layer.name}")
    model.compile("sgd", "mse")
    return measure(model, x, np.zeros((N, *model.output_shape[1:]), "float32")).under(f"m/{layer.name}")


@pytest.mark.parametrize(
    ("layer", "shape", "by_hand"),
    [
        (layers.Dense(7), (D,), N * 7 * (2 * D + 1)),
        (layers.Dense(7, activation="relu"), (D,), N * 7 * (2 * D + 2)),
        (layers.Conv2D(8, 3), (10, 10, 2), N * 8 * 8 * 8 * (2 * 3 * 3 * 2 + 1)),
        (layers.Conv1D(8, 3, strides=2, use_bias=False), (9, 2), N * 4 * 8 * (2 * 3 * 2)),
        (layers.DepthwiseConv2D(3, use_bias=False), (10, 10, 2), N * 8 * 8 * 2 * (2 * 3 * 3)),
        (layers.Conv2DTranspose(3, 2, use_bias=False), (5, 5, 2), N * 5 * 5 * 2 * (2 * 2 * 2 * 3)),
        (layers.MaxPooling2D(2), (8, 8, 3), N * 4 * 4 * 3 * 4),
        (layers.AveragePooling1D(3), (9, 2), N * 3 * 2 * 3),
        (layers.GlobalAveragePooling1D(), (T, D), N * T * D + N * D),
        (layers.LSTM(3), (T, D), N * T * (12 * (2 * D + 1) + 12 * 2 * 3 + 3 * 13)),
        (layers.GRU(3, reset_after=False), (T, D), N * T * (9 * (2 * D + 1) + 9 * 2 * 3 + 3 * 13)),
        (layers.SimpleRNN(3), (T, D), N * T * (3 * (2 * D + 1) + 3 * 2 * 3 + 3 * 2)),
        (layers.Flatten(), (2, 3), 0),
        (layers.Reshape((6,)), (2, 3), 0),
    ],
    ids=lambda value: value.name if hasattr(value, "name") else "",
)
def test_forward_operations(layer, shape, by_hand):
    """A product that is added counts two, a bias and an activation one each."""
    assert cost_of(layer, shape).flops == by_hand


def test_attention():
    """Queries, keys, values and the output are products; then scores and the weighted sum."""
    x = keras.Input((T, D))
    layer = layers.MultiHeadAttention(2, 4, name="attention")
    model = keras.Model(x, layer(x, x), name="m")
    width, scores = 2 * 4, N * 2 * T * T
    projections = 3 * N * T * width * (2 * D + 1) + N * T * D * (2 * width + 1)
    found = measure(model, np.ones((N, T, D), "float32")).under("m/attention")
    assert found.flops == projections + 2 * (2 * scores * 4) + 5 * scores


def test_training_counts_both_directions():
    """The first layer needs no gradient of its input: one product more, and the sum for the bias."""
    assert cost_of(layers.Dense(7), (D,), trains=True).flops == N * 7 * (2 * D + 1) + 2 * N * 7 * D + N * 7


def test_bytes_are_those_of_the_output():
    """Four for each number of the batch."""
    assert cost_of(layers.Conv2D(8, 3), (10, 10, 2)).bytes == N * 8 * 8 * 8 * 4


def test_frozen_layers_have_no_backward_pass():
    """A model inside counts the sum of its layers; what is frozen is only run forward."""
    inner = keras.Sequential([keras.Input((D,)), layers.Dense(3), layers.Dense(3)], name="inner")
    inner.trainable = False
    model = keras.Sequential([keras.Input((D,)), inner, layers.Dense(1)], name="m")
    model.compile("sgd", "mse")
    found = measure(model, np.ones((N, D), "float32"), np.ones((N, 1), "float32"))
    assert found.under("m/inner").backward == 0
    assert found.under("m/inner").flops == N * 3 * (2 * D + 1) + N * 3 * (2 * 3 + 1)


def test_times_add_up_to_the_step():
    """The rows are the step, within 15 %: in one of twenty tries, since other programs run."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((64,)), *(layers.Dense(64, activation="relu") for _ in range(6))])
    model.compile("adam", "mse")
    x, y = np.ones((32, 64), "float32"), np.ones((32, 64), "float32")
    found = [measure(model, x, y)]
    while abs(found[-1].total / found[-1].step - 1) > 0.15 and len(found) < 20:
        found.append(measure(model, x, y))
    shares = [one.total / one.step for one in found]
    assert abs(shares[-1] - 1) <= 0.15, shares
    assert all(cost.ms > 0 for path, cost in found[-1].costs.items() if "dense" in path)


def test_measuring_changes_nothing():
    """Weights, optimizer and metrics are what they were; training goes on alike."""
    x, y = np.random.default_rng(0).normal(size=(8, D)), np.ones((8, 1))

    def made():
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((D,)), layers.Dropout(0.5), layers.Dense(1)])
        model.compile("adam", "mse", metrics=["mae"])
        model.train_on_batch(x, y)
        return model

    one, other = made(), made()
    measure(one, x, y)
    assert one.train_on_batch(x, y) == other.train_on_batch(x, y)


def test_dead_and_saturated_units():
    """Dead: zero for every sample. Saturated: at the ends for nearly all."""
    model = keras.Sequential([
        keras.Input((2,)), layers.Dense(4, activation="relu", name="a"), layers.Dense(3, activation="tanh", name="b"),
        layers.ReLU(name="c"),
    ], name="m")  # fmt: skip
    x = np.abs(np.random.default_rng(0).normal(size=(50, 2))) + 0.1
    a, b = model.layers[:2]
    a.set_weights([np.array([[-1, 1, 1, -1], [-1, 1, 1, -1]]), np.zeros(4)])
    b.set_weights([np.zeros((4, 3)), np.array([9.0, 0.1, -9.0])])
    states = unit_states(model, x)
    expected = int((np.maximum(x @ a.get_weights()[0], 0) == 0).all(axis=0).sum())
    assert states["m/a"] == ("dead", expected, 4) and expected == 2
    assert states["m/b"] == ("saturated", 2, 3) and states["m/c"] == ("dead", 1, 3)
    assert states["m/b"].words() == "2 of 3 saturated · 67 %"


def test_units_of_a_convolution_are_its_channels():
    """A filter is dead when its map is zero everywhere, for every image."""
    model = keras.Sequential([keras.Input((5, 5, 1)), layers.Conv2D(3, 3, activation="relu", name="c")], name="m")
    kernel = np.ones((3, 3, 1, 3)) * np.array([1.0, -1.0, 1.0])
    model.layers[0].set_weights([kernel, np.zeros(3)])
    assert unit_states(model, np.ones((2, 5, 5, 1)))["m/c"] == ("dead", 1, 3)
