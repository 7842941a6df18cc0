"""Sums whose error does not grow with the number of terms: short runs, and the rounding errors of adding them.

A run is summed in vector lanes, so that each lane adds a few dozen numbers. Runs are added one after the other, and
what an addition loses (Knuth's two-sum) is added with the next one (Kahan, 1965).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasnb.backend.compile import jit, numba_internals
from kerasnb.backend.compile.jit import cpu, element
from kerasnb.kernels.common import whole_vectors

RUN = 1024  # contiguous numbers that are summed in vector lanes
ROWS = 128  # rows that are summed onto each other
STEPS = 64  # numbers that one thread of a GPU sums


@element
def carried(total: float, lost: float, more: float) -> tuple[float, float]:
    """A total and its rounding error after an addition; infinity has no error that counts."""
    added = more + lost if lost == lost else more
    s = total + added
    c = s - total
    return s, (total - (s - c)) + (added - c)


@element
def kept(total: float, lost: float) -> float:
    """A total with its rounding error added; one that is not finite stays as it is."""
    both = total + lost
    return both if lost == lost else total


# --- contiguous numbers ----------------------------------------------------------------------------


@jit.Instruction
def inlined(typing: Any) -> tuple:
    """Puts a function into the loops that call it: a call costs as much as the sum of a short row."""
    types = jit.numba().types

    def build(context, builder, signature, args):
        builder.function.attributes.add("alwaysinline")
        return context.get_dummy_value()

    return types.void(), build


@inlined.otherwise
def _():
    pass


@jit.Instruction
def slice_of(typing: Any, x: Any, start: Any, stop: Any) -> tuple:
    """A run of a flat array. Unlike a slice it keeps no count of references: counting costs more than a short row."""
    types = jit.numba().types

    def build(context, builder, signature, args):
        return numba_internals.part_of_array(context, builder, signature.args[0], *args)

    return x(x, types.int64, types.int64), build


@slice_of.otherwise
def _(x, start, stop):
    return x[start:stop]


@cpu(fastmath={"reassoc", "nsz"})
def run_sum(x: np.ndarray, start: int, stop: int) -> float:
    """The sum of a run."""
    inlined()
    whole_vectors()
    s = x.dtype.type(0)
    for i in range(start, stop):
        s += x[np.uint64(i)]
    return s


@cpu(fastmath={"reassoc", "nsz"})
def run_dot(x: np.ndarray, y: np.ndarray, start: int, stop: int) -> float:
    """The sum of the products of two runs."""
    inlined()
    whole_vectors()
    s = x.dtype.type(0)
    for i in range(start, stop):
        s += x[np.uint64(i)] * y[np.uint64(i)]
    return s


@cpu
def row_sum(x: np.ndarray) -> float:
    """The sum of a row, inside of other loops."""
    inlined()
    total = run_sum(x, 0, min(x.size, RUN))
    if x.size > RUN:
        lost = x.dtype.type(0)
        for start in range(RUN, x.size, RUN):
            total, lost = carried(total, lost, run_sum(x, start, min(start + RUN, x.size)))
        total = kept(total, lost)
    return total


@cpu
def row_dot(x: np.ndarray, y: np.ndarray) -> float:
    """The sum of the products of two rows."""
    inlined()
    total = run_dot(x, y, 0, min(x.size, RUN))
    if x.size > RUN:
        lost = x.dtype.type(0)
        for start in range(RUN, x.size, RUN):
            total, lost = carried(total, lost, run_dot(x, y, start, min(start + RUN, x.size)))
        total = kept(total, lost)
    return total


# --- rows onto each other --------------------------------------------------------------------------


@cpu
def add_run(total: np.ndarray, lost: np.ndarray, part: np.ndarray) -> None:
    """Adds a run's sums to totals, place by place."""
    for j in range(total.size):
        total[j], lost[j] = carried(total[j], lost[j], part[j])


@cpu
def add_or_begin(first: bool, total: np.ndarray, lost: np.ndarray, part: np.ndarray) -> None:
    """The same; the first run begins the totals."""
    if first:
        for j in range(total.size):
            total[j], lost[j] = part[j], part.dtype.type(0)
    else:
        add_run(total, lost, part)


@cpu
def settle(total: np.ndarray, lost: np.ndarray) -> None:
    """Adds their rounding errors to totals."""
    for j in range(total.size):
        total[j] = kept(total[j], lost[j])


@cpu
def add_rows(x: np.ndarray, start: int, stop: int, y: np.ndarray) -> None:
    """Y = the sum of rows `start` to `stop` of x, which are as long as y: four at once, which saves passes over y."""
    after, row = y.size, start
    for j in range(after):
        y[j] = x.dtype.type(0)
    while row < stop - 3:
        one = row * after
        two, three, four = one + after, one + 2 * after, one + 3 * after
        for j in range(after):
            left = x[np.uint64(one + j)] + x[np.uint64(two + j)]
            y[j] += left + (x[np.uint64(three + j)] + x[np.uint64(four + j)])
        row += 4
    while row < stop:
        one = row * after
        for j in range(after):
            y[j] += x[np.uint64(one + j)]
        row += 1
