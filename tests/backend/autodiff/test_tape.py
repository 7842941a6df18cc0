"""Gradients: first and second order, of tensors and variables."""

from __future__ import annotations

import numpy as np
import pytest

from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.backend.tensor.tensor import to_tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.kernels import elementwise as e
from kerasnb.kernels import sum as s
from kerasnb.kernels.identity import stop_gradient
from tests.recorded import Replayed


def test_gradient_of_a_shared_variable_is_summed():
    """A variable used twice gets both contributions."""
    v = Variable(np.array([2.0, 3.0], "f"))
    with GradientTape() as tape:
        loss = s.total(e.multiply(v, e.multiply(v, v)), axes=(0,))
    np.testing.assert_allclose(tape.gradient(loss, v).numpy(), [12.0, 27.0])


def test_second_order():
    """A tape inside a tape gives the derivative of the derivative."""
    x = to_tensor(np.array([0.5, -0.25], "f"))
    with GradientTape() as outer:
        with GradientTape() as inner:
            y = s.total(e.tanh(x), axes=(0,))
        slope = inner.gradient(y, x)
    t = np.tanh(x.numpy())
    np.testing.assert_allclose(outer.gradient(slope, x).numpy(), -2 * t * (1 - t * t), rtol=1e-5)


def test_unreached_source_has_no_gradient():
    """What the target does not depend on has gradient None."""
    a, b = to_tensor(np.ones(2, "f")), to_tensor(np.ones(2, "f"))
    with GradientTape() as tape:
        y = s.total(e.square(a), axes=(0,))
    found = tape.gradient(y, [a, b])
    np.testing.assert_allclose(found[0].numpy(), [2.0, 2.0])
    assert found[1] is None


def test_stopped_gradient():
    """No gradient passes stop_gradient."""
    x = to_tensor(np.array([3.0], "f"))
    with GradientTape() as tape:
        y = s.total(e.multiply(x, stop_gradient(x)), axes=(0,))
    np.testing.assert_allclose(tape.gradient(y, x).numpy(), [3.0])


def test_tape_is_asked_once():
    """A tape that is not persistent says so when it is asked twice."""
    x = to_tensor(np.ones(1, "f"))
    with GradientTape() as tape:
        y = e.square(x)
    tape.gradient(y, x)
    with pytest.raises(RuntimeError, match="persistent"):
        tape.gradient(y, x)


def test_a_variable_that_is_assigned_inside_keeps_its_gradient():
    """The gradient is that of the value that was read, before or after; both count where both were read."""
    v = Variable(np.array([2.0, 3.0], "f"))
    with GradientTape(persistent=True) as tape:
        before = s.total(e.square(v), axes=(0,))
        v.assign(np.array([10.0, 10.0], "f"))
        after = s.total(e.multiply(v.value, e.like(v.value, 3.0)), axes=(0,))
        both = e.add(before, after)
    np.testing.assert_array_equal(tape.gradient(before, v).numpy(), [4.0, 6.0])
    np.testing.assert_array_equal(tape.gradient(after, v).numpy(), [3.0, 3.0])
    np.testing.assert_array_equal(tape.gradient(both, v).numpy(), [7.0, 9.0])


def test_a_recorded_step_agrees_about_assigned_variables():
    """The same in a step that is replayed."""
    v = Variable(np.array([2.0, 3.0], "f"))

    def step(x):
        with GradientTape() as tape:
            before = e.square(v.value)
            v.assign(e.add(v.value, x))
            both = s.total(e.add(before, e.multiply(v.value, x)), axes=(0,))
        return [tape.gradient(both, v)]

    replayed, ones = Replayed(step, np.ones(2, "f")), np.ones(2, "f")
    for _ in range(2):
        (found,) = replayed(ones)
        np.testing.assert_array_equal(found, 2 * (v.numpy() - 1) + 1)


def test_a_tensor_read_before_the_recording_keeps_its_numbers():
    """A value from outside of the step is a constant of it, whatever the variable becomes."""
    v = Variable(np.array([2.0, 3.0], "f"))
    outside = v.value

    def step(x):
        v.assign(e.add(v.value, x))
        return [e.multiply(outside, x)]

    replayed = Replayed(step, np.ones(2, "f"))
    for _ in range(2):
        np.testing.assert_array_equal(replayed(np.ones(2, "f"))[0], [2.0, 3.0])
