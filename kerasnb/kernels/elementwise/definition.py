"""One elementwise operation: a formula, its NumPy reference and its vjp."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.compile import codegen
from kerasnb.backend.plan.fusion import attributes
from kerasnb.backend.tensor.tensor import Spec, Tensor, from_host
from kerasnb.kernels.common import broadcast_shapes, chain_calls
from kerasnb.kernels.sum import sum_to


@functools.lru_cache(maxsize=4096)
def _single(op, dtypes, out_dtype, patterns, attrs) -> codegen.Chain:
    names = tuple(f"x{i}" for i in range(len(patterns)))
    values = attributes(op.elementwise, dict(attrs), len(names))
    stage = codegen.Stage(op.elementwise, names, "y", out_dtype, dtypes[-1], values)
    return codegen.Chain((stage,), tuple(zip(names, patterns, strict=True)), ("y",), op.name)


def _implementation(op_name: str, target: str):
    def implementation(ins, outs, **attrs):
        op = OPS[op_name]
        dtypes = tuple(a.dtype.name for a in ins)
        key = tuple(attrs.items())
        return chain_calls(lambda patterns: _single(op, dtypes, outs[0].dtype.name, patterns, key), ins, outs, target)

    return implementation


def _unbroadcast(vjp):
    """The vjp of an operation whose inputs are broadcast, from one that returns gradients of the output's shape."""

    def unbroadcast(call, dy):
        return tuple(
            sum_to(g, t.shape) if need and g is not None else None
            for g, t, need in zip(vjp(call, dy), call.ins, call.needs, strict=True)
        )

    return unbroadcast


OPS: dict[str, Op] = {}


def elementwise_op(
    formula: Callable,
    reference: Callable,
    vjp: Callable | None = None,
    dtype: str | None = None,
    name: str | None = None,
) -> Op:
    """Defines the operation of one formula.

    Args:
        formula: Function of scalars (inputs first, then attributes), one `return` at the end.
        reference: The same on NumPy arrays.
        vjp: Function `(record, dy)` that returns gradients of the output's shape, one per input.
        dtype: Dtype of the result; None for the inputs', "attr" for the attribute `dtype`.
        name: Name of the operation. Defaults to the formula's.
    """
    name = name or formula.__name__.strip("_")

    def spec(*ins, **attrs):
        out = ins[-1].dtype if dtype is None else attrs["dtype"] if dtype == "attr" else dtype
        return Spec(broadcast_shapes(*(i.shape for i in ins)), out)

    OPS[name] = Op(
        name, spec=spec, reference=reference, cpu=_implementation(name, "cpu"), cuda=_implementation(name, "cuda"),
        vjp=_unbroadcast(vjp) if vjp else None, elementwise=formula,
    )  # fmt: skip
    return OPS[name]


def like(x: Tensor, value: Any) -> Tensor:
    """A scalar of x's dtype."""
    return from_host(np.asarray(value), x.dtype)
