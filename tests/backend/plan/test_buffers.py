"""Plans of a model take turns with one pool of memory, and are bounded in number."""

from __future__ import annotations

import gc
import threading

import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers, ops
from kerasnb.backend.plan.buffers import Lease, Pool, leasing, scratch
from kerasnb.model.training import step as steps


def pool_of(model) -> Pool:
    return model._pool


def plans(model, name="train_step") -> list:
    (found,) = [s for key, s in model._steps.items() if key[0] == name]
    return [recorded.plan for recorded in found.recorded.steps.values()]


def test_arrays_of_one_plan_are_its_own():
    """A block serves one array of a plan, and one of the next plan."""
    pool = Pool()
    first, second = Lease(pool), Lease(pool)
    a, b = (first.empty((3, 5), "float32") for _ in range(2))
    assert not np.shares_memory(a, b)
    c = second.empty((4, 4), "float32")
    assert np.shares_memory(a, c) or np.shares_memory(b, c)
    assert pool.bytes == 2 * 16 * 4
    assert not np.shares_memory(second.empty((4,), "int32"), c)


def test_memory_that_nobody_uses_is_freed():
    """The pool itself keeps nothing."""
    pool = Pool()
    lease = Lease(pool)
    lease.empty((1000,), "float32")
    assert pool.bytes == 4096
    del lease
    gc.collect()
    assert pool.bytes == 0


def test_scratch_is_of_the_plan_that_is_made():
    """Outside of plans it is memory like any other, and a plan inside of a plan takes from the same blocks."""
    pool = Pool()
    scratch((10,), "float32")
    assert pool.bytes == 0
    with leasing(pool) as outer, leasing(Pool()) as inner:
        assert inner is outer
        assert scratch(10, np.float32).shape == (10,)
    assert pool.bytes == 64


def dense_model():
    model = keras.Sequential([keras.Input((8,)), layers.Dense(64, "relu"), layers.Dense(64, "relu"), layers.Dense(1)])
    model.compile("adam", "mse")
    return model, lambda size: (np.ones((size, 8), "f"), np.ones((size, 1), "f"))


class Convolution(layers.Layer):
    """A convolution out of ops."""

    def __init__(self, filters):
        super().__init__()
        self.filters = filters

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(3, 3, input_shape[-1], self.filters))

    def call(self, inputs):
        return ops.relu(ops.conv(inputs, self.kernel, padding="same"))


class Anything(keras.Model):
    """Convolutions on images of any size."""

    def __init__(self):
        super().__init__()
        self.parts = [Convolution(8), Convolution(8), Convolution(1)]

    def call(self, inputs):
        for part in self.parts:
            inputs = part(inputs)
        return ops.mean(inputs, axis=(1, 2))


def any_image_model():
    model = Anything()
    model(np.ones((1, 8, 8, 3), "f"))
    model.compile("adam", "mse")
    return model, lambda size: (np.ones((2, 8 + size, 8, 3), "f"), np.ones((2, 1), "f"))


@pytest.mark.parametrize("made", [dense_model, any_image_model])
def test_shapes_share_memory(made):
    """Twelve shapes need little more than the largest: their blocks, work space included, do not add up."""
    model, batch = made()
    for size in range(20, 32):
        model.train_on_batch(*batch(size))
    leases = [plan.lease.bytes for plan in plans(model)]
    assert len(leases) == 12
    assert sum(leases) > 8 * max(leases)
    assert pool_of(model).bytes < 2 * max(leases)


def test_wide_layers_and_many_batch_sizes():
    """The case: 64-1024-1024-1 with batches of 257 to 456 costs 2 GB no more, but one plan's memory."""
    model = keras.Sequential([keras.Input((64,)), *(layers.Dense(n, "relu") for n in (1024, 1024)), layers.Dense(1)])
    model.compile("adam", "mse")
    for size in range(257, 457, 28):
        model.train_on_batch(np.ones((size, 64), "f"), np.ones((size, 1), "f"))
    assert len(plans(model)) == 8
    assert pool_of(model).bytes < 40e6


def test_shared_memory_changes_no_number():
    """Shapes in turn, large and small, train as eager steps do."""
    models = [dense_model()[0], dense_model()[0]]
    models[1].set_weights(models[0].get_weights())
    models[1].run_eagerly = True
    random = np.random.default_rng(0)
    for size in (5, 40, 5, 17, 40, 5, 17, 33):
        x, y = random.normal(size=(size, 8)).astype("f"), random.normal(size=(size, 1)).astype("f")
        for model in models:
            model.train_on_batch(x, y)
        np.testing.assert_allclose(*(m.predict(x, verbose=0) for m in models), rtol=1e-4, atol=1e-5)


def test_the_least_recently_used_plan_goes(monkeypatch):
    """Past the bound the plan that was not used for longest is forgotten, and its shape recorded anew."""
    monkeypatch.setattr(steps, "MOST", 3)
    monkeypatch.setattr(steps, "FEWEST", 1)
    model, batch = dense_model()

    def shapes():
        return [plan.inputs[0].shape[0] for plan in plans(model)]

    for size in (2, 3, 4, 2, 5):
        model.train_on_batch(*batch(size))
    assert shapes() == [4, 2, 5]
    model.train_on_batch(*batch(3))
    assert shapes() == [2, 5, 3]


def test_many_calls_are_bounded_too(monkeypatch):
    """Long steps are kept for fewer shapes."""
    model, batch = dense_model()
    model.train_on_batch(*batch(2))
    monkeypatch.setattr(steps, "MOST_CALLS", 3 * len(plans(model)[0].records))
    monkeypatch.setattr(steps, "FEWEST", 2)
    for size in range(3, 9):
        model.train_on_batch(*batch(size))
    assert len(plans(model)) == 3


class Echo(keras.Model):
    """Outputs in the structure of the inputs."""

    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(2, kernel_initializer="ones")

    def call(self, inputs):
        if isinstance(inputs, dict):
            return {f"out_{key}": self.dense(value) for key, value in inputs.items()}
        return self.dense(inputs)


def test_threads_with_other_structures():
    """Three threads predict with one model, each with inputs of its own structure, and get theirs back."""
    model, problems = Echo(), []
    model(np.ones((1, 3), "f"))
    inputs = [np.ones((4, 3), "f"), {"a": np.ones((4, 3), "f")}, {"a": np.ones((4, 3), "f"), "b": np.ones((4, 3), "f")}]

    def work(given):
        for _ in range(20):
            made = model.predict(given, verbose=0)
            keys = sorted(made) if isinstance(made, dict) else None
            expected = sorted(f"out_{k}" for k in given) if isinstance(given, dict) else None
            arrays = made.values() if isinstance(made, dict) else [made]
            if keys != expected or any(a.tolist() != [[3, 3]] * 4 for a in arrays):
                problems.append((keys, expected))

    threads = [threading.Thread(target=work, args=(given,)) for given in inputs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
