"""Calls in parts, and programs: lists of calls that are made by compiled code.

    Tasks(kernel, [arguments, arguments])()

Where the cut could change a bit of a result, it depends on the shapes and the machine alone, never on the number of
threads that was asked for.
"""

from __future__ import annotations

import itertools
import os

import numpy as np

from kerasnb.backend.compile import jit
from kerasnb.backend.runtime import chunks as shares
from kerasnb.backend.runtime import thread_pool
from kerasnb.backend.runtime.native_call import Row, has_words

PARTS = 8
WORTH = 8192  # elements of a loop below which another thread does not pay


class Tasks:
    """Calls of one kernel that do not need each other's results.

    Args:
        kernel: `CpuKernel`.
        arguments: List of tuples of arguments, one for each part.
    """

    def __init__(self, kernel, arguments) -> None:
        self.parts = [(kernel, args) for args in arguments]
        self.__name__ = self.name = kernel.name

    def __call__(self):
        if _rows((self, ())):
            Native([self.parts], step=False)()  # Python calls shorter ones of the same kernel
        else:
            shares.share(self.parts[0][0], [args for _, args in self.parts])


class Native:
    """A run of calls without Python between them.

    Args:
        groups: List of lists of (kernel, arguments): those of one group do not need each other's results.
        step: Whether this is part of a recorded step: then compiled code alone will ever call these kernels, as far
            as is known, and numbers too small for full precision are zeros.
    """

    def __init__(self, groups, step=True) -> None:
        self.step = step
        self.calls = [call for group in groups for call in group]
        self.kept = [Row(kernel, args, step) for kernel, args in self.calls]
        self.rows = np.array([row.addresses for row in self.kept], np.int64)
        self.groups = np.array([len(group) for group in groups], np.int64)

    def __call__(self):
        failed = thread_pool.team().run(self.rows, self.groups, self.step)
        if failed >= 0:
            kernel, args = self.calls[failed]
            kernel(*args)  # once more, for the error and its text
            raise RuntimeError(f"{kernel.name} failed, but not when it was called again")


class Program:
    """Calls in their order, as few steps of Python as possible.

    Args:
        calls: List of (function, arguments).
    """

    def __init__(self, calls) -> None:
        self.steps = []
        for native, run in itertools.groupby(((_rows(call), call) for call in calls), lambda pair: bool(pair[0])):
            run = list(run)
            if native:
                self.steps.append((Native([group for group, _ in run]), ()))
            else:
                self.steps += [(f.dispatcher if isinstance(f, jit.CpuKernel) else f, args) for _, (f, args) in run]

    def __call__(self):
        for function, args in self.steps:
            function(*args)


def called_natively(args) -> bool:
    """Whether compiled code can make a call with these arguments."""
    return thread_pool.available() and has_words(args)


def made_natively(call) -> bool:
    """Whether compiled code can make this call, or its parts."""
    return bool(_rows(call))


def _rows(call) -> list:
    """The calls that compiled code makes for this one, or none."""
    function, args = call
    group = getattr(function, "parts", [(function, args)])
    native = all(isinstance(kernel, jit.CpuKernel) and called_natively(args) for kernel, args in group)
    return group if native else []


def cuts(total: int, count: int, step: int = 1) -> list[tuple[int, int]]:
    """A range cut into at most `count` nearly equal runs of multiples of `step`."""
    each = -(-total // max(1, count))
    each += -each % step
    return [(lo, min(lo + each, total)) for lo in range(0, total, max(each, 1))]


def cores() -> int:
    """How many cores the machine has: parts are as many, whatever number of threads was asked for."""
    return min(PARTS, os.cpu_count() or 1)


def in_parts(kernel, sliced, rest, size: int) -> list:
    """The call `kernel(*sliced, *rest)` of a loop over flat arrays, in parts where it is long."""
    count = min(cores(), size // WORTH)
    if count < 2:
        return [(kernel, (*sliced, *rest))]
    return [(Tasks(kernel, [(*(a[lo:hi] for a in sliced), *rest) for lo, hi in cuts(size, count, 64)]), ())]


def rows_in_parts(kernel, rows: int, along: int, arrays) -> list:
    """The call `kernel(rows, along, *arrays)` over flat arrays, which hold as much for each row, in parts."""
    count = min(cores(), rows * along // WORTH, rows)
    if count < 2:
        return [(kernel, (rows, along, *arrays))]
    each = [(a, a.size // rows) for a in arrays]
    shares = [(hi - lo, along, *(a[lo * n : hi * n] for a, n in each)) for lo, hi in cuts(rows, count)]
    return [(Tasks(kernel, shares), ())]
