"""Inputs for the operations of control flow."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.plan.subgraph import Region
from kerasnb.backend.tensor.tensor import Spec, Tensor
from kerasnb.kernels.elementwise import add, greater, multiply, sin
from kerasnb.kernels.sum import total
from tests.seeded import RANDOM as _random


def _floats(*shape):
    return np.asarray(_random.uniform(-2, 2, shape)).astype("float32")


def _itself(*dys):
    return dys


def _promise(*shape):
    return Tensor(None, shape, "float32")


def _branches():
    """Two functions of tensors from outside: the first of two of them, the second of one."""
    a, b, c = _promise(2, 3), _promise(3), _promise(2, 3)
    return Region(lambda: [multiply(a, b)]), Region(lambda: [sin(c)])


def _while():
    """Two numbers that change places while one is larger than a limit from outside."""
    limit, factor, specs = _promise(), _promise(), [Spec((), "float32")] * 2
    condition = Region(lambda a, b: [greater(a, limit)], specs)
    return {"condition": condition, "body": Region(lambda a, b: [b, multiply(a, factor)], specs)}


def _turn(states, rows):
    """A state that takes rows in, and hands out what it was."""
    w, shapes = _promise(3), [Spec((3,), "float32")] * (states + rows)
    if not rows:
        return Region(lambda s: [multiply(s, w), total(s, axes=(0,))], shapes)
    return Region(lambda s, x: [add(multiply(s, w), x), sin(s)], shapes)


def _scan(states, rows, length, reverse):
    return {"body": _turn(states, rows), "states": states, "rows": rows, "length": length, "reverse": reverse}


_BRANCHED = [_floats(2, 3), _floats(3), _floats(2, 3)]
SAMPLES = {
    "rows": [([_floats(3, 4)], {}), ([_floats(2)], {}), ([_floats(2, 0, 3)], {})],
    "given_gradient": [
        ([_floats(3, 4), _floats(3, 4)], {"count": 1, "rule": _itself}),
        ([_floats(2), _floats(), _floats(2), _floats()], {"count": 2, "rule": _itself}),
    ],
    "choose": [([np.array(i, "int32"), *_BRANCHED], {"branches": _branches()}) for i in (0, 1, -3, 9)],
    "repeat_while": [
        ([np.array(x, "float32") for x in (a, 3.0, 0.5, 0.75)], _while()) for a in (2.0, 0.25)
    ],
    "scan": [
        ([_floats(3), _floats(4, 3), _floats(3)], _scan(1, 1, 4, False)),
        ([_floats(3), _floats(4, 3), _floats(3)], _scan(1, 1, 4, True)),
        ([_floats(3), _floats(3)], _scan(1, 0, 2, False)),
    ],
}  # fmt: skip
