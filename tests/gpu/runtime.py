"""The engine's `cuda` device without a GPU: arrays in opaque boxes, launches run by the simulator.

    with simulated_gpu() as gpu:
        model.fit(x, y)
    assert gpu.counts["synchronisations"] == 0

It counts the calls that a driver would get. No time measured here says anything about a GPU.
"""

from __future__ import annotations

import collections
import contextlib
from typing import NamedTuple

import numpy as np

from kerasnb.backend.tensor import device
from tests.gpu.assembly import signature_of
from tests.gpu.simulator import Kernel
from tests.gpu.source import plain

UNWRITTEN = 0xAA
WARP_SIZE = 32


class DeviceArray:
    """An array in simulated GPU memory: like numba's, but never copied to the host by accident."""

    def __init__(self, memory: np.ndarray):
        self.memory = memory

    shape = property(lambda self: self.memory.shape)
    dtype = property(lambda self: self.memory.dtype)
    ndim = property(lambda self: self.memory.ndim)
    size = property(lambda self: self.memory.size)
    nbytes = property(lambda self: self.memory.nbytes)
    strides = property(lambda self: self.memory.strides)

    def __repr__(self):
        return f"<DeviceArray {self.shape} {self.dtype}>"

    def __len__(self):
        return len(self.memory)

    def __array__(self, *_, **__):
        raise TypeError(f"{self!r} would be copied to the host implicitly; use the runtime's to_host")

    def __getitem__(self, window):
        result = self.memory[window]
        if not isinstance(result, np.ndarray):
            raise TypeError(f"Reading one element of {self!r} would be a copy to the host")
        return DeviceArray(result)

    def reshape(self, *shape):
        """The same memory under another shape."""
        made = self.memory.reshape(*shape)
        if not np.shares_memory(made, self.memory) and self.size:
            raise NotImplementedError(f"{self!r} is not contiguous: numba.cuda cannot reshape it")
        return DeviceArray(made)

    def ravel(self):
        """The one-dimensional view."""
        return self.reshape(-1)

    def view(self, dtype):
        """The same memory under another dtype."""
        return DeviceArray(self.memory.view(dtype))


def unwritten(shape, dtype) -> np.ndarray:
    """Memory that nobody wrote: NaN, or bytes of 0xAA."""
    dtype = np.dtype(dtype)
    if dtype.kind in "fc":
        return np.full(shape, np.nan, dtype)
    count = int(np.prod(shape, dtype=np.int64))
    return np.full(count * dtype.itemsize, UNWRITTEN, np.uint8).view(dtype).reshape(shape)


class Launch:
    """A kernel with its grid and block; call it with the arguments."""

    def __init__(self, runtime, kernel, grid, block):
        self.runtime, self.kernel, self.grid, self.block = runtime, kernel, grid, block
        self.name = plain(kernel).__name__

    def __repr__(self):
        return f"<Launch {self.name}[{self.grid}, {self.block}]>"

    def __call__(self, *args):
        self.runtime.counts["launches"] += 1
        self.runtime.kernels[self.name] += 1
        kernel = self.runtime.simulated(self.kernel)
        narrow = self.runtime.narrow and kernel.any_launch and isinstance(self.grid, int)
        grid, block = (1, WARP_SIZE) if narrow else (self.grid, self.block)
        with widened([self._argument(a) for a in args]) as ready:
            kernel[grid, block](*ready)

    def _argument(self, value):
        if isinstance(value, DeviceArray):
            return value.memory
        if isinstance(value, (np.generic, int, float, bool)):
            return value
        raise TypeError(f"{self.name}: a launch takes device arrays and scalars. Received: {type(value).__name__}")

    @property
    def threads(self) -> int:
        """The threads of a block."""
        return int(np.prod(self.block))


@contextlib.contextmanager
def widened(args):
    """Half precision as float32: Numba cannot compute with it on the CPU. Written back when the launch is over."""
    copies, ready = {}, []
    for a in args:
        if getattr(a, "dtype", None) == np.float16:
            if isinstance(a, np.ndarray):
                key = (a.__array_interface__["data"][0], a.shape)
                a = copies.setdefault(key, (a, a.astype(np.float32)))[1]
            else:
                a = np.float32(a)
        ready.append(a)
    yield ready
    with np.errstate(over="ignore"):
        for narrow, wide in copies.values():
            narrow[...] = wide


