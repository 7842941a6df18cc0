"""Inputs for every operation, by name: list of (input arrays, attributes). A test fails if an operation has none."""

from __future__ import annotations

import numpy as np

from tests.samples.batch import SAMPLES as BATCH
from tests.samples.control import SAMPLES as CONTROL
from tests.samples.families import SAMPLES as FAMILIES
from tests.samples.images import SAMPLES as IMAGES
from tests.samples.linalg import SAMPLES as LINALG
from tests.samples.numpy import SAMPLES as NUMPY
from tests.samples.recurrent import SAMPLES as RECURRENT
from tests.seeded import RANDOM as _random


def floats(*shape, low=-2.0, high=2.0):
    """Random float32 numbers."""
    return _random.uniform(low, high, shape).astype("float32")


def ints(*shape, low=-5, high=6, dtype="int32"):
    """Random integers."""
    return _random.integers(low, high, shape).astype(dtype)


def bools(*shape):
    """Random booleans."""
    return _random.integers(0, 2, shape).astype(bool)


def _unary(low=-2.0, high=2.0, **attrs):
    return [
        ([floats(3, 37, low=low, high=high)], attrs),
        ([floats(low=low, high=high)], attrs),
        ([floats(0, 3)], attrs),
    ]


def _between_kinks():
    """Numbers that are no closer than 0.1 to a multiple of a half: differences mean nothing across a kink or a step."""
    return [
        ([np.asarray(np.round(2 * floats(*shape)) / 2 + floats(*shape, low=0.1, high=0.4), "float32")], {})
        for shape in ((3, 37), (), (0, 3))
    ]


def _binary(low=-2.0, high=2.0):
    shapes = [((3, 5), (3, 5)), ((4, 1, 3), (2, 1)), ((7,), ()), ((0, 3), (3,)), ((33, 9), (9,))]
    return [([floats(*a, low=low, high=high), floats(*b, low=low, high=high)], {}) for a, b in shapes]


def _pairs_of_bools():
    return [([bools(3, 5), bools(3, 5)], {}), ([bools(4, 1), bools(3)], {})]


def _with_ties():
    x = floats(4, 5)
    y = x.copy()
    y[::2] += 1
    return [([x, y], {}), ([x, y[0]], {})]


def _integer_pairs():
    return [([ints(3, 5), ints(3, 5, low=1)], {}), ([ints(3, 5), ints(5, low=-4, high=-1)], {})]


_TOTALS = ("total_with", "lost_with")

ELEMENTWISE = {
    **{name: _binary() for name in ("add", "subtract", "multiply", "arctan2")},
    **{name: _binary(0.5, 3.0) for name in ("divide", "power", "floor_divide", "mod")},
    **{name: _integer_pairs() for name in ("floor_divide_int", "mod_int")},
    "divide_no_nan": _binary(0.5, 3.0),
    **{name: [([floats(3, 5), floats(3, 5, low=-1e-8, high=1e-8), floats(3, 5)], {})] for name in _TOTALS},
    **{
        name: _unary()
        for name in (
            "negative",
            "square",
            "exp",
            "expm1",
            "tanh",
            "sigmoid",
            "softplus",
            "sin",
            "cos",
            "arctan",
            "erf",
            "isnan",
            "isfinite",
        )
    },
    **{name: _between_kinks() for name in ("sign", "absolute", "floor", "ceil", "rint", "relu")},
    "tan": _unary(-1.2, 1.2),  # away from its poles, where differences mean nothing
    **{name: _unary(0.1, 3.0) for name in ("sqrt", "rsqrt", "reciprocal", "log", "log1p")},
    **{name: _with_ties() for name in ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")},
    **{name: _with_ties() for name in ("maximum", "minimum")},
    **{name: _pairs_of_bools() for name in ("logical_and", "logical_or")},
    "logical_not": [([bools(3, 5)], {})],
    "where": [([bools(3, 5), floats(3, 5), floats(3, 5)], {}), ([bools(3, 1), floats(5), floats()], {})],
    "relu_grad": [([floats(3, 5), floats(3, 5)], {})],
    "masked_scale": [([bools(3, 5), floats(3, 5), floats()], {})],
    "cast": [
        ([floats(3, 5)], {"dtype": "int32"}),
        ([ints(3, 5)], {"dtype": "float32"}),
        ([bools(4)], {"dtype": "float32"}),
    ],
    "cast_bool": [([ints(3, 5)], {})],
}

MOVEMENT = {
    "reshape": [
        ([floats(3, 4)], {"shape": (2, 6)}),
        ([floats(3, 4)], {"shape": (-1,)}),
        ([floats(0, 4)], {"shape": (4, 0)}),
    ],
    "transpose": [([floats(3, 4, 5)], {"axes": (2, 0, 1)}), ([floats(7, 3)], {"axes": (1, 0)})],
    "slice": [
        ([floats(6, 7)], {"starts": (1, 6), "sizes": (3, 4), "steps": (2, -2)}),
        ([floats(5)], {"starts": (4,), "sizes": (5,), "steps": (-1,)}),
        ([floats(5)], {"starts": (0,), "sizes": (0,), "steps": (1,)}),
    ],
    "unslice": [([floats(3, 2)], {"shape": (7, 5), "starts": (1, 4), "steps": (2, -3)})],
    "concatenate": [
        ([floats(2, 3), floats(2, 1), floats(2, 4)], {"axis": 1}),
        ([floats(2, 3), floats(0, 3)], {"axis": 0}),
    ],
    "copy": [([floats(3, 4)], {})],
    "stop_gradient": [([floats(3, 4)], {})],
    "assign": [([floats(3, 4), floats(3, 4)], {})],
    "broadcast": [
        ([floats(3, 1)], {"shape": (2, 3, 4)}),
        ([floats()], {"shape": (5,)}),
        ([floats(1)], {"shape": (0,)}),
    ],
}

SUMS = {
    "sum": [
        ([floats(3, 4, 5)], {"axes": axes}) for axes in ((), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2))
    ] + [([floats(2, 133)], {"axes": (1,)}), ([floats(3, 0)], {"axes": (1,)}), ([floats(0, 3)], {"axes": (1,)}),
         ([ints(4, 5)], {"axes": (0,)})],
}  # fmt: skip

PRODUCTS = {
    "matmul": [
        ([floats(7, 5), floats(5, 9)], {}),
        ([floats(5, 7), floats(5, 9)], {"ta": True}),
        ([floats(7, 5), floats(9, 5)], {"tb": True}),
        ([floats(5, 7), floats(9, 5)], {"ta": True, "tb": True}),
        ([floats(66, 70), floats(70, 65)], {}),
        ([floats(3, 800), floats(800, 2)], {}),
        ([floats(2, 3, 4, 5), floats(2, 3, 5, 2)], {}),
        ([floats(3, 4, 5), floats(5, 2)], {}),
        ([floats(3, 5, 4), floats(3, 2, 5)], {"ta": True, "tb": True}),
        ([floats(0, 4), floats(4, 3)], {}),
        ([floats(2, 0), floats(0, 3)], {}),
    ],
    "dense": [
        ([floats(7, 5), floats(5, 9), floats(9)], {"activation": a}) for a in ("linear", "relu", "sigmoid", "tanh")
    ] + [([floats(2, 3, 5), floats(5, 4), floats(4)], {"activation": "relu"})],
}  # fmt: skip

SAMPLES = {
    **ELEMENTWISE, **MOVEMENT, **SUMS, **PRODUCTS, **FAMILIES, **NUMPY, **RECURRENT, **BATCH, **IMAGES, **CONTROL,
    **LINALG,
}  # fmt: skip
