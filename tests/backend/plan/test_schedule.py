"""Neighbours that do not need each other's results are made at once, and nothing else is."""

from __future__ import annotations

import numpy as np
import pytest

from kerasnb.backend.compile.jit import cpu
from kerasnb.backend.plan.schedule import MOST, Job, Together, together
from kerasnb.backend.runtime.program import WORTH, Program, Tasks, cuts, made_natively


@cpu
def mixed(x, y, factor):
    for i in range(y.size):
        y[i] = x[i] * factor + y[i]


def job(x, y, parts=2) -> Job:
    """Adds x, scaled, to y."""
    arguments = [(x[lo:hi], y[lo:hi], np.float32(0.5)) for lo, hi in cuts(y.size, parts)]
    call = (Tasks(mixed, arguments), ()) if parts > 1 else (mixed, arguments[0])
    return Job([call], [x, y], [y])


def rooms(count: int, size: int = 64) -> list:
    return [np.full(size, i + 1, "float32") for i in range(count)]


def groups(jobs, allowed=lambda call: True) -> list[int]:
    """How many jobs each call stands for."""
    return [len(f.name.split("+")) for f, _ in together(jobs, allowed)]


def test_independent_neighbours_are_one_call():
    """The updates of three weights are one call, whose parts are all theirs."""
    a, b, c, d = rooms(4)
    ((function, args),) = together([job(a, b), job(a, c), job(a, d, parts=1)], made_natively)
    assert isinstance(function, Together)
    assert len(function.parts) == 5
    Program([(function, args)])()
    assert (b == 2.5).all() and (c == 3.5).all() and (d == 4.5).all()


@pytest.mark.parametrize(
    "second",
    [lambda a, b, c: job(b, c), lambda a, b, c: job(c, a), lambda a, b, c: job(c, b), lambda a, b, c: job(c, b[8:])],
    ids=["reads what the first writes", "writes what it reads", "writes what it writes", "writes a part of it"],
)
def test_who_touches_what_another_writes_waits(second):
    """Calls that share memory keep their order."""
    a, b, c = rooms(3)
    assert groups([job(a, b), second(a, b, c)]) == [1, 1]


def test_short_calls_and_those_of_python_stay_alone():
    """A meeting of threads must be worth it; only compiled code takes several calls at once."""
    a, b, c = rooms(3)
    assert groups([job(a, b, parts=1), job(a, c, parts=1)]) == [1, 1]
    assert groups([job(a, b), job(a, c)], allowed=lambda call: False) == [1, 1]
    x, y, z = rooms(3, WORTH)
    assert groups([job(x, y, parts=1), job(x, z, parts=1)]) == [2]


def test_operations_of_several_calls_stay_alone():
    """The calls of one operation may need each other; one without calls is nowhere."""
    a, b, c, d, e = rooms(5)
    several = Job([*job(a, b).calls, *job(b, c).calls], [a], [c])
    assert groups([job(a, d), several, job(a, e)]) == [1, 1, 1, 1]
    assert groups([job(a, d), Job([], [d], [d]), job(a, e)]) == [2]


def test_strided_and_reversed_arrays_have_their_place():
    """Memory is compared from the first byte to the last, whichever way an array runs."""
    a, b = rooms(2)
    assert groups([job(a[::-1], b), job(b[40:], a[:8])]) == [1, 1]
    assert groups([job(a[:8], b[:8]), job(a[8:16], b[8:16])]) == [2]


def test_groups_have_an_end():
    """Many neighbours are several groups."""
    a, *others = rooms(MOST + 4)
    assert groups([job(a, b) for b in others]) == [MOST, 3]


def test_any_order_of_reads_and_writes_gives_the_same():
    """Programs of random calls on few arrays: made together or one by one, the bits are the same."""
    random = np.random.default_rng(0)
    for _ in range(30):
        picks = [random.choice(5, 2, replace=False) for _ in range(12)]
        results = []
        for grouped in (False, True):
            arrays = rooms(5)
            jobs = [job(arrays[i], arrays[j], int(i + j) % 3 + 1) for i, j in picks]
            calls = together(jobs, made_natively) if grouped else [c for j in jobs for c in j.calls]
            Program(calls)()
            results.append(np.stack(arrays))
        np.testing.assert_array_equal(*results)
