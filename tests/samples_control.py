"""Inputs for the operations of control flow."""

from __future__ import annotations

import numpy as np

_random = np.random.default_rng(11)


def _floats(*shape):
    return np.asarray(_random.uniform(-2, 2, shape)).astype("float32")


def _itself(*flows):
    return flows


SAMPLES = {
    "rows": [([_floats(3, 4)], {}), ([_floats(2)], {}), ([_floats(2, 0, 3)], {})],
    "given_gradient": [
        ([_floats(3, 4), _floats(3, 4)], {"count": 1, "rule": _itself}),
        ([_floats(2), _floats(), _floats(2), _floats()], {"count": 2, "rule": _itself}),
    ],
}
