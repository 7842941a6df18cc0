"""Calls that are divided into tasks, and programs: lists of calls that compiled code makes.

    Tasks(kernel, [arguments, arguments])()

Where the cut could change a bit of a result, it depends on the shapes and the machine alone, never on the number of
threads.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasnb.backend.compile import jit
from kerasnb.backend.runtime import chunks, thread_pool
from kerasnb.backend.runtime.native_call import NativeCall, has_words

MOST_TASKS = 8
WORTH = 8192  # elements of a loop below which another thread does not pay

Call = tuple[Any, tuple]  # a function and its arguments


class Tasks:
    """Calls of one kernel that do not need each other's results.

    Args:
        kernel: `CpuKernel`.
        arguments: List of tuples of arguments, one for each task.
    """

    def __init__(self, kernel: jit.CpuKernel, arguments: Sequence[tuple]) -> None:
        self.tasks = [(kernel, args) for args in arguments]
        self.__name__ = self.name = kernel.name

    def __call__(self) -> None:
        """Makes the calls, on the threads that have time."""
        if _native_calls((self, ())):
            Native([self.tasks], step=False)()  # Python calls shorter ones of the same kernel
        else:
            chunks.run(self.tasks[0][0], [args for _, args in self.tasks])


class Native:
    """A run of calls without Python between them.

    Args:
        groups: List of lists of (kernel, arguments): the calls of one group do not need each other's results.
        step: Whether this is part of a recorded step: then compiled code alone will ever call these kernels, as far
            as is known, and numbers too small for full precision are zeros.
    """

    def __init__(self, groups: Sequence[list[Call]], step: bool = True) -> None:
        self.step = step
        self.calls = [call for group in groups for call in group]
        self.prepared = [NativeCall(kernel, args, step) for kernel, args in self.calls]
        self.addresses = np.array([call.addresses for call in self.prepared], np.int64)
        self.groups = np.array([len(group) for group in groups], np.int64)

    def __call__(self) -> None:
        """Makes the calls; raises what one of them raises."""
        failed = thread_pool.pool().run(self.addresses, self.groups, self.step)
        if failed >= 0:
            kernel, args = self.calls[failed]
            kernel(*args)  # once more, for the error and its text
            raise RuntimeError(f"{kernel.name} failed, but not when it was called again")


class Program:
    """Calls in their order, with as few steps of Python as possible.

    Args:
        calls: List of (function, arguments).
    """

    def __init__(self, calls: Sequence[Call]) -> None:
        self.steps: list[Call] = []
        pairs = ((_native_calls(call), call) for call in calls)
        for native, group in itertools.groupby(pairs, lambda pair: bool(pair[0])):
            run = list(group)
            if native:
                self.steps.append((Native([tasks for tasks, _ in run]), ()))
            else:
                self.steps += [(f.dispatcher if isinstance(f, jit.CpuKernel) else f, args) for _, (f, args) in run]

    def __call__(self) -> None:
        """Makes the calls."""
        for function, args in self.steps:
            function(*args)


def callable_natively(args: tuple) -> bool:
    """Whether compiled code can make a call with these arguments."""
    return thread_pool.available() and has_words(args)


def is_native(call: Call) -> bool:
    """Whether compiled code can make this call, or its tasks."""
    return bool(_native_calls(call))


def _native_calls(call) -> list:
    """The calls that compiled code makes for this one, or none."""
    function, args = call
    group = getattr(function, "tasks", [(function, args)])
    native = all(isinstance(kernel, jit.CpuKernel) and callable_natively(args) for kernel, args in group)
    return group if native else []


def cuts(total: int, count: int, step: int = 1) -> list[tuple[int, int]]:
    """Cuts a range into at most `count` nearly equal runs of multiples of `step`."""
    each = -(-total // max(1, count))
    each += -each % step
    return [(lo, min(lo + each, total)) for lo in range(0, total, max(each, 1))]


def cores() -> int:
    """How many cores the machine has: so many tasks there are, whatever the number of threads."""
    return min(MOST_TASKS, os.cpu_count() or 1)


def in_tasks(kernel: jit.CpuKernel, sliced: Sequence[np.ndarray], rest: tuple, size: int) -> list[Call]:
    """The call `kernel(*sliced, *rest)` of a loop over flat arrays, divided into tasks where it is long.

    Args:
        kernel: `CpuKernel`.
        sliced: Flat arrays of the same size, which are cut.
        rest: Tuple of the other arguments.
        size: Integer, the size of the arrays.
    """
    count = min(cores(), size // WORTH)
    if count < 2:
        return [(kernel, (*sliced, *rest))]
    return [(Tasks(kernel, [(*(a[lo:hi] for a in sliced), *rest) for lo, hi in cuts(size, count, 64)]), ())]


def rows_in_tasks(kernel: jit.CpuKernel, rows: int, along: int, arrays: Sequence[np.ndarray]) -> list[Call]:
    """The call `kernel(rows, along, *arrays)` over flat arrays, divided into tasks where it is long.

    Args:
        kernel: `CpuKernel`.
        rows: Integer, how many rows the arrays hold.
        along: Integer, the size of the work for one row.
        arrays: Flat arrays, each with as much for every row.
    """
    count = min(cores(), rows * along // WORTH, rows)
    if count < 2:
        return [(kernel, (rows, along, *arrays))]
    each = [(a, a.size // rows) for a in arrays]
    tasks = [(hi - lo, along, *(a[lo * n : hi * n] for a, n in each)) for lo, hi in cuts(rows, count)]
    return [(Tasks(kernel, tasks), ())]
