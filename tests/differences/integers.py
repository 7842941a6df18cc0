"""Integers and casts where Keras 3.15 on JAX wraps, or has no answer."""

from __future__ import annotations

import keras as judge
import numpy as np
import pytest

import kerasnb as keras
from tests.differences import difference

ops, theirs = keras.ops, judge.ops


@difference
def large_python_integers():
    """Milliseconds since 1970 are data."""
    for number in ([1_700_000_000_000], 2**40, [-(2**40), 1]):
        found = ops.convert_to_tensor(number)
        assert found.dtype == "int64"
        np.testing.assert_array_equal(found.numpy(), number)
        with pytest.raises(OverflowError):
            theirs.convert_to_tensor(number)
    assert ops.convert_to_tensor(2**31 - 1).dtype == "int32"


@difference
def python_integers_of_a_dtype():
    """Comparisons are by value; arithmetic refuses what the dtype does not hold."""
    x = np.array([1], "int8")
    assert not ops.equal(x, 257)[0] and ops.less(x, 257)[0] and ops.not_equal(np.array([1], "int32"), 2**32 + 1)[0]
    assert bool(theirs.equal(x, 257)[0])
    for array, number, wrapped in ((x, 300, 45), (np.array([1], "uint8"), -1, 0)):
        with pytest.raises(OverflowError, match=rf"dtype {array.dtype} holds integers from .*Received: {number}"):
            ops.add(array, number)
        assert int(theirs.add(array, number)[0]) == wrapped


@difference
def arrays_of_a_dtype():
    """The same for arrays; `cast` says that another dtype is meant."""
    for array, dtype, wrapped in (([300], "int8", 44), ([2**40], "int32", 0)):
        with pytest.raises(OverflowError, match=f"dtype {dtype} holds integers"):
            ops.convert_to_tensor(np.array(array), dtype)
        assert int(theirs.convert_to_tensor(np.array(array), dtype)[0]) == wrapped
    assert ops.convert_to_tensor(np.array([100]), "int8").numpy().tolist() == [100]


@difference
def saturating_casts():
    """The same on every device."""
    x = np.array([1e20, -1e20, np.nan, np.inf, 300.7], "float32")
    expected = {
        "int32": [2**31 - 1, -(2**31), 0, 2**31 - 1, 300],
        "int8": [127, -128, 0, 127, 127],
        "uint8": [255, 0, 0, 255, 255],
    }
    for dtype, numbers in expected.items():
        for device in ("cpu", "numpy"):
            with keras.device(device):
                assert ops.cast(x, dtype).numpy().tolist() == numbers
        with np.errstate(invalid="ignore"):
            assert np.asarray(theirs.cast(x, dtype)).tolist() != numbers


@difference
def integer_division_by_zero():
    """Quotient and remainder."""
    x, zero = np.array([7, -7, 0], "int32"), np.zeros(3, "int32")
    for divisor in (zero, 0):
        assert ops.floor_divide(x, divisor).numpy().tolist() == [0, 0, 0]
        assert ops.mod(x, divisor).numpy().tolist() == [0, 0, 0]
    with np.errstate(divide="ignore"):
        np.testing.assert_array_equal(np.floor_divide(x, zero), 0)
    assert (np.asarray(theirs.floor_divide(x, zero)) < 0).all()
