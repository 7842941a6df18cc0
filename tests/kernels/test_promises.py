"""Every operation keeps the promises of an operation."""

from __future__ import annotations

import types

import numpy as np
import pytest

import kerasnb.ops
import kerasnb.optimizers
from kerasnb.backend.autodiff.op import REGISTRY
from kerasnb.backend.tensor import device
from kerasnb.backend.tensor.tensor import Spec
from tests.promises.ops import check_gradient, check_op
from tests.samples.table import SAMPLES

CASES = [(name, i) for name in sorted(REGISTRY) for i in range(len(SAMPLES.get(name, ())))]
WITHOUT_GRADIENT = {"stop_gradient", "given_gradient", "repeat_while"}  # it is none, custom, or refused


def test_every_operation_has_samples():
    """No operation goes untested."""
    assert sorted(set(REGISTRY) ^ set(SAMPLES)) == []


@pytest.mark.parametrize(("name", "index"), CASES)
def test_cpu_equals_reference(name, index):
    """The CPU implementation gives the values of the NumPy reference."""
    check_op(REGISTRY[name], *SAMPLES[name][index])


@pytest.mark.parametrize(("name", "index"), [c for c in CASES if REGISTRY[c[0]].vjp and c[0] not in WITHOUT_GRADIENT])
def test_gradient_equals_differences(name, index):
    """The vjp is the derivative of the reference."""
    check_gradient(REGISTRY[name], *SAMPLES[name][index])


@pytest.mark.parametrize(
    ("spec", "what"),
    [
        (lambda x: Spec(x.shape[::-1], x.dtype), "the axes are swapped"),
        (lambda x: Spec((1, *x.shape), x.dtype), "an axis of one too many"),
        (lambda x: Spec((x.shape[0] * x.shape[1],), x.dtype), "flat"),
        (lambda x: Spec(x.shape, "float64"), "another dtype"),
    ],
)
def test_a_spec_that_is_wrong_is_noticed(spec, what):
    """The promise can fail: a spec of the right size, but not of the right shape and dtype."""

    def cpu(ins, outs):
        return [(np.copyto, (outs[0], ins[0].reshape(outs[0].shape)))]

    def fake(spec):
        return types.SimpleNamespace(
            name="fake", spec=spec, reference=np.negative, mutates=0, implementations={"cpu": cpu}
        )

    x = np.zeros((2, 3), "float32")
    check_op(fake(lambda x: x), [x], {})
    with pytest.raises(AssertionError):
        check_op(fake(spec), [x], {})


def test_a_reference_of_another_shape_is_an_error_of_the_engine(monkeypatch):
    """What the device `numpy` stores is never bent or spread into the shape that was promised."""
    op = REGISTRY["negative"]
    for result in (lambda x: x.T, lambda x: x[:1], lambda x: x.ravel()):
        monkeypatch.setattr(op, "reference", result)
        with device.scope("numpy"), pytest.raises(ValueError, match=r"negative: the reference has shape"):
            kerasnb.ops.negative(np.zeros((2, 3), "float32"))
