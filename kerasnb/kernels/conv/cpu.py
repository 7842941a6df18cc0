"""The CPU implementation of convolution: tasks over rows or samples, for the threads that have time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kerasnb.backend.compile.jit import CpuKernel, link
from kerasnb.backend.plan.buffers import scratch
from kerasnb.backend.runtime import blas
from kerasnb.backend.runtime.program import Tasks, cuts
from kerasnb.backend.tensor.tensor import Spec
from kerasnb.kernels.common import flat
from kerasnb.kernels.conv import columns, depthwise, direct
from kerasnb.kernels.conv.geometry import explicit_pads, reach, table

BLOCK_BYTES = 512 * 1024  # a block's matrix, of a second cache of 1 MB
TASKS = 8
SMALL = 300_000  # multiplications below which one task does it all


class Sizes:
    """The extents of one convolution: the flat table for kernels, and how the work is cut.

    Args:
        x: Tuple, shape of the larger side.
        w: Tuple, shape of the kernel.
        y: Tuple, shape of the smaller side.
        attrs: The operation's attributes.
    """

    def __init__(self, x, w, y, attrs) -> None:
        geometry = attrs["strides"], attrs["pads"], attrs["dilation"], attrs["groups"]
        self.table = table(Spec(x, ""), tuple(w[:-2]), Spec(y, ""), *geometry)
        self.samples, self.rows = y[0], math.prod(y[:-1])
        self.inner = math.prod(w[:-1])
        self.work = self.rows * math.prod(w)
        self.by_channel = w[-2] == 1 and attrs["groups"] > 1
        fitting = BLOCK_BYTES // (self.inner * 4)
        self.block = int(max(16, min(fitting - fitting % 16, self.rows)))

    def direct(self, result: np.ndarray) -> bool:
        """Whether the engine's own tiles compute it."""
        return result.dtype == np.float32 and not self.by_channel

    def cuts(self, total: int, step: int = 1) -> list[tuple[int, int]]:
        """`total` rows or samples cut into multiples of `step`, from the shapes alone."""
        count = min(TASKS, self.work // SMALL, -(-total // step))
        return cuts(total, count, step)

    def matrix(self, dtype: np.dtype) -> np.ndarray:
        """Space for the windows of one block."""
        return scratch(self.block * self.inner, dtype)


def product_calls(kernel: CpuKernel, tasks: list) -> list:
    """The call of tasks that multiply."""
    link(blas.symbols())
    return [(Tasks(kernel, tasks), ())]


def _calls(sizes, kernels, arrays, cuts) -> list:
    """The call of one of `kernels` (by channel, by products) in tasks."""
    by_channel, by_products = kernels
    arrays, dtype = [flat(a) for a in arrays], arrays[0].dtype
    if sizes.by_channel:
        return [(Tasks(by_channel, [(*arrays, sizes.table, lo, hi) for lo, hi in cuts]), ())]
    tasks = [(*arrays, sizes.matrix(dtype), sizes.table, sizes.block, lo, hi) for lo, hi in cuts]
    return product_calls(by_products, tasks)


def serves(array: np.ndarray) -> bool:
    """Whether these implementations compute with an array's dtype on this machine."""
    return array.dtype.name in ("float32", "float64") and blas.library() is not None


def forward_kernel(shape: tuple, groups: int) -> tuple[tuple, int, int, int]:
    """How a kernel lies when its filters are the output: see `direct.pack_kernel`."""
    high, wide, channels, filters = (1, 1, *shape)[-4:]
    place = channels * filters
    return (0, high * wide * place, wide * place, place), filters, 1, filters // groups


def turned_kernel(shape: tuple, groups: int) -> tuple[tuple, int, int, int]:
    """How a kernel lies when its channels are the output: from its last place to its first."""
    (_, *strides), filters, _, group = forward_kernel(shape, groups)
    return (math.prod(shape[:-2]) * strides[-1] - strides[-1], *(-s for s in strides)), 1, filters, group


def turned(dy: np.ndarray, w: np.ndarray, dx: np.ndarray, attrs: dict) -> np.ndarray:
    """The geometry of the gradient as a convolution of dy: what was cut off at the border hangs over it."""
    kernel, gaps = w.shape[:-2], attrs["dilation"]
    low = explicit_pads(dx.shape[1:-1], kernel, attrs["strides"], gaps, attrs["pads"])
    pads = tuple((reach(k, d) - 1 - p, 0) for k, d, (p, _) in zip(kernel, gaps, low, strict=True))
    return table(Spec(dy.shape, ""), kernel, Spec(dx.shape, ""), attrs["strides"], pads, gaps, attrs["groups"])


def finished(ins: list, outs: list, relu: bool, **attrs: Any) -> list | None:
    """The calls of y from x, w and a bias, with or without a ReLU; None where another implementation computes y."""
    (x, w, bias), y = ins, outs[0]
    sizes = Sizes(x.shape, w.shape, y.shape, attrs)
    if not sizes.direct(y):
        return None
    lying = forward_kernel(w.shape, attrs["groups"])
    return direct.convolve_calls(x, w, y, sizes.table, *lying, bias=flat(bias), relu=relu)


def forward(ins: list, outs: list, **attrs: Any) -> list:
    """The calls of y from x and w."""
    (x, w), y = ins, outs[0]
    if not y.size:
        return []
    sizes = Sizes(x.shape, w.shape, y.shape, attrs)
    if sizes.direct(y):
        return direct.convolve_calls(x, w, y, sizes.table, *forward_kernel(w.shape, attrs["groups"]))
    kernels = depthwise.convolve_channels, columns.convolve
    return _calls(sizes, kernels, (x, w, y), sizes.cuts(sizes.rows, sizes.block))


def to_input(ins: list, outs: list, *, extents: tuple, **attrs: Any) -> list:
    """The calls of dx from dy and w."""
    (dy, w), dx = ins, outs[0]
    if not dx.size or not dy.size:
        return [(dx.fill, (0,))]
    sizes = Sizes(dx.shape, w.shape, dy.shape, attrs)
    if sizes.direct(dx) and set(attrs["strides"]) == {1}:
        return direct.convolve_calls(dy, w, dx, turned(dy, w, dx, attrs), *turned_kernel(w.shape, attrs["groups"]))
    kernels = depthwise.convolve_channels_back, columns.convolve_back
    return _calls(sizes, kernels, (dy, w, dx), sizes.cuts(sizes.samples))


def to_kernel(ins: list, outs: list, *, kernel: tuple, **attrs: Any) -> list:
    """The calls of dw from x and dy."""
    (x, dy), dw = ins, outs[0]
    if not dy.size or not x.size:
        return [(dw.fill, (0,))]
    sizes = Sizes(x.shape, dw.shape, dy.shape, attrs)
    if sizes.direct(dw):
        return direct.correlate_calls(x, dy, dw, sizes.table)
    cuts = sizes.cuts(sizes.rows, sizes.block)
    parts = scratch((len(cuts), dw.size), dw.dtype)
    run = depthwise.correlate_channels if sizes.by_channel else columns.correlate
    tasks = []
    for part, (lo, hi) in zip(parts, cuts, strict=True):
        space = () if sizes.by_channel else (sizes.matrix(dw.dtype),)
        block = () if sizes.by_channel else (sizes.block,)
        tasks.append((flat(x), flat(dy), part, *space, sizes.table, *block, lo, hi))
    calls = [(Tasks(run, tasks), ())] if sizes.by_channel else product_calls(run, tasks)
    return [*calls, (columns.add_parts, (parts, flat(dw)))]
