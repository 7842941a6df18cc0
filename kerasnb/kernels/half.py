"""Half precision on the GPU: loaded and stored as it is, computed in float32."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

from kerasnb.backend.tensor import device
from kerasnb.kernels.move import copy_cuda


def _wide(array):
    """A float32 array of the same shape where the array is half precision, else the array itself."""
    return device.runtime().empty(array.shape, np.float32) if array.dtype == np.float16 else array


def _copies(sources, targets) -> list:
    pairs = zip(sources, targets, strict=True)
    return [call for source, target in pairs if source is not target for call in copy_cuda([source], [target])]


def wide_half(implementation: Callable) -> Callable:
    """A CUDA implementation that computes float16 in float32: shuffles move 32 or 64 bits, and sums need the range."""

    @functools.wraps(implementation)
    def widened(ins, outs, **attrs):
        wide_ins, wide_outs = [_wide(a) for a in ins], [_wide(a) for a in outs]
        return _copies(ins, wide_ins) + implementation(wide_ins, wide_outs, **attrs) + _copies(wide_outs, outs)

    return widened
