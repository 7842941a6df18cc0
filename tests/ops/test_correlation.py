"""Correlations and signal-to-noise ratios beside real Keras."""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np
import pytest

import kerasnb
from kerasnb import ops
from tests.ops.beside import check, check_shapes, close
from tests.ops.names import keras
from tests.samples.linalg import Numbers

_numbers = Numbers(14)
floats = _numbers.floats

MODES = ("valid", "same", "full")


def together(ops, *xs):
    pairs = zip(xs[::2], xs[1::2], strict=True)
    return [ops.correlate(a, b, mode) for a, b in pairs for mode in MODES]


@pytest.mark.parametrize("lengths", [(5, 3), (3, 5), (4, 4), (5, 4), (6, 1)])
def test_correlate(lengths):
    """Values are those of NumPy for signals of all relative lengths and every mode."""
    a, b = map(floats, lengths)
    for mode in MODES:
        np.testing.assert_allclose(ops.correlate(a, b, mode).numpy(), np.correlate(a, b, mode), atol=1e-6)


def test_correlate_gradients():
    """Values and gradients are those of Keras, and symbolic shapes those of the values."""
    signals = [floats(4), floats(5)]
    check(together, *signals)
    check_shapes(together, *signals)
    unknown = kerasnb.KerasTensor((None,))
    assert ops.correlate(unknown, floats(3)).shape == ops.correlate(unknown, unknown, "full").shape == (None,)


def test_corrcoef():
    """Values and gradients are those of Keras, of one variable and of several."""
    function = lambda ops, x: (ops.corrcoef(x), ops.corrcoef(x[0]))  # noqa: E731
    check(function, floats(3, 5))
    check_shapes(function, floats(3, 5))
    assert ops.corrcoef(kerasnb.KerasTensor((None, 4))).shape == (None, None)


def test_psnr():
    """Values and gradients are those of Keras."""
    function = lambda ops, a, b: (ops.psnr(a, b, 2.0), ops.nn.psnr(a, b, np.float32(1)))  # noqa: E731
    check(function, floats(2, 3), floats(2, 3))
    assert ops.psnr(kerasnb.KerasTensor((None, 3)), kerasnb.KerasTensor((None, 3)), 1.0).shape == ()


@pytest.mark.parametrize("dtype", ["int32", "float16", "bool", "float64"])
def test_dtypes(dtype):
    """Results have Keras' dtype for every dtype; float64, which JAX does not keep, stays."""
    x, y = (np.array(v).astype(dtype) for v in ([3, 1, 2, 0], [1, 2, 0, 2]))
    calls = [lambda m, x, y: m.correlate(x, y), lambda m, x, y: m.corrcoef(np.stack([x, y]))]
    calls += [lambda m, x, y: m.psnr(x, y, 3)] if dtype != "bool" else []
    judged = "float32" if dtype == "float64" else dtype
    for call in calls:
        found, expected = call(ops, x, y), np.asarray(call(keras().ops, x.astype(judged), y.astype(judged)))
        assert found.dtype == ("float64" if dtype == "float64" else expected.dtype.name)
        close(found.numpy().astype(expected.dtype), expected, 5e-3)
    assert ops.correlate(x.astype("int64"), y.astype("int64")).dtype == "float64"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ops.correlate(np.ones(3), np.ones(2), "some"), "`mode` must be either"),
        (lambda: ops.correlate(np.ones((3, 2)), np.ones(2)), "`x1` must be a 1-dimensional tensor"),
        (lambda: ops.correlate(np.ones(3), np.ones(0)), "`x2` must be a 1-dimensional tensor"),
        (lambda: ops.corrcoef(np.ones((3, 2, 2))), "at most two dimensions"),
        (lambda: ops.psnr(np.ones(3), np.ones(2), 1), "must match for PSNR calculation"),
        (lambda: ops.psnr(kerasnb.KerasTensor((3,)), kerasnb.KerasTensor((3, 1)), 1), "must match for PSNR"),
    ],
)
def test_errors(call, message):
    """What does not fit is refused by name."""
    with pytest.raises(ValueError, match=message):
        call()
