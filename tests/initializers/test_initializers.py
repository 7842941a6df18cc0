"""Initializers draw from the distributions that Keras documents."""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import inspect

import keras
import numpy as np
import pytest

from kerasnb import initializers, ops, random
from kerasnb.backend.tensor.variable import Variable

RANDOM = [
    ("RandomNormal", {"mean": 0.5, "stddev": 2.0}, 2.0, 0.5),
    ("TruncatedNormal", {"stddev": 2.0}, 2.0 * 0.87962566, 0.0),
    ("RandomUniform", {"minval": -1.0, "maxval": 3.0}, 4 / np.sqrt(12), 1.0),
    ("GlorotUniform", {}, np.sqrt(2 / 300), 0.0),
    ("GlorotNormal", {}, np.sqrt(2 / 300), 0.0),
    ("HeUniform", {}, np.sqrt(2 / 200), 0.0),
    ("HeNormal", {}, np.sqrt(2 / 200), 0.0),
    ("LecunUniform", {}, np.sqrt(1 / 200), 0.0),
    ("LecunNormal", {}, np.sqrt(1 / 200), 0.0),
    ("VarianceScaling", {"scale": 3.0, "mode": "fan_out"}, np.sqrt(3 / 100), 0.0),
    ("VarianceScaling", {"distribution": "untruncated_normal", "mode": "fan_avg"}, np.sqrt(1 / 150), 0.0),
    ("VarianceScaling", {"distribution": "uniform"}, np.sqrt(1 / 200), 0.0),
    ("Orthogonal", {"gain": 2.0}, 2.0 / np.sqrt(200), 0.0),
]
IDS = [f"{name}-{i}" for i, (name, *_) in enumerate(RANDOM)]
CONSTANT = [
    ("Zeros", {}),
    ("Ones", {}),
    ("Constant", {"value": 2.5}),
    ("Constant", {"value": [1.0, 2.0]}),
    ("Identity", {"gain": 3.0}),
]


@pytest.mark.parametrize(("name", "options", "stddev", "mean"), RANDOM, ids=IDS)
def test_mean_and_spread_are_those_promised(name, options, stddev, mean):
    """Of 20,000 drawn values the mean and the standard deviation are within four standard errors."""
    values = np.asarray(getattr(initializers, name)(seed=7, **options)((200, 100)))
    assert values.shape == (200, 100) and values.dtype == np.float32
    n = values.size
    assert abs(values.mean() - mean) < 4 * stddev / np.sqrt(n)
    assert abs(values.std() / stddev - 1) < 4 / np.sqrt(n)


@pytest.mark.parametrize(("name", "options", "stddev", "mean"), RANDOM, ids=IDS)
def test_seeds_mean_what_they_mean_in_keras(name, options, stddev, mean):
    """An integer gives the same numbers at every call, None one of its own, a generator always new ones."""
    make = getattr(initializers, name)
    fixed, free = make(seed=3, **options), make(**options)
    np.testing.assert_array_equal(fixed((4, 4)), fixed((4, 4)))
    np.testing.assert_array_equal(fixed((4, 4)), make(seed=3, **options)((4, 4)))
    np.testing.assert_array_equal(free((4, 4)), free((4, 4)))
    assert not np.array_equal(fixed((4, 4)), free((4, 4)))
    moving = make(seed=random.SeedGenerator(3), **options)
    assert not np.array_equal(moving((4, 4)), moving((4, 4)))


@pytest.mark.parametrize(("name", "options", "stddev", "mean"), RANDOM, ids=IDS)
def test_config_is_that_of_keras(name, options, stddev, mean):
    """The serialized form equals Keras' and leads back to the same numbers."""
    ours, theirs = (getattr(m, name)(seed=5, **options) for m in (initializers, keras.initializers))
    assert initializers.serialize(ours) == keras.initializers.serialize(theirs)
    again = initializers.deserialize(initializers.serialize(ours))
    np.testing.assert_array_equal(again((3, 3)), ours((3, 3)))
    np.testing.assert_array_equal(ours.clone()((3, 3)), ours((3, 3)))


@pytest.mark.parametrize(("name", "options"), CONSTANT)
def test_constant_values_are_those_of_keras(name, options):
    """Initializers without randomness give exactly Keras' values, dtypes and configs."""
    ours, theirs = (getattr(m, name)(**options) for m in (initializers, keras.initializers))
    for dtype in (None, "float16", "int32"):
        mine, peer = ours((2, 2), dtype=dtype), theirs((2, 2), dtype=dtype)
        np.testing.assert_array_equal(np.asarray(mine), np.asarray(peer))
        assert name == "Identity" or mine.dtype == str(peer.dtype)
    if name != "Identity":  # Keras' config forgets the gain
        assert initializers.serialize(ours) == keras.initializers.serialize(theirs)
    for module in (initializers, keras.initializers):
        again = module.deserialize(initializers.serialize(ours))
        np.testing.assert_array_equal(np.asarray(again((2, 2))), np.asarray(ours((2, 2))))


