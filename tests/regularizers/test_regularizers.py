"""Regularizers give the numbers of Keras."""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
import pytest

from kerasnb import regularizers

X = np.random.default_rng(2).normal(size=(3, 4)).astype("float32")
CASES = [
    ("L1", {"l1": 0.3}),
    ("L2", {"l2": 0.3}),
    ("L1L2", {"l1": 0.1, "l2": 0.2}),
    ("L1L2", {"l2": 0.2}),
    ("L1L2", {}),
    ("OrthogonalRegularizer", {"factor": 0.5}),
    ("OrthogonalRegularizer", {"factor": 0.5, "mode": "columns"}),
]


@pytest.mark.parametrize(("name", "options"), CASES)
def test_penalty_and_config_are_those_of_keras(name, options):
    """The penalty is Keras' scalar, and the config leads back to it."""
    ours, theirs = (getattr(m, name)(**options) for m in (regularizers, keras.regularizers))
    mine = ours(X)
    assert mine.shape == ()
    np.testing.assert_allclose(float(mine), float(theirs(keras.ops.convert_to_tensor(X))), rtol=1e-5)
    config = regularizers.serialize(ours)
    peer = keras.regularizers.serialize(theirs)
    assert config["class_name"] == peer["class_name"] and config["module"] == peer["module"]
    for key, value in peer["config"].items():  # Keras rounds some factors to float32
        assert config["config"][key] == (value if isinstance(value, str) else pytest.approx(value, rel=1e-6))
    assert float(regularizers.deserialize(config)(X)) == float(mine)


def test_names_are_those_of_keras():
    """Every public name of `keras.regularizers` is here, and strings mean the same class."""
    theirs = {n for n in dir(keras.regularizers) if not n.startswith("_")}
    assert not theirs - set(dir(regularizers))
    for name in ("l1", "l2", "L1", "L1L2", "l1l2", "orthogonal_regularizer"):
        assert type(regularizers.get(name)).__name__ == type(keras.regularizers.get(name)).__name__


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda m: m.L1(-1.0), "Invalid value for argument l1"),
        (lambda m: m.L2(float("nan")), "Invalid value for argument l2"),
        (lambda m: m.OrthogonalRegularizer(mode="x"), "Invalid value for argument `mode`"),
        (lambda m: m.OrthogonalRegularizer()(np.ones(3)), "must have rank 2"),
        (lambda m: m.get("nothing"), "Could not interpret regularizer identifier: nothing"),
    ],
)
def test_wrong_arguments_are_refused_as_in_keras(make, message):
    """Wrong arguments raise a ValueError with Keras' words."""
    for module in (regularizers, keras.regularizers):
        with pytest.raises(ValueError, match=message):
            make(module)
