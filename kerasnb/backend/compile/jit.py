"""Compiling: kernels are plain functions until they are first needed; Numba is imported only then.

`@cpu` and `@gpu` mark the top-level functions of kernels/. Nothing is compiled, and Numba is not
imported, at import time. Compiling is done once per type signature, kept on disk by Numba, and can
run ahead on a background thread.
"""

from __future__ import annotations

import contextlib
import dis
import functools
import importlib
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from types import FunctionType
from typing import Any, cast

from kerasnb.backend.compile import cache, numba_internals
from kerasnb.backend.compile.background import ahead
from kerasnb.backend.runtime.forks import forks
from kerasnb.backend.runtime.interrupts import uninterrupted
from kerasnb.backend.tensor import device

cuda: Any = "bound to numba.cuda when a GPU kernel is built"

_lock = forks.guard(threading.RLock())


@contextlib.contextmanager
def compiling() -> Iterator[None]:
    """For all that imports or runs a compiler: one thread at a time, neither interrupted nor forked."""
    with uninterrupted(), _lock:
        yield


class Lazy:
    """An attribute that is computed when it is first read, once, by whichever thread.

    In Python 3.11 `functools.cached_property` has one lock for all objects of a class, which a fork may leave locked.
    """

    def __init__(self, make: Callable) -> None:
        self.make, self.__doc__ = make, make.__doc__

    def __get__(self, owner: Any, kind: type | None = None) -> Any:
        if owner is None:
            return self
        with compiling():
            values = vars(owner)
            if self.make.__name__ not in values:
                values[self.make.__name__] = self.make(owner)
            return values[self.make.__name__]


def numba() -> Any:
    """The numba module, imported on first use (0.3 to 0.6 s)."""
    return _imported[0] if _imported else _import_numba()


_module: list = []
_imported: list = []  # the module too, once all of `when_imported` have been called
when_imported: list = []  # functions without arguments


def _import_numba():
    with compiling():
        if not _module:
            for package in ("llvmlite", "numba"):
                _forget_half(package)
            _module.append(importlib.import_module("numba"))
            for function in when_imported:
                function()
            _imported.append(_module[0])
    return _module[0]


def _forget_half(package: str) -> None:
    """Forgets the parts of a package whose import somebody interrupted: with them, no later import would be whole."""
    if package not in sys.modules:
        for name in [name for name in sys.modules if name.startswith(f"{package}.")]:
            del sys.modules[name]


class Element:
    """A scalar body shared by loops on the CPU and on the GPU."""

    def __init__(self, py_func: Callable) -> None:
        self.py_func = py_func
        functools.update_wrapper(self, py_func)

    def __call__(self, *args: Any) -> Any:
        """Computes one element in Python."""
        return self.py_func(*args)

    @Lazy
    def compiled(self) -> Any:
        """What kernels on the CPU call."""
        return numba().njit(nogil=True, error_model="numpy", inline="always")(_rebuilt(self.py_func, _for_cpu))


def _rebuilt(py_func, replace):
    """A copy of a function whose globals have been replaced where `replace` gives something else."""
    names = dict(py_func.__globals__)
    for name in {i.argval for i in dis.get_instructions(py_func) if i.opname == "LOAD_GLOBAL"} & set(names):
        names[name] = replace(name, names[name])
    copy = FunctionType(py_func.__code__, names, py_func.__name__, py_func.__defaults__)
    copy.__module__ = py_func.__module__
    copy.__qualname__ = py_func.__qualname__
    return copy


def _sources(function, known: set) -> set:
    """The files of a function and of all that it calls when it is compiled."""
    if function not in known:
        known.add(function)
        names = {i.argval for i in dis.get_instructions(function) if i.opname == "LOAD_GLOBAL"}
        for value in (function.__globals__.get(name) for name in names):
            if isinstance(value, (CpuKernel, Element, Instruction)) and isinstance(value.py_func, FunctionType):
                _sources(value.py_func, known)
            if isinstance(value, Instruction):
                _sources(numba_internals.ir, known)
    return known


def _shielded(compile_one):
    @functools.wraps(compile_one)
    def shielded(*args):
        with compiling():
            return compile_one(*args)

    return shielded


