"""Products of two matrices on the CPU: one-threaded BLAS on parts, as tasks of the engine's threads.

The parts depend on the shapes and the machine alone, so the bits do not depend on how many threads there are.
"""

from __future__ import annotations

import numpy as np

from kerasnb.backend.compile.jit import External, cpu, link
from kerasnb.backend.runtime import blas
from kerasnb.backend.runtime.program import Tasks, cores, cuts

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
def product(
    transposed_a: bool, transposed_b: bool, m: int, n: int, k: int, lda: int, ldb: int, ldc: int, a: int, b: int,
    y: int, width: int,
) -> None:  # fmt: skip
    """Y = a @ b: extents, leading dimensions, addresses, and the bytes of a number."""
    ta = TRANSPOSED if transposed_a else PLAIN
    tb = TRANSPOSED if transposed_b else PLAIN
    if width == 4:
        sgemm(ROW_MAJOR, ta, tb, m, n, k, ONE, a, lda, b, ldb, ZERO, y, ldc)
    else:
        dgemm(ROW_MAJOR, ta, tb, m, n, k, 1.0, a, lda, b, ldb, 0.0, y, ldc)


@cpu
def products(
    addresses: np.ndarray, transposed_a: bool, transposed_b: bool, m: int, n: int, k: int, lda: int, ldb: int,
    ldc: int, width: int,
) -> None:  # fmt: skip
    """Y = a @ b for each matrix of a batch: `addresses` are rows of those of a, b and y."""
    for i in range(addresses.shape[0]):
        a, b, y = addresses[i, 0], addresses[i, 1], addresses[i, 2]
        product(transposed_a, transposed_b, m, n, k, lda, ldb, ldc, a, b, y, width)


def serves(a: np.ndarray, y: np.ndarray) -> bool:
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


def arguments_of(a: np.ndarray, b: np.ndarray, y: np.ndarray) -> list[tuple]:
    """The arguments of the parts of `y = a @ b`: cut along the longer axis of y."""
    (m, k), n = a.shape, b.shape[1]
    ta, tb, *_, lda, ldb, ldc = _layout(a, b, y)
    rows = []
    for lo, hi in cuts(max(m, n), part_count(m, n, k), 16):
        part_a, part_b, part_y = (a[lo:hi], b, y[lo:hi]) if m >= n else (a, b[:, lo:hi], y[:, lo:hi])
        addresses = (part_a.ctypes.data, part_b.ctypes.data, part_y.ctypes.data)
        rows.append((ta, tb, *part_y.shape, k, lda, ldb, ldc, *addresses, y.itemsize))
    return rows


def _layout(a, b, y) -> tuple:
    """Storage orders, extents and leading dimensions of a product of matrices."""
    (ta, lda), (tb, ldb), ldc = _plain_or_transposed(a), _plain_or_transposed(b), max(y.strides[0] // y.itemsize, 1)
    return int(ta), int(tb), *y.shape, a.shape[1], lda, ldb, max(ldc, y.shape[1])


def _addresses(x, batch: tuple) -> np.ndarray:
    """Where the matrices of a batch lie; an axis that x lacks is repeated."""
    x = np.broadcast_to(x, (*batch, *x.shape[-2:]))
    at = np.array(x.ctypes.data, np.int64)
    for axis, extent in enumerate(batch):
        at = np.add.outer(at, np.arange(extent) * x.strides[axis])
    return at.reshape(-1)


def products_call(a: np.ndarray, b: np.ndarray, y: np.ndarray) -> tuple:
    """The prepared call of `y = a @ b` for batches of matrices. The arrays must outlive it."""
    link(blas.symbols())
    batch, first = y.shape[:-2], (0,) * (y.ndim - 2)
    addresses = np.stack([_addresses(x, batch) for x in (a, b, y)], axis=1)
    rest = (*_layout(a[(0,) * (a.ndim - 2)], b[(0,) * (b.ndim - 2)], y[first]), y.itemsize)
    each = y.shape[-2] * y.shape[-1] * a.shape[-1]
    count = max(1, min(cores(), len(addresses) * each // PER_PART, len(addresses)))
    if count == 1 and each <= SMALL:
        return products, (addresses, *rest)
    return Tasks(products, [(addresses[lo:hi], *rest) for lo, hi in cuts(len(addresses), count)]), ()


def product_call(a: np.ndarray, b: np.ndarray, y: np.ndarray) -> tuple:
    """The prepared call of `y = a @ b`. The arrays must outlive it: it knows their addresses only."""
    link(blas.symbols())
    arguments = arguments_of(a, b, y)
    alone = len(arguments) == 1 and a.shape[0] * a.shape[1] * b.shape[1] <= SMALL
    return (product, arguments[0]) if alone else (Tasks(product, arguments), ())
