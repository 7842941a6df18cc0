"""Inputs for the normalization of batches."""

from __future__ import annotations

from kerasnb.kernels.normalize_batch import normalize_batch
from tests.seeded import RANDOM as _random

SHAPES = [(5, 3), (2, 3, 2, 4), (70, 2), (1, 2)]


def _floats(*shape, low=-2.0):
    return _random.uniform(low, 2, shape).astype("float32")


_FORWARD = [
    ([_floats(*shape), _floats(shape[-1]), _floats(shape[-1])], {"epsilon": 1e-3 if shape[0] > 1 else 0.5})
    for shape in SHAPES
]


def _backward(ins, attrs):
    _, mean, var = normalize_batch.reference(*ins, **attrs)
    return [ins[0], ins[1], mean, var, _floats(*ins[0].shape)], attrs


SAMPLES = {"normalize_batch": _FORWARD, "normalize_batch_grad": [_backward(*sample) for sample in _FORWARD]}
