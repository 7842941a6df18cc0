"""Memory that the plans of a model share: only one of them runs at a time, and none needs what another left behind.

A plan takes blocks for itself alone; the next plan takes the same ones again. What nobody uses any more is freed.
"""

from __future__ import annotations

import contextlib
import math
import threading
import weakref
from collections.abc import Container, Iterator

import numpy as np
from numpy.typing import DTypeLike

SPARE = 2  # a block serves what needs at least this fraction of it


class Pool:
    """Blocks of memory of the host, by dtype."""

    def __init__(self) -> None:
        self.blocks: list = []

    @property
    def bytes(self) -> int:
        """Bytes of all blocks; the end of a block that no plan reached costs no memory."""
        return sum(block.nbytes for block in self._alive())

    def _alive(self) -> list:
        alive = [(block, ref) for ref in self.blocks if (block := ref()) is not None]
        self.blocks = [ref for _, ref in alive]
        return [block for block, _ in alive]

    def block(self, size: int, dtype: np.dtype, taken: Container[int]) -> np.ndarray:
        """The smallest block that serves and is not among those taken, or a new one."""
        fits = [b for b in self._alive() if b.dtype == dtype and size <= b.size <= SPARE * size and id(b) not in taken]
        if fits:
            return min(fits, key=len)
        block = np.empty(2 ** math.ceil(math.log2(size)), dtype)  # pages that are never written cost nothing
        self.blocks.append(weakref.ref(block))
        return block


class Lease:
    """The blocks of one plan.

    Args:
        pool: The `Pool` that they come from.
    """

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.blocks: dict[int, np.ndarray] = {}

    @property
    def bytes(self) -> int:
        """Bytes of the plan's blocks."""
        return sum(block.nbytes for block in self.blocks.values())

    def empty(self, shape: tuple, dtype: DTypeLike) -> np.ndarray:
        """An array of the plan's own, with anything in it."""
        size = math.prod(shape)
        if not size:
            return np.empty(shape, dtype)
        block = self.pool.block(size, np.dtype(dtype), self.blocks)
        self.blocks[id(block)] = block
        return block[:size].reshape(shape)


class _Local(threading.local):
    def __init__(self) -> None:
        self.lease: Lease | None = None


_local = _Local()


@contextlib.contextmanager
def leasing(pool: Pool) -> Iterator[Lease]:
    """Inside, `scratch` takes from the pool, for one plan and the plans inside of it; yields the `Lease`."""
    outer = _local.lease
    lease = outer if outer is not None else Lease(pool)
    _local.lease = lease
    try:
        yield lease
    finally:
        _local.lease = outer


def scratch(shape: int | tuple, dtype: DTypeLike) -> np.ndarray:
    """An array of the host for what a call only needs while it runs: between two calls others may write into it."""
    shape = shape if isinstance(shape, tuple) else (int(shape),)
    return np.empty(shape, dtype) if _local.lease is None else _local.lease.empty(shape, dtype)
