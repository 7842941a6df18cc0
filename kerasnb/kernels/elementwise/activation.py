"""Activations that are worth one pass."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.kernels.elementwise.definition import elementwise_op


def _relu(x):
    return x if (x > 0 or x != x) else 0


def _relu_grad(y, dy):
    return dy if y > 0 else 0


relu = elementwise_op(_relu, lambda x: np.maximum(x, x.dtype.type(0)), lambda c, dy: (relu_grad(c.outs[0], dy),))
relu_grad: Op = elementwise_op(
    _relu_grad, lambda y, dy: np.where(y > 0, dy, dy.dtype.type(0)), lambda c, ddy: (None, relu_grad(c.ins[0], ddy))
)


def _masked_scale(mask, x, scale):
    return x * scale if mask else 0


masked_scale: Op = elementwise_op(
    _masked_scale,
    lambda mask, x, scale: np.where(mask, x * scale, x.dtype.type(0)),
    lambda c, dy: (None, masked_scale(c.ins[0], dy, c.ins[2]), masked_scale(*c.ins[:2], dy)),
)
