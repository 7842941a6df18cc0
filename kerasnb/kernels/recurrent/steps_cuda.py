"""What the CUDA implementations of recurrent operations share: absent arrays, and sums between steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasnb.backend.compile.jit import GpuKernel, cuda, gpu
from kerasnb.backend.tensor import device
from kerasnb.backend.tensor.tensor import size_of
from kerasnb.kernels.common import BLOCK, flat, grid_for
from kerasnb.kernels.matmul import matmul


@gpu
def add_flat(size: int, x: np.ndarray, y: np.ndarray) -> None:
    """Y += x."""
    i = np.uint32(cuda.grid(1))
    stride = np.uint32(cuda.gridsize(1))
    while i < size:
        y[i] += x[i]
        i += stride


def added(x: Any, y: Any) -> list:
    """The call of y += x."""
    total = size_of(y.shape)
    return [(add_flat.on(grid_for(total), BLOCK), (np.uint32(total), flat(x), flat(y)))] if total else []


def empty(shape: Sequence[int], dtype: Any) -> Any:
    """Space on the device."""
    return device.runtime().empty(tuple(shape), dtype)


def optional(rest: Sequence, present: tuple, names: tuple, dtype: np.dtype) -> list:
    """The arrays of `names`: those in `present` come from `rest`, the others hold nothing that is read."""
    arrays = dict(zip(present, rest, strict=True))
    return [flat(arrays[n]) if n in arrays else empty((1,), np.bool_ if n == "mask" else dtype) for n in names]


def flags(present: tuple, names: tuple) -> tuple:
    """Which of `names` are present."""
    return tuple(np.bool_(n in present) for n in names)


def product(a: Any, b: Any, y: Any, **transposes: bool) -> list:
    """The calls of y = a @ b."""
    return matmul.implementations["cuda"]([a, b], [y], **transposes)


def launcher(kernel: GpuKernel, size: int) -> Callable:
    """A kernel with one thread an element."""
    return kernel.on(grid_for(size), BLOCK)
