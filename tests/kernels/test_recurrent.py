"""Recurrent operations: the fast activations, NaN, and bits that do not depend on threads."""

import os
import subprocess
import sys

import numpy as np
import pytest

from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.backend.tensor.tensor import from_host
from kerasnb.kernels.recurrent import gru, lstm, shared, simple_rnn
from tests.recorded import Replayed
from tests.seeded import RANDOM as _random

EPS = np.finfo("float32").eps


def floats(*shape):
    return _random.uniform(-1, 1, shape).astype("float32")


@pytest.mark.parametrize("kernel, meaning", [(shared.sigmoid_of, lambda x: 1 / (1 + np.exp(-x))),
                                             (shared.tanh_of, np.tanh)], ids=["sigmoid", "tanh"])  # fmt: skip
def test_activations(kernel, meaning):
    """The vectorised functions are right to two last digits over the whole range."""
    small = np.logspace(-30, 1.9, 20_001).astype("float32")
    x = np.concatenate([small, -small, np.zeros(1, "float32")])
    y = np.empty_like(x)
    kernel(x, np.zeros_like(x), y)
    expected = meaning(x.astype("float64"))
    assert np.max(np.abs(y - expected) / np.maximum(np.abs(expected), 1e-37)) < 2 * EPS


def test_activations_at_the_ends():
    """Infinities give the limits, NaN stays NaN."""
    x, y = np.array([np.inf, -np.inf, 1e30, -1e30, np.nan], "float32"), np.empty(5, "float32")
    shared.sigmoid_of(x, np.zeros_like(x), y)
    np.testing.assert_array_equal(y, np.array([1, 0, 1, 0, np.nan], "float32"))
    shared.tanh_of(x, np.zeros_like(x), y)
    np.testing.assert_array_equal(y, np.array([1, -1, 1, -1, np.nan], "float32"))


def test_nan_stays_in_its_sample():
    """A NaN reaches all later steps of its own sample, and no other sample."""
    x = floats(3, 4, 8)
    x[1, 2, 0] = np.nan
    hs, _, _ = lstm(*map(from_host, (x, floats(2, 8), floats(3, 2), floats(3, 2)), ["float32"] * 4))
    output = np.isnan(hs.numpy()).any(-1)
    np.testing.assert_array_equal(output, np.array([[0, 0, 0, 0], [0, 0, 1, 1], [0, 0, 0, 0]], bool))


def test_no_steps():
    """A sequence without steps has no last state."""
    with pytest.raises(ValueError, match=r"simple_rnn needs at least one time step. Received: shape \(2, 0, 3\)"):
        simple_rnn(floats(2, 0, 3), floats(3, 3), floats(2, 3))


def test_second_order():
    """A gradient of a gradient agrees with differences of the gradient."""
    x, u, h, bias, step = floats(2, 3, 6), floats(2, 6), floats(2, 2), floats(6), 1e-2

    def slope(x):
        with GradientTape() as tape:
            hs, _ = gru(
                x, from_host(u, "float32"), from_host(bias, "float32"), from_host(h, "float32"), reset_after=True
            )
        return tape.gradient(hs, x)

    given, direction = from_host(x, "float32"), floats(2, 3, 6)
    with GradientTape() as outer:
        dx = slope(given)
    output = outer.gradient(dx, given, output_gradients=from_host(direction, "float32")).numpy()
    high, low = (slope(from_host(x + s * step * direction, "float32")).numpy() for s in (1, -1))
    np.testing.assert_allclose(output, (high - low) / (2 * step), atol=2e-3)


def test_replayed():
    """A recorded step gives the eager step's bits, with values that change from one replay to the next."""

    def step(x, u, h, c, mask):
        with GradientTape() as tape:
            hs, cs, _ = lstm(x, u, h, c, mask)
        return [hs, cs, *tape.gradient([hs, cs], [x, u, h, c])]

    def inputs():
        return [floats(3, 4, 8), floats(2, 8), floats(3, 2), floats(3, 2), _random.random((3, 4)) > 0.5]

    replayed = Replayed(step, *inputs())
    for arrays in (inputs(), inputs()):
        expected = step(*(from_host(a, a.dtype.name) for a in arrays))
        for result, value in zip(replayed(*arrays), expected, strict=True):
            np.testing.assert_array_equal(result, value.numpy())


PROGRAM = """
import hashlib, numpy as np
from kerasnb.backend.tensor.tensor import from_host
from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.kernels.recurrent import lstm
random = np.random.default_rng(0)
ins = [from_host(random.uniform(-1, 1, s).astype("f"), "float32") for s in ((40, 3, 36), (9, 36), (40, 9), (40, 9))]
with GradientTape() as tape:
    hs, cs, _ = lstm(*ins)
output = [hs, cs, *tape.gradient(hs, ins)]
print(hashlib.sha256(b"".join(t.numpy().tobytes() for t in output)).hexdigest())
"""


def test_bits_do_not_depend_on_threads():
    """One thread and two give the same bits, forward and back."""
    output = set()
    for threads in ("1", "2"):
        env = dict(os.environ, KERASNB_NUM_THREADS=threads)
        run = subprocess.run([sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, check=True)
        output.add(run.stdout.strip())
    assert len(output) == 1


def test_without_blas(monkeypatch):
    """Where BLAS cannot be called by address the reference serves."""
    ins = [floats(3, 4, 8), floats(2, 8), floats(3, 2), floats(3, 2)]
    fast = [t.numpy() for t in lstm(*ins)]
    monkeypatch.setattr(shared, "served", lambda *arrays: False)
    for output, expected in zip(lstm(*ins), fast, strict=True):
        np.testing.assert_allclose(output.numpy(), expected, atol=1e-6)
