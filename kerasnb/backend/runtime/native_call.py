"""Calls of compiled kernels from compiled code: neither Python nor the interpreter's lock between them.

A call is two addresses, of an entry and of a block. The block holds the address of the kernel's machine code and
behind it the arguments, in words of eight bytes. The entry (backend/compile/numba_internals.py) reads them and calls
the code; there is one for each list of types, a few lines of LLVM that do not know which kernel they serve.
"""

from __future__ import annotations

import platform
from typing import Any

import numpy as np

from kerasnb.backend.compile import jit, numba_internals
from kerasnb.backend.compile.numba_internals import WORD, ir

# --- what compiled code needs to follow addresses ----------------------------------------------------


@jit.Instruction
def call_at(typing: Any, entry: Any, block: Any) -> tuple:
    """Calls an entry with its block; returns the status of Numba's calling convention."""
    types = jit.numba().types

    def build(context, builder, signature, args):
        kind = ir().FunctionType(ir().IntType(32), [args[1].type])
        return builder.call(builder.inttoptr(args[0], kind.as_pointer()), [args[1]])

    return types.int32(types.int64, types.int64), build


@jit.Instruction
def word_at(typing: Any, address: Any) -> tuple:
    """The word at an address."""
    types = jit.numba().types

    def build(context, builder, signature, args):
        return builder.load(builder.inttoptr(args[0], args[0].type.as_pointer()))

    return types.int64(types.int64), build


@jit.Instruction
def count_up(typing: Any, address: Any) -> tuple:
    """Adds one to the word at an address, whatever other threads do, and returns what it was."""
    types = jit.numba().types

    def build(context, builder, signature, args):
        place = builder.inttoptr(args[0], args[0].type.as_pointer())
        return builder.atomic_rmw("add", place, args[0].type(1), "seq_cst")

    return types.int64(types.int64), build


PRECISE, QUICK = 0x1F80, 0x9FC0  # words of the x86 register; QUICK takes denormals for zeros


@jit.Instruction
def float_mode(typing: Any, mode: Any) -> tuple:
    """Sets how this thread treats denormals from now on, on x86 only, and returns the mode before.

    Denormals are numbers below 1e-38: the optimizer state of inactive units becomes that small in a few hundred steps,
    and every operation with it takes the processor a hundred times as long.
    """
    types = jit.numba().types

    def build(context, builder, signature, args):
        if platform.machine().lower() not in ("x86_64", "amd64"):
            return args[0]
        place = builder.alloca(ir().IntType(32))
        kind = ir().FunctionType(ir().VoidType(), [ir().IntType(8).as_pointer()])
        pointer = builder.bitcast(place, kind.args[0])
        builder.call(builder.module.declare_intrinsic("llvm.x86.sse.stmxcsr", (), kind), [pointer])
        before = builder.zext(builder.load(place), args[0].type)
        builder.store(builder.trunc(args[0], ir().IntType(32)), place)
        builder.call(builder.module.declare_intrinsic("llvm.x86.sse.ldmxcsr", (), kind), [pointer])
        return before

    return types.int64(types.int64), build


# --- arguments as words --------------------------------------------------------------------------------


def has_words(value: Any) -> bool:
    """Whether compiled code can pass this argument: an array, a number, or a tuple of them."""
    if isinstance(value, tuple):
        return all(map(has_words, value))
    kind = value.dtype.kind if isinstance(value, (np.ndarray, np.generic)) else "i"
    return isinstance(value, (np.ndarray, np.generic, bool, int, float)) and kind in "fiub"


def words_of(value: Any) -> list[int]:
    """An argument in words, as an entry reads it."""
    if isinstance(value, np.ndarray):
        return [0, 0, value.size, value.itemsize, value.ctypes.data, *value.shape, *value.strides]
    if isinstance(value, tuple):
        return [word for item in value for word in words_of(item)]
    return [int.from_bytes(np.asarray(value).tobytes().ljust(WORD, b"\0"), "little", signed=True)]


class NativeCall:
    """One call, ready to be made by compiled code, for which it keeps the arrays alive.

    Args:
        kernel: `CpuKernel`, compiled for these arguments or not.
        args: Its arguments, which have words.
        inner: Whether compiled code alone will ever call the kernel, as far as is known.
    """

    def __init__(self, kernel: jit.CpuKernel, args: tuple, inner: bool) -> None:
        words = [word for value in args for word in words_of(value)]
        with jit.compiling(), numba_internals.compiler_lock():
            self.library, entry, code = numba_internals.entry_of(kernel.compiled(jit.signature(args), inner))
        jit.ahead.pause()
        self.block = np.array([code, *words], np.int64)
        self.addresses = entry, self.block.ctypes.data
        self.keep = kernel, args