class CpuKernel:
    """A function compiled by Numba for the CPU when it is first called."""

    def __init__(self, py_func: Callable, fastmath: bool | set = False) -> None:
        self.py_func = py_func
        self.fastmath = fastmath
        self.name = py_func.__name__.strip("_")
        functools.update_wrapper(self, py_func)

    @Lazy
    def dispatcher(self) -> Any:
        """What Python calls."""
        return self._compiler(_rebuilt(self.py_func, _for_cpu))

    @Lazy
    def inner(self) -> Any:
        """For calls from compiled code alone: without what Python calls, which takes as long to compile as a loop."""
        function = _rebuilt(self.py_func, _for_cpu)
        function.__qualname__ += "_inner"  # a file of its own in the cache
        return self._compiler(function, no_cpython_wrapper=True)

    def _compiler(self, function, **more):
        options = {"nogil": True, "error_model": "numpy", "fastmath": self.fastmath, "no_cfunc_wrapper": True, **more}
        files = {function.__code__.co_filename for function in _sources(self.py_func, set())}
        dispatcher = cache.kept(numba(), lambda keep: numba().njit(**options, cache=keep)(function), files)
        numba_internals.shield(dispatcher, _shielded)
        return dispatcher

    def known(self, types: tuple, inner: bool = False) -> Any:
        """The compiled function for these types if it is in memory; with `inner`, either way of calling will do."""
        dispatchers = [vars(self).get(name) for name in ("dispatcher", "inner")[: 1 + inner]]
        overloads = (numba_internals.overload(d, types) for d in dispatchers if d)
        return next((o for o in overloads if o is not None), None)

    def compiled(self, types: tuple, inner: bool = False) -> Any:
        """The compiled function for these types; what is not in memory is loaded, or compiled."""
        known = self.known(types, inner)
        if known is not None:
            return known
        dispatcher = self.inner if inner else self.dispatcher
        dispatcher.compile(types)
        return numba_internals.overload(dispatcher, types)

    def __call__(self, *args: Any) -> Any:
        """Runs the kernel."""
        return self.dispatcher(*args)


class External:
    """A C function that kernels call by the name it has in the process.

    Args:
        name: String; names that are not in the C library become known with `link`.
        result: Name of the result's type.
        arguments: Tuple of names of types; addresses are `"int64"`.
    """

    def __init__(self, name: str, result: str, arguments: tuple) -> None:
        self.name, self.result, self.arguments = name, result, arguments

    def __call__(self, *args: Any) -> Any:
        """Only kernels can call it."""
        raise TypeError(f"{self.name} can be called from compiled code only")

    @Lazy
    def compiled(self) -> Any:
        """What kernels call."""
        types = numba().types
        result, arguments = getattr(types, self.result), [getattr(types, a) for a in self.arguments]
        return types.ExternalFunction(self.name, result(*arguments))


class Instruction:
    """A piece of machine code that kernels call like a function.

    Args:
        write: A definition for Numba's `intrinsic`.
    """

    def __init__(self, write: Callable) -> None:
        self.write = write
        self.plain: Callable | None = None

    def __call__(self, *args: Any) -> Any:
        """Only kernels can call it."""
        raise TypeError(f"{self.write.__name__} can be called from compiled code only")

    def otherwise(self, py_func: Callable) -> Instruction:
        """Marks a function that computes the same where machine code cannot be written."""
        self.plain = py_func
        return self

    @property
    def py_func(self) -> Callable:
        """The function that is compiled."""
        return self.write if self.plain is None or numba_internals.works("instructions") else self.plain

    @Lazy
    def compiled(self) -> Any:
        """What kernels call."""
        if self.py_func is self.plain:
            return numba().njit(nogil=True, error_model="numpy")(_rebuilt(self.plain, _for_cpu))
        return importlib.import_module("numba.extending").intrinsic(self.write)


_linked: set[str] = set()


def link(symbols: dict[str, int]) -> None:
    """Makes C functions known to kernels.

    Args:
        symbols: Dict of addresses by name. With a name kernels can be cached, with an address they cannot.
    """
    if not _linked.issuperset(symbols):
        numba()
        with compiling():
            for name, address in symbols.items():
                numba_internals.add_symbol(name, address)
            _linked.update(symbols)


