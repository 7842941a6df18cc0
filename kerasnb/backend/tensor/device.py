"""Devices: which implementation of an operation runs, and where arrays live. The one file that imports numba.cuda."""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.util
import os
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from kerasnb.backend.compile import cache
from kerasnb.backend.runtime.interrupts import shielded, uninterrupted

DEVICES = ("numpy", "cpu", "cuda")


class HostRuntime:
    """Arrays in main memory; calls are plain Python calls."""

    def empty(self, shape: tuple, dtype: np.dtype) -> np.ndarray:
        """An array with anything in it."""
        return np.empty(shape, dtype)

    def from_host(self, value: np.ndarray) -> np.ndarray:
        """The array of the device with the value of a NumPy array."""
        return value

    def to_host(self, value: np.ndarray) -> np.ndarray:
        """The NumPy array with the value of an array of the device."""
        return value

    def copy_into(self, target: np.ndarray, source: np.ndarray) -> None:
        """Copies a NumPy array into an array of the device."""
        np.copyto(target, source)

    def synchronize(self) -> None:
        """Waits until all launches have ended."""

    @staticmethod
    def reshape(value: np.ndarray, shape: tuple) -> np.ndarray:
        """The same memory in another shape."""
        return value.reshape(shape)


class CudaRuntime:
    """Arrays in GPU memory, launches through numba.cuda."""

    def __init__(self) -> None:
        self.cuda = cuda_module()
        self.owner = os.getpid()
        self.compiled: dict[Callable, Any] = {}

    def _check_process(self) -> None:
        if os.getpid() != self.owner:
            raise RuntimeError(
                "The GPU was first used in another process: CUDA does not survive fork(). Start worker processes "
                'with multiprocessing.get_context("spawn"), or use threads.'
            )

    def empty(self, shape: tuple, dtype: np.dtype) -> Any:
        """An array with anything in it."""
        self._check_process()
        return self.cuda.device_array(shape, dtype)

    def from_host(self, value: np.ndarray) -> Any:
        """The array of the device with the value of a NumPy array."""
        self._check_process()
        return self.cuda.to_device(np.asarray(value, order="C"))

    def to_host(self, value: Any) -> np.ndarray:
        """The NumPy array with the value of an array of the device."""
        return value.copy_to_host()

    def copy_into(self, target: Any, source: np.ndarray) -> None:
        """Copies a NumPy array into an array of the device."""
        target.copy_to_device(source)

    def synchronize(self) -> None:
        """Waits until all launches have ended."""
        self.cuda.synchronize()

    @staticmethod
    def reshape(value: Any, shape: tuple) -> Any:
        """The same memory in another shape."""
        return value.reshape(shape)

    def launch(self, kernel: Any, grid: int | tuple, block: int | tuple) -> Callable:
        """The launcher of a `GpuKernel` for one grid: call it with the arguments."""
        if kernel.py_func not in self.compiled:
            with uninterrupted():
                self.compiled[kernel.py_func] = self._compiler(kernel.rebuilt(self.cuda, self.device_function))
        return self.compiled[kernel.py_func][grid, block]

    def _compiler(self, function):
        try:
            dispatcher = self.cuda.jit(cache=True)(function)
        except RuntimeError as problem:  # no folder that Numba knows can be written
            cache.warn(problem, None)
            dispatcher = self.cuda.jit()(function)
        if hasattr(dispatcher, "compile"):
            dispatcher.compile = shielded(dispatcher.compile)
        return cache.lenient(dispatcher)

    def device_function(self, py_func: Callable) -> Any:
        """A function that kernels call."""
        return self.cuda.jit(device=True)(py_func)


def cuda_module() -> Any:
    """`numba.cuda`, imported on first use because it costs 0.4 s and needs the CUDA wheels."""
    os.environ.setdefault("NUMBA_CUDA_LOW_OCCUPANCY_WARNINGS", "0")
    with uninterrupted():
        return importlib.import_module("numba.cuda")


@functools.cache
def has_numba() -> bool:
    """Whether Numba is installed (it is not imported)."""
    return importlib.util.find_spec("numba") is not None


