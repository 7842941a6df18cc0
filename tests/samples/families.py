"""Inputs for the operations of the reduction, softmax, crossentropy, random, gather, update and search families."""

from __future__ import annotations

import numpy as np

from tests.seeded import RANDOM as _random


def _floats(*shape, low=-2.0, high=2.0):
    return np.asarray(_random.uniform(low, high, shape)).astype("float32")


def _ints(*shape, low=0, high=5, dtype="int32"):
    return np.asarray(_random.integers(low, high, shape)).astype(dtype)


def _state(seed=42, step=7):
    return np.array([seed, step], "uint32")


_AXES = ((), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2))


def _reductions(make):
    samples = [([make(3, 4, 5)], {"axes": axes}) for axes in _AXES]
    return [
        *samples,
        ([make(2, 133)], {"axes": (1,)}),
        ([make(133, 3)], {"axes": (0,)}),
        ([make(0, 3)], {"axes": (1,)}),
    ]


def _bools(*shape):
    return _random.integers(0, 4, shape).astype(bool)


def _small_ints(*shape):
    return _ints(*shape, low=-9, high=9)


def _factors(*shape):
    return _floats(*shape, low=0.7, high=1.4)


def _positions():
    ties = _ints(6, 7, high=3)
    return [
        ([x], {"axis": axis})
        for x in (_floats(3, 4, 5), _floats(2, 133, 1), ties, _floats(4, 4, 4))
        for axis in range(x.ndim)
    ] + [([np.zeros((0, 3), "float32")], {"axis": 1})]


REDUCTIONS = {
    "max": [*_reductions(_floats), ([_small_ints(4, 5)], {"axes": (1,)})],
    "min": [*_reductions(_floats), ([_small_ints(4, 5)], {"axes": (0,)})],
    "prod": [*_reductions(_factors), ([_small_ints(2, 3)], {"axes": (1,)}), ([_floats(3, 0)], {"axes": (1,)})],
    "any": _reductions(_bools),
    "all": _reductions(lambda *shape: ~_bools(*shape)),
    "argmax": _positions(),
    "argmin": _positions(),
}


def _rows(count):
    shapes = [((3, 10), 1), ((3, 4, 5), 0), ((3, 4, 5), 1), ((2, 70), 1), ((0, 3), 1), ((5, 1), 1)]
    return [([_floats(*shape) for _ in range(count)], {"axis": axis}) for shape, axis in shapes]


SOFTMAX = {"softmax": _rows(1), "log_softmax": _rows(1), "softmax_grad": _rows(2), "log_softmax_grad": _rows(2)}


def _chances(*shape):
    return _floats(*shape, low=0.2, high=1.0)


def _with_targets(make_x, sparse, grad, **attrs):
    samples = []
    for shape in ((4, 10), (2, 3, 40), (3, 1), (0, 5)):
        target = _ints(*shape[:-1], high=shape[-1]) if sparse else _chances(*shape)
        samples.append(([target, make_x(*shape), *([_floats(*shape[:-1])] if grad else [])], attrs))
    if attrs and sparse:  # a row whose label was clipped
        row = np.array([[0, 1, 1]], "float32")
        samples.append(([np.array([0], "int32"), row, *([_floats(1)] if grad else [])], {"epsilon": 0.01}))
    return samples


CROSSENTROPY = {
    f"{prefix}crossentropy_{kind}{grad}": _with_targets(make, prefix == "sparse_", bool(grad), **attrs)
    for prefix in ("", "sparse_")
    for kind, make, attrs in (("logits", _floats, {}), ("probabilities", _chances, {"epsilon": 1e-7}))
    for grad in ("", "_grad")
}
CROSSENTROPY["binary_logits"] = [
    ([_chances(3, 5), _floats(3, 5)], {}),
    ([_chances(4), _floats(4, low=-30, high=30)], {}),
]
CROSSENTROPY["binary_probabilities"] = [([_chances(3, 5), _floats(3, 5, low=0.1, high=0.9)], {"epsilon": 1e-7})]

