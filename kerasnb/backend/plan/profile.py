"""Profile: how long the calls of a plan take, layer by layer."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

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
    samples = section_samples(plan, repeats)
    return [(where, statistics.median(times)) for where, times in samples.sections], statistics.median(samples.whole)


class Samples(NamedTuple):
    """Seconds, one for each round.

    Args:
        sections: List of pairs, the path of a layer and its list of seconds.
        whole: List of the seconds of the step.
        beside: A list of seconds for each function that ran beside it.
    """

    sections: list[tuple[str, list[float]]]
    whole: list[float]
    beside: list[list[float]]


def section_samples(plan: Plan, repeats: int, again: int = 1, beside: Sequence[Callable[[], None]] = ()) -> Samples:
    """The seconds of each round, of which `section_times` returns the medians.

    A round measures all there is, the step and then its sections: what slows the machine down slows both.

    Args:
        plan: The `Plan`.
        repeats: Integer, the number of rounds.
        again: How often the step, and each section, runs in a row, so that the start of a short one does not count.
        beside: Functions to measure in each round, too.
    """
    pairs = zip(plan.records, plan.jobs, strict=True)
    groups = [(where, [job for _, job in run]) for where, run in itertools.groupby(pairs, lambda pair: pair[0].where)]
    programs = [_program(jobs, again) for _, jobs in groups]

    def replays() -> None:
        for _ in range(again):
            plan.replay()

    samples = Samples([(where, []) for where, _ in groups], [], [[] for _ in beside])
    with engine_lock:
        for _ in range(repeats):
            for function, times in zip(beside, samples.beside, strict=True):
                times.append(_seconds(function))
            samples.whole.append(_seconds(replays) / again)
            for program, (_, times) in zip(programs, samples.sections, strict=True):
                times.append(_seconds(program) / again)
    return samples


def _program(jobs: list, again: int) -> Program:
    calls = concurrent_groups(jobs, is_native) if device.current() == "cpu" else [c for job in jobs for c in job.calls]
    return Program(calls * again)


def _seconds(function: Callable[[], None]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start
