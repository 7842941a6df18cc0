"""Stateless scopes and calls: given values in, new values out, and nothing changed."""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
import pytest

import kerasnb
from kerasnb.backend.autodiff.tape import GradientTape
from tests.seeded import RANDOM


def test_values_and_updates_stay_in_the_scope():
    """Inside, a variable has the given value, then the assigned one; outside its own."""
    v, w = kerasnb.Variable([1.0, 2.0]), kerasnb.Variable(5.0)
    with kerasnb.StatelessScope(state_mapping=[(v, [3.0, 4.0])]) as scope:
        assert (v + 1).tolist() == [4.0, 5.0] and float(w) == 5.0
        v.assign_add([1.0, 1.0])
        assert v.value.tolist() == [4.0, 5.0]
        w.assign(7.0)
    assert v.numpy().tolist() == [1.0, 2.0] and float(w) == 5.0
    assert scope.get_current_value(v).tolist() == [4.0, 5.0]
    assert [float(x) for x in scope.current_values([w])] == [7.0]
    assert kerasnb.StatelessScope().get_current_value(v) is None


def test_losses_are_collected_where_asked():
    """What layers add to the loss inside is kept by a scope that collects losses, and only by such a one."""
    layer = kerasnb.layers.Dense(2, activity_regularizer="l1", kernel_initializer="ones")
    layer.build((None, 3))
    x = np.ones((4, 3), "f")
    for collect in (True, False):
        with kerasnb.StatelessScope(collect_losses=collect) as scope:
            layer(x)
        assert [round(float(loss), 5) for loss in scope.losses] == ([0.06] if collect else [])


def test_wrong_mappings():
    """What is no variable, and values of other shapes, are named."""
    with pytest.raises(ValueError, match="must be Variable instances. Received instead: 1"):
        kerasnb.StatelessScope(state_mapping=[(1, 2)])
    with pytest.raises(ValueError, match=r"received a value of shape \(\), expected \(2,\)"):
        kerasnb.StatelessScope(state_mapping=[(kerasnb.Variable([1.0, 2.0]), 3.0)])


def test_stateless_call():
    """A layer's outputs, its new state and its losses follow from the given values; gradients reach them."""
    layer = kerasnb.layers.Dense(2, kernel_regularizer="l2")
    layer.build((None, 3))
    kernel, bias = (RANDOM.uniform(-1, 1, s).astype("f") for s in ((3, 2), (2,)))
    x = RANDOM.uniform(-1, 1, (4, 3)).astype("f")
    before = [w.numpy() for w in layer.weights]
    given = kerasnb.ops.convert_to_tensor(kernel)
    with GradientTape() as tape:
        y, state, losses = layer.stateless_call([given, bias], [], x, return_losses=True)
        total = kerasnb.ops.sum(y)
    np.testing.assert_allclose(y, x @ kernel + bias, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(float(losses[0]), 0.01 * (kernel**2).sum(), rtol=1e-5)
    assert state == []
    np.testing.assert_allclose(tape.gradient(total, given), np.repeat(x.sum(0)[:, None], 2, 1), rtol=1e-5)
    for weight, value in zip(layer.weights, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), value)
    with pytest.raises(ValueError, match=r"trainable_variables.*length 1, but expected 2"):
        layer.stateless_call([kernel], [], x)
    with pytest.raises(ValueError, match="must be built"):
        kerasnb.layers.Dense(2).stateless_call([], [], x)


def test_stateless_random_layer():
    """Dropout's seed is state: it moves on in the returned values only."""
    layer = kerasnb.layers.Dropout(0.5, seed=3)
    layer.build((None, 100))
    before = [v.numpy() for v in layer.non_trainable_variables]
    x = np.ones((2, 100), "f")
    y, state = layer.stateless_call([], before, x, training=True)
    again, _ = layer.stateless_call([], before, x, training=True)
    other, _ = layer.stateless_call([], state, x, training=True)
    np.testing.assert_array_equal(y, again)
    assert (y.numpy() != other.numpy()).any()
    for v, value in zip(layer.non_trainable_variables, before, strict=True):
        np.testing.assert_array_equal(v.numpy(), value)


OPTIMIZERS = {
    "SGD": {"momentum": 0.9}, "RMSprop": {"centered": True}, "Adam": {"amsgrad": True}, "AdamW": {}, "Adamax": {},
    "Nadam": {}, "Adagrad": {}, "Adadelta": {}, "Lion": {}, "Ftrl": {}, "Lamb": {}, "Adafactor": {},
}  # fmt: skip


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_stateless_apply(name):
    """Three stateless steps are those of Keras, and no variable changes."""
    options = {"learning_rate": 0.1, **OPTIMIZERS[name]}
    start = RANDOM.uniform(-1, 1, (3, 2)).astype("f")
    grads = [RANDOM.uniform(-1, 1, (3, 2)).astype("f") for _ in range(3)]
    results = []
    for module in (kerasnb, keras):
        variable, optimizer = module.Variable(start), getattr(module.optimizers, name)(**options)
        optimizer.build([variable])
        values, state = [variable.value], [v.value for v in optimizer.variables]
        for grad in grads:
            values, state = optimizer.stateless_apply(state, [module.ops.convert_to_tensor(grad)], values)
        np.testing.assert_array_equal(np.asarray(variable.numpy() if module is kerasnb else variable.value), start)
        results.append([np.asarray(v) for v in (*values, *state)])
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["Mean", "Sum", "MeanSquaredError", "BinaryAccuracy", "AUC", "F1Score"])
def test_stateless_metric(name):
    """Updates, results and resets of given values are those of Keras, and the metric stays as it was."""
    y, p = RANDOM.integers(0, 2, (6, 3)).astype("f"), RANDOM.uniform(0, 1, (6, 3)).astype("f")
    args = (p,) if name in ("Mean", "Sum") else (y, p)
    results = []
    for module in (kerasnb, keras):
        metric = getattr(module.metrics, name)(**({"threshold": 0.5} if name == "F1Score" else {}))
        metric.update_state(*args) if name == "F1Score" else None  # its variables are made at the first batch
        state = metric.stateless_reset_state()
        for _ in range(2):
            state = metric.stateless_update_state(state, *args)
        results.append(np.asarray(metric.stateless_result(state)))
        if name != "F1Score":
            assert all(not np.any(np.asarray(v.value)) for v in metric.variables)
    np.testing.assert_allclose(*results, rtol=1e-5)
