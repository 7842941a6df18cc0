"""The largest and the mean of windows, over one to three axes, channels last, and their gradients.

The first of several largest elements of a window gets the gradient. A mean counts what lies inside the image.
"""

from __future__ import annotations

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.tensor.tensor import Spec
from kerasnb.kernels.pool import cpu, cuda
from kerasnb.kernels.pool.reference import (
    max_grad_reference,
    max_reference,
    mean_grad_reference,
    mean_reference,
    pick_reference,
    pooled,
)

# --- spec ------------------------------------------------------------------------------------------


def _spec(x: Spec, *, window, strides, pads) -> Spec:
    return Spec(pooled(x.shape, window, strides, pads), x.dtype)


def _grad_spec(x: Spec, dy: Spec, *, window, strides, pads) -> Spec:
    return x


def _pick_spec(x: Spec, g: Spec, *, window, strides, pads) -> Spec:
    return _spec(x, window=window, strides=strides, pads=pads)


def _mean_grad_spec(dy: Spec, *, window, strides, pads, extents) -> Spec:
    return Spec((dy.shape[0], *extents, dy.shape[-1]), dy.dtype)


# --- cpu -------------------------------------------------------------------------------------------


def _cpu(name, general):
    """An implementation for float dtypes; other dtypes take NumPy."""

    def implementation(ins, outs, **attrs):
        if not outs[0].size or not all(a.size for a in ins):
            return [(outs[0].fill, (0,))]
        if outs[0].dtype.name not in ("float32", "float64"):
            return OPS[name].implementations["numpy"](ins, outs, **attrs)
        return general(ins, outs, **attrs)

    return implementation


# --- vjp -------------------------------------------------------------------------------------------


def _max_vjp(call, dy):
    return (max_pool_grad(call.ins[0], dy, **call.attrs),)


def _max_grad_vjp(call, g):
    return None, max_pool_pick(call.ins[0], g, **call.attrs)


def _pick_vjp(call, g):
    return None, max_pool_grad(call.ins[0], g, **call.attrs)


def _mean_vjp(call, dy):
    return (average_pool_grad(dy, **call.attrs, extents=tuple(call.ins[0].shape[1:-1])),)


def _mean_grad_vjp(call, g):
    return (average_pool(g, **{k: v for k, v in call.attrs.items() if k != "extents"}),)


# --- record ----------------------------------------------------------------------------------------


def _op(name, spec, reference, on_cpu, on_cuda, vjp) -> Op:
    return Op(name, spec=spec, reference=reference, cpu=_cpu(name, on_cpu), cuda=on_cuda, vjp=vjp)


max_pool = _op("max_pool", _spec, max_reference, cpu.most, cuda.most, _max_vjp)
max_pool_grad = _op("max_pool_grad", _grad_spec, max_grad_reference, cpu.most_back, cuda.most_back, _max_grad_vjp)
max_pool_pick = _op("max_pool_pick", _pick_spec, pick_reference, cpu.pick, cuda.pick, _pick_vjp)
average_pool = _op("average_pool", _spec, mean_reference, cpu.mean, cuda.mean, _mean_vjp)
average_pool_grad = _op(
    "average_pool_grad", _mean_grad_spec, mean_grad_reference, cpu.mean_back, cuda.mean_back, _mean_grad_vjp
)
OPS = {op.name: op for op in (max_pool, max_pool_grad, max_pool_pick, average_pool, average_pool_grad)}