_SHAPES = ((), (1,), (255,), (256,), (257,), (3, 5, 7), (0, 4))
RANDOM = {
    "random_bits": [([_state()], {"shape": shape}) for shape in _SHAPES],
    "random_unit": [
        ([_state(2**32 - 1, 3)], {"shape": shape, "dtype": dtype, "inside": inside})
        for shape in ((5,), (3, 100), (0,))
        for dtype in ("float32", "float64")
        for inside in (False, True)
    ],
    "dropout": [([_floats(*shape), _state()], {"rate": 0.3}) for shape in _SHAPES],
    "random_gamma": [([_state(), np.array([0.5, 3.0])], {"shape": (4, 2)})],
    "random_binomial": [([_state(), np.array([5.0, 9.0]), np.array(0.3)], {"shape": (4, 2)})],
    "random_permutation": [([_state()], {"count": 9}), ([_state()], {"count": 0})],
    "erfinv": [
        ([_floats(3, 37, low=-0.999, high=0.999)], {}),
        ([_floats(low=-0.5, high=0.5)], {}),
        ([_floats(0, 3)], {}),
    ],
}


def _along(x_shape, at_shape, axis, dy_shape):
    at = _ints(*at_shape, low=-x_shape[axis], high=x_shape[axis])
    return [_floats(*x_shape), at], [_floats(*dy_shape), at]


_TAKES = [((6, 4), (3,), 0), ((6, 4), (2, 5), 1), ((2, 5, 3), (4,), 1), ((7,), (), 0), ((3, 4), (0,), 0)]
_TAKES_ALONG = [((6, 4), (3, 4), 0), ((6, 4), (6, 9), 1), ((2, 5, 3), (2, 1, 3), 1)]


def _taken(x_shape, at_shape, axis):
    return (*x_shape[:axis], *at_shape, *x_shape[axis + 1 :])


GATHER = {
    "take": [(_along(x, at, axis, ())[0], {"axis": axis}) for x, at, axis in _TAKES],
    "put": [
        (_along(x, at, axis, _taken(x, at, axis))[1], {"axis": axis, "along": x[axis]}) for x, at, axis in _TAKES
    ],
    "take_along": [(_along(x, at, axis, ())[0], {"axis": axis}) for x, at, axis in _TAKES_ALONG],
    "put_along": [(_along(x, at, axis, at)[1], {"axis": axis, "along": x[axis]}) for x, at, axis in _TAKES_ALONG],
    "one_hot": [
        ([_ints(*shape, low=-1, high=6)], {"axis": axis, "classes": 5, "dtype": dtype})
        for shape, axis, dtype in (
            ((3, 4), 0, "float32"), ((3, 4), 1, "float32"), ((3, 4), 2, "float32"), ((3,), 1, "int32"),
            ((0,), 1, "float32"),
        )
    ],
}  # fmt: skip


def _update(slots, **attrs):
    samples = []
    for shape in ((3, 5), (), (300,), (0, 2)):
        variables = [_floats(*shape), *(_floats(*shape, low=0.0) for _ in range(slots))]
        samples.append(([*variables, _floats(*shape), np.array(0.01, "float32")], attrs))
    return samples


UPDATES = {
    "sgd": _update(0),
    "sgd_momentum": [*_update(1, momentum=0.9, nesterov=False), *_update(1, momentum=0.9, nesterov=True)],
    "rmsprop": _update(1, rho=0.9, epsilon=1e-7),
    "adam": _update(2, beta_1=0.9, beta_2=0.999, epsilon=1e-7),
}

SEARCHES = {
    "beam_search": [
        ([np.log(_floats(2, 4, 3, low=0.1, high=1.0)), np.array([4, 2], "int32")], {"blank": 0, "width": 5, "top": 2}),
        ([_floats(0, 2, 3), np.zeros(0, "int32")], {"blank": 2, "width": 5, "top": 1}),
    ]
}

SAMPLES = {**REDUCTIONS, **SOFTMAX, **CROSSENTROPY, **RANDOM, **GATHER, **UPDATES, **SEARCHES}
