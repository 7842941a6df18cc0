"""Values and slopes that are defined, or finite, where those of Keras 3.15 on JAX are not."""

from __future__ import annotations

import jax
import keras as judge
import numpy as np
import pytest

import kerasnb as keras
from kerasnb.backend.autodiff.tape import GradientTape
from tests.differences import difference


def slopes(function, *arrays) -> tuple[list, list]:
    """The gradients of the sum of a function of (keras.ops, tensors): ours, and those of Keras."""
    numbers = [np.array(a, "float32") for a in arrays]
    variables = [keras.Variable(n) for n in numbers]
    with GradientTape() as tape:
        value = keras.ops.sum(function(keras.ops, *variables))
    ours = [g.numpy().tolist() for g in tape.gradient(value, variables)]
    places = tuple(range(len(numbers)))
    theirs = jax.grad(lambda *given: judge.ops.sum(function(judge.ops, *given)), places)(*numbers)
    return ours, [np.asarray(g).tolist() for g in theirs]


@difference
def slopes_at_kinks():
    """Also in a step that is recorded: the rules are the same."""
    assert slopes(lambda o, x: o.abs(x), [0.0]) == ([[0]], [[1]])
    assert slopes(lambda o, x, y: o.hypot(x, y), [0.0], [0.0]) == ([[0], [0]], [[0.5], [0.5]])
    for name in ("fmax", "fmin"):
        ours, theirs = slopes(lambda o, x, y, name=name: getattr(o, name)(x, y), [2.0], [2.0])
        assert ours == [[0.5], [0.5]] and theirs == [[0], [1]]
    for name in ("maximum", "minimum"):
        ours, theirs = slopes(lambda o, x, y, name=name: getattr(o, name)(x, y), [2.0], [2.0])
        assert ours == theirs == [[0.5], [0.5]]


@difference
def slopes_of_exponents():
    """The logarithm of a negative base is no slope; the slope for the base is that of Keras."""
    ours, theirs = slopes(lambda o, x, y: o.power(x, y), [-2.0, 2.0], [3.0, 3.0])
    assert ours[0] == theirs[0] == [12, 12]
    assert ours[1] == [0, pytest.approx(8 * np.log(2), rel=1e-6)]
    assert np.isnan(theirs[1][0]) and theirs[1][1] == pytest.approx(ours[1][1], rel=1e-6)


EXTREME = {  # a function, where, and its true slopes
    "squareplus": (lambda o, x: o.squareplus(x), ([1e25, -1e25],), ([1, 0],)),
    "sinc": (lambda o, x: o.sinc(x), ([1e-25, 0.5],), ([-(np.pi**2) / 3 * 1e-25, -4 / np.pi],)),
    "hypot": (lambda o, x, y: o.hypot(x, y), ([1e25], [1e25]), ([0.5**0.5], [0.5**0.5])),
    "arctan2": (lambda o, x, y: o.arctan2(x, y), ([1e25, 1e-25], [1e25, 1e-25]), ([5e-26, 5e24], [-5e-26, -5e24])),
    "logaddexp": (lambda o, x, y: o.logaddexp(x, y), ([-np.inf], [-np.inf]), ([0.5], [0.5])),
}


@difference
def slopes_of_extremes():
    """Where a square leaves float32, and the slope does not."""
    for name, (function, arrays, expected) in EXTREME.items():
        ours, theirs = slopes(function, *arrays)
        np.testing.assert_allclose(ours, expected, rtol=1e-5, err_msg=name)
        with np.errstate(invalid="ignore"):
            assert not np.allclose(theirs, expected, rtol=1e-2, atol=0), name
    value = [np.asarray(m.ops.squareplus(np.array([1e25, -1e25], "float32"))) for m in (keras, judge)]
    np.testing.assert_allclose(value[0], [1e25, 1e-25], rtol=1e-6)
    assert np.isinf(value[1]).all()


@difference
def slopes_through_assign():
    """What is read after an assignment is the variable's value, not the tensor that was assigned."""
    x, v = keras.Variable([2.0]), keras.Variable([0.0])
    with GradientTape() as tape:
        v.assign(x.value * 3.0)
        y = keras.ops.sum(v.value * x.value)
    assert tape.gradient(y, x).numpy().tolist() == [6]

    kept = judge.Variable([0.0])

    def theirs(x):
        with judge.StatelessScope():
            kept.assign(x * 3.0)
            return judge.ops.sum(kept.value * x)

    assert jax.grad(theirs)(np.array([2.0], "float32")).tolist() == [12]
