"""Gradients: first and second order, of tensors and variables."""

from __future__ import annotations

import numpy as np
import pytest

from kerasnb.backend.tape import GradientTape
from kerasnb.backend.tensor import to_tensor
from kerasnb.backend.variable import Variable
from kerasnb.kernels import elementwise as e
from kerasnb.kernels import sum as s
from kerasnb.kernels.identity import stop_gradient


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
    """Nothing flows back through stop_gradient."""
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
