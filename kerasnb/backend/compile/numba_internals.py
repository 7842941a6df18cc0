"""What kerasnb uses of Numba and llvmlite beyond their documented interfaces. It stands here and nowhere else.

Any release may change it. So each `Part` is checked once, on a tiny function (backend/compile/self_check.py), when
Numba has been imported. A part that does not pass is left out: public calls take its place, which are slower, and one
warning says so. Nothing here imports Numba at the top: the functions are called after Numba has been imported.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import importlib
import importlib.util
import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from kerasnb.backend.warn import warn_user

TESTED = "numba>=0.61,<0.69"  # as in pyproject.toml


# --- parts and what is wrong with them ---------------------------------------------------------------


class Part(NamedTuple):
    """Internals that are used together.

    Args:
        names: Tuple of strings, `"module:attribute.attribute"`.
        otherwise: String, what happens without them, for the warning.
    """

    names: tuple
    otherwise: str


PARTS = {
    "instructions": Part(
        (
            "llvmlite.ir:IRBuilder",
            "numba.extending:intrinsic",
            "numba.core.cgutils:alloca_once",
            "numba.core.cgutils:for_range",
            "numba.core.cgutils:get_or_insert_function",
            "numba.np.arrayobj:make_array",
            "numba.np.arrayobj:populate_array",
        ),
        "small products are computed number by number",
    ),
    "entries": Part(
        ("numba.core.registry:cpu_target.target_context",),
        "each call of a step goes through Python",
    ),
    "overloads": Part((), "each call of a step goes through Python"),
    "cache": Part((), "kernels are compiled anew after each change of a source file"),
    "dispatcher": Part((), "an interrupt while a kernel is compiled may leave it half compiled"),
    "events": Part(
        ("numba.core.event:Listener", "numba.core.event:register"),
        "kernels are compiled in one process",
    ),
    "locks": Part(
        ("numba.core.compiler_lock:global_compiler_lock._lock.acquire", "llvmlite.binding.ffi:lib._lock._lock.acquire"),
        "a fork while a kernel is compiled may hang",
    ),
    "symbols": Part(("llvmlite.binding:add_symbol",), "matrices are multiplied through NumPy"),
    "features": Part(("llvmlite.binding:get_host_cpu_features",), "small products use few registers"),
}

_broken: dict[str, Exception] = {}
_warned: list = []


def find(name: str) -> Any:
    """What stands at `"module:attribute.attribute"`."""
    module, _, path = name.partition(":")
    return functools.reduce(getattr, path.split("."), importlib.import_module(module))


def works(part: str) -> bool:
    """Whether a part can be used, as far as the checks so far have shown."""
    return part not in _broken


def check(part: str, try_out: Callable[[], Any] = lambda: None) -> bool:
    """Checks a part: its names are there, and `try_out()` raises nothing."""
    try:
        for name in PARTS[part].names:
            find(name)
        try_out()
    except Exception as problem:  # whatever a changed interface may raise
        _broken.setdefault(part, problem)
    return works(part)


def warn() -> None:
    """Warns, once in a process, of the parts that did not pass."""
    if not _broken or _warned:
        return
    _warned.append(True)
    problem = next(iter(_broken.values()))
    instead = dict.fromkeys(PARTS[part].otherwise for part in PARTS if part in _broken)
    warn_user(
        f"Numba {importlib.import_module('numba').__version__} differs from the versions that kerasnb was tested with "
        f"({type(problem).__name__}: {problem}). Everything works, but slower: {'; '.join(instead)}. "
        f'For full speed: pip install "{TESTED}".'
    )


# --- machine code inside of kernels ------------------------------------------------------------------


def ir() -> Any:
    """`llvmlite.ir`: types and builders of LLVM code."""
    return importlib.import_module("llvmlite.ir")


def cgutils() -> Any:
    """Numba's helpers for LLVM code: `alloca_once`, `for_range`, `get_or_insert_function`."""
    return importlib.import_module("numba.core.cgutils")


def add_attribute(function: Any, text: str) -> None:
    """Gives an LLVM function an attribute, also one that llvmlite's own `add` does not know."""
    set.add(function.attributes, text)


