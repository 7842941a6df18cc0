"""Products of two matrices on the CPU: one-threaded BLAS on parts, shared with the engine's threads.

The parts depend on the shapes and the machine alone, so the bits do not depend on how many threads there are.
"""

from __future__ import annotations

import numpy as np

from kerasnb.backend import blas
from kerasnb.backend.jit import External, cpu, link
from kerasnb.backend.parts import Parts, cores, cuts

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


@cpu
def product(transposed_a, transposed_b, m, n, k, lda, ldb, ldc, a, b, y, width):
    """y = a @ b: extents, leading dimensions, addresses, and the bytes of a number."""
    ta = TRANSPOSED if transposed_a else PLAIN
    tb = TRANSPOSED if transposed_b else PLAIN
    if width == 4:
        sgemm(ROW_MAJOR, ta, tb, m, n, k, ONE, a, lda, b, ldb, ZERO, y, ldc)
    else:
        dgemm(ROW_MAJOR, ta, tb, m, n, k, 1.0, a, lda, b, ldb, 0.0, y, ldc)


def serves(a, y) -> bool:
    """Whether a product is of a kind that BLAS takes by address."""
    return y.size > 0 and a.size > 0 and y.dtype.name in ("float32", "float64") and blas.library() is not None


def _plain_or_transposed(x) -> tuple[bool, int]:
    """Whether a matrix is stored transposed, and how far apart its stored rows are, in numbers."""
    transposed = x.strides[1] != x.itemsize
    apart = x.strides[1 if transposed else 0] // x.itemsize
    return transposed, max(apart, x.shape[0 if transposed else 1])  # a single row may have any stride


def part_count(m: int, n: int, k: int) -> int:
    """How many parts a product is cut into: few, because each copies the operand that parts have in common."""
    return int(max(1, min(cores(), m * n * k // PER_PART, max(m, n) // 32)))


def arguments_of(a, b, y) -> list[tuple]:
    """The arguments of the parts of `y = a @ b`: cut along the longer axis of y."""
    (m, k), n = a.shape, b.shape[1]
    (ta, lda), (tb, ldb), ldc = _plain_or_transposed(a), _plain_or_transposed(b), max(y.strides[0] // y.itemsize, n)
    rows = []
    for lo, hi in cuts(max(m, n), part_count(m, n, k), 16):
        part_a, part_b, part_y = (a[lo:hi], b, y[lo:hi]) if m >= n else (a, b[:, lo:hi], y[:, lo:hi])
        sizes = (part_y.shape[0], part_y.shape[1], k, lda, ldb, ldc)
        addresses = (part_a.ctypes.data, part_b.ctypes.data, part_y.ctypes.data)
        rows.append((int(ta), int(tb), *sizes, *addresses, y.itemsize))
    return rows


def product_call(a, b, y):
    """The prepared call of `y = a @ b`. The arrays must outlive it: it knows their addresses only."""
    link(blas.symbols())
    arguments = arguments_of(a, b, y)
    alone = len(arguments) == 1 and a.shape[0] * a.shape[1] * b.shape[1] <= SMALL
    return (product, arguments[0]) if alone else (Parts(product, arguments), ())
