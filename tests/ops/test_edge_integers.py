"""Integers at the edges: remainders, casts, powers, and numbers of Python that a dtype does not have."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb
from kerasnb import ops
from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.backend.tensor import device
from tests.recorded import Replayed

DEVICES = ("numpy", "cpu")
INTEGERS = ("int8", "int16", "int32", "uint8", "uint16", "uint32")
NUMPY = {n: getattr(np, n) for n in (
    "add", "bitwise_and", "equal", "floor_divide", "fmod", "gcd", "less", "maximum", "mod", "multiply", "subtract",
)}  # fmt: skip


def edges(dtype) -> list:
    """All pairs of the ends of a dtype and of small numbers."""
    ends = np.iinfo(dtype)
    signed = [-1, -2, -3, -7] if ends.min < 0 else []
    x = np.array([ends.min, ends.min + 1, 0, 1, 2, 3, 5, 7, ends.max - 1, ends.max, *signed], dtype)
    return [a.ravel() for a in np.meshgrid(x, x)]


@pytest.mark.parametrize("name", sorted(NUMPY))
def test_pairs_of_integers(name):
    """Ends, negative numbers and divisors of zero give NumPy's numbers, eager and recorded."""
    for dtype in INTEGERS:
        ins = edges(dtype)
        with np.errstate(all="ignore"):
            expected = NUMPY[name](*ins)
        for where in DEVICES:
            with device.scope(where):
                found = np.asarray(getattr(ops, name)(*map(ops.convert_to_tensor, ins)))
                again = Replayed(lambda x, y: [getattr(ops, name)(x, y)], *ins)(*ins)[0]
            np.testing.assert_array_equal(found, expected, err_msg=f"{name} {dtype} {where}")
            np.testing.assert_array_equal(again, expected, err_msg=f"{name} {dtype} {where}, recorded")
            assert found.dtype == expected.dtype


def test_remainders_are_exact():
    """The case of the report: a quotient that is rounded up must not reach the remainder."""
    x, tenth = np.array([6.0, 0.3], "float32"), np.float32(0.1)
    np.testing.assert_array_equal(ops.mod(x, tenth), np.mod(x, tenth))
    assert float(ops.floor_divide(6.0, 0.1)) == 59.0
    assert float(ops.mod(5.0, np.inf)) == 5.0
    assert float(ops.mod(-5.0, np.inf)) == np.inf


@pytest.mark.parametrize("name", ["mod", "fmod", "floor_divide"])
def test_slopes_of_remainders(name):
    """For the dividend 1, for the divisor the negative whole quotient, exactly; a quotient is a step."""
    x, y = (a.ravel() for a in np.meshgrid(np.float32([6, -6, 5.5, 0.3]), np.float32([0.1, -0.1, 4, np.inf])))
    a, b = ops.convert_to_tensor(x), ops.convert_to_tensor(y)
    with GradientTape() as tape:
        out = getattr(ops, name)(a, b)
    dx, dy = (g.numpy() for g in tape.gradient(out, [a, b]))
    with np.errstate(all="ignore"):
        wide = np.float64(x), np.float64(y)
        whole = np.floor_divide(*wide) if name == "mod" else np.trunc((wide[0] - np.fmod(*wide)) / wide[1] * (1 + 1e-9))
    np.testing.assert_array_equal(dx, np.zeros_like(x) if name == "floor_divide" else np.ones_like(x))
    np.testing.assert_allclose(dy, np.zeros_like(x) if name == "floor_divide" else -whole)


@pytest.mark.parametrize("dtype", INTEGERS)
def test_floats_to_integers(dtype):
    """What does not fit becomes the nearest end, NaN 0: on every device, eager and recorded."""
    x = np.array([np.nan, np.inf, -np.inf, 1e20, -1e20, 3e9, -3e9, 300.7, -300.7, 255.9, -0.9, 0.9, 126.9], "float32")
    ends = np.iinfo(dtype)
    wide = np.trunc(np.where(np.isnan(x), 0, x).astype("float64"))
    expected = np.clip(wide, ends.min, ends.max).astype(dtype)
    for where in DEVICES:
        with device.scope(where):
            for function in (ops.cast, ops.saturate_cast):
                found = function(ops.convert_to_tensor(x), dtype)
                assert found.dtype == dtype
                np.testing.assert_array_equal(found, expected, err_msg=where)
            again = Replayed(lambda t: [ops.cast(t, dtype)], x)(x)[0]
        np.testing.assert_array_equal(again, expected, err_msg=f"{where}, recorded")


@pytest.mark.parametrize("where", DEVICES)
def test_negative_powers(where):
    """An integer tensor of negative exponents cuts off; a negative number of Python is refused."""
    with device.scope(where):
        x, y = (
            ops.convert_to_tensor(np.array([2, 1, -1, -1, 3, 0])),
            ops.convert_to_tensor(np.array([-1, -3, -2, -3, 3, -1])),
        )
        assert ops.power(x, y).tolist() == [0, 1, 1, -1, 27, 0]
        with pytest.raises(ValueError, match="negative integer powers"):
            ops.power(x, -1)
        assert ops.power(ops.cast(x, "float32"), -1).tolist()[:3] == [0.5, 1.0, -1.0]


