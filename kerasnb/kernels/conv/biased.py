"""A convolution with its bias and activation as one operation: results are finished while they are in the cache."""

from __future__ import annotations

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.tensor.tensor import Spec
from kerasnb.kernels.common import chain_calls
from kerasnb.kernels.conv import conv, conv_input, conv_kernel, cpu, geometry_of, pointwise
from kerasnb.kernels.conv.reference import conv_reference
from kerasnb.kernels.matmul import ACTIVATIONS, activation_gradient, epilogue
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
    x, w, _ = ins
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


# --- record ----------------------------------------------------------------------------------------

conv_bias = Op("conv_bias", spec=_spec, reference=_reference, cpu=_cpu, cuda=_composed("cuda"), vjp=_vjp)
