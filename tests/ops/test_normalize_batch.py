"""Normalization of a batch in one operation: the composition of moments and batch_normalization says the same."""

import numpy as np
import pytest

import kerasnb
from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.ops.nn.normalization import normalize_batch
from tests.seeded import RANDOM as _random


def tensor(*shape):
    return kerasnb.ops.convert_to_tensor(_random.uniform(-2, 2, shape).astype("float32"))


def composed(x, axis, scale, offset):
    others = [a for a in range(x.ndim) if a != axis % x.ndim]
    mean, var = kerasnb.ops.moments(x, others)
    return kerasnb.ops.batch_normalization(x, mean, var, axis, offset=offset, scale=scale), mean, var


@pytest.mark.parametrize("shape, axis", [((4, 5, 6, 3), -1), ((6, 3, 4), 1), ((3, 8), -1), ((40, 50, 70), 2)])
def test_values_and_gradients(shape, axis):
    """Result, statistics and all gradients agree, the flow through the statistics included."""
    x, scale, offset = tensor(*shape), tensor(shape[axis]), tensor(shape[axis])
    flows = [tensor(*shape), tensor(shape[axis]), tensor(shape[axis])]
    found = []
    for function in (normalize_batch, composed):
        with GradientTape() as tape:
            outs = function(x, axis, scale, offset)
        found.append([*outs, *tape.gradient(list(outs), [x, scale, offset], output_gradients=flows)])
    for ours, theirs in zip(*found, strict=True):
        scale = max(1.0, float(np.abs(theirs.numpy()).max()))
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-4, atol=1e-5 * scale)


def test_far_from_zero():
    """Variances are right where the mean is a thousand times the deviation."""
    x = np.random.default_rng(1).normal(1000, 1, (5000, 4)).astype("float32")
    _, mean, var = normalize_batch(x)
    np.testing.assert_allclose(mean.numpy(), x.mean(0, dtype="float64"), rtol=1e-6)
    np.testing.assert_allclose(var.numpy(), x.var(0, dtype="float64"), rtol=1e-4)


def test_half_precision():
    """Half precision comes back as it was, with statistics in float32; without scale and offset."""
    x = _random.uniform(-2, 2, (6, 3)).astype("float16")
    y, mean, _ = normalize_batch(x)
    assert (str(y.dtype), str(mean.dtype)) == ("float16", "float32")
    np.testing.assert_allclose(y.numpy().mean(0), 0, atol=2e-3)


def test_a_vector_that_does_not_fit():
    """The argument is named."""
    with pytest.raises(ValueError, match="`scale` must be a vector of the extent of axis 1"):
        normalize_batch(np.ones((2, 3), "f"), scale=np.ones(4, "f"))


def test_nan_stays_in_its_channel():
    """A NaN reaches its own channel only."""
    x = np.ones((4, 3), "float32")
    x[1, 1] = np.nan
    found = np.isnan(normalize_batch(x)[0].numpy())
    np.testing.assert_array_equal(found, np.array([[0, 1, 0]] * 4, bool))
