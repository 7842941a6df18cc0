"""Operations and bytes of layers, against counts by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import kerasnb as keras
from kerasnb.backend.plan import profile
from kerasnb.backend.plan.plan import Plan
from kerasnb.widgets.summaries.measure import latest_step, measure
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


class Clock:
    """Time that passes only when something runs, and `load` times as long when other programs run."""

    def __init__(self):
        self.now = self.load = 0.0

    def perf_counter(self):
        return self.now

    def run(self, seconds):
        self.now += seconds * self.load


START, BETWEEN = 2e-6, 3e-6  # seconds: the start of compiled code, and what a replay does around it


@pytest.fixture
def busy(monkeypatch):
    """A machine that other programs slow down, and that stops now and then; a section takes 10 µs for each call."""
    clock, draw, rounds = Clock(), np.random.default_rng(0), []

    def program(jobs, again):
        def run():
            clock.run(START + 1e-5 * len(jobs) * again)
            clock.now += 0.02 * (draw.random() < 0.01)  # another program has the processor

        return run

    def replay(plan):
        clock.run(BETWEEN + START + 1e-5 * len(plan.jobs))

    def start():
        rounds.append(0)
        clock.load = [1.0, 1.0, 6.0, 1.3][len(rounds) % 4]
        clock.run(START)

    monkeypatch.setattr(profile, "time", clock)
    monkeypatch.setattr(profile, "_program", program)
    monkeypatch.setattr(Plan, "replay", replay)
    clock.load = 1.0
    monkeypatch.setattr("kerasnb.widgets.summaries.measure._start_of_a_call", lambda: start)
    monkeypatch.setattr("kerasnb.widgets.summaries.measure._between", lambda plan: lambda: clock.run(BETWEEN))
    return clock


def six_layers():
    """A model with its data."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((64,)), *(layers.Dense(64, activation="relu") for _ in range(6))])
    model.compile("adam", "mse")
    x = np.ones((32, 64), "float32")
    model.train_on_batch(x, x)
    model.train_on_batch(x, x)
    return model, x


def test_times_add_up_on_a_busy_machine(busy):
    """Each section takes what its calls take, and the rows are the step, whatever else runs."""
    model, x = six_layers()
    found = measure(model, x, x)
    plan = latest_step(model).plan
    expected = {}
    for record in plan.records:
        path = record.where.removesuffix(" (backward)")
        expected[path] = expected.get(path, 0.0) + 1e-2
    expected[""] += (BETWEEN + START) * 1e3
    assert found.costs.keys() == expected.keys()
    assert all(0.99 < cost.ms / expected[path] < 1.2 for path, cost in found.costs.items())
    assert abs(found.total / found.step - 1) <= 0.05


@pytest.mark.alone
def test_times_add_up_to_the_step():
    """The rows of a real step are the step, within 15 %, at best of three: both are measured in the same rounds."""
    model, x = six_layers()
    found = min((measure(model, x, x) for _ in range(3)), key=lambda found: abs(found.total / found.step - 1))
    assert abs(found.total / found.step - 1) <= 0.15
    assert all(cost.ms > 0 for path, cost in found.costs.items() if "dense" in path)


def test_the_step_is_measured_in_the_rounds_of_its_layers(monkeypatch):
    """First the step, then each section once, then the next round."""
    model, x = six_layers()
    plan, ran = latest_step(model).plan, []
    monkeypatch.setattr(profile, "_program", lambda jobs, again: lambda: ran.append(len(jobs) * again))
    monkeypatch.setattr(Plan, "replay", lambda plan: ran.append("step"))
    samples = profile.section_samples(plan, 3, 2, [lambda: ran.append("beside")])
    runs = [len(list(run)) for _, run in itertools.groupby(plan.records, lambda record: record.where)]
    assert ran == 3 * ["beside", "step", "step", *(2 * n for n in runs)]
    assert {len(times) for _, times in samples.sections} == {3} == {len(samples.whole), len(samples.beside[0])}


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
