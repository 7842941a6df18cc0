"""How busy the machine is: processor and memory of this process, read where the system tells them."""

from __future__ import annotations

import os
import pathlib
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

INTERVAL = 1.0  # seconds between two readings


class Reading(NamedTuple):
    """What was read.

    Attributes:
        cores: Processors that this process kept busy since the reading before, None at the first one.
        memory: Bytes that it holds in memory, None where the system does not tell.
        total: Bytes of memory of the machine, or None.
    """

    cores: float | None
    memory: int | None
    total: int | None

    def text(self) -> str:
        """For a footer: `1.9 of 2 cores · 412 MB of 8.2 GB`."""
        parts = []
        if self.cores is not None:
            parts.append(f"{self.cores:.1f} of {_processors()} cores")
        if self.memory is not None:
            parts.append(size(self.memory) + (f" of {size(self.total)}" if self.total else ""))
        return " · ".join(parts)


class Meter:
    """Reads at most once a second; in between the reading before is returned.

    Args:
        clock: Function that returns seconds.
        busy: Function that returns the seconds of processor time that this process has used.

    Example:

    >>> from kerasnb.widgets.runs.meter import Meter
    >>> Meter().read().cores is None
    True
    """

    def __init__(
        self, clock: Callable[[], float] = time.perf_counter, busy: Callable[[], float] = time.process_time
    ) -> None:
        self._clock, self._busy = clock, busy
        self._before: tuple[float, float] | None = None
        self._reading = Reading(None, None, None)

    def read(self) -> Reading:
        """Returns how busy the process was since the reading before."""
        now = self._clock()
        if self._before is not None and now - self._before[0] < INTERVAL:
            return self._reading
        used = self._busy()
        cores = None if self._before is None else (used - self._before[1]) / (now - self._before[0])
        self._before, self._reading = (now, used), Reading(cores, memory(), total_memory())
        return self._reading


def memory() -> int | None:
    """Bytes of memory of this process; where only the largest amount so far is known, that."""
    try:
        pages = int(pathlib.Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError, AttributeError):
        return _largest()


def _largest() -> int | None:
    try:
        import resource  # Windows has none
    except ImportError:
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def total_memory() -> int | None:
    """Bytes of memory of the machine."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError, AttributeError):
        return None


def _processors() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1


def size(count: int) -> str:
    """Bytes for people.

    Example:

    >>> from kerasnb.widgets.runs.meter import size
    >>> size(412_000_000), size(8_230_000_000)
    ('412 MB', '8.2 GB')
    """
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
