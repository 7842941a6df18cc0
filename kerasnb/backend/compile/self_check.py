"""Whether Numba's internals do what kerasnb needs of them: tried on two tiny kernels, which the disk cache keeps."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from kerasnb.backend.compile import jit, numba_internals
from kerasnb.backend.compile.jit import cpu
from kerasnb.backend.compile.numba_internals import PARTS, cgutils, ir


@jit.Instruction
def count_to(typing: Any, number: Any) -> tuple:
    """The sum 0 + 1 + ... + (number - 1), with all the helpers that kernels use to write machine code."""
    types = jit.numba().types

    def build(context, builder, signature, args):
        double, tools = ir().DoubleType(), cgutils()
        total = tools.alloca_once(builder, double)
        builder.store(double(0), total)
        kind = ir().FunctionType(double, [double] * 3)
        multiply_add = tools.get_or_insert_function(builder.module, kind, "llvm.fmuladd.f64")
        with tools.for_range(builder, args[0]) as loop:
            index = builder.sitofp(loop.index, double)
            builder.store(builder.call(multiply_add, (index, double(1), builder.load(total))), total)
        numba_internals.add_attribute(builder.function, '"prefer-vector-width"="512"')
        return builder.load(total)

    return types.float64(types.int64), build


@jit.Instruction
def part(typing: Any, x: Any, start: Any, stop: Any) -> tuple:
    """A part of a flat array."""
    types = jit.numba().types

    def build(context, builder, signature, args):
        return numba_internals.part_of_array(context, builder, signature.args[0], *args)

    return x(x, types.int64, types.int64), build


@cpu
def stored(x: np.ndarray, number: int) -> None:
    """A kernel without machine code of ours."""
    x[0] = number


@cpu
def written(x: np.ndarray, number: int) -> None:
    """A kernel with it."""
    x[0] = count_to(number)
    second = part(x, 1, 3)
    second[0] = second.size


def _try_instructions() -> None:
    x = np.zeros(4)
    written(x, 4)
    _expect(x.tolist(), [6.0, 2.0, 0.0, 0.0])


def _try_entries() -> None:
    x = np.zeros(2)
    with numba_internals.compiler_lock():
        _, address, code = numba_internals.entry_of(stored.compiled(jit.signature((x, 3))))
    words = [code, 0, 0, x.size, x.itemsize, x.ctypes.data, *x.shape, *x.strides, 3]
    status = numba_internals.call_entry(address, np.array(words, np.int64))
    _expect((status in (0, -2), x.tolist()), (True, [3.0, 0.0]))  # 0 for a value, -2 for None; others are errors


def _expect(received, expected) -> None:
    if received != expected:
        raise RuntimeError(f"expected {expected}, received {received}")


def check_all() -> None:
    """Checks all parts, and warns of those that do not pass."""
    numba_internals.check("instructions", _try_instructions)
    numba_internals.check_dispatcher(stored.dispatcher, jit.signature((np.zeros(2), 3)))
    numba_internals.check("entries", _try_entries)
    for name in PARTS:
        numba_internals.check(name)
    numba_internals.warn()


jit.when_imported.append(check_all)


@functools.cache
def entries_work() -> bool:
    """Whether compiled code can call kernels by their addresses."""
    jit.numba()
    return all(map(numba_internals.works, ("instructions", "entries", "overloads")))
