"""A plan computes what the step computes eagerly."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import kerasnb.ops  # noqa: F401  (gives tensors their operators)
from kerasnb.backend.autodiff.recording import Recording
from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.backend.compile import codegen
from kerasnb.backend.plan.plan import Plan
from kerasnb.backend.tensor import device
from kerasnb.backend.tensor.tensor import Tensor, TracedValueError, to_tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.kernels import elementwise as e
from kerasnb.kernels import matmul as m
from kerasnb.kernels import move
from kerasnb.kernels import sum as s
from kerasnb.kernels.identity import copy
from tests.seeded import RANDOM


def planned(step, *arrays) -> Plan:
    """The plan of a step for inputs shaped like the arrays."""
    with Recording() as recording:
        inputs = [Tensor(None, a.shape, a.dtype.name) for a in arrays]
        outputs = step(*inputs)
    plan = Plan(recording, inputs, list(outputs), copy)
    for slot, array in zip(plan.inputs, arrays, strict=True):
        slot[...] = array
    return plan


def network():
    """A step that trains a small network in place, with the network's variables."""
    variables = [Variable(RANDOM.standard_normal(shape).astype("f")) for shape in ((5, 7), (7,), (7, 3))]

    def step(x, y):
        w1, b1, w2 = variables
        with GradientTape() as tape:
            error = e.subtract(m.matmul(m.dense(x, w1, b1, activation="relu"), w2), y)
            loss = s.total(e.square(error), axes=(0, 1))
        for v, g in zip(variables, tape.gradient(loss, variables), strict=True):
            v.assign(e.subtract(v.value, e.multiply(g, e.like(g, 0.01))))
        return (loss,)

    return step, variables


@pytest.mark.parametrize("name", ["numpy", "cpu"])
def test_plan_trains_like_the_eager_step(name):
    """Losses and variables agree with the eager step, again and again."""
    x, y = RANDOM.standard_normal((4, 5)).astype("f"), RANDOM.standard_normal((4, 3)).astype("f")
    with device.scope(name):
        step, variables = network()
        start = [v.numpy() for v in variables]
        eager = [float(step(to_tensor(x), to_tensor(y))[0]) for _ in range(3)]
        after = [v.numpy() for v in variables]
        for v, value in zip(variables, start, strict=True):
            v.assign(value)
        plan = planned(step, x, y)
        replayed = []
        for _ in range(3):
            plan.replay()
            replayed.append(float(plan.outputs[0]))
    np.testing.assert_allclose(replayed, eager, rtol=1e-5)
    for v, value in zip(variables, after, strict=True):
        np.testing.assert_allclose(v.numpy(), value, rtol=1e-5, atol=1e-6)


def test_recording_changes_nothing():
    """Variables keep their values while a step is only recorded."""
    v = Variable(np.ones(3, "f"))
    planned(lambda x: (v.assign(v.value + x).value,), np.ones(3, "f"))
    np.testing.assert_array_equal(v.numpy(), np.ones(3))


def test_value_read_before_a_write_stays_old():
    """A value taken before an assignment is the old value afterwards, in a plan as in an eager step."""
    v = Variable(np.array([1.0, 2.0], "f"))

    def step(x):
        old = v.value
        v.assign(e.add(old, x))
        return (e.multiply(old, v.value),)

    plan = planned(step, np.array([10.0, 10.0], "f"))
    plan.replay()
    np.testing.assert_array_equal(plan.outputs[0], [11.0, 24.0])
    np.testing.assert_array_equal(v.numpy(), [11.0, 12.0])


def test_eager_value_survives_assignment():
    """A Tensor taken from a variable does not change when the variable does."""
    v = Variable(np.array([1.0, 2.0], "f"))
    old = v.value
    v.assign([5.0, 6.0])
    np.testing.assert_array_equal(old.numpy(), [1.0, 2.0])


def test_swap_of_two_variables():
    """Swapping values through tensors works in a plan."""
    a, b = Variable(np.array([1.0], "f")), Variable(np.array([2.0], "f"))

    def step(x):
        old = a.value
        a.assign(b.value)
        b.assign(old)
        return (x,)

    planned(step, np.zeros(1, "f")).replay()
    assert (float(a.numpy()[0]), float(b.numpy()[0])) == (2.0, 1.0)


