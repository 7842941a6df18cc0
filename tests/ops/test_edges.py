"""Elementwise functions at the edges of every float dtype, beside NumPy and SciPy in float64."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

from kerasnb import ops
from kerasnb.backend.tensor import device
from tests.ops.table_edges import ANY_ZERO, BINARY, FLOATS, UNARY, allowed, edges
from tests.recorded import Replayed

DEVICES = ("numpy", "cpu")


def expected_of(meaning, ins) -> np.ndarray:
    """The meaning in float64."""
    with np.errstate(all="ignore"):
        return np.asarray(meaning(*(x.astype("float64") for x in ins)))


def rounded(expected, dtype) -> np.ndarray:
    with np.errstate(all="ignore"):
        return expected.astype(FLOATS[dtype]).astype("float64")


def wrong(name, dtype, found, expected, ins) -> np.ndarray:
    """Where a result is not the expected one."""
    if expected.dtype == bool:
        assert found.dtype == bool, f"{name} {dtype}: dtype {found.dtype}"
        return found != expected
    assert found.dtype.name == dtype, f"{name} {dtype}: dtype {found.dtype}"
    f, e, wide = found.astype("float64"), rounded(expected, dtype), [x.astype("float64") for x in ins]
    with np.errstate(all="ignore"):
        near = np.abs(f - e) <= allowed(name, dtype, wide, e)
        # one unit more or less of the largest number is infinity
        edge = np.abs(expected) * (1 + 64 * float(ml_dtypes.finfo(FLOATS[dtype]).eps)) > float(
            ml_dtypes.finfo(FLOATS[dtype]).max
        )
        large = edge & np.isfinite(expected) & (np.sign(f) == np.sign(expected)) & (np.isinf(f) | np.isinf(e))
    right = (np.isnan(f) & np.isnan(expected)) | (f == e) | near | large
    sign = (expected == 0) & (f == 0) & (np.signbit(f) != np.signbit(expected))
    return ~right | (sign & (name not in ANY_ZERO))


def check(name, dtype, found, expected, ins, label):
    bad = np.flatnonzero(wrong(name, dtype, found, expected, ins))
    lines = [f"{[str(x[i]) for x in ins]}: {found[i]} for {expected[i]}" for i in bad[:8]]
    assert not len(bad), f"{name} of {dtype}, {label}: {len(bad)} wrong\n" + "\n".join(lines)


def eager(name, ins) -> np.ndarray:
    return np.asarray(getattr(ops, name)(*(ops.convert_to_tensor(x) for x in ins)))


def pairs(dtype, denormals=True) -> list:
    x = edges(dtype, denormals)
    return [a.ravel() for a in np.meshgrid(x, x)]


@pytest.mark.parametrize("name", sorted(UNARY))
def test_of_one_number(name):
    """Values, dtypes and the signs of zeros are those of NumPy and SciPy in float64, op by op."""
    for dtype in FLOATS:
        ins = [edges(dtype)]
        expected = expected_of(UNARY[name], ins)
        for where in DEVICES:
            with device.scope(where):
                check(name, dtype, eager(name, ins), expected, ins, where)


@pytest.mark.parametrize("name", sorted(BINARY))
def test_of_two_numbers(name):
    """All pairs of them."""
    for dtype in ("float16", "bfloat16", "float32"):
        ins = pairs(dtype)
        expected = expected_of(BINARY[name], ins)
        for where in DEVICES:
            with device.scope(where):
                check(name, dtype, eager(name, ins), expected, ins, where)


@pytest.mark.parametrize("name", sorted({**UNARY, **BINARY}))
def test_recorded(name):
    """A recorded step, whose loops are fused, gives the same; only denormal numbers may be zeros there."""
    ins = [edges("float32", False)] if name in UNARY else pairs("float32", False)
    expected = expected_of({**UNARY, **BINARY}[name], ins)
    with device.scope("cpu"):
        found = Replayed(lambda *xs: [getattr(ops, name)(*xs)], *ins)(*ins)[0]
    check(name, "float32", found, expected, ins, "recorded")


def test_next_after():
    """The next number that a float32 can hold, denormal and infinite ones included."""
    x, y = pairs("float32")
    with np.errstate(all="ignore"):
        expected = np.nextafter(x, y)
    for where in DEVICES:
        with device.scope(where):
            np.testing.assert_array_equal(eager("nextafter", [x, y]), expected, err_msg=where)


@pytest.mark.parametrize("where", DEVICES)
def test_rounding_to_decimals(where):
    """Halves go to the even digit, of integers too; what has no digits there, or would not fit, is kept or cut."""
    with device.scope(where):
        assert ops.round(np.array([15, 25]), -1).tolist() == [20, 20]
        assert ops.round(np.array([-15, -25, 14, 16, 5, -5], "int32"), -1).tolist() == [-20, -20, 10, 20, 0, 0]
        assert ops.round(np.array([127, -128, 125], "int8"), -1).tolist() == [127, -128, 120]
        assert ops.round(np.array([127, -128], "int8"), -4).tolist() == [0, 0]
        assert ops.round(np.array([65535, 50000, 50001], "uint16"), -5).tolist() == [65535, 0, 65535]
        assert ops.round(np.array([15.0, 25.0, 2.5], "float32"), -1).tolist() == [20.0, 20.0, 0.0]
        assert ops.round(np.array([1e38, -np.inf], "float32"), 2).tolist() == [np.float32(1e38), -np.inf]
        assert ops.round(np.array([700.5], "float16"), 2).tolist() == [700.5]
        assert np.isnan(ops.round(np.array([np.nan], "float32"), 1).numpy()).all()
        # rounded to more than it is, it is nothing
        assert ops.round(np.array([3e38], "float32"), -60).tolist() == [0.0]
