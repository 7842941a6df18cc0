"""Inputs for the kernels behind the numpy and math families of `keras.ops`."""

from __future__ import annotations

import numpy as np

from tests.seeded import RANDOM as _random


def _floats(*shape, low=-2.0, high=2.0):
    return np.asarray(_random.uniform(low, high, shape)).astype("float32")


def _ints(*shape, low=-9, high=10, dtype="int32"):
    return np.asarray(_random.integers(low, high, shape)).astype(dtype)


def _row(low=-2.0, high=2.0):
    return [([_floats(*shape, low=low, high=high)], {}) for shape in ((3, 7), (), (0, 3))]


def _pairs(make, **attrs):
    return [([make(*a), make(*b)], attrs) for a, b in (((3, 5), (3, 5)), ((4, 1, 3), (2, 1)), ((0, 3), (3,)))]


def _away_from_zero(*shape):
    return _floats(*shape, low=0.6, high=1.9)


def _positive_ints(*shape):
    return _ints(*shape, low=1)


def _small_ints(*shape):
    return _ints(*shape, low=-3, high=5)


def _bytes(*shape):
    return _ints(*shape, low=0, high=9, dtype="uint8")


def _bools(*shape):
    return _ints(*shape, low=0, high=2).astype(bool)


ELEMENTWISE = {
    **{name: _row(-0.9, 0.9) for name in ("arcsin", "arccos", "arctanh")},
    **{name: _row() for name in ("arcsinh", "sinh", "cosh", "exp2", "erfc")},
    "arccosh": _row(1.2, 4.0),
    "cbrt": _row(0.5, 9.0) + [([-_floats(4, low=0.5, high=9.0)], {})],
    "signbit": _row() + [([np.array([-0.0, 0.0, -np.inf], "float32")], {})],
    "i0": _row(-9.0, 9.0),
    "i1": _row(-9.0, 9.0),
    "hypot": _pairs(_floats),
    "fmod": _pairs(_away_from_zero),
    "power_int": _pairs(_small_ints),
    "fmod_int": _pairs(_positive_ints),
    "cast_signed": [([_floats(3, 4) * 100], {"dtype": "int8", "end": 128.0})],
    "cast_unsigned": [([_floats(3, 4) * 300], {"dtype": "uint8", "end": 256.0})],
    "gcd": _pairs(_ints) + _pairs(_bytes),
    **{name: _pairs(_ints) + _pairs(_bools) for name in ("bitwise_and", "bitwise_or", "bitwise_xor")},
    "bitwise_not": [([_ints(3, 4)], {}), ([_bytes(5)], {})],
    "left_shift": _pairs(_ints, bits=32) + [([_ints(2), np.array([31, 40], "int32")], {"bits": 32})],
    "right_shift": _pairs(_ints, bits=32) + [([_ints(2), np.array([31, 40], "int32")], {"bits": 32})],
}

_LINES = (((6,), 0), ((3, 4), 0), ((3, 4), 1), ((2, 3, 4), 1), ((2, 71), 1), ((0, 3), 1), ((3, 0), 1))


def _scans(count):
    samples = [
        ([_floats(*shape) for _ in range(count)], {"axis": axis, "reverse": reverse})
        for shape, axis in _LINES
        for reverse in (False, True)
    ]
    return samples + [([_ints(5, 3) for _ in range(count)], {"axis": 0, "reverse": True})]


def _to_sort():
    ties = _ints(6, 5, high=-6)
    holes = np.array([[1, np.nan, -np.inf, 0, np.nan, np.inf, -0.0]], "float32")
    lines = [_floats(*shape) for shape in ((7,), (3, 4), (2, 3, 5), (2, 37), (0, 3), (3, 1))] + [ties, holes]
    return [([x], {"axis": axis}) for x in lines for axis in range(x.ndim)]


def _written(kind):
    at = np.array([2, 0, 2, 4], "int32")
    return [
        ([_floats(5, *rest, low=0.5), at, _floats(4, *rest, low=0.5)], {"kind": kind}) for rest in ((), (3,), (2, 2))
    ] + [
        ([_ints(3), np.zeros(0, "int32"), _ints(0)], {"kind": kind}),
        ([np.zeros((0, 2), "float32"), np.zeros(0, "int32"), np.zeros((0, 2), "float32")], {"kind": kind}),
    ]


FAMILIES = {
    "cumsum": _scans(1),
    "recurrence": _scans(2),
    "argsort": _to_sort(),
    "scatter": [sample for kind in ("set", "max", "min", "mul") for sample in _written(kind)],
    "bitcast": [
        ([_floats(3, 4)], {"dtype": "int32"}),
        ([_floats(3, 4)], {"dtype": "int8"}),
        ([_ints(3, 4)], {"dtype": "float32"}),
        ([_bytes(3, 4)], {"dtype": "int16"}),
    ],
}

SAMPLES = {**ELEMENTWISE, **FAMILIES}
