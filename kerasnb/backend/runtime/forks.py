"""Forks that wait for other threads: a child has none of them, and would never see them release a lock."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from kerasnb.backend.compile.numba_internals import fork_locks
from kerasnb.backend.runtime.interrupts import uninterrupted

LONGEST = 20.0  # seconds: a kernel's compiling takes one or two; forking late beats never


class Forks:
    """Takes all locks before a fork, and releases them behind it, in parent and child.

    Whoever holds one of these locks takes only those that were guarded before it: files import downwards, so locks
    are taken in the opposite order.
    """

    def __init__(self) -> None:
        self.locks: list = []
        self.pauses: list[Callable] = []
        self.taken: list[tuple] = []

    def guard(self, lock: Any) -> Any:
        """Guards a lock, and returns it."""
        self.locks.append(lock)
        return lock

    def pause(self, paused: Callable) -> None:
        """Guards work: `paused(seconds)` is a context manager in which it rests."""
        self.pauses.append(paused)

    def hold(self) -> None:
        """Takes all locks, before a fork."""
        shield, stack, end = uninterrupted(), contextlib.ExitStack(), time.monotonic() + LONGEST
        shield.__enter__()
        for paused in self.pauses:
            stack.enter_context(paused(end - time.monotonic()))
        for lock in [*reversed(self.locks), *fork_locks(sys.modules)]:
            if lock.acquire(timeout=max(0.0, end - time.monotonic())):
                stack.callback(lock.release)
        self.taken.append((shield, stack))  # now: no other thread is behind the locks

    def go_on(self) -> None:
        """Releases them after a fork. What hooks raise is lost: the parent raises interrupts a moment later."""
        shield, stack = self.taken.pop()
        stack.close()
        shield.restore()
        for _ in shield.noted:
            threading.Timer(0.1, signal.raise_signal, [signal.SIGINT]).start()

    def begin(self) -> None:
        """Releases them in the child: an interrupt was its parent's."""
        self.taken[-1][0].noted.clear()
        self.go_on()


forks = Forks()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=forks.hold, after_in_parent=forks.go_on, after_in_child=forks.begin)
