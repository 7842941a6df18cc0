"""Reductions: NumPy's values, also for NaN, ties and nothing; JAX's gradients."""

from __future__ import annotations

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kerasnb import ops
from kerasnb.backend import GradientTape, Variable
from tests.seeded import RANDOM as _random

SHAPES = [(5,), (64,), (200,), (3, 4, 5), (2, 133), (133, 2), (2, 1, 70, 3)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ["max", "min"])
def test_nan_and_infinity(shape, name):
    """NaN anywhere wins over every number, as in NumPy."""
    x = _random.normal(size=shape).astype("float32")
    flat = x.reshape(-1)
    flat[1], flat[-1], flat[2] = np.nan, np.inf, -np.inf
    for count in range(1, len(shape) + 1):
        for axes in itertools.combinations(range(len(shape)), count):
            result = getattr(ops, name)(x, axis=axes).numpy()
            np.testing.assert_array_equal(result, getattr(np, name)(x, axis=axes))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ["argmax", "argmin"])
def test_positions_of_ties_and_nan(shape, name):
    """The first of equals, and the first NaN."""
    ties = _random.integers(0, 3, shape).astype("float32")
    with_nan = ties.copy()
    with_nan.reshape(-1)[[1, 3]] = np.nan
    for x in (ties, with_nan, ties.astype("int32"), ties.astype("int8"), ties.astype("float16"), ties > 1):
        for axis in range(len(shape)):
            result = getattr(ops, name)(x, axis=axis)
            assert result.dtype == "int32"
            np.testing.assert_array_equal(result.numpy(), getattr(np, name)(x, axis=axis))
        assert int(getattr(ops, name)(x)) == getattr(np, name)(x)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int8", "int32", "int64", "float16", "float32", "float64"])
@pytest.mark.parametrize("name", ["max", "min", "any", "all", "prod"])
def test_every_dtype(dtype, name):
    """The values of NumPy in the dtype of the input (truth is bool)."""
    x = _random.integers(0, 3, (4, 90)).astype(dtype)
    for axis in (0, 1, None):
        result = getattr(ops, name)(x, axis=axis)
        expected = np.asarray(getattr(np, name)(x, axis=axis))
        if name != "prod":
            assert result.dtype == ("bool" if name in ("any", "all") else dtype)
            np.testing.assert_array_equal(result.numpy(), expected)
        elif np.dtype(dtype).kind == "f":
            assert result.dtype == dtype


@pytest.mark.parametrize(("name", "expected"), [("prod", 1.0), ("any", False), ("all", True)])
def test_nothing_at_all(name, expected):
    """Reducing no elements gives the neutral element."""
    result = getattr(ops, name)(np.zeros((0, 3), "float32"), axis=0)
    assert result.tolist() == [expected] * 3


@pytest.mark.parametrize("name", ["max", "min"])
def test_extreme_of_nothing_is_an_error(name):
    """There is no largest element of none."""
    with pytest.raises(ValueError, match="zero-size"):
        getattr(ops, name)(np.zeros((0, 3), "float32"), axis=0)
    assert getattr(ops, name)(np.zeros((0, 3), "float32"), axis=1).shape == (0,)


@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.parametrize("name", ["max", "min", "prod"])
def test_gradient_of_ties_and_zeros(name, axis):
    """Equal extremes share the gradient; one zero factor has the product of the others, two have none."""
    x = np.array([[1, 2, 2], [0, 0, 3], [0, 1, 5]], "float32")
    variable = Variable(x)
    with GradientTape() as tape:
        total = ops.sum(ops.square(getattr(ops, name)(variable, axis=axis) + 1))
    expected = jax.grad(lambda v: ((getattr(jnp, name)(v, axis=axis) + 1) ** 2).sum())(x)
    np.testing.assert_allclose(tape.gradient(total, variable).numpy(), expected, rtol=1e-5)
