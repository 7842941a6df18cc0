"""Layers that draw: the numbers have the distribution that the layer promises, and are the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb
from kerasnb import layers

N = 200_000
ONES = np.ones((N,), "float32")


def drawn(layer, x=ONES):
    return np.asarray(layer(x, training=True))


@pytest.mark.parametrize("stddev", [0.1, 1.0])
def test_gaussian_noise(stddev):
    """Mean and standard deviation of what is added, and its tails."""
    noise = drawn(layers.GaussianNoise(stddev, seed=1)) - 1
    assert abs(noise.mean()) < 5 * stddev / N**0.5
    assert abs(noise.std() / stddev - 1) < 5 / (2 * N) ** 0.5
    assert abs((np.abs(noise) < stddev).mean() - 0.6827) < 0.006


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_gaussian_dropout(rate):
    """The factors have mean 1 and variance rate / (1 - rate), so that the outputs have the mean of the inputs."""
    stddev = (rate / (1 - rate)) ** 0.5
    factors = drawn(layers.GaussianDropout(rate, seed=1), 2 * ONES) / 2
    assert abs(factors.mean() - 1) < 5 * stddev / N**0.5
    assert abs(factors.std() / stddev - 1) < 5 / (2 * N) ** 0.5


@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_alpha_dropout(rate):
    """Two values for equal inputs; mean 0 and variance 1 stay."""
    layer = layers.AlphaDropout(rate, seed=1)
    values, counts = np.unique(drawn(layer, 0 * ONES), return_counts=True)
    assert len(values) == 2 and abs(counts[0] / N - rate) < 0.006  # the dropped ones are the smaller
    x = np.random.default_rng(1).standard_normal(N).astype("float32")
    y = drawn(layer, x)
    assert abs(y.mean()) < 0.02 and abs(y.std() - 1) < 0.02
    a = ((1 - rate) * (1 + rate * 1.7580993408473766**2)) ** -0.5
    kept = ~np.isclose(y, values[0], atol=1e-6)
    np.testing.assert_allclose(y[kept], a * x[kept] + values[1], rtol=1e-4, atol=1e-5)


def test_alpha_dropout_noise_shape():
    """An extent of 1 shares the choice, None takes that of the inputs."""
    y = drawn(layers.AlphaDropout(0.5, noise_shape=(None, 1), seed=1), np.ones((500, 3), "float32"))
    assert (y == y[:, :1]).all() and len(np.unique(y)) == 2


@pytest.mark.parametrize("rate", [0.0, 0.25, 1.0])
def test_dropout(rate):
    """A share of the elements is 0, the others are scaled so that the mean stays; at 1 nothing is left."""
    y = drawn(layers.Dropout(rate, seed=1))
    assert abs((y == 0).mean() - rate) < 0.006
    np.testing.assert_allclose(y[y != 0], 1 / (1 - rate) if rate < 1 else 0, rtol=1e-6)


SPATIAL = {
    "SpatialDropout1D": ({}, (300, 4, 5), (1,)),
    "SpatialDropout2D": ({}, (300, 2, 3, 5), (1, 2)),
    "SpatialDropout2D first": ({"data_format": "channels_first"}, (300, 5, 2, 3), (2, 3)),
    "SpatialDropout3D": ({}, (300, 2, 2, 2, 5), (1, 2, 3)),
    "SpatialDropout3D first": ({"data_format": "channels_first"}, (300, 5, 2, 2, 2), (2, 3, 4)),
}


@pytest.mark.parametrize("name", SPATIAL)
def test_spatial_dropout(name):
    """Whole channels of a sample are dropped, each channel of each sample by itself."""
    config, shape, axes = SPATIAL[name]
    y = drawn(getattr(layers, name.split()[0])(0.4, seed=1, **config), np.ones(shape, "float32"))
    channels = y.mean(axis=axes)
    assert set(np.round(np.unique(y), 5)) == {0.0, np.round(np.float32(1 / 0.6), 5)}
    assert set(np.round(np.unique(channels), 5)) == set(np.round(np.unique(y), 5))
    assert abs((channels == 0).mean() - 0.4) < 0.08
    assert 0 < (channels == 0).all(axis=1).mean() < 0.1


RANDOM = {
    "Dropout": (0.5,), "AlphaDropout": (0.5,), "GaussianDropout": (0.5,), "GaussianNoise": (0.5,),
    "SpatialDropout1D": (0.5,),
}  # fmt: skip


@pytest.mark.parametrize("name", RANDOM)
def test_seeds(name):
    """The same seed gives the same numbers, another one others; inference changes nothing, and draws nothing."""
    x = np.random.default_rng(1).standard_normal((8, 4, 16)).astype("float32")
    first, second, other = (getattr(layers, name)(*RANDOM[name], seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(first(x), x)
    np.testing.assert_array_equal(first(x, training=False), x)
    y = drawn(first, x)
    np.testing.assert_array_equal(drawn(second, x), y)
    assert (drawn(other, x) != y).any() and (drawn(first, x) != y).any() and (y != x).any()


@pytest.mark.parametrize("name", RANDOM)
def test_the_context_decides(name):
    """A model that trains passes it on to the layer."""
    model = kerasnb.Sequential([getattr(layers, name)(*RANDOM[name], seed=1)])
    x = np.ones((8, 4, 16), "float32")
    assert (np.asarray(model(x, training=True)) != x).any()
    np.testing.assert_array_equal(model(x, training=False), x)


@pytest.mark.parametrize("name", RANDOM)
@pytest.mark.parametrize("value", [-0.1, 1.1])
def test_wrong_strengths(name, value):
    """They are between 0 and 1."""
    with pytest.raises(ValueError, match="between 0 and 1"):
        getattr(layers, name)(value)
