"""Long sums on the GPU, in the simulator: what rounding takes is carried from run to run."""

from __future__ import annotations

import numpy as np
import pytest

from kerasnb.backend.autodiff.op import REGISTRY
from kerasnb.kernels import matmul
from tests.gpu.implementations import Run

TENTH = float(np.float32(0.1))


@pytest.mark.parametrize("axes", [(0,), (1,)])
def test_sums_of_more_than_a_run(axes):
    """Rows and columns of equal numbers, longer than what a warp sums plainly."""
    shape = (1, 6149) if axes == (1,) else (6149, 2)
    result = Run(REGISTRY["sum"], [np.full(shape, 0.1, "float32")], {"axes": axes}).outs[0]
    np.testing.assert_allclose(result, 6149 * TENTH, rtol=2e-6)


def test_running_sums():
    """The last of two thousand."""
    result = Run(REGISTRY["cumsum"], [np.full(2000, 0.1, "float32")], {"axis": 0, "reverse": False}).outs[0]
    np.testing.assert_allclose(result, np.arange(1, 2001) * TENTH, rtol=1e-6)


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("shapes", [((3, 50), (50, 2)), ((2, 3, 50), (2, 50, 2)), ((2, 3, 50), (50, 2))])
def test_products_in_runs(shapes, transposed, monkeypatch):
    """A long inner axis is multiplied in runs, for matrices and batches, turned or not."""
    monkeypatch.setattr(matmul, "LONG", 16)
    a, b = (np.random.default_rng(0).normal(size=s).astype("float32") for s in shapes)
    expected = a.astype("float64") @ b
    if transposed:
        a, b = (np.ascontiguousarray(np.swapaxes(x, -1, -2)) for x in (a, b))
    result = Run(REGISTRY["matmul"], [a, b], {"ta": transposed, "tb": transposed}).outs[0]
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("value", [np.inf, np.nan])
def test_what_is_not_finite(value):
    """Infinity and NaN pass through."""
    x = np.ones((2, 3000), "float32")
    x[0, 5] = value
    np.testing.assert_array_equal(Run(REGISTRY["sum"], [x], {"axes": (1,)}).outs[0], [value, 3000])