def part_of_array(context: Any, builder: Any, kind: Any, array: Any, start: Any, stop: Any) -> Any:
    """The LLVM value of a part of a flat array, which keeps no count of references.

    Args:
        context: Numba's target context.
        builder: The builder of LLVM code.
        kind: The array's type.
        array: Its value.
        start: LLVM integer, the first element.
        stop: LLVM integer, the element behind the last.
    """
    arrays = importlib.import_module("numba.np.arrayobj")
    whole, part = arrays.make_array(kind)(context, builder, array), arrays.make_array(kind)(context, builder)
    arrays.populate_array(
        part, data=builder.gep(whole.data, [start]), shape=[builder.sub(stop, start)],
        strides=[whole.itemsize], itemsize=whole.itemsize, meminfo=None,
    )  # fmt: skip
    return part._getvalue()


def cpu_features() -> dict:
    """What instructions the processor has: booleans by LLVM's names; empty where that is not known."""
    if not check("features"):
        return {}
    return importlib.import_module("llvmlite.binding").get_host_cpu_features()


# --- C functions by name -----------------------------------------------------------------------------


@functools.cache
def can_link() -> bool:
    """Whether kernels can call C functions by name; where Numba is missing there are no kernels."""
    return importlib.util.find_spec("llvmlite") is not None and check("symbols")


def add_symbol(name: str, address: int) -> None:
    """Makes a C function known to compiled code."""
    importlib.import_module("llvmlite.binding").add_symbol(name, address)


# --- dispatchers: the functions that `numba.njit` returns ----------------------------------------------


def shield(dispatcher: Any, wrap: Callable) -> None:
    """Wraps what Numba calls to compile for types that are not in memory."""
    for name in ("compile", "_compile_for_args"):
        if hasattr(dispatcher, name):
            setattr(dispatcher, name, wrap(getattr(dispatcher, name)))


def overload(dispatcher: Any, types: tuple) -> Any:
    """What was compiled for these types, or None."""
    if works("overloads"):
        return dispatcher.overloads.get(types)
    return dispatcher if types in dispatcher.signatures else None


def check_dispatcher(dispatcher: Any, types: tuple) -> None:
    """Checks what is used of a dispatcher, which is compiled for these types."""

    def compile_one() -> None:
        dispatcher.compile(types)
        find_all(dispatcher.overloads[types], OF_COMPILED)

    check("overloads", compile_one)
    check("dispatcher", lambda: find_all(dispatcher, ("compile", "_compile_for_args")))


OF_COMPILED = ("library.get_pointer_to_function", "fndesc.llvm_func_name", "signature.return_type", "signature.args")
OF_CACHE = ("load_overload", "save_overload", "flush", "cache_path", "_cache_file._source_stamp")


def find_all(owner: Any, names: tuple) -> None:
    """Raises AttributeError if one of the attributes is missing."""
    for name in names:
        functools.reduce(getattr, name.split("."), owner)


# --- Numba's cache on disk -----------------------------------------------------------------------------


def check_cache(dispatcher: Any) -> bool:
    """Whether a dispatcher's cache can be made to notice edits in other files, and to forgive damaged ones."""
    return check("cache", lambda: find_all(dispatcher._cache, OF_CACHE))


def stamp(dispatcher: Any, states: tuple) -> None:
    """Lets the cache look at other files too: compiled code is used as long as their states are what they were."""
    index = dispatcher._cache._cache_file
    index._source_stamp = index._source_stamp, states


def lenient(dispatcher: Any, report: Callable) -> Any:
    """Lets Numba compile what it cannot read, such as half a file, and go on where it cannot write: on a full disk.

    Args:
        dispatcher: A function that Numba or numba-cuda compiles.
        report: Called as `report(problem)` where compiled code could not be kept.
    """
    kept: Any = getattr(dispatcher, "_cache", None)
    if not hasattr(kept, "load_overload") or not hasattr(kept, "save_overload"):  # none, or one that is not known
        return dispatcher
    load, save = kept.load_overload, kept.save_overload

    def load_overload(types, target):
        try:
            return load(types, target)
        except Exception:  # whatever a pickle of any bytes may raise
            with contextlib.suppress(OSError):  # a folder that cannot be written keeps what it has
                kept.flush()
            return None

    def save_overload(types, compiled):
        try:
            save(types, compiled)
        except Exception as problem:
            report(f"{kept.cache_path}: {problem}")

    kept.load_overload, kept.save_overload = load_overload, save_overload
    return dispatcher


