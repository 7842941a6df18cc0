"""The engine's thread pool: helper threads take over some of the concurrent calls of a step.

Whoever comes first takes the next call, so the calling thread never waits for a helper that has not started: on a busy
machine it simply does the work itself. Helpers stay awake a little before they sleep, because the calls of a step
follow each other closely. They keep off the caller's core: Linux likes to wake a thread where its waker runs, and
takes some ten milliseconds to see that another core is idle.

Not `concurrent.futures.ThreadPoolExecutor`: a future costs 8 us and the interpreter's lock, and a call of a step often
takes less. Here a call is dispatched in about 1 us, by compiled code.
"""

from __future__ import annotations

import ctypes
import os
import threading

import numpy as np

from kerasnb.backend.compile import self_check
from kerasnb.backend.compile.jit import External, cpu, link
from kerasnb.backend.runtime import blas
from kerasnb.backend.runtime.forks import forks
from kerasnb.backend.runtime.interrupts import uninterrupted
from kerasnb.backend.runtime.native_call import PRECISE, QUICK, call_at, count_up, float_mode, word_at

SPIN = 40_000  # about 0.4 ms: longer than the gap between two concurrent groups of a step
LOCK, LEFT, DONE, WAKE = 0, 1, 2, 3  # semaphores; every helper has its own to be woken by
NEXT, CALLS, FAILED, CORE, MASK, MODE = 0, 1, 2, 3, 4, 5  # what caller and helpers share; a mask's bytes
FINE = -2  # Numba's calling convention: 0 for a value, -2 for None, anything else is an error
CALL = 16  # bytes: two addresses

get_threads = External("knb_get_threads", "int32", ())
set_threads = External("knb_set_threads", "void", ("int32",))
sched_getcpu = External("sched_getcpu", "int32", ())
sched_setaffinity = External("sched_setaffinity", "int32", ("int32", "int64", "int64"))
sem_post = External("sem_post", "int32", ("int64",))
sem_wait = External("sem_wait", "int32", ("int64",))
sem_trywait = External("sem_trywait", "int32", ("int64",))


@cpu
def wait_for(semaphore: int, spin: int) -> None:
    """Takes a semaphore: a short while awake, then asleep."""
    for _ in range(spin):
        if sem_trywait(semaphore) == 0:
            return
    while sem_wait(semaphore) != 0:
        pass


@cpu
def make_call(at: int, number: int, shared: np.ndarray) -> None:
    """Makes one call, and notes if it failed."""
    status = call_at(word_at(at + number * CALL), word_at(at + number * CALL + 8))
    if status != 0 and status != FINE:
        shared[FAILED] = number


@cpu
def take_calls(shared: np.ndarray, semaphores: np.ndarray) -> int:
    """Makes the calls of a group that nobody has taken yet, and returns how many these were."""
    taken = 0
    while sem_trywait(semaphores[LEFT]) == 0:
        float_mode(shared[MODE])  # not before: a helper that comes late helps with the next group
        make_call(shared[CALLS], count_up(shared.ctypes.data + 8 * NEXT), shared)
        taken += 1
        sem_post(semaphores[DONE])
    return taken


@cpu
def help_with_calls(shared: np.ndarray, semaphores: np.ndarray, wake: int, spin: int) -> None:
    """What a helper thread does all its life."""
    while True:
        wait_for(semaphores[wake], spin)
        take_calls(shared, semaphores)


@cpu
def keep_off(masks: np.ndarray, helpers: np.ndarray, shared: np.ndarray) -> None:
    """Sends helpers away from the caller's core when that has changed; `masks` are addresses, by the core they lack."""
    core = np.int64(sched_getcpu())
    if core != shared[CORE] and 0 <= core < masks.size:
        shared[CORE] = core
        for h in range(helpers.size):
            sched_setaffinity(np.int32(helpers[h]), shared[MASK], masks[core])


@cpu
def run_group(
    at: int, first: int, count: int, shared: np.ndarray, semaphores: np.ndarray, masks: np.ndarray,
    helpers: np.ndarray, spin: int,
) -> None:  # fmt: skip
    """Makes calls that do not need each other's results, with whatever help comes in time."""
    keep_off(masks, helpers, shared)
    shared[NEXT], shared[CALLS] = first, at
    for _ in range(count):
        sem_post(semaphores[LEFT])
    for h in range(min(helpers.size, count - 1)):
        sem_post(semaphores[WAKE + h])
    take_calls(shared, semaphores)
    for _ in range(count):
        wait_for(semaphores[DONE], spin)


