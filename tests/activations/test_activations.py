"""Activations give the numbers of Keras."""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import inspect

import keras
import numpy as np
import pytest

from kerasnb import activations

X = np.concatenate([np.linspace(-8, 8, 31), [0.0]]).astype("float32").reshape(4, 8)
NAMES = sorted(
    n for n in dir(keras.activations) if not n.startswith("_") and n not in ("get", "serialize", "deserialize")
)
RELU = [
    {"negative_slope": 0.1},
    {"max_value": 3.0},
    {"max_value": 6},
    {"threshold": 1.0},
    {"threshold": -1.0},
    {"negative_slope": 0.2, "max_value": 2.0, "threshold": 0.5},
    {"negative_slope": 0.2, "max_value": 2.0},
]


@pytest.mark.parametrize("name", [n for n in NAMES if n != "sparsemax"])
def test_values_are_those_of_keras(name):
    """Every activation gives Keras' numbers with default arguments."""
    args = (0.5, -1.0) if name == "threshold" else ()
    ours, theirs = (np.asarray(getattr(m, name)(X, *args)) for m in (activations, keras.activations))
    assert ours.shape == theirs.shape and ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("options", RELU, ids=["-".join(o) for o in RELU])
def test_relu_takes_slope_ceiling_and_threshold(options):
    """Every combination of relu's arguments gives Keras' numbers."""
    ours, theirs = (np.asarray(m.relu(X, **options)) for m in (activations, keras.activations))
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("leaky_relu", {"negative_slope": 0.3}),
        ("softmax", {"axis": 0}),
        ("log_softmax", {"axis": 0}),
        ("elu", {"alpha": 0.5}),
        ("celu", {"alpha": 0.5}),
        ("gelu", {"approximate": True}),
        ("glu", {"axis": 0}),
        ("hard_shrink", {"threshold": 2.0}),
        ("soft_shrink", {"threshold": 2.0}),
        ("squareplus", {"b": 1.0}),
    ],
)
def test_arguments_count_as_in_keras(name, options):
    """Arguments of the other activations give Keras' numbers."""
    ours, theirs = (np.asarray(getattr(m, name)(X, **options)) for m in (activations, keras.activations))
    np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_sparsemax_is_the_nearest_point_of_the_simplex(axis):
    """Sparsemax sums to one and fulfils the conditions of the projection; Keras 3.15 gives sums above one."""
    x = np.round(X * 2) / 8  # with ties
    y = np.asarray(activations.sparsemax(x, axis=axis))
    np.testing.assert_allclose(y.sum(axis), 1.0, rtol=1e-5)
    # what is above zero was moved by one common amount, and the rest was below it
    tau = np.max(np.where(y > 0, x - y, -np.inf), axis=axis, keepdims=True)
    np.testing.assert_allclose(np.maximum(x - tau, 0), y, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_signature_and_serialized_name_are_those_of_keras(name):
    """Argument names and defaults, and what `serialize` writes, are Keras'."""
    ours, theirs = getattr(activations, name), getattr(keras.activations, name)
    mine, peer = (inspect.signature(f).parameters.values() for f in (ours, theirs))
    assert [(p.name, p.default) for p in mine] == [(p.name, p.default) for p in peer]
    assert activations.serialize(ours) == keras.activations.serialize(theirs)
    assert activations.deserialize(activations.serialize(ours)) is ours
    assert activations.get(name) is ours


def test_get_takes_none_and_callables():
    """None is linear; a callable is itself; an unknown name raises a ValueError that lists the known ones."""
    assert activations.get(None) is activations.linear
    assert activations.get(np.tanh) is np.tanh
    with pytest.raises(ValueError, match="Could not interpret activation function identifier: nothing.*softmax"):
        activations.get("nothing")


def test_functions_of_the_user_are_serialized_like_keras_does():
    """A function that is not built in becomes a config."""

    def mine(x):
        return x

    assert activations.serialize(mine) == keras.activations.serialize(mine)
    config = activations.serialize(mine)
    assert activations.deserialize(config, custom_objects={"mine": mine}) is mine
