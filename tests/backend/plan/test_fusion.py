"""Fusing: which elementwise calls become one loop, which must not, and that the numbers stay the same."""

from __future__ import annotations

import numpy as np
import pytest

from kerasnb import ops
from kerasnb.backend.autodiff.recording import Recording
from kerasnb.backend.plan import fusion
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable
from tests.recorded import Replayed


def recorded(function, *shapes):
    """The records of a function of float32 tensors, and what it returns."""
    with Recording() as recording:
        outputs = function(*(Tensor(None, shape, "float32") for shape in shapes))
    return recording.records, list(outputs)


def fused(function, *shapes) -> list:
    """The records after fusing."""
    records, outputs = recorded(function, *shapes)
    return fusion.fused(records, {id(t) for t in outputs})


def parts(function, *shapes) -> list:
    """The names of the operations in each group, and of those that stay alone."""
    return [getattr(r.op, "parts", r.op.name) for r in fused(function, *shapes)]


def test_a_chain_is_one_loop_that_stores_its_end_alone():
    """What only the group uses never reaches memory."""
    (record,) = fused(lambda x, y: [ops.tanh(x * y) + x], (3, 5), (3, 5))
    assert record.op.parts == ["multiply", "tanh", "add"]
    assert len(record.ins) == 2 and len(record.outs) == 1 and record.op.outputs == ("v2",)


def test_what_others_read_is_stored():
    """Values that are wanted, or read by a call outside of the group, are outputs of the loop."""
    first = fused(lambda x: [y := ops.exp(x), y + 1.0], (4,))
    assert [len(r.outs) for r in first] == [2]
    second = fused(lambda x: [ops.sum(y := ops.exp(x)) + ops.sum(y * y)], (4,))
    assert second[0].op.parts == ["exp", "multiply"] and len(second[0].outs) == 2


def test_calls_of_other_shapes_stay_apart():
    """One loop has one shape; a call between two of the same shape does not part them if neither needs it."""
    assert parts(lambda x, y: [ops.exp(x), ops.exp(y), ops.tanh(x)], (3,), (4,)) == [["exp", "tanh"], "exp"]


def test_a_call_waits_for_what_it_reads():
    """What comes out of a reduction is not there before it."""
    made = parts(lambda x: [ops.exp(x) * ops.sum(x, keepdims=True) + 1.0], (3,))
    assert made[0] == "exp" and "sum" in made and made[-1][-2:] == ["multiply", "add"]


def test_a_write_waits_for_its_readers():
    """A variable that a call outside of the group still reads is not overwritten before; within it, order is kept."""

    def function(x):
        old = ops.sum(v * x)
        v.assign(x + v)
        return [old, v * 2.0]

    for _ in range(2):
        v = Variable(np.array([1.0, 2.0, 3.0], "float32"))
        replayed, x = Replayed(function, np.zeros(3, "float32")), np.array([1.0, 1.0, 2.0], "float32")
        old, twice = replayed(x)
        np.testing.assert_allclose(old, 9.0)
        np.testing.assert_allclose(twice, [4.0, 6.0, 10.0])
        np.testing.assert_allclose(v.numpy(), [2.0, 3.0, 5.0])
        old, twice = replayed(x)
        np.testing.assert_allclose(old, 15.0)
        np.testing.assert_allclose(twice, [6.0, 8.0, 14.0])


def test_groups_have_an_end():
    """No loop has more stages, or more arrays, than one can compile and a processor can hold."""

    def long(x):
        for _ in range(fusion.MAX_STAGES + 5):
            x = ops.negative(x)
        return [x]

    def wide(*xs):
        total = xs[0]
        for x in xs[1:]:
            total = total + x
        return [total]

    assert [len(p) for p in parts(long, (4,))] == [fusion.MAX_ARRAYS - 1, fusion.MAX_STAGES + 6 - fusion.MAX_ARRAYS]
    for record in fused(wide, *[(4,)] * 40):
        assert len(record.ins) + len(record.op.parts) <= fusion.MAX_ARRAYS
    arrays = [np.full(4, i, "float32") for i in range(40)]
    np.testing.assert_array_equal(Replayed(wide, *arrays)(*arrays)[0], np.full(4, sum(range(40))))


def test_a_single_call_stays_what_it_is():
    """A group of one is no group."""
    (record,) = fused(lambda x: [ops.exp(x)], (4,))
    assert record.op.name == "exp"


UNARY = (ops.tanh, ops.negative, ops.sigmoid, ops.abs, ops.square)
BINARY = (ops.add, ops.multiply, ops.subtract, ops.maximum)


def random_step(seed: int):
    """A function of two tensors and two variables: elementwise calls, broadcasts, reductions and writes at random."""
    random = np.random.default_rng(seed)
    plan = [(int(random.integers(0, 10)), *random.integers(0, 1000, 3)) for _ in range(24)]

    def function(x, y, variables):
        values, rows = [x, y, variables[0] * 1.0], [ops.sum(x, axis=0)]
        for kind, a, b, c in plan:
            one, other, row = values[a % len(values)], values[b % len(values)], rows[c % len(rows)]
            if kind < 3:
                values.append(UNARY[c % len(UNARY)](one))
            elif kind < 6:
                values.append(0.5 * BINARY[c % len(BINARY)](one, other))
            elif kind == 6:
                values.append(ops.tanh(one + row))
            elif kind == 7:
                rows.append(ops.tanh(ops.mean(one, axis=0)))
            elif kind == 8:
                variables[c % 2].assign(ops.tanh(variables[c % 2] + one))
            else:
                values.append(variables[c % 2] * other)
        return [*values[-4:], rows[-1]]

    return function


@pytest.mark.parametrize("seed", range(12))
def test_any_order_of_calls_reads_and_writes_gives_the_same(seed):
    """Outputs and variables of a fused step are those of the eager one, over three steps."""
    random, function = np.random.default_rng(seed), random_step(seed)
    start = [random.standard_normal((3, 4)).astype("float32") for _ in range(2)]
    batches = [[random.standard_normal((3, 4)).astype("float32") for _ in range(2)] for _ in range(3)]
    eager, planned = ([Variable(s) for s in start] for _ in range(2))
    replayed = Replayed(lambda x, y: function(x, y, planned), *batches[0])
    for batch in batches:
        expected = [o.numpy() for o in function(*map(ops.convert_to_tensor, batch), eager)]
        for f, e in zip(replayed(*batch), expected, strict=True):
            np.testing.assert_allclose(f, e, rtol=1e-5, atol=1e-6)
        for p, e in zip(planned, eager, strict=True):
            np.testing.assert_allclose(p.numpy(), e.numpy(), rtol=1e-5, atol=1e-6)
