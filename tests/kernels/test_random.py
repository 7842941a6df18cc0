"""Random numbers: the generator's published vectors, the same bits everywhere, the right distributions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kerasnb import ops, random
from kerasnb.backend import GradientTape, Variable
from kerasnb.backend.tensor.tensor import to_tensor
from kerasnb.kernels import random as kernels
from tests.promises.ops import on_device

COUNT = 20000


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ((0, 0), ("6627e8d5", "e169c58d", "bc57ac4c", "9b00dbd8")),
    ],
)
def test_published_vector(key, words):
    """Philox4x32-10 gives the words that its authors publish for counter 0."""
    result = kernels.philox(np.array([0]), *map(np.uint32, key))
    assert tuple(f"{int(word[0]):08x}" for word in result) == words


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_devices_agree_to_the_bit(dtype):
    """The NumPy reference and the compiled implementation give the same numbers."""
    drawn = []
    for name in ("numpy", "cpu"):
        with on_device(name):
            state = to_tensor(np.array([2**32 - 5, 9], "uint32"))
            mask = kernels.dropout(to_tensor(np.ones(1000, dtype)), state, rate=0.4)[1]
            drawn.append((random.uniform((7, 130), dtype=dtype, seed=3).numpy(), mask.numpy()))
    for one, other in zip(*drawn, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_longer_draw_starts_like_a_shorter_one():
    """Element i depends on the seed and on i only."""
    state = to_tensor(np.array([1, 2], "uint32"))
    short, long = (kernels.random_bits(state, shape=(n,)).numpy() for n in (300, 3000))
    np.testing.assert_array_equal(short, long[:300])
    assert len(set(long.tolist())) > 2990


def _largest_gap(x, cumulative) -> float:
    """The Kolmogorov-Smirnov distance to a distribution."""
    x = np.sort(np.asarray(x, "float64").reshape(-1))
    expected = np.vectorize(cumulative)(x)
    steps = np.arange(len(x) + 1) / len(x)
    return max(np.abs(expected - steps[1:]).max(), np.abs(expected - steps[:-1]).max())


def _normal(x) -> float:
    return 0.5 * (1 + math.erf(x / math.sqrt(2)))


CRITICAL = 1.95 / math.sqrt(COUNT)  # exceeded by one seed in a thousand; the seeds here are fixed


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_normal(dtype):
    """Mean, spread and shape, in the requested dtype."""
    x = random.normal((COUNT,), mean=3.0, stddev=2.0, dtype=dtype, seed=1)
    assert x.dtype == dtype
    assert _largest_gap((x.numpy().astype("float64") - 3) / 2, _normal) < CRITICAL + (dtype == "float16") * 2e-3


def test_truncated_normal():
    """The normal distribution between minus and plus two deviations."""
    x = (random.truncated_normal((COUNT,), mean=1.0, stddev=0.5, seed=2).numpy() - 1) / 0.5
    assert np.abs(x).max() <= 2.000001
    whole = _normal(2) - _normal(-2)
    assert _largest_gap(x, lambda v: (_normal(v) - _normal(-2)) / whole) < CRITICAL


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-3.0, 5.0), (1000.0, 1000.5)])
def test_uniform(dtype, low, high):
    """Evenly between the bounds; the upper one never comes out."""
    x = random.uniform((COUNT,), low, high, dtype=dtype, seed=4).numpy()
    assert x.dtype == dtype
    assert (x >= low).all() and (x < high).all()
    if dtype != "float16" and low < 1000:
        assert _largest_gap(x, lambda v: (v - low) / (high - low)) < CRITICAL


def test_randint():
    """Every integer of the range comes equally often."""
    x = random.randint((COUNT,), -3, 7, seed=5)
    counts = np.bincount(x.numpy() + 3, minlength=10)
    assert x.dtype == "int32" and len(counts) == 10
    assert ((counts - COUNT / 10) ** 2 / (COUNT / 10)).sum() < 27.9
    assert random.randint((2,), 0, 255, dtype="uint8", seed=1).dtype == "uint8"


def test_categorical():
    """Classes are as frequent as their probabilities; a class of no probability never."""
    probabilities = np.array([[0.1, 0.2, 0.7], [0.5, 0.5, 0.0]])
    with np.errstate(divide="ignore"):
        x = random.categorical(np.log(probabilities).astype("float32"), COUNT, seed=6)
    assert x.shape == (2, COUNT) and x.dtype == "int32"
    for row, expected in zip(x.numpy(), probabilities, strict=True):
        np.testing.assert_allclose(np.bincount(row, minlength=3) / COUNT, expected, atol=0.012)
    with pytest.raises(ValueError, match="2-D tensor"):
        random.categorical([0.0, 1.0], 3)


def test_gamma_beta_and_binomial():
    """Their means and variances."""
    for alpha in (0.3, 4.0):
        x = random.gamma((COUNT,), alpha, seed=7).numpy()
        np.testing.assert_allclose([x.mean(), x.var()], [alpha, alpha], rtol=0.06)
    x = random.beta((COUNT,), 2.0, 3.0, seed=8).numpy()
    np.testing.assert_allclose([x.mean(), x.var()], [0.4, 0.04], rtol=0.03)
    x = random.binomial((COUNT,), 10, 0.3, seed=9).numpy()
    np.testing.assert_allclose([x.mean(), x.var()], [3.0, 2.1], rtol=0.03)
    assert x.dtype == "float32"


def test_shuffle():
    """Whole slices change place, and none is lost."""
    x = np.arange(60).reshape(20, 3)
    shuffled = random.shuffle(x, seed=10).numpy()
    assert not np.array_equal(shuffled, x)
    np.testing.assert_array_equal(shuffled[np.argsort(shuffled[:, 0])], x)
    columns = random.shuffle(x, axis=1, seed=11).numpy()
    np.testing.assert_array_equal(np.sort(columns, axis=1), x)


@pytest.mark.parametrize("shape", [(), (1,), (1000,), (33, 40), (0, 3)])
@pytest.mark.parametrize("rate", [0.1, 0.5, 0.999])
def test_dropout(shape, rate):
    """What is kept is exactly x times the scale, the rest is zero, and the gradient follows the mask."""
    x = np.random.default_rng(1).normal(size=shape).astype("float32") + 10
    variable = Variable(x)
    with GradientTape() as tape:
        y = random.dropout(variable, rate, seed=12)
        total = ops.sum(y * 3.0)
    kept = y.numpy() != 0
    np.testing.assert_array_equal(y.numpy(), np.where(kept, x * np.float32(1 / (1 - rate)), np.float32(0)))
    dx = tape.gradient(total, variable).numpy()
    np.testing.assert_allclose(dx, np.where(kept, 3 / (1 - rate), 0), rtol=1e-6)
    if x.size >= 1000:
        assert abs(kept.mean() - (1 - rate)) < 4 * math.sqrt(rate * (1 - rate) / x.size) + 1e-3


def test_dropout_without_and_with_all():
    """Rate 0 changes nothing, rate 1 leaves nothing; the dtype stays."""
    x = np.ones((4, 5), "float16")
    np.testing.assert_array_equal(random.dropout(x, 0.0).numpy(), x)
    np.testing.assert_array_equal(random.dropout(x, 1.0).numpy(), np.zeros_like(x))
    assert random.dropout(x, 0.5, seed=1).dtype == "float16"


def test_dropout_shared_along_an_axis():
    """With a noise shape, whole rows are kept or dropped together, also by the gradient."""
    variable = Variable(np.ones((40, 6), "float32"))
    with GradientTape() as tape:
        y = random.dropout(variable, 0.5, noise_shape=(None, 1), seed=13)
    rows = y.numpy()
    assert set(rows[:, 0].tolist()) == {0.0, 2.0}
    np.testing.assert_array_equal(rows, np.repeat(rows[:, :1], 6, axis=1))
    np.testing.assert_array_equal(tape.gradient(y, variable).numpy(), rows)


@pytest.mark.parametrize("name", ["normal", "uniform", "truncated_normal"])
def test_float_distributions_refuse_integers(name):
    """The error names the dtype."""
    with pytest.raises(ValueError, match="floating point `dtype`. Received: dtype=int32"):
        getattr(random, name)((2,), dtype="int32")


def test_randint_refuses_floats():
    """The error names the dtype."""
    with pytest.raises(ValueError, match="integer `dtype`. Received: dtype=float32"):
        random.randint((2,), 0, 3, dtype="float32")
