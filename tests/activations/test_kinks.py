"""Slopes of piecewise functions on each of their kinks and beside them, as real Keras on JAX has them."""

from __future__ import annotations

import jax
import numpy as np
import pytest

import kerasnb
from kerasnb.backend.autodiff.tape import GradientTape
from tests.ops.names import keras

KINKS = (0.0, -0.0, 0.25, -0.25, 0.5, -0.5, 1, -1, 2, -2, 3, -3, 6)


def points() -> np.ndarray:
    """Every kink, the next numbers on both sides (where those are normal), large ones, infinities, NaN."""
    beside = [np.nextafter(np.float32(k), np.float32(side)) for k in KINKS if k for side in (-9, 9)]
    small = [1e-30, -1e-30, 1e-10, -1e-10]
    far = [10, -10, 100, -100, 1e8, -1e8, np.inf, -np.inf, np.nan]
    return np.array([*KINKS, *beside, *small, *far], "float32")


def relu(**how):
    return lambda module, x: module.activations.relu(x, **how)


def named(name, *args):
    return lambda module, x: getattr(module.activations, name)(x, *args)


def layer(name, *args, **kwargs):
    return lambda module, x: getattr(module.layers, name)(*args, **kwargs)(x)


FUNCTIONS = {
    **{n: named(n) for n in (
        "celu", "elu", "gelu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_tanh", "leaky_relu", "log_sigmoid",
        "mish", "relu", "relu6", "selu", "sigmoid", "silu", "soft_shrink", "softplus", "softsign", "sparse_plus",
        "sparse_sigmoid", "tanh", "tanh_shrink",
    )},
    "elu of 0.5": named("elu", 0.5),
    "celu of 0.5": named("celu", 0.5),
    "threshold": named("threshold", 0.5, 2.0),
    "hard_shrink of 1": named("hard_shrink", 1.0),
    "soft_shrink of 1": named("soft_shrink", 1.0),
    "relu to 6": relu(max_value=6.0),
    "relu to 2": relu(max_value=2.0),
    "relu from 1": relu(threshold=1.0),
    "relu from -1": relu(threshold=-1.0),
    "relu with a slope": relu(negative_slope=0.25),
    "relu with all": relu(negative_slope=0.25, threshold=0.5, max_value=2.0),
    "relu with a slope to 3": relu(negative_slope=0.5, max_value=3.0),
    "ReLU": layer("ReLU", 6.0, 0.25),
    "LeakyReLU": layer("LeakyReLU", 0.25),
    "ELU": layer("ELU"),
    "maximum": lambda module, x: module.ops.maximum(x, 1.0),
    "minimum": lambda module, x: module.ops.minimum(1.0, x),
    "clip": lambda module, x: module.ops.clip(x, -1.0, 2.0),
    "sign": lambda module, x: module.ops.sign(x),
    "round": lambda module, x: module.ops.round(x),
    "floor": lambda module, x: module.ops.floor(x),
    "mod": lambda module, x: module.ops.mod(x, 0.5),
    "power of 0": lambda module, x: module.ops.power(x, 0.0),
}  # fmt: skip
# Where Keras' own number is none: gradients of exponentials that are out of range there and unselected.
FINITE_ONLY = {"gelu", "mish", "softsign", "silu", "hard_silu", "mod", "tanh_shrink"}


def ours(function, x):
    t = kerasnb.ops.convert_to_tensor(x)
    with GradientTape() as tape:
        y = function(kerasnb, t)
    return np.asarray(y), tape.gradient(y, t).numpy()


def theirs(function, x):
    real = keras()
    y = np.asarray(function(real, real.ops.convert_to_tensor(x)))
    return y, np.asarray(jax.grad(lambda z: real.ops.sum(function(real, z)))(x))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_slope_and_value(name):
    """Value and slope on both sides of each kink and on it."""
    x = points()
    x = x[np.isfinite(x)] if name in FINITE_ONLY else x
    (y, dy), (expected, slope) = ours(FUNCTIONS[name], x), theirs(FUNCTIONS[name], x)
    for found, wanted, what in ((y, expected, "value"), (dy, slope, "slope")):
        bad = np.flatnonzero(~np.isclose(found, wanted, rtol=1e-5, atol=1e-6, equal_nan=True))
        assert not len(bad), f"{name}: {what} " + ", ".join(f"at {x[i]}: {found[i]} for {wanted[i]}" for i in bad[:6])


def test_the_reported_slopes():
    """Zero inputs with zero bias train at full speed."""
    zero, six = np.zeros(1, "float32"), np.full(1, 6, "float32")
    assert ours(named("elu"), zero)[1] == 1
    np.testing.assert_allclose(ours(named("selu"), zero)[1], 1.7580993)
    assert ours(named("relu6"), six)[1] == 0


def test_deliberate_slopes():
    """The slope of |x| at 0 is 0, as in TensorFlow and PyTorch; squareplus is finite where its square is not."""
    assert ours(lambda module, x: module.ops.abs(x), np.zeros(1, "float32"))[1] == 0
    y, dy = ours(named("squareplus"), np.float32([0, -0.0, 3, -3, 1e30, -1e30]))
    np.testing.assert_allclose(y, [1, 1, 3.3027756, 0.30277564, 1e30, 1e-30], rtol=1e-6)
    np.testing.assert_allclose(dy, [0.5, 0.5, 0.9160251, 0.08397485, 1, 0], rtol=1e-5, atol=1e-9)
    half = kerasnb.ops.squareplus(np.float16([300, -300])).numpy()
    np.testing.assert_allclose(half.astype("float64"), [300, 0.00333], rtol=1e-2)


def test_slopes_where_lengths_are_out_of_range():
    """`hypot`, `arctan2`, `logaddexp`, `cbrt` and `sinc` have their slopes where squares overflow or divide by 0."""
    ops = kerasnb.ops
    pair = np.float32([1e-30, 1e30, 3, 0])
    for function, slope in (
        (lambda m, x: m.ops.hypot(x, pair), [0.70710677, 0.70710677, 0.70710677, 0]),
        (lambda m, x: m.ops.logaddexp(x, pair), [0.5, 0.5, 0.5, 0.5]),
        (lambda m, x: m.ops.logaddexp2(x, pair), [0.5, 0.5, 0.5, 0.5]),
    ):
        np.testing.assert_allclose(ours(function, pair)[1], slope, rtol=1e-6)
    sides = pair[:3]
    slope = ours(lambda m, x: m.ops.arctan2(x, sides), sides)[1]
    np.testing.assert_allclose(slope, [5e29, 5e-31, 1 / 6], rtol=1e-5)
    infinite = np.float32([np.inf, -np.inf])
    assert ours(lambda m, x: m.ops.logaddexp(x, infinite), infinite)[1].tolist() == [0.5, 0.5]
    assert ours(lambda m, x: m.ops.cbrt(x), np.zeros(1, "float32"))[1].tolist() == [np.inf]
    x = np.float32([0, 1e-30, 1e-3, 0.05, 0.3, 1.0, 2.5])
    exact = np.float64(x)
    with np.errstate(all="ignore"):
        slope = (np.cos(np.pi * exact) - np.sinc(exact)) / exact
    slope[:3] = -exact[:3] * np.pi**2 / 3
    np.testing.assert_allclose(ours(lambda m, z: m.ops.sinc(z), x)[1], slope, rtol=2e-5, atol=1e-6)
    assert ops.sinc(np.float32([1, -2, 1e8])).numpy().tolist() == [0, 0, 0]
