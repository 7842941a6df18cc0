"""Inputs for the operations of the convolution, pooling and normalization families."""

from __future__ import annotations

import numpy as np

from tests.seeded import RANDOM as _random


def _floats(*shape, low=-2.0, high=2.0):
    return _random.uniform(low, high, shape).astype("float32")


# x, kernel, y, then strides, pads, dilation, groups
_CONVOLUTIONS = [
    ((2, 5, 4, 3), (3, 2, 3, 4), (2, 3, 3, 4), (1, 1), "valid", (1, 1), 1),
    ((1, 5, 4, 2), (3, 3, 2, 3), (1, 5, 4, 3), (1, 1), "same", (1, 1), 1),
    ((2, 7, 6, 2), (3, 2, 2, 3), (2, 4, 3, 3), (2, 2), "same", (1, 1), 1),
    ((1, 7, 6, 2), (2, 2, 2, 2), (1, 4, 3, 2), (1, 1), "valid", (3, 3), 1),
    ((1, 5, 4, 4), (2, 2, 2, 6), (1, 2, 2, 6), (2, 2), ((0, 0), (1, 0)), (1, 1), 2),
    ((2, 4, 5, 3), (3, 2, 1, 3), (2, 4, 5, 3), (1, 1), "same", (1, 1), 3),
    ((1, 4, 5, 2), (2, 2, 1, 4), (1, 2, 2, 4), (2, 2), "valid", (1, 1), 2),
    ((2, 3, 2, 3), (1, 1, 3, 4), (2, 3, 2, 4), (1, 1), "valid", (1, 1), 1),
    ((2, 9, 2), (3, 2, 3), (2, 9, 3), (1,), ((4, 0),), (2,), 1),
    ((1, 3, 4, 2, 2), (2, 2, 2, 2, 3), (1, 2, 4, 2, 3), (1, 1, 1), ((0, 0), (1, 0), (0, 1)), (1, 1, 1), 1),
    ((0, 5, 4, 3), (3, 2, 3, 4), (0, 3, 3, 4), (1, 1), "valid", (1, 1), 1),
    ((1, 2, 2, 3), (3, 3, 3, 2), (1, 0, 0, 2), (1, 1), "valid", (1, 1), 1),
]


def _attributes(sample):
    return dict(zip(("strides", "pads", "dilation", "groups"), sample[3:], strict=True))


CONVOLUTIONS = {
    "conv": [([_floats(*s[0]), _floats(*s[1])], _attributes(s)) for s in _CONVOLUTIONS],
    "conv_input": [
        ([_floats(*s[2]), _floats(*s[1])], {**_attributes(s), "extents": s[0][1:-1]}) for s in _CONVOLUTIONS
    ],
    "conv_kernel": [([_floats(*s[0]), _floats(*s[2])], {**_attributes(s), "kernel": s[1][:-2]}) for s in _CONVOLUTIONS],
}

_own = np.random.default_rng(7)
_ACTIVATIONS = ("linear", "relu", "sigmoid", "tanh", *["relu", "linear"] * 4)
CONVOLUTIONS["conv_bias"] = [
    (
        [_own.uniform(-2, 2, shape).astype("float32") for shape in (*s[:2], s[1][-1:])],
        {**_attributes(s), "activation": activation},
    )
    for s, activation in zip(_CONVOLUTIONS, _ACTIVATIONS, strict=True)
]

# x, y, then window, strides, pads
_POOLS = [
    ((2, 6, 5, 3), (2, 3, 2, 3), (2, 2), (2, 2), "valid"),
    ((2, 5, 5, 2), (2, 3, 3, 2), (3, 2), (2, 2), "same"),
    ((1, 5, 4, 3), (1, 5, 4, 3), (3, 3), (1, 1), "same"),
    ((1, 7, 5, 2), (1, 2, 2, 2), (2, 2), (3, 3), "valid"),
    ((2, 7, 3), (2, 4, 3), (3,), (2,), ((1, 1),)),
    ((1, 3, 4, 2, 2), (1, 2, 4, 1, 2), (2, 1, 2), (1, 1, 2), "valid"),
    ((0, 4, 4, 2), (0, 2, 2, 2), (2, 2), (2, 2), "valid"),
]


def _pool(sample):
    return dict(zip(("window", "strides", "pads"), sample[2:], strict=True))


def _distinct(*shape):
    """Numbers that differ by more than the steps of numeric derivatives."""
    size = int(np.prod(shape))
    return (_random.permutation(size).reshape(shape) / max(size, 1) * 4 - 2).astype("float32")


POOLS = {
    "max_pool": [([_distinct(*s[0])], _pool(s)) for s in _POOLS],
    "max_pool_grad": [([_distinct(*s[0]), _floats(*s[1])], _pool(s)) for s in _POOLS],
    "max_pool_pick": [([_distinct(*s[0]), _floats(*s[0])], _pool(s)) for s in _POOLS],
    "average_pool": [([_floats(*s[0])], _pool(s)) for s in _POOLS],
    "average_pool_grad": [([_floats(*s[1])], {**_pool(s), "extents": s[0][1:-1]}) for s in _POOLS],
}

_ROWS = [((3, 10), 1), ((2, 3, 4), 2), ((2, 3, 70), 1), ((5, 1), 1), ((0, 3), 1)]

NORMALIZATIONS = {
    "normalize_rows": [
        ([_floats(*shape)], {"axes": axes, "epsilon": 0.01, "centered": centered})
        for shape, axes in _ROWS
        for centered in (True, False)
    ],
    "normalize_rows_grad": [
        (
            [_floats(*shape), _floats(*shape[: len(shape) - axes], low=0.5), _floats(*shape)],
            {"axes": axes, "centered": centered},
        )
        for shape, axes in _ROWS
        for centered in (True, False)
    ],
}

_VECTORS = [(3, 10), (4, 70), (5, 1), (1, 3)]

NORMALIZATIONS |= {
    "normalize_scaled": [
        ([_floats(*shape), *(_floats(shape[1]) for _ in range(2))], {"epsilon": 0.01, "centered": centered})
        for shape in _VECTORS
        for centered in (True, False)
    ],
    "normalize_scaled_grad": [
        (
            [_floats(*shape), _floats(shape[1]), _floats(shape[0]), _floats(shape[0], low=0.5), _floats(*shape)],
            {"centered": centered},
        )
        for shape in _VECTORS
        for centered in (True, False)
    ],
}

_HEADS = [((2, 3, 2, 4), (2, 5, 2, 4)), ((1, 4, 4, 3), (1, 4, 2, 3)), ((1, 2, 1, 40), (1, 3, 1, 40))]


def _attention(gradient):
    return [
        (
            [_floats(*q), _floats(*k), _floats(*k), *([_floats(*q)] if gradient else [])],
            {"scale": 0.4, "causal": causal},
        )
        for q, k in _HEADS
        for causal in (False, True)
    ]


ATTENTION = {"attention": _attention(False), "attention_grad": _attention(True)}

SAMPLES = {**CONVOLUTIONS, **POOLS, **NORMALIZATIONS, **ATTENTION}