@pytest.mark.parametrize("dtype", INTEGERS)
def test_powers_of_integers(dtype):
    """They wrap as NumPy's do, eager and recorded."""
    x, y = edges(dtype)
    x, y = x[(y >= 0) & (y < 9)], y[(y >= 0) & (y < 9)]
    expected = np.power(x, y)
    for where in DEVICES:
        with device.scope(where):
            np.testing.assert_array_equal(ops.power(ops.convert_to_tensor(x), ops.convert_to_tensor(y)), expected)
            again = Replayed(lambda a, b: [ops.power(a, b)], x, y)(x, y)[0]
        np.testing.assert_array_equal(again, expected, err_msg=where)


def test_integers_of_python_keep_their_value():
    """They take 64 bits where 32 are too few, and are refused where those are too few as well."""
    for number in (1700000000000, 2**31, -(2**31) - 1, 2**40):
        for given in (number, [number], [[number, 1]]):
            assert ops.convert_to_tensor(given).dtype == "int64"
            assert np.asarray(ops.convert_to_tensor(given)).flat[0] == number
    assert ops.convert_to_tensor([2**31 - 1, -(2**31)]).dtype == "int32"
    with pytest.raises(OverflowError, match="18446744073709551616"):
        ops.convert_to_tensor(2**64)
    assert ops.convert_to_tensor(2**70, "float32").numpy() == np.float32(2**70)
    assert ops.arange(2**40, 2**40 + 2).tolist() == [2**40, 2**40 + 1]


NOT_THEIRS = [("uint8", 300), ("uint8", -1), ("int8", 200), ("int32", 2**32 + 1), ("uint32", -1), ("int16", 40000)]
REFUSE = (
    "add", "subtract", "multiply", "floor_divide", "mod", "fmod", "power", "bitwise_and", "bitwise_or", "bitwise_xor",
    "left_shift", "right_shift", "gcd", "lcm", "where",
)  # fmt: skip


@pytest.mark.parametrize(("dtype", "number"), NOT_THEIRS)
def test_numbers_that_do_not_fit(dtype, number):
    """Arithmetic with a number that the tensor's dtype does not have is refused, on both sides, as in NumPy."""
    x = ops.convert_to_tensor(np.array([1, 44, 100], dtype))
    for name in REFUSE:
        function = getattr(ops, name)
        extra = (np.array([True, False, True]),) if name == "where" else ()
        for pair in ((x, number), (number, x)):
            with pytest.raises((OverflowError, ValueError), match=str(number)):
                function(*extra, *pair)
    for make in (
        lambda: ops.convert_to_tensor(number, dtype), lambda: ops.convert_to_tensor([number], dtype),
        lambda: ops.convert_to_tensor(np.array([number]), dtype), lambda: ops.full((2,), number, dtype),
        lambda: ops.full_like(x, number), lambda: ops.pad(x, 1, constant_values=number),
        lambda: ops.arange(number, number + 2, dtype=dtype), lambda: kerasnb.Variable(number, dtype=dtype),
        lambda: kerasnb.Variable(np.zeros(1, dtype)).assign(np.array([number])),
    ):  # fmt: skip
        with pytest.raises(OverflowError, match=str(number)):
            make()


@pytest.mark.parametrize(("dtype", "number"), NOT_THEIRS)
def test_comparisons_with_numbers_that_do_not_fit(dtype, number):
    """They are answered by value: nothing wraps."""
    x = np.array([1, 44, 100], dtype)
    t = ops.convert_to_tensor(x)
    wide = x.astype("int64")
    for name in ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal"):
        expected = getattr(np, name)(wide, number)
        np.testing.assert_array_equal(getattr(ops, name)(t, number), expected)
        np.testing.assert_array_equal(getattr(ops, name)(number, t), getattr(np, name)(number, wide))
    assert not ops.isin(t, number).numpy().any()
    # a bound that no number of the dtype reaches binds nothing
    assert ops.clip(t, min(number, 0), max(number, 101)).tolist() == x.tolist()
    inert, binding = (ops.minimum, ops.maximum) if number > 0 else (ops.maximum, ops.minimum)
    assert inert(t, number).tolist() == x.tolist()
    with pytest.raises(OverflowError, match=str(number)):
        binding(t, number)


def test_wide_arrays():
    """64-bit arrays keep their numbers; a dtype that does not have them is refused; floats become infinite."""
    for dtype in ("int64", "uint64"):
        x = np.array([2**40 + 1], dtype)
        assert ops.convert_to_tensor(x).numpy().tolist() == [2**40 + 1]
        assert ops.add(x, 1).numpy().tolist() == [2**40 + 2]
        with pytest.raises(OverflowError, match="int32"):
            ops.convert_to_tensor(x, "int32")
    assert ops.add(np.array([2**31], "uint32"), 1).tolist() == [2**31 + 1]
    assert ops.convert_to_tensor(np.array([5, 7]), "int32").tolist() == [5, 7]
    assert ops.convert_to_tensor(np.array([1e300, -1e300]), "float32").tolist() == [np.inf, -np.inf]
    with pytest.raises(OverflowError, match="nan"):
        ops.convert_to_tensor(np.array([np.nan, 1]), "int32")
    assert not ops.equal(np.array([1], "int32"), 2**32 + 1).numpy().any()
    assert int(ops.convert_to_tensor(2**40)) == 2**40
