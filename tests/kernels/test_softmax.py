"""Softmax and log_softmax: the numbers of Keras, also where a naive formula would overflow."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from kerasnb import ops
from kerasnb.backend import GradientTape, Variable
from kerasnb.kernels.softmax import largest
from tests.seeded import RANDOM as _random

FUNCTIONS = {"softmax": (ops.softmax, jax.nn.softmax), "log_softmax": (ops.log_softmax, jax.nn.log_softmax)}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("spread", [1.0, 50.0, 1e4])
def test_agrees_with_jax(name, spread):
    """Values over the whole range of float32 come out as in JAX."""
    ours, theirs = FUNCTIONS[name]
    x = (_random.normal(size=(5, 83)) * spread).astype("float32")
    np.testing.assert_allclose(ours(x).numpy(), theirs(x), rtol=5e-6, atol=1e-30 if name == "softmax" else 1e-5)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(
    "row", [[np.nan, 1.0, 2.0], [np.inf, 1.0, 2.0], [-np.inf] * 3, [-np.inf, 0.0, 1.0], [-3e38, 3e38, 0]]
)
def test_unusual_values(name, row):
    """NaN spreads through its row, and infinities do what they do in JAX."""
    ours, theirs = FUNCTIONS[name]
    x = np.array([row, [0.5, -0.5, 0.0]], "float32")
    np.testing.assert_allclose(ours(x).numpy(), theirs(x), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("axis", [0, 1, 2, (0, 2), None])
def test_any_axis(name, axis):
    """One axis, several together, or all."""
    ours, theirs = FUNCTIONS[name]
    x = _random.normal(size=(3, 4, 5)).astype("float32")
    expected = theirs(x, axis=(0, 1, 2) if axis is None else axis)
    np.testing.assert_allclose(ours(x, axis=axis).numpy(), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("axis", [0, 1])
def test_first_and_second_derivatives(name, axis):
    """The gradient, and the gradient of the gradient, are JAX's."""
    ours, theirs = FUNCTIONS[name]
    x, dy = (_random.normal(size=(3, 4)).astype("float32") for _ in range(2))
    variable = Variable(x)
    with GradientTape() as outer:
        with GradientTape() as inner:
            y = ops.sum(ours(variable, axis=axis) * dy)
        dx = inner.gradient(y, variable)
        steepness = ops.sum(dx * dx * dx)
    first = jax.grad(lambda v: (theirs(v, axis=axis) * dy).sum())
    second = jax.grad(lambda v: (first(v) ** 3).sum())
    np.testing.assert_allclose(dx.numpy(), first(x), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(outer.gradient(steepness, variable).numpy(), second(x), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_other_dtypes(dtype):
    """The dtype stays, and float64 keeps its precision."""
    x = _random.normal(size=(2, 7)).astype(dtype)
    y = ops.softmax(x)
    e = np.exp(x.astype("float64"))
    assert y.dtype == dtype
    np.testing.assert_allclose(y.numpy(), e / e.sum(-1, keepdims=True), rtol=1e-12 if dtype == "float64" else 5e-3)


@pytest.mark.parametrize("size", [1, 3, 16, 100])
def test_largest(size):
    """The largest number of a row of any length and sign, or NaN."""
    for spread in (1e-39, 1.0, 3e38):
        row = (_random.uniform(-1, 1, size) * spread).astype("float32")
        for x in (row, -np.abs(row), np.append(row, np.float32(-np.inf)), np.append(row, np.float32(np.inf))):
            assert largest(x) == x.max()
    assert np.isnan(largest(np.append(row, np.float32(np.nan))))
    assert largest(np.full(size, -np.inf, "float32")) == -np.inf
