"""Room: control flow: a tensor taken apart into rows, and functions whose gradient is given."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.op import Op
from kerasnb.backend.tape import Arithmetic
from kerasnb.backend.tensor import Spec, size_of
from kerasnb.kernels.common import flat
from kerasnb.kernels.elementwise import like, multiply
from kerasnb.kernels.move import concatenate, copy_calls, copy_gpu, reshape


def zeros_like(x):
    """Zeros of the shape and dtype of a tensor."""
    return multiply(Arithmetic.ones_like(x), like(x, 0))


# --- rows: all slices along the first axis at once, so that the way back is one call too ----------------


def _rows_spec(x: Spec) -> tuple:
    return (Spec(x.shape[1:], x.dtype),) * x.shape[0]


def _rows_reference(x):
    return tuple(x)


def _rows_walk(copy):
    def walk(ins, outs):
        size, x = size_of(ins[0].shape[1:]), flat(ins[0])
        return [call for i, y in enumerate(outs) for call in copy([x[i * size : (i + 1) * size]], [y])]

    return walk


def _rows_vjp(call, *arriving):
    shape = call.ins[0].shape[1:]
    some = next(a for a in arriving if a is not None)
    parts = [reshape(zeros_like(some) if a is None else a, shape=(1, *shape)) for a in arriving]
    return (concatenate(*parts, axis=0),)


rows = Op(
    "rows", spec=_rows_spec, reference=_rows_reference, cpu=_rows_walk(copy_calls), cuda=_rows_walk(copy_gpu),
    vjp=_rows_vjp,
)  # fmt: skip

# --- a function whose gradient is given: its results pass, what flows back is what the rule says ---------


def _given_spec(*ins, count, rule):
    return ins[:count]


def _given_reference(*ins, count, rule):
    return tuple(np.array(x) for x in ins[:count])


def _given_walk(copy):
    def walk(ins, outs, *, count, rule):
        return [call for x, y in zip(ins[:count], outs, strict=True) for call in copy([x], [y])]

    return walk


def _given_vjp(call, *arriving):
    count, rule = call.attrs["count"], call.attrs["rule"]
    flows = [zeros_like(y) if a is None else a for a, y in zip(arriving, call.outs, strict=True)]
    return (None,) * count + tuple(rule(*flows))


given_gradient = Op(
    "given_gradient", spec=_given_spec, reference=_given_reference, cpu=_given_walk(copy_calls),
    cuda=_given_walk(copy_gpu), vjp=_given_vjp,
)  # fmt: skip