def test_unused_calls_are_dropped():
    """What nobody needs is not computed."""
    plan = planned(lambda x: (e.exp(x), e.log(x))[:1], np.ones(3, "f"))
    assert len(plan.records) == 1


def test_elementwise_chains_are_fused():
    """A chain of one shape becomes one call."""
    plan = planned(lambda x: (e.tanh(e.add(e.square(x), x)),), np.ones((3, 2), "f"))
    assert [r.op.name for r in plan.records] == ["fused_square_add_tanh"]
    plan.replay()
    np.testing.assert_allclose(plan.outputs[0], np.tanh(2 * np.ones((3, 2))), rtol=1e-6)


def test_buffers_are_reused():
    """A long chain of products needs two buffers, not one for each call."""
    w = Variable(np.eye(16, dtype="f"))

    def step(x):
        for _ in range(8):
            x = m.matmul(x, w)
        return (x,)

    plan = planned(step, np.ones((16, 16), "f"))
    assert plan.bytes <= 4 * 16 * 16 * 4
    plan.replay()
    np.testing.assert_array_equal(plan.outputs[0], np.ones((16, 16)))


def test_inputs_are_reshaped_where_they_lie():
    """A model that flattens its input does not copy it, and the input keeps its value."""
    x = np.arange(24, dtype="f").reshape(2, 3, 4)
    plan = planned(lambda x: (e.square(move.reshape(move.reshape(x, shape=(6, 4)), shape=(2, 12))),), x)
    assert len(plan.calls) == 1
    plan.replay()
    plan.replay()
    np.testing.assert_array_equal(plan.outputs[0], np.square(x).reshape(2, 12))
    np.testing.assert_array_equal(plan.inputs[0], x)


def test_reading_a_recorded_value_is_an_error():
    """A Python branch on a value is noticed while recording."""
    with pytest.raises(TracedValueError, match="run_eagerly"):
        planned(lambda x: (x if s.total(x, axes=(0,)) else e.square(x),), np.ones(3, "f"))


def test_views_share_memory_until_a_variable_is_written():
    """A reshaped variable keeps its old value after an assignment."""
    v = Variable(np.arange(4, dtype="f"))

    def step(x):
        before = move.reshape(v, shape=(2, 2))
        v.assign(e.add(v.value, x))
        return (e.add(before, e.like(before, 0)),)

    plan = planned(step, np.ones(4, "f"))
    plan.replay()
    np.testing.assert_array_equal(plan.outputs[0], [[0, 1], [2, 3]])


def test_a_value_read_before_a_write_is_put_out_as_it_was():
    """What a step returns of a variable is what it read, not what it wrote later."""
    v = Variable(np.zeros(1, "f"))

    def step(x):
        before = v.value
        v.assign(e.add(before, x))
        return before, v.value

    plan = planned(step, np.ones(1, "f"))
    for turn in range(3):
        plan.replay()
        assert [float(o[0]) for o in plan.outputs] == [turn, turn + 1]


def test_an_emptied_file_of_loops_is_written_again(tmp_path, monkeypatch):
    """What a power cut left of a generated file does not stop anybody."""
    monkeypatch.setenv("KERASNB_CACHE_DIR", str(tmp_path))
    text = "def doubled(x):\n    return 2 * x\n"
    for left in (None, "", text[:9]):
        if left is not None:
            (path,) = tmp_path.glob("loops/*.py")
            path.write_text(left)
        module = codegen._module(text, "doubled", "cpu")
        assert module.doubled(2) == 4
        del sys.modules[module.__name__]


def test_a_tensor_taken_of_a_variable_keeps_its_numbers():
    """A replay writes into variables, not into what was read of them before."""
    v = Variable(np.zeros(2, "f"))

    def step(x):
        v.assign(e.add(v.value, x))
        return (e.square(x),)

    plan = planned(step, np.ones(2, "f"))
    before = v.value
    plan.replay()
    between = v.value
    plan.replay()
    assert [float(t.numpy()[0]) for t in (before, between, v)] == [0, 1, 2]
