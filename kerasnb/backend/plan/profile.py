"""Profile: how long the calls of a plan take, layer by layer."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable

from kerasnb.backend.plan.plan import Plan, engine_lock
from kerasnb.backend.plan.schedule import concurrent_groups
from kerasnb.backend.runtime.program import Program, is_native
from kerasnb.backend.tensor import device


def section_times(plan: Plan, repeats: int = 20) -> tuple[list[tuple[str, float]], float]:
    """Times the neighbouring calls of each layer, in their order within the step.

    The step runs as often as is asked for, with everything that it changes.

    Args:
        plan: The `Plan` of a step whose inputs are filled.
        repeats: How often the step runs.

    Returns:
        Tuple of a list of pairs, the layer's path (with `recording.BACKWARD` behind it in the backward pass) and the
        median in seconds, and the median of the whole step in seconds.
    """
    sections, whole = section_samples(plan, repeats)
    return [(where, statistics.median(times)) for where, times in sections], statistics.median(whole)


def section_samples(
    plan: Plan, repeats: int, again: int = 1
) -> tuple[list[tuple[str, list[float]]], list[float]]:
    """The seconds of each repetition, of which `section_times` returns the medians.

    Args:
        plan: The `Plan`.
        repeats: How often the step runs.
        again: How often each section runs in a row, so that the start of a short one does not count.
    """
    pairs = zip(plan.records, plan.jobs, strict=True)
    groups = [(where, [job for _, job in run]) for where, run in itertools.groupby(pairs, lambda pair: pair[0].where)]
    programs = [_program(jobs, again) for _, jobs in groups]
    seconds: list[list[float]] = [[] for _ in programs]
    whole = []
    with engine_lock:
        for _ in range(repeats):
            whole.append(_seconds(plan.replay))
            for program, times in zip(programs, seconds, strict=True):
                times.append(_seconds(program) / again)
    return [(where, times) for (where, _), times in zip(groups, seconds, strict=True)], whole


def _program(jobs: list, again: int) -> Program:
    calls = concurrent_groups(jobs, is_native) if device.current() == "cpu" else [c for job in jobs for c in job.calls]
    return Program(calls * again)


def _seconds(function: Callable[[], None]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start
