"""Chunks of one call on several threads: whole compiled kernels that release the interpreter, claimed one by one.

Chunks are cut by the shapes alone, so results do not depend on how many threads there are. A chunk is claimed by
whoever comes first: on a busy machine the caller simply computes them all itself. This serves where compiled code
cannot make the calls (backend/runtime/thread_pool.py).

Not `concurrent.futures.ThreadPoolExecutor`: there the caller waits while others work, and dispatching eight chunks of
9 us took it 62 us, against 28 us here.
"""

from __future__ import annotations

import collections
import os
import queue
import threading
from collections.abc import Callable

from kerasnb.backend.runtime.forks import forks
from kerasnb.backend.runtime.interrupts import uninterrupted
from kerasnb.backend.runtime.thread_pool import thread_count


class Job:
    """The chunks of one call that are still to be computed.

    Args:
        kernel: The compiled kernel.
        chunks: List of its arguments.
    """

    def __init__(self, kernel: Callable, chunks: list[tuple]) -> None:
        self.kernel, self.chunks = kernel, collections.deque(chunks)
        self.ended: queue.SimpleQueue = queue.SimpleQueue()

    def work(self) -> None:
        """Computes chunks until none is left."""
        while self.chunks:
            try:
                args = self.chunks.popleft()
            except IndexError:  # another thread took the last one
                return
            problem = None
            try:
                self.kernel(*args)
            except BaseException as raised:
                problem = raised
            self.ended.put(problem)


def _help(jobs) -> None:
    while True:
        jobs.get().work()


_queues: dict[int, queue.SimpleQueue] = {}
_lock = forks.guard(threading.Lock())


def _helpers() -> queue.SimpleQueue:
    """The queue that this process' helpers read; a forked child gets helpers of its own."""
    with _lock:
        if os.getpid() not in _queues:
            jobs: queue.SimpleQueue = queue.SimpleQueue()
            _queues[os.getpid()] = jobs
            for number in range(thread_count() - 1):
                threading.Thread(target=_help, args=(jobs,), name=f"kerasnb-chunk-{number}", daemon=True).start()
        return _queues[os.getpid()]


def run(kernel: Callable, chunks: list[tuple]) -> None:
    """Runs `kernel(*arguments)` for each chunk, on the threads that have time.

    Args:
        kernel: The compiled kernel.
        chunks: List of its arguments.

    Raises:
        BaseException: What a chunk raised, after all have ended.
    """
    job = Job(kernel, chunks)
    with uninterrupted():  # helpers that go on alone would write into arrays of a later step
        for _ in range(min(thread_count(), len(chunks)) - 1):
            _helpers().put(job)
        job.work()
        problems = [p for p in (job.ended.get() for _ in chunks) if p is not None]
    if problems:
        raise problems[0]
