"""The meter: what the system tells, once a second, without a package."""

from __future__ import annotations

import numpy as np
import psutil

from kerasnb.widgets.runs import meter
from kerasnb.widgets.runs.meter import Meter, Reading
from tests.widgets.fakes import Clock


def test_memory_is_what_the_system_says():
    """The bytes of this process and of the machine, as psutil reads them; 64 MB more are seen."""
    before = meter.memory()
    assert abs(before - psutil.Process().memory_info().rss) < 3e6
    assert meter.total_memory() == psutil.virtual_memory().total
    held = np.ones(8_000_000)
    assert 55e6 < meter.memory() - before < 75e6 and held.sum() == 8_000_000


def test_cores_are_processor_time_by_time():
    """3 s of work within 2 s are 1.5 cores; within a second the reading before is returned."""
    clock, busy = Clock(), Clock()
    reader = Meter(clock, busy)
    assert reader.read().cores is None
    clock.now, busy.now = clock.now + 0.5, busy.now + 0.5
    assert reader.read().cores is None
    clock.now, busy.now = clock.now + 1.5, busy.now + 2.5
    assert reader.read().cores == 1.5


def test_the_text_leaves_out_what_is_unknown():
    """A system that tells nothing gives an empty text."""
    assert Reading(1.25, 412_000_000, None).text().endswith("cores · 412 MB")
    assert Reading(None, 5_000_000_000, 8_230_000_000).text() == "5.0 GB of 8.2 GB"
    assert Reading(None, None, None).text() == ""


def test_a_reading_is_cheap():
    """A hundred readings within a second cost one."""
    clock, calls = Clock(), []
    reader = Meter(clock, lambda: float(calls.append(1) or len(calls)))
    for _ in range(100):
        reader.read()
    assert len(calls) == 1
