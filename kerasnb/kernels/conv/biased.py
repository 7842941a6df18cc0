"""A convolution with its bias and activation as one operation: results are finished while they are in the cache."""

from __future__ import annotations

from typing import Any

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.autodiff.recording import Record
from kerasnb.backend.tensor import device
from kerasnb.backend.tensor.tensor import Spec, Tensor, size_of
from kerasnb.kernels.common import chain_calls
from kerasnb.kernels.conv import conv, conv_input, conv_kernel, cpu, geometry_of, pointwise
from kerasnb.kernels.conv.reference import conv_reference
from kerasnb.kernels.elementwise import add, multiply, relu
from kerasnb.kernels.matmul import ACTIVATIONS, activation_gradient, epilogue
from kerasnb.kernels.move import reshape
from kerasnb.kernels.sum import total

# --- spec ------------------------------------------------------------------------------------------


def _spec(x: Spec, w: Spec, b: Spec, *, activation, **attrs) -> Spec:
    return conv.spec(x, w, **attrs)


# --- reference -------------------------------------------------------------------------------------


def _reference(x, w, b, *, activation, **attrs):
    y = conv_reference(x, w, **attrs) + b
    return y if ACTIVATIONS[activation] is None else ACTIVATIONS[activation].reference(y)


# --- cpu, cuda -------------------------------------------------------------------------------------


def _composed(target: str):
    """The convolution, then one loop for the rest."""

    def implementation(ins, outs, *, activation, **attrs):
        x, w, b = ins
        finish = chain_calls(epilogue(activation, outs[0].dtype.name), [outs[0], b], outs, target)
        return conv.implementations[target]([x, w], outs, **attrs) + finish

    return implementation


def _cpu(ins, outs, *, activation, **attrs):
    _, w, _ = ins
    if not cpu.serves(outs[0]):
        return conv_bias.implementations["numpy"](ins, outs, activation=activation, **attrs)
    if activation in ("linear", "relu") and outs[0].size and not pointwise(w.shape[:-2], attrs):
        calls = cpu.finished(ins, outs, activation == "relu", **attrs)
        if calls is not None:
            return calls
    return _composed("cpu")(ins, outs, activation=activation, **attrs)


# --- vjp -------------------------------------------------------------------------------------------


def _vjp(call, dy):
    x, w, _ = call.ins
    geometry, dz = geometry_of(call), activation_gradient(call.attrs["activation"], call.outs[0], dy)
    dx = conv_input(dz, w, **geometry, extents=tuple(x.shape[1:-1])) if call.needs[0] else None
    dw = conv_kernel(x, dz, **geometry, kernel=tuple(w.shape[:-2])) if call.needs[1] else None
    db = total(dz, axes=tuple(range(len(dz.shape) - 1))) if call.needs[2] else None
    return dx, dw, db


# --- folding: a batch normalization that follows, in inference --------------------------------------

FEW = 4  # a weight for so many results, or scaling the weights costs as much as scaling those


def _call(records: list, op: Op, *ins: Tensor, **attrs: Any) -> Tensor:
    """Adds a call to records, and returns its result."""
    y = Tensor(None, *op.spec(*(Spec(t.shape, t.dtype) for t in ins), **attrs))
    records.append(Record(op, ins, attrs, (y,)))
    return y


def _fold(record: Record, followers: list[Record]) -> list[Record] | None:
    """The convolution with scaled weights and a bias, if what follows is a scale, an offset and perhaps a ReLU."""
    (x, w, *rest), y = record.ins, record.outs[0]
    attrs = dict(record.attrs)
    if attrs.pop("activation", "linear") != "linear" or not _has_epilogue(w, y, attrs):
        return None
    relu_last = followers[-1].op is relu
    linear, along = followers[:-1] if relu_last else followers, (1,) * (len(w.shape) - 1) + tuple(w.shape[-1:])
    if [r.op for r in linear][-2:] != [multiply, add] or len(linear) > 2:
        return None
    scale, offset = (next((t for t in r.ins if tuple(t.shape) == along), None) for r in linear)
    if scale is None or offset is None:
        return None
    calls: list[Record] = []
    w = _call(calls, multiply, w, scale)
    if rest:
        bias = _call(calls, reshape, rest[0], shape=along)
        offset = _call(calls, add, _call(calls, multiply, bias, scale), offset)
    b = _call(calls, reshape, offset, shape=along[-1:])
    _call(calls, conv_bias, x, w, b, activation="relu" if relu_last else "linear", **attrs)
    calls[-1].outs, calls[-1].where = followers[-1].outs, record.where
    return calls


def _has_epilogue(w: Tensor, y: Tensor, attrs: dict) -> bool:
    """Whether the CPU implementation finishes results in the cache: else a loop of its own costs the same."""
    own = device.current() == "cpu" and y.dtype == "float32" and not pointwise(w.shape[:-2], attrs)
    by_channel = w.shape[-2] == 1 and attrs["groups"] > 1
    return own and not by_channel and size_of(w.shape) * FEW <= size_of(y.shape)


# --- record ----------------------------------------------------------------------------------------

conv_bias = Op("conv_bias", spec=_spec, reference=_reference, cpu=_cpu, cuda=_composed("cuda"), vjp=_vjp)
conv.fold = conv_bias.fold = _fold