@functools.cache
def cuda_problem() -> str | None:
    """Why the `cuda` device cannot be used here, or None when it can."""
    if not has_numba():
        return "Numba is not installed"
    try:
        cuda = cuda_module()
        return None if cuda.is_available() else "no CUDA driver or no CUDA device was found"
    except Exception as problem:  # a broken driver raises many types; each means: not usable
        return f"{type(problem).__name__}: {problem}"


class _State:
    def __init__(self) -> None:
        self.name: str | None = None
        self.runtimes: dict[str, Any] = {}


_state = _State()


class _Scoped(threading.local):
    """The device that `scope` chose for this thread, and the runtime that `stand_in` did."""

    def __init__(self) -> None:
        self.name: str | None = None
        self.runtime: Any = None


_scoped = _Scoped()


def _default() -> str:
    requested = os.environ.get("KERASNB_BACKEND", "")
    if requested:
        return _checked(requested)
    if has_numba():
        return "cpu"
    warnings.warn(
        "Numba is not installed: kerasnb runs on its slow NumPy reference. Install it with `pip install numba`.",
        stacklevel=2,
    )
    return "numpy"


def _checked(name: str) -> str:
    if name not in DEVICES:
        raise ValueError(f"Unknown backend: {name!r}. Expected one of {DEVICES}.")
    if name == "cpu" and not has_numba():
        raise ValueError(
            'Backend "cpu" needs Numba, which is not installed. Use `pip install numba` or backend "numpy".'
        )
    if name == "cuda" and "cuda" not in _state.runtimes and cuda_problem():
        raise ValueError(f'Backend "cuda" cannot be used: {cuda_problem()}. `kerasnb doctor` says what to install.')
    return name


def current() -> str:
    """The name of the device that operations run on: "numpy", "cpu" or "cuda"."""
    if _scoped.name is not None:
        return _scoped.name
    if _state.name is None:
        _state.name = _default()
    return _state.name


def set_current(backend: str) -> None:
    """Makes a device the one that operations run on, in all threads; a `keras.device` scope takes precedence.

    Args:
        backend: String: `"cpu"`, `"cuda"` or `"numpy"`.

    Raises:
        ValueError: If the device cannot be used here.

    Example:

    >>> keras.config.set_backend(keras.config.backend())
    """
    _state.name = _checked(backend)


def runtime() -> Any:
    """The runtime of the current device: it allocates, moves and copies arrays."""
    if _scoped.runtime is not None:
        return _scoped.runtime
    name = current()
    if name not in _state.runtimes:
        _state.runtimes[name] = CudaRuntime() if name == "cuda" else HostRuntime()
    return _state.runtimes[name]


def install_runtime(name: str, runtime: Any) -> None:
    """Gives a device another runtime (tests run the CUDA implementations in a simulator this way)."""
    _state.runtimes[name] = runtime


_warned: set[str] = set()


def warn_host_fallback(name: str) -> None:
    """Warns, once per operation, that it runs on the host because it has no CUDA implementation."""
    if name not in _warned:
        _warned.add(name)
        warnings.warn(f"Operation {name!r} has no GPU kernel: it runs on the host.", stacklevel=4)


@contextlib.contextmanager
def scope(device_name: str) -> Iterator[None]:
    """Runs operations inside on another device, for the thread that enters it.

    Args:
        device_name: String: `"cpu"`, `"gpu"`, `"gpu:0"`, `"cuda"` or `"numpy"`.

    Raises:
        ValueError: If the device cannot be used here.

    Example:

    >>> with keras.device("cpu"):
    ...     x = keras.ops.ones((2,))
    """
    kind = device_name.split(":")[0].lower()
    outer = _scoped.name, _scoped.runtime
    _scoped.name, _scoped.runtime = _checked({"gpu": "cuda"}.get(kind, kind)), None
    try:
        yield
    finally:
        _scoped.name, _scoped.runtime = outer


@contextlib.contextmanager
def stand_in(device_name: str, runtime: Any) -> Iterator[None]:
    """Inside, this thread prepares calls for a device that need not be there, with another runtime in its place."""
    outer = _scoped.name, _scoped.runtime
    _scoped.name, _scoped.runtime = device_name, runtime
    try:
        yield
    finally:
        _scoped.name, _scoped.runtime = outer
