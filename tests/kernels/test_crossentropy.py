"""Crossentropies: values, gradients and second derivatives of Keras on JAX."""

from __future__ import annotations

import jax
import keras as judge
import numpy as np
import pytest

from kerasnb import ops
from kerasnb.backend import GradientTape, Variable
from tests.seeded import RANDOM as _random

NAMES = ("sparse_categorical_crossentropy", "categorical_crossentropy", "binary_crossentropy")


def _case(name, shape, from_logits):
    """A target and an output for one of the functions."""
    output = _random.normal(size=shape) * 3 if from_logits else _random.uniform(0.05, 0.95, shape)
    target = _random.uniform(0, 1, shape).astype("float32")
    if name.startswith("sparse"):
        target = _random.integers(0, shape[-1], shape[:-1]).astype("int32")
    return target, output.astype("float32")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("from_logits", [True, False])
@pytest.mark.parametrize("shape", [(5, 10), (2, 3, 70), (4, 1)])
def test_value_gradient_and_second_derivative(name, from_logits, shape):
    """All three agree with Keras on JAX."""
    target, output = _case(name, shape, from_logits)

    def theirs(x):
        return getattr(judge.ops, name)(target, x, from_logits=from_logits)

    variable = Variable(output)
    with GradientTape() as outer:
        with GradientTape() as inner:
            loss = getattr(ops, name)(target, variable, from_logits=from_logits)
            total = ops.sum(loss * loss)
        dx = inner.gradient(total, variable)
        steepness = ops.sum(dx * dx * dx)
    first = jax.grad(lambda x: (theirs(x) ** 2).sum())
    second = np.array(jax.grad(lambda x: (first(x) ** 3).sum())(output))
    np.testing.assert_allclose(loss.numpy(), theirs(output), rtol=3e-5, atol=1e-6)
    np.testing.assert_allclose(dx.numpy(), first(output), rtol=1e-4, atol=1e-5)
    result = outer.gradient(steepness, variable).numpy()
    np.testing.assert_allclose(result, second, rtol=1e-3, atol=1e-3 * max(1.0, np.abs(second).max()))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("from_logits", [True, False])
def test_extreme_outputs(name, from_logits):
    """Sure and wrong predictions give large finite losses, the same as in Keras."""
    output = np.array([[40.0, -40.0], [90.0, -90.0]] if from_logits else [[1.0, 0.0], [1e-9, 1.0]], "float32")
    target = np.array([1, 0], "int32") if name.startswith("sparse") else np.array([[0, 1], [1, 0]], "float32")
    result = getattr(ops, name)(target, output, from_logits=from_logits).numpy()
    expected = np.array(getattr(judge.ops, name)(target, output, from_logits=from_logits))
    assert np.isfinite(result).all()
    np.testing.assert_allclose(result, expected, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("from_logits", [True, False])
def test_clipped_probabilities_have_no_gradient(from_logits):
    """Where a probability was clipped, its gradient is 0; that of logits is not."""
    variable = Variable(np.array([[0.0, 1.0, 1.0]], "float32"))
    with GradientTape() as tape:
        loss = ops.sparse_categorical_crossentropy([0], variable, from_logits=from_logits)
    assert np.any(tape.gradient(loss, variable).numpy()) == from_logits


@pytest.mark.parametrize("from_logits", [True, False])
@pytest.mark.parametrize("label", [-1, 3, 2**31 - 1])
def test_labels_out_of_range(from_logits, label):
    """Their loss and gradient are NaN, and the other rows are not touched."""
    variable = Variable(np.full((3, 3), 0.25, "float32"))
    with GradientTape() as tape:
        loss = ops.sparse_categorical_crossentropy(np.array([0, label, 2]), variable, from_logits=from_logits)
    dx = tape.gradient(loss, variable).numpy()
    assert np.isnan(loss.numpy()).tolist() == [False, True, False]
    assert np.isnan(dx).all(axis=1).tolist() == [False, True, False]
    assert np.isnan(dx).any(axis=1).tolist() == [False, True, False]


@pytest.mark.parametrize("from_logits", [True, False])
def test_nan_outputs_stay_visible(from_logits):
    """A NaN in a row gives a loss of NaN for this row only."""
    output = np.array([[0.2, np.nan, 0.3], [0.2, 0.5, 0.3]], "float32")
    target = np.eye(3, dtype="float32")[:2]
    for loss in (
        ops.sparse_categorical_crossentropy([0, 1], output, from_logits=from_logits),
        ops.categorical_crossentropy(target, output, from_logits=from_logits),
    ):
        assert np.isnan(loss.numpy()).tolist() == [True, False]
    assert np.isnan(ops.binary_crossentropy(target, output, from_logits=from_logits).numpy()).sum() == 1


def test_classes_on_another_axis():
    """The axis of the classes can be any."""
    target, output = _case(NAMES[1], (3, 4, 5), True)
    result = ops.categorical_crossentropy(target, output, from_logits=True, axis=1)
    expected = judge.ops.categorical_crossentropy(target, output, from_logits=True, axis=1)
    np.testing.assert_allclose(result.numpy(), expected, rtol=1e-5, atol=1e-6)


def test_gradient_reaches_the_targets():
    """Soft targets that are computed (distillation) get their gradient."""
    target, output = _case(NAMES[1], (3, 4), False)
    variable = Variable(target)
    for from_logits in (True, False):
        with GradientTape() as tape:
            loss = ops.categorical_crossentropy(variable, output, from_logits=from_logits)

        def theirs(t, from_logits=from_logits):
            return judge.ops.categorical_crossentropy(t, output, from_logits=from_logits).sum()

        np.testing.assert_allclose(
            tape.gradient(loss, variable).numpy(), jax.grad(theirs)(target), rtol=1e-4, atol=1e-5
        )


@pytest.mark.parametrize("name", NAMES)
def test_shapes_that_do_not_fit(name):
    """The error names both shapes, as in Keras."""
    target = np.zeros((2, 4), "float32")
    with pytest.raises(ValueError, match="must have the same shape"):
        getattr(ops, name)(target, np.zeros((3, 4), "float32"))
    with pytest.raises(ValueError, match="at least rank 1|must have the same shape"):
        getattr(ops, name)(1.0, 1.0) if name == NAMES[1] else getattr(ops, name)([1, 1], 1.0)


@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_other_dtypes(dtype):
    """The dtype of the output stays; but with sparse targets half precision gives float32, as in Keras."""
    _, output = _case(NAMES[1], (3, 4), False)
    for name in NAMES[:2]:
        target = np.array([0, 1, 2]) if name == NAMES[0] else np.eye(4, dtype=dtype)[:3]
        for from_logits in (True, False):
            result = getattr(ops, name)(target, output.astype(dtype), from_logits=from_logits)
            wide = getattr(ops, name)(target, output, from_logits=from_logits)
            assert result.dtype == ("float32" if dtype == "float16" and name == NAMES[0] else dtype)
            np.testing.assert_allclose(result.numpy(), wide.numpy(), rtol=5e-3)
