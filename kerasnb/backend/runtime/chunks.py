"""Shares of one job on several threads: whole compiled kernels that release the interpreter, claimed one by one.

Shares are cut by the shapes alone, so results do not depend on how many threads there are. A share is
claimed by whoever comes first: on a busy machine the caller simply does them all itself.
"""

from __future__ import annotations

import collections
import os
import queue
import threading

from kerasnb.backend.runtime.forks import forks
from kerasnb.backend.runtime.interrupts import uninterrupted
from kerasnb.backend.runtime.thread_pool import thread_count


class Job:
    """Shares of one kernel that are still to be done.

    Args:
        kernel: The compiled kernel.
        shares: List of its arguments.
    """

    def __init__(self, kernel, shares) -> None:
        self.kernel, self.shares, self.ended = kernel, collections.deque(shares), queue.SimpleQueue()

    def work(self) -> None:
        """Does shares until none is left."""
        while self.shares:
            try:
                args = self.shares.popleft()
            except IndexError:  # another thread took the last one
                return
            problem = None
            try:
                self.kernel(*args)
            except BaseException as found:
                problem = found
            self.ended.put(problem)


def _help(jobs) -> None:
    while True:
        jobs.get().work()


_queues: dict = {}
_lock = forks.guard(threading.Lock())


def _helpers() -> queue.SimpleQueue:
    """The queue that this process' helpers read; a forked child gets helpers of its own."""
    with _lock:
        if os.getpid() not in _queues:
            _queues[os.getpid()] = jobs = queue.SimpleQueue()
            for number in range(thread_count() - 1):
                threading.Thread(target=_help, args=(jobs,), name=f"kerasnb-share-{number}", daemon=True).start()
        return _queues[os.getpid()]


def share(kernel, shares: list) -> None:
    """Runs `kernel(*arguments)` for each entry of `shares`, on the threads that have time.

    Raises:
        BaseException: What a share raised, after all have ended.
    """
    job = Job(kernel, shares)
    with uninterrupted():  # helpers that go on alone would write into arrays of a later step
        for _ in range(min(thread_count(), len(shares)) - 1):
            _helpers().put(job)
        job.work()
        problems = [p for p in (job.ended.get() for _ in shares) if p is not None]
    if problems:
        raise problems[0]
