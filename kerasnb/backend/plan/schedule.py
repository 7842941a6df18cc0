"""Neighbouring calls of a step that do not need each other's results, made at once.

Threads then meet once for all of them instead of once for each: for the gradients of a layer, say, or for the
updates of all weights.
"""

from __future__ import annotations

from typing import NamedTuple

from kerasnb.backend.compile.jit import flattened
from kerasnb.backend.runtime.program import WORTH

MOST = 64  # calls in a group: looking for what they share takes the square of that


class Job(NamedTuple):
    """The calls of one operation, and the arrays that they read and write."""

    calls: list
    reads: list
    writes: list


class Together:
    """Calls that do not need each other's results.

    Args:
        calls: List of (function, arguments); a function may be made of `parts`.
    """

    def __init__(self, calls) -> None:
        self.parts = flattened(calls)
        self.__name__ = self.name = "+".join(function.name for function, _ in calls)

    def __call__(self):
        for function, args in self.parts:
            function(*args)


def together(jobs, allowed) -> list:
    """The calls of all jobs in their order, those of neighbours that may be made at once as one call.

    Args:
        jobs: List of `Job`.
        allowed: Function `(call) -> bool`, whether a call can be one of several.
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
        self.jobs, self.reads, self.writes, self.closed = [], [], [], False

    def takes(self, job) -> bool:
        if self.closed or len(self.jobs) >= MOST:
            return False
        reads, writes = _spans(job.reads), _spans(job.writes)
        return not (_meet(writes, self.reads + self.writes) or _meet(reads, self.writes))

    def add(self, job, closed) -> None:
        self.jobs.append(job)
        self.reads += _spans(job.reads)
        self.writes += _spans(job.writes)
        self.closed = closed

    def calls(self) -> list:
        """One call where threads meet anyway, or where two of the jobs are long; short ones are not worth a meeting."""
        calls = [call for job in self.jobs for call in job.calls]
        in_parts = any(hasattr(function, "parts") for function, _ in calls)
        if len(self.jobs) > 1 and (in_parts or sum(map(_is_long, self.jobs)) > 1):
            return [(Together(calls), ())]
        return calls


def _is_long(job) -> bool:
    return sum(a.size for a in job.reads + job.writes) >= WORTH


def _spans(arrays) -> list[tuple[int, int]]:
    """Where arrays lie in memory: from the first byte to behind the last."""
    return [_span(a) for a in arrays if a.size]


def _span(array) -> tuple[int, int]:
    reach = [(extent - 1) * stride for extent, stride in zip(array.shape, array.strides, strict=True)]
    first = array.ctypes.data
    return first + sum(r for r in reach if r < 0), first + sum(r for r in reach if r > 0) + array.itemsize


def _meet(some, others) -> bool:
    return any(low < end and start < high for low, high in some for start, end in others)
