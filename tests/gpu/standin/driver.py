"""The stand-in driver: numba.cuda's own runtime then runs on this machine, without a GPU.

    subprocess.run([sys.executable, script], env=environment(folder))

starts a process that finds the stand-in as its driver (numba.cuda looks for one when it is imported). There,

    driver = Driver()
    ...                                      # launches through numba.cuda are run by the simulator
    driver.counts()["cuLaunchKernelEx"]

Kernels are found by the name that the driver is given, in what the engine's `CudaRuntime` compiled.
"""

from __future__ import annotations

import ctypes
import os
import pathlib
import subprocess
import traceback

import numpy as np
from numba.core import types
from numba.np import numpy_support

from kerasnb.backend.tensor import device
from tests.gpu.runtime import widened
from tests.gpu.simulator import Kernel

SOURCE = pathlib.Path(__file__).with_name("driver.c")
LAUNCH_FAILED, DONE = 719, 0
EXTENT = ctypes.POINTER(ctypes.c_uint)
CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_char_p, EXTENT, EXTENT, ctypes.POINTER(ctypes.c_void_p))


def build(folder: pathlib.Path) -> pathlib.Path:
    """Compiles the driver with the C compiler of this machine."""
    library = pathlib.Path(folder) / "libcuda.so.1"
    options = ["-shared", "-fPIC", "-O1", "-Wl,-soname,libcuda.so.1"]
    subprocess.run(["gcc", *options, "-o", library, SOURCE, "-ldl"], check=True)
    return library


def environment(folder: pathlib.Path) -> dict[str, str]:
    """Builds the driver in a folder; gives the environment of a process that uses it."""
    build(folder)
    return {
        **os.environ,
        "LD_LIBRARY_PATH": str(folder),
        "NUMBA_CACHE_DIR": str(pathlib.Path(folder) / "compiled"),
        "NUMBA_CUDA_LOW_OCCUPANCY_WARNINGS": "0",
        "PYTHONPATH": str(SOURCE.parents[3]),
    }


class Driver:
    """The loaded stand-in.

    Args:
        simulate: Boolean, whether a launch runs the kernel's body; it is only noted otherwise.

    Attributes:
        launched: List of the names of the kernels that were launched.
        problems: List of the errors that simulated kernels raised.
    """

    def __init__(self, simulate: bool = True):
        self.simulate = simulate
        self.library = ctypes.CDLL("libcuda.so.1")
        self.library.standin_entry.restype = ctypes.c_char_p
        self.library.standin_memory_used.restype = ctypes.c_size_t
        self.launched, self.problems, self.found = [], [], {}
        self.callback = CALLBACK(self._launch)  # kept alive: the library holds its address
        self.library.standin_on_launch(self.callback)

    def counts(self) -> dict[str, int]:
        """How often each counted entry of the driver was called."""
        counts, value = {}, ctypes.c_long()
        while name := self.library.standin_entry(len(counts), ctypes.byref(value)):
            counts[name.decode()] = value.value
        return {name: count for name, count in counts.items() if count}

    def reset(self) -> None:
        """Begins to count anew."""
        self.library.standin_reset()
        self.launched.clear()

    def limit_memory(self, size: int) -> None:
        """Lets allocations fail that would need more than `size` bytes together."""
        self.library.standin_limit_memory(ctypes.c_size_t(size))

    def memory_used(self) -> int:
        """The bytes that are allocated now."""
        return self.library.standin_memory_used()

    def _launch(self, name, grid, block, arguments):
        try:
            function, signature = self._kernel(name.decode())
            self.launched.append(function.__name__)
            if self.simulate:
                with widened(_arguments(signature, arguments)) as ready:
                    Kernel(function)[tuple(grid[:3]), tuple(block[:3])](*ready)
            return DONE
        except Exception as problem:  # an exception cannot pass through C: it becomes the driver's error
            traceback.print_exc()
            self.problems.append(problem)
            return LAUNCH_FAILED

    def _kernel(self, name):
        """The function and the signature behind the name of compiled code."""
        if name not in self.found:
            for function, dispatcher in device.runtime().compiled.items():
                for signature, compiled in dispatcher.overloads.items():
                    self.found[compiled.entry_name] = function, signature
        return self.found[name]


def _arguments(signature, arguments) -> list:
    """NumPy arrays over device memory, and scalars, from the addresses that a launch gets."""
    ready, position = [], 0
    for kind in signature:
        if isinstance(kind, types.Array):
            ready.append(_array(kind, arguments, position))
            position += 5 + 2 * kind.ndim
        else:
            dtype = numpy_support.as_dtype(kind)
            ready.append(_memory(arguments[position], dtype.itemsize).view(dtype)[0])
            position += 1
    return ready


def _array(kind, arguments, position):
    """An array is passed as owner, parent, size, item size, data, shape and strides."""
    numbers = [int(_memory(arguments[position + 4 + i], 8).view(np.int64)[0]) for i in range(1 + kind.ndim)]
    address, *shape = numbers
    dtype = numpy_support.as_dtype(kind.dtype)
    size = int(np.prod(shape)) * dtype.itemsize
    return _memory(address, size).view(dtype).reshape(shape)


def _memory(address: int, size: int) -> np.ndarray:
    return np.frombuffer((ctypes.c_char * size).from_address(address), np.uint8) if size else np.zeros(0, np.uint8)
