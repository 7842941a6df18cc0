"""How long an operation takes, and how far its implementations are from its reference."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasnb.backend.plan.plan import engine_lock
from kerasnb.backend.tensor import device
from kerasnb.widgets.sources.trace import Call

MOST, SECONDS = 9, 0.4


def median_ms(run: Callable[[], Any]) -> tuple[float, int]:
    """The median time of a call in milliseconds, after one that is not counted, and how many were measured."""
    run()
    times: list[float] = []
    while len(times) < MOST and (not times or sum(times) < SECONDS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e3, len(times)


def cpu_run(call: Call) -> tuple[Callable[[], None], list[np.ndarray]]:
    """The call on the CPU, prepared, and the arrays that it fills."""
    outs = [np.empty_like(out) for out in call.outs]
    with device.scope("cpu"):
        calls = call.op.prepare(call.ins, outs, call.attrs)

    def run() -> None:
        with engine_lock:
            for function, args in calls:
                function(*args)

    return run, outs


def cuda_run(call: Call) -> tuple[Callable[[], None], Callable[[], list[np.ndarray]]]:
    """The same on the GPU, and a function that fetches the results."""
    with device.scope("cuda"):
        runtime = device.runtime()
        ins = [runtime.from_host(array) for array in call.ins]
        outs = [runtime.empty(out.shape, out.dtype) for out in call.outs]
        calls = call.op.prepare(ins, outs, call.attrs)

    def run() -> None:
        with engine_lock, device.scope("cuda"):
            for function, args in calls:
                function(*args)
            runtime.synchronize()

    return run, lambda: [runtime.to_host(out) for out in outs]


def reference_run(call: Call) -> Callable[[], list[np.ndarray]]:
    """The reference."""

    def run() -> list[np.ndarray]:
        with np.errstate(all="ignore"):
            results = call.op.reference(*call.ins, **call.attrs)
        return [np.asarray(r) for r in (results if isinstance(results, tuple) else (results,))]

    return run


def largest_difference(some: list[np.ndarray], others: list[np.ndarray]) -> float:
    """The largest distance between two numbers at the same place; places where both are NaN agree."""
    worst = 0.0
    for a, b in zip(some, others, strict=True):
        if a.size:
            a, b = a.astype(np.complex128), b.astype(np.complex128)
            same = (a == b) | (np.isnan(a) & np.isnan(b))
            with np.errstate(invalid="ignore"):
                worst = float(np.maximum(worst, np.max(np.where(same, 0.0, np.abs(a - b)))))
    return worst
