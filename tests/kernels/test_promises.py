"""Every operation keeps the promises of an operation."""

from __future__ import annotations

import pytest

import kerasnb.ops
import kerasnb.optimizers  # noqa: F401  (with ops, registers every operation)
from kerasnb.backend.op import REGISTRY
from tests.promises import check_gradient, check_op
from tests.samples import SAMPLES

CASES = [(name, i) for name in sorted(REGISTRY) for i in range(len(SAMPLES.get(name, ())))]
WITHOUT_GRADIENT = {"stop_gradient", "given_gradient", "repeat_while"}  # it is none, given, or refused


def test_every_operation_has_samples():
    """No operation goes untested."""
    assert sorted(set(REGISTRY) ^ set(SAMPLES)) == []


@pytest.mark.parametrize(("name", "index"), CASES)
def test_cpu_walk_equals_reference(name, index):
    """The compiled walk gives what the NumPy reference says."""
    check_op(REGISTRY[name], *SAMPLES[name][index])


@pytest.mark.parametrize(("name", "index"), [c for c in CASES if REGISTRY[c[0]].vjp and c[0] not in WITHOUT_GRADIENT])
def test_gradient_equals_differences(name, index):
    """The way back is the derivative of the reference."""
    check_gradient(REGISTRY[name], *SAMPLES[name][index])
