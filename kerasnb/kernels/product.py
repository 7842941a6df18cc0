"""Products of two matrices on the CPU: one-threaded BLAS on parts, shared with the engine's threads.

The parts depend on the shapes alone, so the bits do not depend on how many threads there are.
"""

from __future__ import annotations

import numpy as np

from kerasnb.backend import blas
from kerasnb.backend.jit import External, cpu, link
from kerasnb.backend.team import DONE, FIELDS, LOCK, PARTS, SPIN, WAKE, team

SMALL = 262_144  # multiplications below which OpenBLAS itself stays on one thread, and threads do not pay
PER_PART = 2_000_000
ROW_MAJOR = np.int32(101)
PLAIN = np.int32(111)
TRANSPOSED = np.int32(112)
ONE = np.float32(1)
ZERO = np.float32(0)

_PRODUCT = ("int32", "int32", "int32", "int64", "int64", "int64")  # order, transposes, m, n, k
sgemm = External(
    "knb_sgemm", "void", (*_PRODUCT, "float32", "int64", "int64", "int64", "int64", "float32", "int64", "int64")
)
dgemm = External(
    "knb_dgemm", "void", (*_PRODUCT, "float64", "int64", "int64", "int64", "int64", "float64", "int64", "int64")
)
get_threads = External("knb_get_threads", "int32", ())
set_threads = External("knb_set_threads", "void", ("int32",))
sem_post = External("sem_post", "int32", ("int64",))
sem_wait = External("sem_wait", "int32", ("int64",))
sem_trywait = External("sem_trywait", "int32", ("int64",))


@cpu
def run_part(s, p):
    """The product of one part: transposes, extents, leading dimensions, addresses, width of a number."""
    i = p * FIELDS
    ta = TRANSPOSED if s[i] else PLAIN
    tb = TRANSPOSED if s[i + 1] else PLAIN
    m, n, k, lda, ldb, ldc = s[i + 2], s[i + 3], s[i + 4], s[i + 5], s[i + 6], s[i + 7]
    if s[i + 11] == 4:
        sgemm(ROW_MAJOR, ta, tb, m, n, k, ONE, s[i + 8], lda, s[i + 9], ldb, ZERO, s[i + 10], ldc)
    else:
        dgemm(ROW_MAJOR, ta, tb, m, n, k, 1.0, s[i + 8], lda, s[i + 9], ldb, 0.0, s[i + 10], ldc)


@cpu
def wait_for(semaphore, spin):
    """Takes a semaphore: a short while awake, then asleep."""
    for _ in range(spin):
        if sem_trywait(semaphore) == 0:
            return
    while sem_wait(semaphore) != 0:
        pass


@cpu
def help_with_parts(shared, semaphores, wake, parts_at, spin):
    """What a helper thread does all its life: wake up, claim parts from the end, do them."""
    while True:
        wait_for(semaphores[wake], spin)
        for p in range(PARTS - 1, 0, -1):
            if sem_trywait(semaphores[parts_at + p]) == 0:
                run_part(shared, p)
                sem_post(semaphores[DONE])


@cpu
def product(table, shared, semaphores, helpers, spin):
    """Does all parts of a product, with whatever help comes in time."""
    parts = table.size // FIELDS
    parts_at = WAKE + helpers
    wait_for(semaphores[LOCK], spin)
    threads = get_threads()
    set_threads(np.int32(1))
    for i in range(table.size):
        shared[i] = table[i]
    for p in range(1, parts):
        sem_post(semaphores[parts_at + p])
    for h in range(min(helpers, parts - 1)):
        sem_post(semaphores[WAKE + h])
    run_part(shared, 0)
    left = parts - 1
    for p in range(1, parts):
        if sem_trywait(semaphores[parts_at + p]) == 0:
            run_part(shared, p)
            left -= 1
    for _ in range(left):
        wait_for(semaphores[DONE], spin)
    set_threads(threads)
    sem_post(semaphores[LOCK])


def serves(a, b, y) -> bool:
    """Whether a product is large enough, and of a kind that BLAS takes by address."""
    work = a.shape[0] * a.shape[1] * b.shape[1]
    return work > SMALL and y.dtype.name in ("float32", "float64") and blas.library() is not None


def _plain_or_transposed(x) -> tuple[bool, int]:
    """Whether a matrix is stored transposed, and how far apart its stored rows are, in numbers."""
    transposed = x.strides[1] != x.itemsize
    apart = x.strides[1 if transposed else 0] // x.itemsize
    return transposed, max(apart, x.shape[0 if transposed else 1])  # a single row may have any stride


def part_count(m: int, n: int, k: int) -> int:
    """How many parts a product is cut into, from its shape alone."""
    return int(max(1, min(PARTS, m * n * k // PER_PART, max(m, n) // 32)))


def _cuts(extent: int, parts: int) -> list[tuple[int, int]]:
    """An axis cut into nearly equal runs of multiples of 16."""
    step = -(-extent // parts)
    step += -step % 16
    return [(lo, min(lo + step, extent)) for lo in range(0, extent, step)]


def table_of(a, b, y) -> np.ndarray:
    """The parts of `y = a @ b`: cut along the longer axis of y."""
    (m, k), n = a.shape, b.shape[1]
    (ta, lda), (tb, ldb), ldc = _plain_or_transposed(a), _plain_or_transposed(b), y.strides[0] // y.itemsize
    rows = []
    for lo, hi in _cuts(max(m, n), part_count(m, n, k)):
        part_a, part_b, part_y = (a[lo:hi], b, y[lo:hi]) if m >= n else (a, b[:, lo:hi], y[:, lo:hi])
        sizes = (part_y.shape[0], part_y.shape[1], k, lda, ldb, ldc)
        rows.append((ta, tb, *sizes, part_a.ctypes.data, part_b.ctypes.data, part_y.ctypes.data, y.itemsize))
    return np.array(rows, np.int64)


def product_call(a, b, y):
    """The prepared call of `y = a @ b`. The arrays must outlive it: it knows their addresses only."""
    link(blas.symbols())
    made = team(help_with_parts)
    return product, (table_of(a, b, y).reshape(-1), made.shared, made.semaphores, made.helpers, SPIN)
