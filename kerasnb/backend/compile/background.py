"""One background thread, which does what may be needed soon, and pauses while others need the compiler."""

from __future__ import annotations

import atexit
import contextlib
import os
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

from kerasnb.backend.runtime.forks import forks
from kerasnb.backend.runtime.interrupts import uninterrupted

LAST = 10.0  # seconds that the end of a process waits for the background


class Ended(Exception):
    """Ends a job that nobody will need any more."""


class Ahead:
    """One background thread that imports Numba and compiles kernels before they are needed."""

    def __init__(self) -> None:
        self.start_anew()

    def start_anew(self) -> None:
        """Forgets what was submitted: a forked child has neither the thread nor a queue that wakes anybody."""
        self.jobs: queue.Queue = queue.Queue()
        self.thread: threading.Thread | None = None
        self.lock = threading.Lock()
        self.gate, self.turn = threading.Lock(), threading.RLock()  # who works has the turn, who waits for it the gate
        self.errors: list[Exception] = []
        self.pending: set[threading.Event] = set()
        self.ending = False

    def submit(self, job: Callable[[], Any]) -> threading.Event:
        """Runs `job()` in the background and returns an event that is set when it has ended.

        The error of a job is only noted: its work is done again, in the open, when it is needed.
        """
        ended = threading.Event()
        with uninterrupted(), self.lock:
            if self.thread is None or not self.thread.is_alive():
                self.thread = threading.Thread(target=self._work, name="kerasnb-compile", daemon=True)
                self.thread.start()
            self.pending.add(ended)
            self.jobs.put((job, ended))
        return ended

    def _work(self):
        while True:
            job, ended = self.jobs.get()
            with self.turn:
                try:
                    self.pause()
                    job()
                except Exception as problem:
                    self.errors.append(problem)
                finally:
                    self.pending.discard(ended)
                    ended.set()
                    self.jobs.task_done()

    def pause(self) -> None:
        """Lets others have the turn for a while, where the background thread calls it: between two kernels."""
        if threading.current_thread() is not self.thread:
            return
        self.turn.release()
        try:
            with self.gate:
                pass
        finally:
            self.turn.acquire()
        if self.ending:
            raise Ended

    @contextlib.contextmanager
    def resting(self, seconds: float) -> Iterator[None]:
        """The background thread rests inside; after so many seconds nobody waits for it any more."""
        with contextlib.ExitStack() as stack:
            for lock in (self.gate, self.turn):
                if lock.acquire(timeout=max(0.0, seconds)):
                    stack.callback(lock.release)
            yield

    def end(self) -> None:
        """Ends the work: a thread that is inside of LLVM when the interpreter goes may take the process with it."""
        self.ending = True
        with uninterrupted(), self.resting(LAST):
            pass

    def wait(self) -> None:
        """Waits until all submitted jobs have ended."""
        self.jobs.join()


ahead = Ahead()
forks.pause(lambda seconds: ahead.resting(seconds))
atexit.register(ahead.end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=ahead.start_anew)
