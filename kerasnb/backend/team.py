"""The engine's threads: they help the calling thread with parts of one job at a time.

A part is claimed through its semaphore by whoever comes first, so the caller never waits for a helper
that has not started: on a busy machine it simply does the work itself. Helpers spin a little before they
sleep, because the products of a step follow each other closely.
"""

from __future__ import annotations

import ctypes
import os
import threading

import numpy as np

PARTS = 8
FIELDS = 12
SPIN = 40_000  # about 0.4 ms: longer than the gap between two products of a step
LOCK, DONE, WAKE = 0, 1, 2


def thread_count() -> int:
    """How many threads work on one product: `KERASNB_NUM_THREADS`, else the cores this process may use."""
    asked = os.environ.get("KERASNB_NUM_THREADS") or os.environ.get("OPENBLAS_NUM_THREADS")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(int(asked) if asked else cores, cores, PARTS))


class Team:
    """Helpers and what they share with the caller.

    Args:
        helper: Function `helper(shared, semaphores, wake, parts_at, spin)` that serves until the process ends.
    """

    def __init__(self, helper):
        self.helpers = thread_count() - 1
        self.parts_at = WAKE + self.helpers
        self.memory = np.zeros((self.parts_at + PARTS, 64), np.uint8)  # one semaphore a cache line
        self.semaphores = np.array([row.ctypes.data for row in self.memory], np.int64)
        self.shared = np.zeros(PARTS * FIELDS, np.int64)
        self.owner = os.getpid()
        libc = ctypes.CDLL(None)
        for i, address in enumerate(self.semaphores):
            libc.sem_init(ctypes.c_void_p(int(address)), 0, 1 if i == LOCK else 0)
        for h in range(self.helpers):
            args = (self.shared, self.semaphores, WAKE + h, self.parts_at, SPIN)
            threading.Thread(target=helper, args=args, name=f"kerasnb-helper-{h}", daemon=True).start()


_teams: dict = {}
_lock = threading.Lock()


def team(helper) -> Team:
    """The team of this process; a forked child gets one of its own."""
    with _lock:
        if os.getpid() not in _teams:
            _teams[os.getpid()] = Team(helper)
        return _teams[os.getpid()]
