"""Calls made by compiled code, in parts, on several threads."""

from __future__ import annotations

import itertools
import os
import platform

import numpy as np
import pytest

from kerasnb.backend.compile.jit import compile_calls, cpu
from kerasnb.backend.runtime import thread_pool
from kerasnb.backend.runtime.program import Native, Program, Tasks, cuts, in_tasks


@cpu
def scaled(x, y, factor):
    for i in range(x.size):
        y[i] = x[i] * factor


@cpu
def described(x, cube, numbers, flag, half, y):
    y[0] = x.size + 10 * cube.shape[1] + 100 * numbers[1] + 1000 * flag
    y[1] = half
    y[2] = cube[1, 2, 0]


@cpu
def picky(y, number):
    if number == 3:
        raise ValueError("three is refused")
    y[number] = number + 1


def test_arguments_arrive():
    """Arrays of any rank and order, numbers of any width, booleans and tuples arrive as they are."""
    y, cube = np.zeros(3), np.arange(24.0).reshape(2, 4, 3).swapaxes(1, 2)
    args = (np.zeros(5, np.float32), cube, (7, 8), True, np.float32(0.5), y)
    Native([[(described, args)]])()
    np.testing.assert_array_equal(y, [5 + 30 + 800 + 1000, 0.5, cube[1, 2, 0]])


@pytest.mark.parametrize("count", [1, 2, 7, 100])
def test_every_part_is_made_once(count):
    """All parts are made when the call returns, whoever made them."""
    x, y = np.arange(1000, dtype="float32"), np.zeros(1000, "float32")
    parts = Tasks(scaled, [(x[lo:hi], y[lo:hi], np.float32(2)) for lo, hi in cuts(1000, count)])
    for _ in range(20):
        y.fill(0)
        parts()
        np.testing.assert_array_equal(y, 2 * x)


def test_groups_wait_for_each_other():
    """What a group writes is there for the next one."""
    x = np.arange(1024, dtype="float32")
    arrays = [x, *(np.empty_like(x) for _ in range(8))]
    pairs, runs = itertools.pairwise(arrays), cuts(1024, 4)
    groups = [[(scaled, (a[lo:hi], b[lo:hi], np.float32(2))) for lo, hi in runs] for a, b in pairs]
    chain = Native(groups)
    for _ in range(50):
        for array in arrays[1:]:
            array.fill(np.nan)
        chain()
        np.testing.assert_array_equal(arrays[-1], 256 * x)


def test_an_error_arrives_with_its_text():
    """A kernel's error is raised with its words, and the thread pool goes on to serve others."""
    y = np.zeros(8)
    with pytest.raises(ValueError, match="three is refused"):
        Tasks(picky, [(y, number) for number in range(8)])()
    Tasks(picky, [(y, number) for number in (0, 1, 2, 4)])()
    np.testing.assert_array_equal(y[[0, 1, 2, 4]], [1, 2, 3, 5])


def test_a_program_keeps_the_order():
    """Calls of Python and compiled ones come in the order they were given."""
    x, y, z, seen = np.ones(4, "float32"), np.zeros(4, "float32"), np.zeros(4, "float32"), []
    program = Program([
        (scaled, (x, y, np.float32(3))), (lambda: seen.append(y[0]), ()), (scaled, (y, z, np.float32(3))),
        (scaled, (z, y, np.float32(3))), (lambda: seen.append(y[0]), ()),
    ])  # fmt: skip
    assert len(program.steps) == 4
    program()
    assert seen == [3, 27]


def test_long_loops_have_parts():
    """A short loop is one call; a long one is cut, and gives the same bits."""
    for size, cut in ((100, False), (100_000, True)):
        x, y = np.random.default_rng(0).random(size, dtype="float32"), np.zeros(size, "float32")
        ((function, args),) = in_tasks(scaled, (x, y), (np.float32(1.1),), size)
        assert isinstance(function, Tasks) is cut
        function(*args)
        np.testing.assert_array_equal(y, x * np.float32(1.1))


def test_parts_are_compiled_ahead():
    """The parts of a call are known to those who compile."""
    x = np.ones(10, "int16")
    assert compile_calls([(Tasks(scaled, [(x, x.copy(), np.int16(2))]), ())]) == 1


def test_kernels_are_compiled_once_whoever_calls_them():
    """A recorded step takes what Python has been calling; what Python needs is added only when it calls."""

    @cpu
    def halved(x, y):
        for i in range(x.size):
            y[i] = x[i] / 2

    def natively(args):
        return True

    x, y = np.ones(4, "float32"), np.zeros(4, "float32")
    assert compile_calls([(halved, (x, y))], natively) == 1
    assert "dispatcher" not in vars(halved)
    assert compile_calls([(halved, (x, y))], natively) == 0
    halved(x, y)
    assert (y == 0.5).all()
    wide = x.astype("float64"), y.astype("float64")
    halved(*wide)
    assert compile_calls([(halved, wide)], natively) == 0


def test_denormals_are_zeros_in_recorded_steps_alone():
    """A step does not wait for numbers that hardly count; operations one by one, and Python, compute with them."""
    x, y = np.full(8, 1.2e-38, "float32"), np.zeros(8, "float32")
    in_two = [(x[:4], y[:4], np.float32(0.5)), (x[4:], y[4:], np.float32(0.5))]
    is_x86 = platform.machine().lower() in ("x86_64", "amd64")
    for calls in ([(Tasks(scaled, in_two), ())], [(scaled, args) for args in in_two]):
        y.fill(1)
        Program(calls)()
        assert (y == (0 if is_x86 else x / 2)).all()
    Tasks(scaled, in_two)()
    assert (y == x / 2).all()
    assert (y > 0).all()


def test_helpers_keep_off_the_callers_core():
    """Helpers may run on every core that this process may use, but for the one that the caller was on."""
    y = np.zeros(8, "float32")
    Tasks(scaled, [(y[i : i + 1], y[i : i + 1], np.float32(2)) for i in range(8)])()
    pool = thread_pool.pool()
    core = pool.shared[thread_pool.CORE]
    assert core in os.sched_getaffinity(0)
    for helper in pool.helpers:
        assert os.sched_getaffinity(helper) == os.sched_getaffinity(0) - {core}
