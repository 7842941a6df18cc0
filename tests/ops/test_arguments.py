"""Functions that NumPy has, too, called with every combination of arguments that both document."""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import warnings

import numpy as np
import pytest

from kerasnb import ops
from tests.ops.names import keras
from tests.ops.table_arguments import CALLS

NAMES = sorted({name for name, _, _ in CALLS})
OPEN = {"nonzero", "bincount", "unique", "where"}  # Keras' symbolic shapes depend on values
FLOAT_COUNTS = {"histogram"}  # Keras counts in floats
NARROWER = {"average", "digitize", "hypot", "split", "tensordot"}  # what Keras' symbolic functions refuse


def leaves(thing) -> list:
    return [leaf for part in thing for leaf in leaves(part)] if isinstance(thing, (list, tuple)) else [thing]


def numpy_result(name, args, kwargs):
    """NumPy's result; of `unique` with all NaN, as Keras has it, and of indices as arrays."""
    if name == "unique":
        return np.unique(*args, **kwargs, equal_nan=False)
    return getattr(np, name)(*args, **kwargs)


def label(name, args, kwargs) -> str:
    shown = [f"{a.dtype}{a.shape}" if isinstance(a, np.ndarray) else repr(a)[:60] for a in args]
    return f"{name}({', '.join(shown)}, {kwargs})"


def check_values(found, expected, text):
    assert len(found) == len(expected), text
    for a, w in zip(found, expected, strict=True):
        assert np.shape(a) == np.shape(w), f"{text}: shape {np.shape(a)} for {np.shape(w)}"
        np.testing.assert_allclose(np.asarray(a), np.asarray(w), rtol=3e-5, atol=3e-6, err_msg=text)


def keras_dtypes(name, args, kwargs):
    """The dtypes that Keras announces, where all that is an array may be symbolic; else None."""
    if not args or not isinstance(args[0], np.ndarray):
        return None
    symbols = [keras().KerasTensor(a.shape, str(a.dtype)) if isinstance(a, np.ndarray) else a for a in args]
    if name in ("where", "repeat", "take", "tile", "roll"):
        symbols[1:] = args[1:]
    return [o.dtype for o in leaves(getattr(keras().ops, name)(*symbols, **kwargs)) if hasattr(o, "dtype")]


@pytest.mark.parametrize("name", NAMES)
def test_values_are_those_of_numpy(name):
    """Each combination gives NumPy's values and shapes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy's own, at NaN
        for args, kwargs in [(a, k) for n, a, k in CALLS if n == name]:
            text = label(name, args, kwargs)
            check_values(leaves(getattr(ops, name)(*args, **kwargs)), leaves(numpy_result(name, args, kwargs)), text)


@pytest.mark.parametrize("name", sorted(set(NAMES) - OPEN - FLOAT_COUNTS - NARROWER))
def test_dtypes_are_those_of_keras(name):
    """Each combination gives the dtype that Keras announces."""
    for args, kwargs in [(a, k) for n, a, k in CALLS if n == name]:
        expected = keras_dtypes(name, args, kwargs)
        if expected is not None:
            found = [t.dtype for t in leaves(getattr(ops, name)(*args, **kwargs))]
            assert found == expected, label(name, args, kwargs)
