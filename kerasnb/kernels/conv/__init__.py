"""Convolution over one to three axes, channels last, with its two gradients, each also an operation.

`conv` is linear in both arguments, and so are `conv_input` (the transposed convolution) and `conv_kernel`:
the gradients of each are the other two, to any order.
"""

from __future__ import annotations

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.autodiff.recording import Record
from kerasnb.backend.tensor.tensor import Spec
from kerasnb.kernels.conv import cpu, cuda
from kerasnb.kernels.conv.geometry import out_extents, per_axis, reach
from kerasnb.kernels.conv.reference import conv_input_reference, conv_kernel_reference, conv_reference
from kerasnb.kernels.matmul import matmul

# --- spec ------------------------------------------------------------------------------------------


def _conv_spec(x: Spec, w: Spec, *, strides, pads, dilation, groups) -> Spec:
    extents = out_extents(x.shape[1:-1], w.shape[:-2], strides, dilation, pads)
    return Spec((x.shape[0], *extents, w.shape[-1]), x.dtype)


def _full_extents(extents, kernel, strides, dilation, pads) -> tuple:
    """The extents of the input of a convolution whose result has `extents`, with explicit pads."""
    return tuple(
        None if e is None else max((e - 1) * s + reach(k, d) - low - high, 0)
        for e, k, s, d, (low, high) in zip(
            extents, kernel, strides, dilation, per_axis(pads, len(extents)), strict=True
        )
    )


def _input_spec(dy: Spec, w: Spec, *, strides, pads, dilation, groups, extents) -> Spec:
    if extents is None:
        extents = _full_extents(dy.shape[1:-1], w.shape[:-2], strides, dilation, pads)
    return Spec((dy.shape[0], *extents, w.shape[-2] * groups), dy.dtype)


def _kernel_spec(x: Spec, dy: Spec, *, strides, pads, dilation, groups, kernel) -> Spec:
    return Spec((*kernel, x.shape[-1] // groups, dy.shape[-1]), x.dtype)


# --- reference -------------------------------------------------------------------------------------


def _input_reference(dy, w, *, extents, **attrs):
    if extents is None:
        extents = _full_extents(dy.shape[1:-1], w.shape[:-2], attrs["strides"], attrs["dilation"], attrs["pads"])
    return conv_input_reference(dy, w, extents=extents, **attrs)


# --- cpu -------------------------------------------------------------------------------------------


def pointwise(kernel: tuple, attrs: dict) -> bool:
    """Whether a convolution is a product of matrices: one place, no strides, no groups."""
    plain = set(kernel) == {1} and set(attrs["strides"]) == {1} and attrs["groups"] == 1
    pads = attrs["pads"]
    return plain and (isinstance(pads, str) or not any(map(any, pads)))


def _as_matrix(x):
    return x.reshape(-1, x.shape[-1])


def _product(a, b, y, **transposes) -> list:
    return matmul.implementations["cpu"]([_as_matrix(a), _as_matrix(b)], [_as_matrix(y)], **transposes)


def _cpu(name: str, general, transposes: dict, kernel_of):
    def implementation(ins, outs, **attrs):
        if not cpu.serves(outs[0]):
            return OPS[name].implementations["numpy"](ins, outs, **attrs)
        if outs[0].size and ins[0].size and pointwise(kernel_of(ins, outs), attrs):
            return _product(ins[0], ins[1], outs[0], **transposes)
        return general(ins, outs, **attrs)

    return implementation


def _second(ins, outs):
    return ins[1].shape[:-2]


def _result(ins, outs):
    return outs[0].shape[:-2]


# --- vjp -------------------------------------------------------------------------------------------

SHARED = ("strides", "pads", "dilation", "groups")


def geometry_of(call: Record) -> dict:
    """The attributes that a convolution and its gradients share."""
    return {name: call.attrs[name] for name in SHARED}


def _conv_vjp(call, dy):
    x, w = call.ins
    dx = conv_input(dy, w, **geometry_of(call), extents=tuple(x.shape[1:-1])) if call.needs[0] else None
    dw = conv_kernel(x, dy, **geometry_of(call), kernel=tuple(w.shape[:-2])) if call.needs[1] else None
    return dx, dw


def _input_vjp(call, g):
    dy, w = call.ins
    to_dy = conv(g, w, **geometry_of(call)) if call.needs[0] else None
    to_w = conv_kernel(g, dy, **geometry_of(call), kernel=tuple(w.shape[:-2])) if call.needs[1] else None
    return to_dy, to_w


def _kernel_vjp(call, g):
    x, dy = call.ins
    to_x = conv_input(dy, g, **geometry_of(call), extents=tuple(x.shape[1:-1])) if call.needs[0] else None
    to_dy = conv(x, g, **geometry_of(call)) if call.needs[1] else None
    return to_x, to_dy


# --- record ----------------------------------------------------------------------------------------

conv = Op(
    "conv", spec=_conv_spec, reference=conv_reference, cpu=_cpu("conv", cpu.forward, {}, _second), cuda=cuda.forward,
    vjp=_conv_vjp,
)  # fmt: skip
conv_input = Op(
    "conv_input", spec=_input_spec, reference=_input_reference,
    cpu=_cpu("conv_input", cpu.to_input, {"tb": True}, _second), cuda=cuda.to_input, vjp=_input_vjp,
)  # fmt: skip
conv_kernel = Op(
    "conv_kernel", spec=_kernel_spec, reference=conv_kernel_reference,
    cpu=_cpu("conv_kernel", cpu.to_kernel, {"ta": True}, _result), cuda=cuda.to_kernel, vjp=_kernel_vjp,
)  # fmt: skip
OPS = {op.name: op for op in (conv, conv_input, conv_kernel)}