@cpu
def run_calls(
    calls: np.ndarray, groups: np.ndarray, shared: np.ndarray, semaphores: np.ndarray, masks: np.ndarray,
    helpers: np.ndarray, mode: int, spin: int,
) -> int:  # fmt: skip
    """Makes all calls, group after group, and returns the number of one that failed, or -1."""
    wait_for(semaphores[LOCK], spin)
    shared[MODE], before = mode, float_mode(mode)
    threads = get_threads()
    set_threads(np.int32(1))  # threads share calls; a product on several threads depends on their number
    shared[FAILED] = -1
    first, at = np.int64(0), np.int64(calls.ctypes.data)  # of one type: functions are compiled for each
    for count in groups:
        if count == 1:
            make_call(at, first, shared)
        else:
            run_group(at, first, count, shared, semaphores, masks, helpers, spin)
        if shared[FAILED] >= 0:
            break
        first += count
    failed = shared[FAILED]
    set_threads(threads)
    float_mode(before)
    sem_post(semaphores[LOCK])
    return failed


def available() -> bool:
    """Whether calls can be made this way here: POSIX semaphores, NumPy's own OpenBLAS, and Numba as it is known."""
    return blas.library() is not None and self_check.entries_work()


def thread_count() -> int:
    """How many threads work on one call: `KERASNB_NUM_THREADS`, else the cores this process may use."""
    limit = os.environ.get("KERASNB_NUM_THREADS") or os.environ.get("OPENBLAS_NUM_THREADS")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(int(limit) if limit else cores, cores, MOST_THREADS))


MOST_THREADS = 8


class ThreadPool:
    """The helper threads, and what they share with the caller."""

    def __init__(self) -> None:
        link(blas.symbols())
        count = thread_count() - 1
        self.memory = np.zeros((WAKE + count, 64), np.uint8)  # one semaphore a cache line
        self.semaphores = np.array([row.ctypes.data for row in self.memory], np.int64)
        self.shared = np.zeros(8, np.int64)
        self.shared[CORE] = -1
        self.bits = _masks() if count else np.zeros((0, 1), np.uint64)
        self.masks, self.shared[MASK] = np.array([m.ctypes.data for m in self.bits], np.int64), self.bits[:1].nbytes
        libc = ctypes.CDLL(None)
        for i, address in enumerate(self.semaphores):
            libc.sem_init(ctypes.c_void_p(int(address)), 0, 1 if i == LOCK else 0)
        self.helpers = np.array([self._start(h) for h in range(count)], np.int64)

    def _start(self, number: int) -> int:
        """Starts a helper, and returns the number that the system knows it by."""
        args = (self.shared, self.semaphores, WAKE + number, SPIN)
        thread = threading.Thread(target=help_with_calls, args=args, name=f"kerasnb-helper-{number}", daemon=True)
        thread.start()
        return thread.native_id or 0

    def run(self, calls: np.ndarray, groups: np.ndarray, quick: bool) -> int:
        """Makes calls, the concurrent groups one after the other.

        Args:
            calls: Array of addresses, of an entry and a block for each call.
            groups: Array of the numbers of calls in each group.
            quick: Whether numbers too small for full precision are zeros.

        Returns:
            The number of a call that failed, or -1.
        """
        mode = QUICK if quick else PRECISE
        return run_calls.dispatcher(calls, groups, self.shared, self.semaphores, self.masks, self.helpers, mode, SPIN)


def _masks() -> np.ndarray:
    """The cores that this process may use, as bits, once for each core of the machine, which is left out."""
    allowed = os.sched_getaffinity(0)
    words = (max(allowed) + 64) // 64
    masks = np.zeros((64 * words, words), np.uint64)
    for core, mask in enumerate(masks):
        for other in allowed - {core}:
            mask[other // 64] |= np.uint64(1) << np.uint64(other % 64)
    return masks


_pools: dict[int, ThreadPool] = {}
_lock = forks.guard(threading.Lock())


def pool() -> ThreadPool:
    """The thread pool of this process; a forked child gets one of its own."""
    existing = _pools.get(os.getpid())
    if existing is not None:
        return existing
    with uninterrupted(), _lock:  # helpers must not outlive what they share
        if os.getpid() not in _pools:
            _pools[os.getpid()] = ThreadPool()
        return _pools[os.getpid()]
