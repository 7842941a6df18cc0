"""Vectors brought to length one or sum one."""

import keras
import numpy as np
import pytest

from kerasnb import ops

X = np.array([[1.0, -2.0, 0.5], [0.0, 0.0, 0.0], [3.0, 3.0, 3.0]], "float32")


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("axis", [0, -1])
def test_normalize_is_that_of_keras(order, axis):
    """Norms of any whole order, zero rows included, are Keras'."""
    ours, theirs = ops.normalize(X, axis=axis, order=order), keras.ops.normalize(X, axis=axis, order=order)
    np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs), rtol=1e-5, atol=1e-6)


def test_normalize_refuses_other_orders():
    """The order must be an integer of at least one."""
    for module in (ops, keras.ops):
        with pytest.raises(ValueError, match="must be an int >= 1"):
            module.normalize(X, order=0)


def test_sparsemax_leaves_a_distribution_alone():
    """What is on the simplex already is its own nearest point; ties share."""
    p = np.array([[0.2, 0.3, 0.5]], "float32")
    np.testing.assert_allclose(np.asarray(ops.sparsemax(p)), p, rtol=1e-6)
    np.testing.assert_allclose(np.asarray(ops.sparsemax(X[2:])), [[1 / 3] * 3], rtol=1e-6)