def _for_cpu(_, value):
    if isinstance(value, (External, Element, Instruction)):
        return value.compiled
    return value.inner if isinstance(value, CpuKernel) else value


class GpuKernel:
    """A function compiled by numba.cuda when it is first launched."""

    def __init__(self, py_func: Callable) -> None:
        self.py_func = py_func
        self.name = py_func.__name__.strip("_")
        functools.update_wrapper(cast(Any, self), py_func)

    def on(self, grid: int | tuple, block: int | tuple) -> Callable:
        """The launcher for one grid; call it with the arguments."""
        return device.runtime().launch(self, grid, block)

    def rebuilt(self, cuda_module: Any, device_function: Callable) -> Callable:
        """The plain function with `cuda` and the shared scalar bodies bound to the compiler's."""

        def replace(name, value):
            if name == "cuda":
                return cuda_module
            return device_function(_rebuilt(value.py_func, replace)) if isinstance(value, Element) else value

        return _rebuilt(self.py_func, replace)


def element(py_func: Callable) -> Element:
    """Marks a scalar body that CPU loops and GPU kernels share."""
    return Element(py_func)


def cpu(py_func: Callable | None = None, **options: Any) -> Any:
    """Marks a function to be compiled for the CPU: nogil, cached on disk, IEEE division."""
    if py_func is None:
        return lambda f: CpuKernel(f, **options)
    return CpuKernel(py_func, **options)


def gpu(py_func: Callable) -> GpuKernel:
    """Marks a function to be compiled for the GPU."""
    return GpuKernel(py_func)


# --- compiling ahead -------------------------------------------------------------------------------


class Phases:
    """What is being compiled.

    Attributes:
        listeners: List of functions, called as `listener(text, done, total, seconds)`.
        log: List of what was reported.
    """

    def __init__(self) -> None:
        self.listeners: list[Callable] = []
        self.log: list[tuple] = []

    def report(self, text: str, done: int, total: int, seconds: float = 0.0) -> None:
        """Reports a phase to all listeners."""
        self.log.append((text, done, total, seconds))
        for listener in list(self.listeners):
            listener(text, done, total, seconds)


phases = Phases()


def signature(args: Iterable) -> tuple:
    """Numba's types of the arguments of a call."""
    typeof = numba().typeof
    return tuple(typeof(a) for a in args)


def flattened(calls: Iterable[tuple]) -> list[tuple]:
    """The calls, those that are divided into tasks replaced by these."""
    return [call for function, args in calls for call in getattr(function, "tasks", None) or [(function, args)]]


def compile_calls(
    calls: Iterable[tuple],
    inner: Callable[[tuple], bool] = lambda args: False,
    share: Callable[[list], None] = lambda missing: None,
    report: Callable = phases.report,
) -> int:
    """Compiles the kernels of prepared calls, or loads them from disk, and reports the phases.

    Args:
        calls: List of (function, arguments); a function that is divided into `tasks` stands for their calls.
        inner: Called as `inner(args)`: whether compiled code will make the call, not Python.
        share: Called with a list of what is not in memory: (kernel, types, inner).
        report: Called as `report(text, done, total, seconds)` before and after each kernel.

    Returns:
        The number of kernels that were not in memory yet.
    """
    missing: dict[tuple, tuple] = {}
    for function, args in flattened(calls):
        if isinstance(function, CpuKernel):
            types, is_inner = signature(args), inner(args)
            if function.known(types, is_inner) is None:
                missing.setdefault((function.name, types), (function, types, is_inner))
    share(list(missing.values()))
    for done, (function, types, is_inner) in enumerate(missing.values()):
        started = time.perf_counter()
        report(f"compiling {function.name}", done, len(missing), 0.0)
        function.compiled(types, is_inner)
        ahead.pause()
        report(f"compiled {function.name}", done + 1, len(missing), time.perf_counter() - started)
    return len(missing)


def start() -> None:
    """Imports Numba in the background, once, where the device needs it."""
    if device.current() == "cpu" and ahead.thread is None:
        ahead.submit(numba)
