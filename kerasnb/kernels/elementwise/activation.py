"""Activations that are worth one pass."""

from __future__ import annotations

import numpy as np

from kerasnb.kernels.elementwise.row import row


def _relu(x):
    return x if (x > 0 or x != x) else 0


def _relu_grad(y, dy):
    return dy if y > 0 else 0


relu = row(_relu, lambda x: np.maximum(x, x.dtype.type(0)), lambda c, dy: (relu_grad(c.outs[0], dy),))
relu_grad = row(
    _relu_grad, lambda y, dy: np.where(y > 0, dy, dy.dtype.type(0)), lambda c, ddy: (None, relu_grad(c.ins[0], ddy))
)


def _masked_scale(mask, x, scale):
    return x * scale if mask else 0


masked_scale = row(
    _masked_scale,
    lambda mask, x, scale: np.where(mask, x * scale, x.dtype.type(0)),
    lambda c, dy: (None, masked_scale(c.ins[0], dy, c.ins[2]), masked_scale(*c.ins[:2], dy)),
)
