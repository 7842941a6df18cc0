"""to_categorical and normalize give what Keras gives, and refuse what Keras would let through."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from kerasnb import ops
from kerasnb.utils import normalize, to_categorical

LABELS = [[0, 2, 1], [[0], [3]], [[0, 1], [2, 1]], 2, [1.0, 0.0], np.array([[[1]], [[0]]], "uint8")]


@pytest.mark.parametrize("x", LABELS, ids=str)
@pytest.mark.parametrize("num_classes", [None, 5])
def test_to_categorical_is_keras(x, num_classes):
    """The matrix, its shape and its type are Keras'."""
    expected = keras.utils.to_categorical(x, num_classes)
    found = to_categorical(x, num_classes)
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


def test_to_categorical_of_a_tensor():
    """A tensor gives a tensor."""
    found = to_categorical(ops.convert_to_tensor([[0], [2]]), 3)
    np.testing.assert_array_equal(found.numpy(), [[1, 0, 0], [0, 0, 1]])


@pytest.mark.parametrize(
    ("x", "num_classes", "error", "message"),
    [
        ([0, 3], 3, IndexError, r"from 0 to 2 \(num_classes=3\). Received: class 3"),
        ([0, -1], None, IndexError, "Received: class -1"),
        ([0.0, np.nan], None, ValueError, "Received: NaN"),
        ([], None, ValueError, "`num_classes` must be given"),
    ],
)
def test_to_categorical_refuses(x, num_classes, error, message):
    """What is no class number is refused by name."""
    with pytest.raises(error, match=message):
        to_categorical(x, num_classes)


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("axis", [-1, 0])
def test_normalize_is_keras(order, axis):
    """Arrays stay arrays, tensors tensors, with Keras' values; a zero vector stays zero."""
    x = np.array([[3.0, -4.0, 1.0], [0.0, 0.0, 0.0]], "float32")
    # Keras takes axis 0 of a NumPy array for the last one, so its tensors are the judge.
    expected = np.asarray(keras.utils.normalize(keras.ops.convert_to_tensor(x), axis, order))
    found = normalize(x, axis, order)
    assert isinstance(found, np.ndarray)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    tensor = normalize(ops.convert_to_tensor(x), axis, order)
    np.testing.assert_allclose(tensor.numpy(), expected, rtol=1e-5, atol=1e-6)


def test_normalize_refuses_other_orders_of_tensors():
    """An order that Keras does not know for tensors is refused with Keras' words; arrays know the maximum norm."""
    x = np.array([[3.0, -4.0]], "float32")
    with pytest.raises(ValueError, match="Argument `order` must be an int >= 1. Received: order=inf"):
        normalize(ops.convert_to_tensor(x), order=np.inf)
    np.testing.assert_allclose(normalize(x, order=np.inf), keras.utils.normalize(x, order=np.inf))
