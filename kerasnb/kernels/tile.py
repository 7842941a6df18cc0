"""The engine's own product of small matrices, in vector instructions: for what BLAS is too coarse.

A tile is a few rows by 32 columns of sums, which stay in registers until they are done. Its right side is packed: 32
columns next to each other, row after row, so that it is read as it lies in memory; the left side is read where it is,
through strides. Convolutions multiply windows this way without laying them out, and recurrent networks multiply by a
matrix that was packed once for all steps.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from kerasnb.backend.compile import jit, numba_internals
from kerasnb.backend.compile.jit import External, cpu
from kerasnb.backend.compile.numba_internals import ir
from kerasnb.backend.plan import buffers

LANES = 16  # numbers of one vector; processors with shorter registers take several for it
VECTORS = 2
WIDTH = LANES * VECTORS
FLOAT = 4  # bytes


@functools.cache
def most_rows() -> int:
    """How many rows of sums fit the registers: 32 of 512 bits, or 16 of 256."""
    jit.numba()
    with jit.compiling():
        return 8 if numba_internals.cpu_features().get("avx512f") else 3


# --- the instructions ------------------------------------------------------------------------------


class _Tile:
    """Writes the code of a tile with a fixed number of rows.

    Args:
        builder: The builder of LLVM code, at the place where it goes.
        rows: Integer, the number of rows.
        a, b, c: Addresses of numbers, as LLVM integers; all other arguments are extents and strides in numbers.
    """

    def __init__(self, builder, rows, *, runs, k, a, a_row, a_run, a_k, b, c, c_row, keep) -> None:
        self.tools = numba_internals.cgutils()
        self.builder, self.rows, self.word = builder, range(rows), k.type
        self.vector = ir().VectorType(ir().FloatType(), LANES)
        self.a, self.b, self.c = (builder.inttoptr(x, ir().FloatType().as_pointer()) for x in (a, b, c))
        self.runs, self.k, self.keep = runs, k, keep
        self.a_row, self.a_run, self.a_k, self.c_row = a_row, a_run, a_k, c_row
        self.sums = [[self.tools.alloca_once(builder, self.vector) for _ in range(VECTORS)] for _ in self.rows]

    def write(self):
        builder = self.builder
        with builder.if_else(builder.icmp_signed("!=", self.keep, self.word(0))) as (kept, fresh):
            with kept:
                self._each(lambda place, total: builder.store(self._load(place), total))
            with fresh:
                self._each(lambda _, total: builder.store(self.vector(None), total))
        with self.tools.for_range(builder, self.runs) as run:
            self._run(run.index)
        self._each(lambda place, total: builder.store(builder.load(total), self._as_vector(place), align=FLOAT))

    def _run(self, number):
        """Adds the products of one run of the inner axis."""
        builder, start = self.builder, self._at(self.a, number, self.a_run)
        left = [self._at(start, self.word(row), self.a_row) for row in self.rows]
        right = self._at(self.b, builder.mul(number, self.k), self.word(WIDTH))
        with self.tools.for_range(builder, self.k) as step:
            line = self._at(right, step.index, self.word(WIDTH))
            columns = [self._load(self._vector_at(line, v)) for v in range(VECTORS)]
            for row in self.rows:
                x = self._splat(builder.load(self._at(left[row], step.index, self.a_k)))
                for total, column in zip(self.sums[row], columns, strict=True):
                    builder.store(self._multiply_add(x, column, builder.load(total)), total)

    def _each(self, do):
        for row in self.rows:
            line = self._at(self.c, self.word(row), self.c_row)
            for v, total in enumerate(self.sums[row]):
                do(self._vector_at(line, v), total)

    # --- addresses and vectors

    def _at(self, pointer, number, stride):
        return self.builder.gep(pointer, [self.builder.mul(number, stride)])

    def _vector_at(self, pointer, number: int):
        return self.builder.gep(pointer, [self.word(number * LANES)])

    def _as_vector(self, pointer):
        return self.builder.bitcast(pointer, self.vector.as_pointer())

    def _load(self, pointer):
        return self.builder.load(self._as_vector(pointer), align=FLOAT)

    def _splat(self, number):
        nothing = self.vector(ir().Undefined)
        first = self.builder.insert_element(nothing, number, ir().IntType(32)(0))
        return self.builder.shuffle_vector(first, nothing, ir().VectorType(ir().IntType(32), LANES)(None))

    def _multiply_add(self, x, y, z):
        kind, name = ir().FunctionType(self.vector, [self.vector] * 3), f"llvm.fmuladd.v{LANES}f32"
        return self.builder.call(self.tools.get_or_insert_function(self.builder.module, kind, name), (x, y, z))


NAMES = ("runs", "k", "a", "a_row", "a_run", "a_k", "b", "c", "c_row", "keep")


@jit.Instruction
def sums(
    typing: Any, rows: Any, runs: Any, k: Any, a: Any, a_row: Any, a_run: Any, a_k: Any, b: Any, c: Any, c_row: Any,
    keep: Any,
) -> tuple:  # fmt: skip
    """The code of tiles with one to `most_rows()` rows, of which one runs."""
    types = jit.numba().types

    def build(context, builder, signature, args):
        operands = dict(zip(NAMES, args[1:], strict=True))
        done = builder.append_basic_block("done")
        choice = builder.switch(args[0], done)
        for count in range(1, most_rows() + 1):
            block = builder.append_basic_block(f"rows_{count}")
            choice.add_case(args[0].type(count), block)
            builder.position_at_end(block)
            _Tile(builder, count, **operands).write()
            builder.branch(done)
        builder.position_at_end(done)
        return context.get_dummy_value()

    return types.none(*[types.int64] * (len(NAMES) + 1)), build


memcpy = External("memcpy", "int64", ("int64", "int64", "int64"))


@sums.otherwise
def _(rows, runs, k, a, a_row, a_run, a_k, b, c, c_row, keep):
    x, line, total = np.empty(1, np.float32), np.empty(WIDTH, np.float32), np.empty(WIDTH, np.float32)
    for r in range(rows):
        place = c + FLOAT * r * c_row
        if keep:
            memcpy(total.ctypes.data, place, FLOAT * WIDTH)
        else:
            total[:] = 0
        for run in range(runs):
            for i in range(k):
                memcpy(x.ctypes.data, a + FLOAT * (r * a_row + run * a_run + i * a_k), FLOAT)
                memcpy(line.ctypes.data, b + FLOAT * WIDTH * (run * k + i), FLOAT * WIDTH)
                for j in range(WIDTH):
                    total[j] += x[0] * line[j]
        memcpy(place, total.ctypes.data, FLOAT * WIDTH)


# --- cpu -------------------------------------------------------------------------------------------


@cpu
def address(x: np.ndarray) -> np.int64:
    """Where an array begins, as a signed number: sums of signed and unsigned ones would be floats."""
    return np.int64(x.ctypes.data)


@cpu
def whole_tile(
    rows: int, runs: int, k: int, a: int, a_row: int, a_run: int, a_k: int, b: int, c: int, c_row: int, keep: int
) -> None:
    """`c = a @ b`, or `c += a @ b` where `keep` is 1.

    a, b and c are addresses; the inner axis is `runs` runs of `k` numbers of a, `a_run` apart. The only function that
    holds the code of tiles, which is long.
    """
    sums(rows, runs, k, a, a_row, a_run, a_k, b, c, c_row, keep)


@cpu
def tile(
    rows: int, width: int, runs: int, k: int, left: tuple, b: int, c: np.ndarray, c_row: int, keep: int,
    scratch: np.ndarray,
) -> None:  # fmt: skip
    """The same for `width` columns of 32.

    `left` is the address of a with its strides, c a flat array that begins with its first number, and `scratch` has
    space for the largest tile.
    """
    a, a_row, a_run, a_k = left
    if width == WIDTH:
        whole_tile(rows, runs, k, a, a_row, a_run, a_k, b, address(c), c_row, keep)
        return
    whole_tile(rows, runs, k, a, a_row, a_run, a_k, b, address(scratch), WIDTH, 0)
    for r in range(rows):
        for j in range(width):
            c[r * c_row + j] = scratch[r * WIDTH + j] + (c[r * c_row + j] if keep else scratch.dtype.type(0))


@cpu
def rows_of_tiles(extent: int, scratch: np.ndarray) -> int:
    """How many rows tiles of equal size have, of an axis that is cut into as few as possible."""
    most = scratch.size // WIDTH
    count = (extent + most - 1) // most
    return (extent + count - 1) // count


@cpu
def multiply_packed(sizes: tuple, left: tuple, right: tuple, keep: int, result: tuple, scratch: np.ndarray) -> None:
    """`c = a @ b`, or `c += a @ b` where `keep` is 1, for a packed b.

    a and c are (flat array, first element, extent of a row); b is (packed array, first row, how many rows it has).
    """
    (a, a0, a_row), (packed, b0, depth), (c, c0, c_row) = left, right, result
    m, n, k = sizes
    rows = rows_of_tiles(m, scratch)
    for column in range(0, n, WIDTH):
        b = address(packed) + FLOAT * (column * depth + b0 * WIDTH)
        for row in range(0, m, rows):
            count, width = min(rows, m - row), min(WIDTH, n - column)
            at = address(a) + FLOAT * (a0 + row * a_row), a_row, 0, 1
            tile(count, width, 1, k, at, b, c[c0 + row * c_row + column :], c_row, keep, scratch)


@cpu
def pack_rows(
    b: np.ndarray, first: int, row: int, column: int, k: int, width: int, packed: np.ndarray, to: int
) -> None:
    """`width` columns of k rows of a flat array behind each other; strides in numbers, zeros up to 32 columns."""
    for i in range(k):
        come, go = first + i * row, to + i * WIDTH
        if column == 1 and width == WIDTH:
            for j in range(WIDTH):
                packed[np.uint64(go + j)] = b[np.uint64(come + j)]
        else:
            for j in range(WIDTH):
                packed[go + j] = b[come + j * column] if j < width else packed.dtype.type(0)


@cpu
def pack(b: np.ndarray, row: int, column: int, k: int, n: int, packed: np.ndarray) -> None:
    """A matrix in a flat array as panels of 32 columns."""
    for j in range(0, n, WIDTH):
        pack_rows(b, j * column, row, column, k, min(WIDTH, n - j), packed, j * k)


# --- for the implementations of operations ---------------------------------------------------------


def packed_size(k: int, n: int) -> int:
    """How many numbers a packed matrix has."""
    return k * -(-n // WIDTH) * WIDTH


def packed(b: np.ndarray, transposed: bool = False) -> tuple:
    """Space for a packed matrix, or its transpose, and the call that packs it."""
    b = b.T if transposed else b
    (k, n), (row, column) = b.shape, (stride // b.itemsize for stride in b.strides)
    span = (k - 1) * row + (n - 1) * column + 1
    space = buffers.scratch(packed_size(k, n), b.dtype)
    return space, (pack, (np.lib.stride_tricks.as_strided(b, (span,), (b.itemsize,)), row, column, k, n, space))


def scratch(dtype: np.dtype) -> np.ndarray:
    """Space for one tile; each thread needs its own."""
    return buffers.scratch(most_rows() * WIDTH, dtype)
