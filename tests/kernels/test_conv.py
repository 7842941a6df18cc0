"""Convolution and attention on threads: the same bits whoever helped; other BLAS libraries, other precisions."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from kerasnb import ops
from kerasnb.backend.autodiff.op import REGISTRY
from kerasnb.ops.nn.conv import convolve
from tests.promises.ops import check_op
from tests.samples.images import SAMPLES

PROGRAM = """
import hashlib
import numpy as np
from kerasnb import ops
from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.ops.nn.conv import convolve
random, bits = np.random.default_rng(0), hashlib.sha256()
def record(function, *shapes):
    tensors = [ops.convert_to_tensor(random.standard_normal(s, "f")) for s in shapes]
    with GradientTape() as tape:
        for t in tensors:
            tape.watch(t)
        y = function(*tensors)
    for t in (y, *tape.gradient(y, tensors)):
        bits.update(t.numpy().tobytes())
        print(float(np.abs(t.numpy()).sum()))
record(ops.conv, (5, 17, 15, 32), (3, 3, 32, 48))
record(lambda x, w, b: convolve(x, w, 1, "same", None, 1, b, "relu"), (5, 17, 15, 32), (3, 3, 32, 48), (48,))
record(ops.depthwise_conv, (5, 17, 15, 32), (3, 3, 32, 1))
record(ops.dot_product_attention, *[(2, 130, 4, 16)] * 3)
record(lambda x: ops.max_pool(x, 2), (9, 32, 32, 16))
record(ops.layer_normalization, (999, 130))
print(bits.hexdigest())
"""


def run(**settings) -> list[str]:
    """What the program prints under other settings."""
    env = {**os.environ, **settings}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, check=True
    ).stdout.split()


def test_bits_do_not_depend_on_threads():
    """One, two and four threads give the same bits, forwards and backwards."""
    one = run(KERASNB_NUM_THREADS="1")
    assert run(KERASNB_NUM_THREADS="2") == one
    assert run(KERASNB_NUM_THREADS="4") == one


def test_other_blas():
    """Where NumPy brings another BLAS the values are the same."""
    expected, result = run()[:-1], run(KERASNB_BLAS="numpy")[:-1]
    np.testing.assert_allclose(np.array(result, float), np.array(expected, float), rtol=1e-4)


@pytest.mark.parametrize("name", ["conv", "conv_bias", "conv_input", "conv_kernel", "average_pool", "normalize_rows"])
def test_float64(name):
    """Double precision is computed in double precision."""
    op = REGISTRY[name]
    for ins, attrs in SAMPLES[name]:
        check_op(op, [a.astype("float64") for a in ins], attrs, rtol=1e-12, atol=1e-12)


def test_half_precision():
    """Half precision in, half precision out."""
    x, w = ops.ones((1, 5, 5, 2), "float16"), ops.ones((3, 3, 2, 4), "float16")
    y = ops.conv(x, w)
    assert y.dtype == "float16"
    assert float(ops.max(y)) == float(ops.min(y)) == 18.0


def test_a_nan_passes_the_activation():
    """The fused ReLU hides no NaN, and keeps what the separate one keeps."""
    x = np.random.default_rng(0).standard_normal((1, 5, 5, 2)).astype("f")
    x[0, 0, 0, 0] = np.nan
    w, b = np.ones((2, 2, 2, 3), "f"), np.array([0.5, -0.5, np.inf], "f")
    fused = convolve(x, w, 1, "valid", None, 1, b, "relu")
    np.testing.assert_array_equal(fused, ops.relu(ops.conv(x, w) + b))
    assert np.isnan(np.asarray(fused)[0, 0, 0, :2]).all()


def test_nan_stays_where_it_is():
    """A NaN spoils the results whose windows hold it, no others; zeros in place of pads keep infinities out."""
    x = np.zeros((1, 5, 5, 1), "f")
    x[0, 0, 0, 0] = np.nan
    y = ops.conv(x, np.ones((2, 2, 1, 1), "f"), padding="same").numpy()
    assert np.isnan(y).sum() == 1
    x[0, 0, 0, 0] = np.inf
    assert np.isinf(ops.conv(x, np.ones((3, 3, 1, 1), "f"), padding="same").numpy()).sum() == 4
