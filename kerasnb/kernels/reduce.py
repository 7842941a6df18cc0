"""Room: the largest, the smallest, products, truth, and where the largest and smallest stand.

Every reduction runs over (before, along, after), last axis first, as in kernels/sum.py.
"""

from __future__ import annotations

import numpy as np

from kerasnb.backend.jit import cpu, cuda, element, gpu
from kerasnb.backend.loops import on_cpu
from kerasnb.backend.op import Op
from kerasnb.backend.tensor import Spec, size_of
from kerasnb.kernels.common import BLOCK, flat, split_axes
from kerasnb.kernels.elementwise import cast, divide, equal, like, multiply, where
from kerasnb.kernels.sum import reduced_shape, reduction_calls, spread, total, warp_grid

# --- spec and reference ----------------------------------------------------------------------------


def _spec(x: Spec, *, axes) -> Spec:
    return Spec(reduced_shape(x.shape, axes), x.dtype)


def _position_spec(x: Spec, *, axis) -> Spec:
    return Spec(reduced_shape(x.shape, (axis,)), "int32")


def _max_reference(x, *, axes):
    return np.max(x, axis=axes)


def _min_reference(x, *, axes):
    return np.min(x, axis=axes)


def _prod_reference(x, *, axes):
    wide = x.astype(np.float64) if x.dtype.kind == "f" else x
    return np.prod(wide, axis=axes, dtype=wide.dtype).astype(x.dtype)


def _any_reference(x, *, axes):
    return np.any(x, axis=axes)


def _all_reference(x, *, axes):
    return np.all(x, axis=axes)


def _argmax_reference(x, *, axis):
    return np.argmax(x, axis).astype(np.int32)


def _argmin_reference(x, *, axis):
    return np.argmin(x, axis).astype(np.int32)


max_ = Op("max", spec=_spec, reference=_max_reference)
min_ = Op("min", spec=_spec, reference=_min_reference)
prod = Op("prod", spec=_spec, reference=_prod_reference)
any_ = Op("any", spec=_spec, reference=_any_reference)
all_ = Op("all", spec=_spec, reference=_all_reference)
argmax = Op("argmax", spec=_position_spec, reference=_argmax_reference)
argmin = Op("argmin", spec=_position_spec, reference=_argmin_reference)
