"""Casts between dtypes."""

from __future__ import annotations

from kerasnb.backend.dtypes import FLOATS
from kerasnb.backend.variable import Hooks
from kerasnb.kernels.elementwise.row import row


def _cast(x):
    return x


def _cast_to_bool(x):
    return x != 0


def _cast_vjp(call, dy):
    wanted = call.ins[0].dtype
    return (cast_to(dy, wanted) if wanted in FLOATS and dy.dtype in FLOATS else None,)


cast = row(_cast, lambda x, *, dtype: x.astype(dtype), _cast_vjp, dtype="attr")
cast_bool = row(_cast_to_bool, lambda x: x.astype(bool), dtype="bool", name="cast_bool")


def cast_to(x, dtype: str):
    """`x` with another dtype; no gradient flows through a cast to integers or bool."""
    if x.dtype == dtype:
        return x
    return cast_bool(x) if dtype == "bool" else cast(x, dtype=dtype)


Hooks.cast = cast_to
