"""Neighbours that do not need each other's results become concurrent groups, and nothing else does."""

from __future__ import annotations

import numpy as np
import pytest

from kerasnb.backend.compile.jit import cpu
from kerasnb.backend.plan.schedule import MOST, ConcurrentGroup, Job, concurrent_groups
from kerasnb.backend.runtime.program import WORTH, Program, Tasks, cuts, is_native


@cpu
def mixed(x, y, factor):
    for i in range(y.size):
        y[i] = x[i] * factor + y[i]


def job(x, y, tasks=2) -> Job:
    """Adds x, scaled, to y."""
    arguments = [(x[lo:hi], y[lo:hi], np.float32(0.5)) for lo, hi in cuts(y.size, tasks)]
    call = (Tasks(mixed, arguments), ()) if tasks > 1 else (mixed, arguments[0])
    return Job([call], [x, y], [y])


def arrays_of(count: int, size: int = 64) -> list:
    return [np.full(size, i + 1, "float32") for i in range(count)]


def groups(jobs, allowed=lambda call: True) -> list[int]:
    """How many jobs each call stands for."""
    return [len(f.name.split("+")) for f, _ in concurrent_groups(jobs, allowed)]


def test_independent_neighbours_are_one_call():
    """The updates of three weights are one call, whose tasks are all of theirs."""
    a, b, c, d = arrays_of(4)
    ((function, args),) = concurrent_groups([job(a, b), job(a, c), job(a, d, tasks=1)], is_native)
    assert isinstance(function, ConcurrentGroup)
    assert len(function.tasks) == 5
    Program([(function, args)])()
    assert (b == 2.5).all() and (c == 3.5).all() and (d == 4.5).all()


@pytest.mark.parametrize(
    "second",
    [lambda a, b, c: job(b, c), lambda a, b, c: job(c, a), lambda a, b, c: job(c, b), lambda a, b, c: job(c, b[8:])],
    ids=["reads what the first writes", "writes what it reads", "writes what it writes", "writes a part of it"],
)
def test_who_touches_what_another_writes_waits(second):
    """Calls that share memory keep their order."""
    a, b, c = arrays_of(3)
    assert groups([job(a, b), second(a, b, c)]) == [1, 1]


def test_short_calls_and_those_of_python_stay_alone():
    """A meeting of threads must be worth it; only compiled code takes several calls at once."""
    a, b, c = arrays_of(3)
    assert groups([job(a, b, tasks=1), job(a, c, tasks=1)]) == [1, 1]
    assert groups([job(a, b), job(a, c)], allowed=lambda call: False) == [1, 1]
    x, y, z = arrays_of(3, WORTH)
    assert groups([job(x, y, tasks=1), job(x, z, tasks=1)]) == [2]


def test_operations_of_several_calls_stay_alone():
    """The calls of one operation may need each other; one without calls is nowhere."""
    a, b, c, d, e = arrays_of(5)
    several = Job([*job(a, b).calls, *job(b, c).calls], [a], [c])
    assert groups([job(a, d), several, job(a, e)]) == [1, 1, 1, 1]
    assert groups([job(a, d), Job([], [d], [d]), job(a, e)]) == [2]


def test_strided_and_reversed_arrays_have_their_place():
    """Memory is compared from the first byte to the last, whichever way an array runs."""
    a, b = arrays_of(2)
    assert groups([job(a[::-1], b), job(b[40:], a[:8])]) == [1, 1]
    assert groups([job(a[:8], b[:8]), job(a[8:16], b[8:16])]) == [2]


def test_groups_have_an_end():
    """Many neighbours are several groups."""
    a, *others = arrays_of(MOST + 4)
    assert groups([job(a, b) for b in others]) == [MOST, 3]


def test_any_order_of_reads_and_writes_gives_the_same():
    """Programs of random calls on few arrays: in groups or one by one, the bits are the same."""
    random = np.random.default_rng(0)
    for _ in range(30):
        picks = [random.choice(5, 2, replace=False) for _ in range(12)]
        results = []
        for grouped in (False, True):
            arrays = arrays_of(5)
            jobs = [job(arrays[i], arrays[j], int(i + j) % 3 + 1) for i, j in picks]
            calls = concurrent_groups(jobs, is_native) if grouped else [c for j in jobs for c in j.calls]
            Program(calls)()
            results.append(np.stack(arrays))
        np.testing.assert_array_equal(*results)
