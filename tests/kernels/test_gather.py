"""Choosing by index: NumPy's values, JAX's gradients, and never a read outside of an array."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kerasnb import ops
from kerasnb.backend import GradientTape, Variable
from kerasnb.backend.tensor.tensor import to_tensor
from kerasnb.kernels import gather
from tests.seeded import RANDOM as _random


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
@pytest.mark.parametrize("shape", [(), (4,), (2, 3), (0,)])
def test_take(axis, shape):
    """Any axis, indices of any shape, negative ones from the end."""
    x = _random.normal(size=(5, 6, 7)).astype("float32")
    indices = _random.integers(-5, 5, shape)
    np.testing.assert_array_equal(ops.take(x, indices, axis=axis).numpy(), np.take(x, indices, axis=axis))


@pytest.mark.parametrize("axis", [0, 1])
def test_gradients_add_up_where_an_index_is_repeated(axis):
    """Each occurrence of an index adds its gradient."""
    x, dy = (_random.normal(size=(3, 3)).astype("float32") for _ in range(2))
    indices = np.array([1, -1, 1])
    variable = Variable(x)
    with GradientTape() as tape:
        y = ops.sum(ops.take(variable, indices, axis=axis) * dy)
    expected = jax.grad(lambda v: (jnp.take(v, indices, axis=axis) * dy).sum())(x)
    np.testing.assert_allclose(tape.gradient(y, variable).numpy(), expected, rtol=1e-6)


@pytest.mark.parametrize("axis", [0, 1, -1, None])
def test_take_along_axis(axis):
    """Each row by its own indices, the other axes broadcast."""
    x = _random.normal(size=(4, 5)).astype("float32")
    shapes = {0: [(2, 5), (2, 1)], 1: [(4, 3), (1, 3)], -1: [(4, 3)], None: [(6,)]}
    for shape in shapes[axis]:
        indices = _random.integers(-4, 4, shape)
        whole = np.broadcast_to(indices, (2, 5) if axis == 0 else ((4, 3) if axis is not None else shape))
        result = ops.take_along_axis(x, indices, axis=axis)
        np.testing.assert_array_equal(result.numpy(), np.take_along_axis(x, whole, axis=axis))


def test_gradient_of_take_along_axis():
    """It agrees with JAX, with repeated indices."""
    x, dy = _random.normal(size=(4, 5)).astype("float32"), _random.normal(size=(4, 3)).astype("float32")
    indices = np.array([[0, 0, 1], [4, -1, 2], [3, 3, 3], [0, 1, 2]])
    variable = Variable(x)
    with GradientTape() as tape:
        y = ops.sum(ops.take_along_axis(variable, indices, axis=1) * dy)
    expected = jax.grad(lambda v: (jnp.take_along_axis(v, indices, axis=1) * dy).sum())(x)
    np.testing.assert_allclose(tape.gradient(y, variable).numpy(), expected, rtol=1e-6)


@pytest.mark.parametrize("function", [ops.take, ops.take_along_axis])
@pytest.mark.parametrize("index", [3, -4, 2**31 - 1])
def test_public_functions_refuse_indices_out_of_range(function, index):
    """The error says what was expected and what was received."""
    with pytest.raises(ValueError, match=r"`indices` must be between -3 and 2.*Received: indices from"):
        function(np.arange(3.0), np.array([0, index]), axis=0)


@pytest.mark.parametrize("index", [10, -10, 2**31 - 1, -(2**31)])
def test_rooms_stay_inside_whatever_the_index(index):
    """An index out of range reads, and adds to, the nearest element."""
    at = to_tensor(np.array([index], "int32"))
    nearest = 2 if index > 0 else 0
    assert gather.take(to_tensor([1.0, 2.0, 3.0]), at, axis=0).tolist() == [nearest + 1]
    put = gather.put(to_tensor([5.0]), at, axis=0, along=3)
    assert put.tolist() == [5.0 if i == nearest else 0.0 for i in range(3)]


@pytest.mark.parametrize("axis", [-1, 0, 1, 2])
@pytest.mark.parametrize("dtype", ["float32", "int32", "bool", "float16"])
def test_one_hot(axis, dtype):
    """A one where the label is; labels out of range give zeros."""
    labels = np.array([[0, 4, -1], [5, 2, 100]])
    expected = jax.nn.one_hot(labels, 5, axis=axis, dtype=dtype)
    result = ops.one_hot(labels, 5, axis=axis, dtype=dtype)
    assert result.dtype == dtype
    np.testing.assert_array_equal(result.numpy(), expected)


def test_one_hot_of_floats_and_nothing():
    """Labels may be floats, and none at all."""
    assert ops.one_hot([1.0, 0.0], 2).tolist() == [[0.0, 1.0], [1.0, 0.0]]
    assert ops.one_hot(np.zeros((0,), "int32"), 3).shape == (0, 3)
    with pytest.raises(ValueError, match="Sparse tensors"):
        ops.one_hot([1], 2, sparse=True)