def test_numpy_values_survive_the_config():
    """An array given as constant is written as Keras writes it."""
    value = np.array([1.0, 2.0], "float32")
    ours, theirs = initializers.Constant(value), keras.initializers.Constant(value)
    assert initializers.serialize(ours) == keras.initializers.serialize(theirs)
    again = initializers.deserialize(initializers.serialize(ours))
    np.testing.assert_array_equal(again((3, 2)), np.broadcast_to(value, (3, 2)))


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (5, 5), (2, 3, 4)])
def test_orthogonal_rows_or_columns_are_orthonormal(shape):
    """The shorter side of the flattened matrix is an orthonormal set."""
    q = np.asarray(initializers.Orthogonal(seed=1)(shape)).reshape(-1, shape[-1])
    q = q if q.shape[0] >= q.shape[1] else q.T
    np.testing.assert_allclose(q.T @ q, np.eye(q.shape[1]), atol=1e-5)


def test_truncated_values_stay_within_two_deviations():
    """No value is farther than two standard deviations away."""
    values = np.asarray(initializers.TruncatedNormal(mean=1.0, stddev=0.5, seed=2)((1000,)))
    assert np.abs(values - 1.0).max() <= 1.0


@pytest.mark.parametrize("shape", [(), (7,), (3, 5), (2, 3, 5), (2, 2, 3, 5)])
def test_fans_are_those_of_keras(shape):
    """Numbers of inputs and outputs of a unit, for weights of every rank."""
    peer = keras.src.initializers.random_initializers.compute_fans
    assert initializers.random_initializers.compute_fans(shape) == peer(shape)
    axes = {"input_axes": [0], "output_axes": [-1]}
    if len(shape) > 1:
        assert initializers.random_initializers.compute_fans(shape, **axes) == peer(shape, **axes)


def test_public_names_of_keras_exist():
    """Every name of `keras.initializers` is here, but for STFT, which waits for the FFT."""
    theirs = {n for n in dir(keras.initializers) if not n.startswith("_")}
    assert theirs - set(dir(initializers)) == {"STFT", "STFTInitializer", "stft"}


@pytest.mark.parametrize("name", sorted({case[0] for case in RANDOM + CONSTANT}))
def test_signature_is_that_of_keras(name):
    """Argument names, order and defaults are Keras'."""
    ours, theirs = (inspect.signature(getattr(m, name)).parameters for m in (initializers, keras.initializers))
    assert [(p.name, p.default) for p in ours.values()] == [(p.name, p.default) for p in theirs.values()]


def test_get_takes_every_kind_of_identifier():
    """Names in both spellings, configs, classes, functions and arrays."""
    for name in ("glorot_uniform", "GlorotUniform", "zeros", "Zeros", "orthogonal", "he_normal", "random_normal"):
        assert callable(initializers.get(name))
        assert type(initializers.get(name)).__name__ == type(keras.initializers.get(name)).__name__
    assert initializers.get(None) is None
    assert isinstance(initializers.get(initializers.Ones), initializers.Ones)
    assert initializers.get({"class_name": "Constant", "config": {"value": 2.0}}).value == 2.0
    given = initializers.get(np.array([1.0, 2.0]))
    assert np.asarray(given((2,))).tolist() == [1.0, 2.0]
    with pytest.raises(ValueError, match="Expected `shape` to be"):
        given((3,))
    v = Variable(initializers.get("ones"), shape=(2,))
    assert v.numpy().tolist() == [1.0, 1.0]
    assert np.asarray(initializers.get(lambda shape, dtype=None: ops.ones(shape))((1,))).tolist() == [1.0]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda m: m.get("nothing"), "Could not interpret initializer identifier: nothing"),
        (lambda m: m.get(3), "Could not interpret initializer identifier: 3"),
        (lambda m: m.RandomNormal(seed="a"), "`seed` argument should be"),
        (lambda m: m.VarianceScaling(scale=0.0), "must be positive float"),
        (lambda m: m.VarianceScaling(mode="fan"), "Invalid `mode` argument: fan"),
        (lambda m: m.VarianceScaling(distribution="x"), "Invalid `distribution` argument: x"),
        (lambda m: m.Orthogonal()((3,)), "at least two-dimensional"),
        (lambda m: m.Identity()((3,)), "only be used for 2D"),
    ],
)
def test_wrong_arguments_are_refused_as_in_keras(make, message):
    """Wrong arguments raise a ValueError with Keras' words."""
    for module in (initializers, keras.initializers):
        with pytest.raises(ValueError, match=message):
            make(module)


def test_unknown_name_lists_what_exists():
    """The error of an unknown name lists the known ones."""
    with pytest.raises(ValueError, match="Known names: .*glorot_uniform"):
        initializers.get("nothing")
