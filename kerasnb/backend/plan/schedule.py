"""Concurrent groups: neighbouring calls of a step that do not need each other's results.

Threads meet once for all of a group instead of once for each call: for the gradients of a layer, say, or for the
updates of all weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from kerasnb.backend.compile.jit import flattened
from kerasnb.backend.runtime.program import WORTH, Call

_byte_bounds = getattr(np, "byte_bounds", None) or np.lib.array_utils.byte_bounds  # the first in NumPy 1.26
MOST = 64  # calls in a group: looking for what they share takes the square of that


class Job(NamedTuple):
    """The calls of one operation, and the arrays that they read and write."""

    calls: list
    reads: list
    writes: list


class ConcurrentGroup:
    """Calls that do not need each other's results.

    Args:
        calls: List of (function, arguments); a function may consist of `tasks`.
    """

    def __init__(self, calls: list[Call]) -> None:
        self.tasks = flattened(calls)
        self.__name__ = self.name = "+".join(function.name for function, _ in calls)

    def __call__(self) -> None:
        """Makes the calls one by one, where compiled code does not make them."""
        for function, args in self.tasks:
            function(*args)


def concurrent_groups(jobs: Iterable[Job], allowed: Callable[[Call], bool]) -> list[Call]:
    """The calls of all jobs in their order, those of neighbours that may be concurrent as one call.

    Args:
        jobs: List of `Job`.
        allowed: Function `(call) -> bool`, whether a call can be one of several.

    Returns:
        List of (function, arguments); the function of several calls is a `ConcurrentGroup`.
    """
    groups = [_Group()]
    for job in filter(lambda j: j.calls, jobs):
        alone = len(job.calls) > 1 or not all(map(allowed, job.calls))
        if alone or not groups[-1].takes(job):
            groups.append(_Group())
        groups[-1].add(job, alone)
    return [call for group in groups for call in group.calls()]


class _Group:
    """Jobs that do not touch what another one writes."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.reads: list[tuple[int, int]] = []
        self.writes: list[tuple[int, int]] = []
        self.closed = False

    def takes(self, job: Job) -> bool:
        """Whether the job may join."""
        if self.closed or len(self.jobs) >= MOST:
            return False
        reads, writes = _spans(job.reads), _spans(job.writes)
        return not (_meet(writes, self.reads + self.writes) or _meet(reads, self.writes))

    def add(self, job: Job, closed: bool) -> None:
        """Adds a job; nothing joins a group that is closed."""
        self.jobs.append(job)
        self.reads += _spans(job.reads)
        self.writes += _spans(job.writes)
        self.closed = closed

    def calls(self) -> list:
        """One call where threads meet anyway, or where two of the jobs are long: short ones are not worth a meeting."""
        calls = [call for job in self.jobs for call in job.calls]
        divided = any(hasattr(function, "tasks") for function, _ in calls)
        if len(self.jobs) > 1 and (divided or sum(map(_is_long, self.jobs)) > 1):
            return [(ConcurrentGroup(calls), ())]
        return calls


def _is_long(job) -> bool:
    return sum(a.size for a in job.reads + job.writes) >= WORTH


def _spans(arrays) -> list[tuple[int, int]]:
    """Where arrays lie in memory: from the first byte to behind the last."""
    return [_byte_bounds(a) for a in arrays if a.size]


def _meet(some, others) -> bool:
    return any(low < end and start < high for low, high in some for start, end in others)