# --- locks and events ------------------------------------------------------------------------------------


def compiler_lock() -> Any:
    """The lock under which Numba compiles, as a context manager."""
    try:
        return find("numba.core.compiler_lock:global_compiler_lock")
    except (ImportError, AttributeError):
        return contextlib.nullcontext()


def fork_locks(modules: dict) -> list:
    """The locks of Numba and of LLVM's bindings, where these were imported: taken last, as compiling takes them."""
    locks = []
    for name in PARTS["locks"].names:
        if name.partition(":")[0] in modules:
            with contextlib.suppress(AttributeError):
                find(name)
                locks.append(find(name.rpartition(".")[0]))
    return locks


def listen(compiled: Callable) -> None:
    """Calls `compiled()` after each function that Numba has compiled; what it finds on disk does not count."""
    event: Any = importlib.import_module("numba.core.event")

    class Compiled(event.Listener):
        def on_start(self, event: Any) -> None:
            pass

        def on_end(self, event: Any) -> None:
            compiled()

    event.register("numba:compile", Compiled())


# --- entries: compiled functions that are called by address --------------------------------------------

WORD = 8
_numbers = itertools.count()


def _read(context, builder, kind, take):
    """Code that reads an argument; `take()` returns the address of the next word."""
    types = importlib.import_module("numba").types
    if isinstance(kind, types.BaseTuple):
        return context.make_tuple(builder, kind, [_read(context, builder, item, take) for item in kind])
    first = take()
    if isinstance(kind, types.Array):
        for _ in range(4 + 2 * kind.ndim):
            take()
    model = context.data_model_manager[kind]
    return model.load_from_data_pointer(builder, builder.inttoptr(first, model.get_data_type().as_pointer()))


@functools.cache
def entry(result: Any, types: tuple) -> tuple:
    """Machine code that reads a kernel's address and arguments from a block of words, and calls the kernel.

    Args:
        result: Numba's type of the kernel's result.
        types: Numba's types of its arguments.

    Returns:
        The library of the entry, which keeps its code alive, and its address.
    """
    context = find("numba.core.registry:cpu_target.target_context")
    name, word = f"kerasnb_entry_{next(_numbers)}", ir().IntType(64)
    module = context.create_module(name)
    function = ir().Function(module, ir().FunctionType(ir().IntType(32), [word]), name)
    builder = ir().IRBuilder(function.append_basic_block())
    _call(context, builder, context.call_conv.get_function_type(result, types), types)
    library = context.codegen().create_library(name)
    library.add_ir_module(module)
    library.finalize()
    return library, library.get_pointer_to_function(name)


def _call(context, builder, kind, types) -> None:
    """Code that calls a kernel with the arguments that its block holds, and returns its status."""
    places, block = itertools.count(0, WORD), builder.function.args[0]

    def take():
        return builder.add(block, block.type(next(places)))

    code = builder.load(builder.inttoptr(take(), kind.as_pointer().as_pointer()))
    values = [_read(context, builder, t, take) for t in types]
    outs = [builder.alloca(pointer.pointee) for pointer in kind.args[:2]]  # the result, and what an error says
    builder.store(ir().Constant(kind.args[0].pointee, None), outs[0])
    flat = context.get_arg_packer(types).as_arguments(builder, values)
    builder.ret(builder.call(code, [*outs, *flat]))


def entry_of(compiled: Any) -> tuple:
    """The library and the address of the entry of what was compiled, and the address of its own machine code."""
    library, address = entry(compiled.signature.return_type, compiled.signature.args)
    return library, address, compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name)


def call_entry(address: int, block: np.ndarray) -> int:
    """Calls an entry from Python; returns the status of Numba's calling convention."""
    return ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_int64)(address)(block.ctypes.data)
