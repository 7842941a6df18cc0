"""What several operation families need: specs, and the call of a chain of scalar functions on a device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kerasnb.backend.compile import codegen, jit, numba_internals
from kerasnb.backend.compile.codegen import BLOCK, grid_for
from kerasnb.backend.tensor.tensor import Spec, size_of


def broadcast_shapes(*shapes: tuple) -> tuple:
    """The shape that all shapes are broadcast to; None is an unknown extent.

    Raises:
        ValueError: If two extents differ and neither is 1.
    """
    rank = max(map(len, shapes), default=0)
    out = []
    for axis in range(-rank, 0):
        extents = {s[axis] for s in shapes if len(s) >= -axis} - {1}
        known = extents - {None}
        if len(known) > 1:
            raise ValueError(f"Cannot broadcast shapes {', '.join(map(str, shapes))}: extents {sorted(known)} differ.")
        out.append(known.pop() if known else (None if extents else 1))
    return tuple(out)


def same_spec(x: Spec, *_: Any, **__: Any) -> Spec:
    """The output looks like the first input."""
    return x


def check_channels(x: Spec, *vectors: Spec) -> None:
    """Checks that vectors have an entry for each channel, the last axis: kernels read them without looking.

    Raises:
        ValueError: If one has not.
    """
    for vector in vectors:
        if None not in (x.shape[-1], *vector.shape) and vector.shape != x.shape[-1:]:
            raise ValueError(f"Expected a vector of {x.shape[-1]} entries, one for each channel. "
                             f"Received: shape {vector.shape}")  # fmt: skip


def flat(array: Any) -> Any:
    """The one-dimensional view of a contiguous array, on any device."""
    return array.reshape(-1) if array.ndim != 1 else array


def wide(array: np.ndarray) -> np.ndarray:
    """An array in float64, in which references compute, where it holds floats; else the array itself."""
    return array.astype(np.float64) if array.dtype.kind == "f" else array


def split_axes(shape: tuple, axis: int) -> tuple[int, int, int]:
    """The extents (before, along, after) of one axis of a contiguous array."""
    return size_of(shape[:axis]), shape[axis], size_of(shape[axis + 1 :])


@jit.Instruction
def whole_vectors(typing: Any) -> tuple:
    """Lets the loops of a kernel use the widest vectors that the processor has.

    LLVM keeps to half of them where they are of 512 bits, because that slowed early processors down. It pays where a
    loop computes much of what it reads, as with exponentials.
    """
    types = jit.numba().types

    def build(context, builder, signature, args):
        numba_internals.add_attribute(builder.function, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    return types.void(), build


@whole_vectors.otherwise
def _():
    pass


def chain_calls(chain_of: Callable, ins: list, outs: list, target: str) -> list:
    """The prepared call of an elementwise chain.

    Args:
        chain_of: Function of the tuple of operand patterns, returns the `Chain`.
        ins: Arrays of the device, any shapes that broadcast to the outputs' shape.
        outs: Arrays of one shape.
        target: "cpu" or "cuda".
    """
    extents, patterns = codegen.merge_axes(outs[0].shape, [a.shape for a in ins])
    if 0 in outs[0].shape:
        return []
    return codegen.calls(chain_of(tuple(patterns)), extents, [*ins, *outs], target)


__all__ = [
    "BLOCK",
    "broadcast_shapes",
    "chain_calls",
    "flat",
    "grid_for",
    "same_spec",
    "split_axes",
    "whole_vectors",
    "wide",
]
