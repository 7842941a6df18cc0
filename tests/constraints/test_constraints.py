"""Constraints give the weights of Keras."""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
import pytest

from kerasnb import constraints

W = (3 * np.random.default_rng(2).normal(size=(3, 4))).astype("float32")
CASES = [
    ("MaxNorm", {"max_value": 1.5}),
    ("MaxNorm", {"axis": 1}),
    ("NonNeg", {}),
    ("UnitNorm", {"axis": (0, 1)}),
    ("UnitNorm", {}),
    ("MinMaxNorm", {"min_value": 1.0, "max_value": 2.0, "rate": 0.5}),
    ("Constraint", {}),
]


@pytest.mark.parametrize(("name", "options"), CASES)
def test_weights_and_config_are_those_of_keras(name, options):
    """The constrained weights are Keras', and the config leads back to them."""
    ours, theirs = (getattr(m, name)(**options) for m in (constraints, keras.constraints))
    np.testing.assert_allclose(np.asarray(ours(W)), np.asarray(theirs(W)), rtol=1e-5, atol=1e-6)
    assert ours.get_config() == theirs.get_config()
    config = constraints.serialize(ours)
    assert config["class_name"] == name
    np.testing.assert_array_equal(np.asarray(constraints.deserialize(config)(W)), np.asarray(ours(W)))


def test_names_are_those_of_keras():
    """Every public name of `keras.constraints` is here; an unknown one raises a ValueError that lists the known."""
    theirs = {n for n in dir(keras.constraints) if not n.startswith("_")}
    assert not theirs - set(dir(constraints))
    for name in ("max_norm", "MaxNorm", "non_neg", "unit_norm", "min_max_norm"):
        assert type(constraints.get(name)).__name__ == type(keras.constraints.get(name)).__name__
    with pytest.raises(ValueError, match="Could not interpret constraint identifier: nothing.*max_norm"):
        constraints.get("nothing")
