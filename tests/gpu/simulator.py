"""Runs GPU kernels without a GPU: compiled by Numba for the CPU, one generator per GPU thread.

    Kernel(saxpy)[grid, block](n, a, x, y)

What it detects: reading or writing out of bounds, divergent barriers, missing barriers and reading
what nobody wrote (shared and local memory start as NaN, and the order of threads alternates). What it
cannot show: races between warps or blocks that need true concurrency, speed, and the driver's errors.
"""

from __future__ import annotations

import functools
import itertools

import numba
import numpy as np

from tests.gpu.lane import poison
from tests.gpu.rewrite import rewrite
from tests.gpu.scheduler import BLOCK, DONE, LANES, OPTIONS, WARP, with_barriers, without_barriers
from tests.gpu.source import plain

MAX_THREADS = 1024
MAX_GRID = (2**31 - 1, 65535, 65535)
ALIGNMENT = 16


class DivergentBarrier(RuntimeError):
    """Threads of a block wait for each other at different places, or for threads that have ended."""


class OutOfBounds(IndexError):
    """A thread read or wrote outside an array."""


def three(extent) -> tuple[int, int, int]:
    """An extent of a grid or block as three integers."""
    extents = tuple(extent) if isinstance(extent, (tuple, list)) else (extent,)
    if not 1 <= len(extents) <= 3 or min(extents) < 1:
        raise ValueError(f"A grid or block has one to three positive extents. Received: {extent}")
    return tuple(np.int32(e) for e in (*extents, 1, 1)[:3])


class Kernel:
    """A GPU kernel that can be launched here.

    Args:
        kernel: A function that uses `cuda`, or an object that has one as `py_func`.
        backwards: Boolean, whether threads and blocks run in the opposite order. A kernel whose
            result depends on it has a race.
    """

    def __init__(self, kernel, backwards: bool = False):
        self.name = plain(kernel).__name__
        self.backwards = backwards
        self.rewritten, self.launcher = _built(plain(kernel))

    def __repr__(self):
        return f"<simulated kernel {self.name}>"

    def __getitem__(self, configuration):
        grid, block = three(configuration[0]), three(configuration[1])
        if np.prod(block) > MAX_THREADS:
            raise ValueError(f"A block has at most {MAX_THREADS} threads. Received: block={configuration[1]}")
        if any(extent > limit for extent, limit in zip(grid, MAX_GRID, strict=True)):
            raise ValueError(f"A grid has at most {MAX_GRID} blocks. Received: grid={configuration[0]}")
        return functools.partial(self._launch, grid, block)

    def _launch(self, grid, block, *args):
        threads = int(np.prod(block))
        at = np.full(2, -1, np.int64)
        events = np.zeros(threads, np.int64)
        lanes = -(-threads // LANES) * LANES
        masks, exchange = np.zeros(threads, np.int64), np.full(lanes, 0x7FF800007FC00000, np.int64)
        kinds = np.array([p.kind for p in self.rewritten.places])
        pool, unwritten, shared = self._memory()
        try:
            stuck = self.launcher(
                grid, block, self.backwards, at, events, masks, kinds, exchange, pool, unwritten, (*shared, *args)
            )
        except IndexError as problem:
            raise OutOfBounds(f"{self.name}: {problem} ({_where(at, grid, block)})") from None
        if stuck >= 0:
            raise DivergentBarrier(
                f"{self.name}: {_where(at, grid, None)}: threads wait for each other in vain: {self._waiting(events)}"
            )

    def _memory(self):
        """The bytes of a block's shared memory, the same unwritten, and the shared arrays in them."""
        ends, start = [], 0
        for array in self.rewritten.shared:
            size = int(np.prod(array.shape)) * array.dtype.itemsize
            ends.append((start, start + size))
            start += -(-size // ALIGNMENT) * ALIGNMENT
        pool, unwritten = np.zeros(start, np.uint8), np.zeros(start, np.uint8)
        arrays = []
        for array, (first, last) in zip(self.rewritten.shared, ends, strict=True):
            unwritten[first:last].view(array.dtype)[:] = poison(array.dtype)
            arrays.append(pool[first:last].view(array.dtype).reshape(array.shape))
        return pool, unwritten, arrays

    @property
    def any_launch(self) -> bool:
        """Whether the threads of a block share nothing but their warp: then any grid and block must do."""
        return not self.rewritten.shared and all(p.kind == WARP for p in self.rewritten.places[1:])

    @property
    def shared_bytes(self) -> int:
        """The bytes of static shared memory."""
        return sum(int(np.prod(a.shape)) * a.dtype.itemsize for a in self.rewritten.shared)

    def _waiting(self, events) -> str:
        """Where the warps of a block that cannot go on stand, in words."""
        reports: dict = {}
        for warp in range(-(-events.size // LANES)):
            lanes = events[warp * LANES : (warp + 1) * LANES]
            runs = [(event, len(list(run))) for event, run in itertools.groupby(lanes)]
            reports.setdefault(", ".join(self._run(e, n, lanes.size) for e, n in runs), []).append(warp)
        return "; ".join(f"warps {_ranges(warps)}: {text}" for text, warps in reports.items())

    def _run(self, event, count, size) -> str:
        place = self.rewritten.places[event] if event != DONE else None
        state = "ended" if place is None else f"at {place.name} (line {place.line})"
        return f"{'all' if count == size else count} {state}"


def _ranges(numbers) -> str:
    """[0, 1, 2, 5] as "0-2, 5"."""
    runs = itertools.groupby(enumerate(numbers), lambda pair: pair[1] - pair[0])
    ends = [[n for _, n in run] for _, run in runs]
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in ends)


def _where(at, grid, block) -> str:
    def split(number, extents):
        return tuple(int(i) for i in np.unravel_index(number, extents[::-1])[::-1])

    text = f"block {split(at[0], grid)}"
    return text if block is None else f"{text}, thread {split(at[1], block)}"


_kernels: dict = {}


def _built(function):
    """The rewritten kernel and its compiled launch, made once per process."""
    if function not in _kernels:
        rewritten = rewrite(function)
        compiled = numba.njit(boundscheck=True, no_cpython_wrapper=True, **OPTIONS)(rewritten.function)
        waits = len(rewritten.places) > 1
        _kernels[function] = rewritten, (with_barriers if waits else without_barriers)(compiled)
    return _kernels[function]


__all__ = ["BLOCK", "WARP", "DivergentBarrier", "Kernel", "OutOfBounds"]
