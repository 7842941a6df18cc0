"""Optimizer updates: the numbers of Keras, step after step."""

from __future__ import annotations

import keras as judge
import numpy as np
import pytest

from kerasnb.backend import Variable
from kerasnb.ops import update
from tests.seeded import RANDOM as _random

START = _random.normal(size=(4, 5)).astype("float32")
GRADIENTS = [_random.normal(size=(4, 5)).astype("float32") for _ in range(5)]


def _judged(optimizer) -> np.ndarray:
    """The result of Keras from the same start and gradients."""
    variable = judge.Variable(START)
    for gradient in GRADIENTS:
        optimizer.apply([judge.ops.convert_to_tensor(gradient)], [variable])
    return judge.ops.convert_to_numpy(variable.value)


def _slots(count: int) -> list[Variable]:
    return [Variable(np.zeros((4, 5), "float32")) for _ in range(count)]


def _ours(step) -> np.ndarray:
    variable = Variable(START)
    for number, gradient in enumerate(GRADIENTS, 1):
        step(variable, gradient, number)
    return variable.numpy()


@pytest.mark.parametrize(("momentum", "nesterov"), [(0.0, False), (0.9, False), (0.9, True)])
def test_sgd(momentum, nesterov):
    """Plain, with momentum, and with Nesterov's momentum."""
    (slot,) = _slots(1)
    velocity = slot if momentum else None
    found = _ours(lambda v, g, _: update.sgd(v, g, 0.1, velocity, momentum, nesterov))
    expected = _judged(judge.optimizers.SGD(0.1, momentum=momentum, nesterov=nesterov))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("momentum", [0.0, 0.7])
@pytest.mark.parametrize("centered", [False, True])
def test_rmsprop(momentum, centered):
    """All four forms."""
    velocity, first, second = _slots(3)
    moving, mean = first if momentum else None, second if centered else None
    found = _ours(lambda v, g, _: update.rmsprop(v, g, 0.1, velocity, 0.8, 1e-3, moving, momentum, mean))
    expected = _judged(judge.optimizers.RMSprop(0.1, rho=0.8, epsilon=1e-3, momentum=momentum, centered=centered))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("amsgrad", [False, True])
def test_adam(amsgrad):
    """Adam and AMSGrad, the bias corrections in the rate."""
    m, v, largest = _slots(3)

    def step(variable, gradient, number):
        alpha = 0.1 * np.sqrt(1 - 0.99**number) / (1 - 0.8**number)
        update.adam(variable, gradient, alpha, m, v, 0.8, 0.99, 1e-5, largest if amsgrad else None)

    expected = _judged(judge.optimizers.Adam(0.1, beta_1=0.8, beta_2=0.99, epsilon=1e-5, amsgrad=amsgrad))
    np.testing.assert_allclose(_ours(step), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_other_dtypes(dtype):
    """Variables of other float dtypes are updated in their own precision."""
    variable, m, v = (Variable(a.astype(dtype)) for a in (START, np.zeros_like(START), np.zeros_like(START)))
    update.adam(variable, GRADIENTS[0].astype(dtype), 0.1, m, v, 0.9, 0.99, 1e-3)
    g = GRADIENTS[0].astype("float64")
    expected = START - 0.1 * g * 0.1 / (np.sqrt(g * g * 0.01) + 1e-3)
    assert variable.dtype == dtype
    np.testing.assert_allclose(variable.numpy(), expected, rtol=5e-3 if dtype == "float16" else 1e-6, atol=2e-3)


def test_a_value_read_before_stays():
    """Tensors that were read before an update keep their value."""
    variable = Variable(START)
    before = variable.value
    update.sgd(variable, GRADIENTS[0], 0.1)
    np.testing.assert_array_equal(before.numpy(), START)
    assert not np.array_equal(variable.numpy(), START)


def test_shapes_are_checked_before_anything_changes():
    """A gradient of another shape is an error that names both shapes."""
    variable = Variable(START)
    with pytest.raises(ValueError, match=r"Expected: \(4, 5\).*Received: gradient.shape=\(5, 4\)"):
        update.sgd(variable, GRADIENTS[0].T, 0.1)
    with pytest.raises(ValueError, match="learning_rate"):
        update.sgd(variable, GRADIENTS[0], [0.1, 0.2])
    np.testing.assert_array_equal(variable.numpy(), START)
