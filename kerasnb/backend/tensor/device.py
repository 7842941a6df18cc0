"""Devices: which walk of an operation runs, and where arrays live. The one file that imports numba.cuda."""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.util
import os
import threading
import warnings

import numpy as np

from kerasnb.backend.compile import cache
from kerasnb.backend.runtime.interrupts import shielded, uninterrupted

DEVICES = ("numpy", "cpu", "cuda")


class HostRuntime:
    """Arrays in main memory; calls are plain Python calls."""

    def empty(self, shape, dtype):
        return np.empty(shape, dtype)

    def from_host(self, value):
        return value

    def to_host(self, value):
        return value

    def copy_into(self, target, source):
        np.copyto(target, source)

    def synchronize(self):
        pass

    @staticmethod
    def reshape(value, shape):
        return value.reshape(shape)


class CudaRuntime:
    """Arrays in GPU memory, launches through numba.cuda."""

    def __init__(self) -> None:
        self.cuda = cuda_module()
        self.owner = os.getpid()
        self.compiled = {}

    def _check_process(self):
        if os.getpid() != self.owner:
            raise RuntimeError(
                "The GPU was first used in another process: CUDA does not survive fork(). Start worker processes "
                'with multiprocessing.get_context("spawn"), or use threads.'
            )

    def empty(self, shape, dtype):
        self._check_process()
        return self.cuda.device_array(shape, dtype)

    def from_host(self, value):
        self._check_process()
        return self.cuda.to_device(np.asarray(value, order="C"))

    def to_host(self, value):
        return value.copy_to_host()

    def copy_into(self, target, source):
        target.copy_to_device(source)

    def synchronize(self):
        self.cuda.synchronize()

    @staticmethod
    def reshape(value, shape):
        return value.reshape(shape)

    def launch(self, kernel, grid, block):
        """The launcher of a `GpuKernel` for one grid: call it with the arguments."""
        if kernel.py_func not in self.compiled:
            with uninterrupted():
                self.compiled[kernel.py_func] = self._made(kernel.rebuilt(self.cuda, self.device_function))
        return self.compiled[kernel.py_func][grid, block]

    def _made(self, function):
        try:
            made = self.cuda.jit(cache=True)(function)
        except RuntimeError as problem:  # no folder that Numba knows can be written
            cache.warn(problem, None)
            made = self.cuda.jit()(function)
        if hasattr(made, "compile"):
            made.compile = shielded(made.compile)
        return cache.lenient(made)

    def device_function(self, py_func):
        return self.cuda.jit(device=True)(py_func)


def cuda_module():
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
        self.name = None
        self.runtimes = {}


_state = _State()


class _Scoped(threading.local):
    """The device that `scope` chose for this thread."""

    def __init__(self) -> None:
        self.name = None


_scoped = _Scoped()


def _default() -> str:
    asked = os.environ.get("KERASNB_BACKEND", "")
    if asked:
        return _checked(asked)
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


def set_current(name: str) -> None:
    """Makes the named device the one that operations run on, in all threads; a `scope` around it goes first."""
    _state.name = _checked(name)


def runtime():
    """The runtime of the current device: it makes, moves and copies arrays."""
    name = current()
    if name not in _state.runtimes:
        _state.runtimes[name] = CudaRuntime() if name == "cuda" else HostRuntime()
    return _state.runtimes[name]


def install_runtime(name: str, made) -> None:
    """Gives a device another runtime (tests run the `cuda` walks in a simulator this way)."""
    _state.runtimes[name] = made


_warned = set()


def warn_host_fallback(name: str) -> None:
    """Warns, once per operation, that it runs on the host because the GPU has no walk for it."""
    if name not in _warned:
        _warned.add(name)
        warnings.warn(f"Operation {name!r} has no GPU kernel: it runs on the host.", stacklevel=4)


@contextlib.contextmanager
def scope(name: str):
    """Runs operations inside on another device, for the thread that enters it.

    Args:
        name: String: `"cpu"`, `"gpu"`, `"gpu:0"`, `"cuda"` or `"numpy"`.

    Raises:
        ValueError: If the device cannot be used here.

    Example:

    >>> with keras.device("cpu"):
    ...     x = keras.ops.ones((2,))
    """
    kind = name.split(":")[0].lower()
    outer, _scoped.name = _scoped.name, _checked({"gpu": "cuda"}.get(kind, kind))
    try:
        yield
    finally:
        _scoped.name = outer
