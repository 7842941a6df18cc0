"""The second derivative of fused backward kernels: the tape over the same computation, composed of operations."""

from __future__ import annotations

from collections.abc import Callable

from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.kernels.move import apart


def second_order(composed: Callable) -> Callable:
    """The vjp of a backward operation, from a function that computes the same by operations."""

    def vjp(call, *upstream):
        ins = apart(call.ins)
        with GradientTape() as tape:
            outs = composed(*ins, **call.attrs)
        pairs = [(o, g) for o, g in zip(outs, upstream, strict=True) if g is not None]
        floats = [i for i, t in enumerate(call.ins) if t.dtype != "bool"]
        gradients = tape.gradient([o for o, _ in pairs], [ins[i] for i in floats], [g for _, g in pairs])
        by_place = dict(zip(floats, gradients, strict=True))
        return tuple(by_place.get(i) for i in range(len(call.ins)))

    return vjp