class SimRuntime:
    """The runtime of the device `cuda`, over NumPy arrays and simulated launches.

    Args:
        backwards: Boolean, whether threads and blocks run in the opposite order; results must not change.
        narrow: Boolean, whether kernels whose blocks share nothing are launched with one warp; grid-stride loops
            give the same then.

    Attributes:
        counts: Counter of "launches", "allocations", "to_device", "to_host", "copies", "synchronisations".
        kernels: Counter of launches by kernel name.
    """

    def __init__(self, backwards: bool = False, narrow: bool = False):
        self.backwards, self.narrow = backwards, narrow
        self.counts = collections.Counter()
        self.kernels = collections.Counter()

    def empty(self, shape, dtype) -> DeviceArray:
        """An unwritten array."""
        self.counts["allocations"] += 1
        return DeviceArray(unwritten(shape, dtype))

    def from_host(self, value) -> DeviceArray:
        """A copy of a NumPy array in device memory."""
        self.counts["allocations"] += 1
        self.counts["to_device"] += 1
        return DeviceArray(np.array(value, order="C"))

    def to_host(self, array) -> np.ndarray:
        """A copy in host memory; a Boolean that nobody wrote is noticed here."""
        self.counts["to_host"] += 1
        self.counts["synchronisations"] += 1
        if array.dtype == np.bool_ and array.size:
            wrong = np.flatnonzero(np.ascontiguousarray(array.memory).reshape(-1).view(np.uint8) > 1)
            assert not wrong.size, f"{array!r} holds unwritten elements, the first at {wrong[0]}"
        return array.memory.copy()

    def copy_into(self, target, source) -> None:
        """Copies host or device memory into a device array of the same shape and dtype."""
        memory = source.memory if isinstance(source, DeviceArray) else np.asarray(source)
        if (memory.shape, memory.dtype) != (target.shape, target.dtype):
            raise ValueError(f"Cannot copy {memory.shape} {memory.dtype} into {target!r}")
        self.counts["copies" if isinstance(source, DeviceArray) else "to_device"] += 1
        target.memory[...] = memory

    def synchronize(self) -> None:
        """Waits for the device."""
        self.counts["synchronisations"] += 1

    @staticmethod
    def reshape(value, shape):
        """The same memory under another shape."""
        return value.reshape(shape)

    def launch(self, kernel, grid, block) -> Launch:
        """The launcher of a kernel for one grid."""
        return Launch(self, kernel, grid, block)

    def simulated(self, kernel) -> Kernel:
        """The kernel as the simulator runs it."""
        return Kernel(kernel, backwards=self.backwards)


class Launched(NamedTuple):
    """A kernel of an implementation: what the assembler needs to know of its launch."""

    kernel: object
    signature: tuple
    threads: int

    @property
    def name(self) -> str:
        return plain(self.kernel).__name__


def kernels_of(calls) -> list[Launched]:
    """The kernels of prepared calls, each signature once, with the largest block it is launched with."""
    met = {}
    for function, args in calls:
        if isinstance(function, Launch):
            key = (function.kernel, signature_of(args))
            met[key] = max(met.get(key, 0), function.threads)
    return [Launched(kernel, signature, threads) for (kernel, signature), threads in met.items()]


def host_calls_of(calls) -> list:
    """The functions of prepared calls that are no launches: they would run on the host."""
    return [function for function, _ in calls if not isinstance(function, Launch)]


@contextlib.contextmanager
def simulated_gpu(backwards: bool = False, narrow: bool = False):
    """Within it, the current device is `cuda`, simulated; gives the `SimRuntime`."""
    before, runtimes = device.current(), dict(device._state.runtimes)
    runtime = SimRuntime(backwards, narrow)
    device.install_runtime("cuda", runtime)
    device.set_current("cuda")
    try:
        yield runtime
    finally:
        device.set_current(before)
        device._state.runtimes.clear()
        device._state.runtimes.update(runtimes)
