"""Functions of `keras.ops` and tensors, computed beside real Keras by tests/beside.py, and their symbolic shapes."""

from __future__ import annotations

import kerasnb
from tests import beside
from tests.beside import close
from tests.beside import leaves as tensors_in
from tests.ops.names import keras

__all__ = ["check", "check_shapes", "close", "tensors_in"]


def check(function, *arrays, gradient=True, tolerance=3e-5):
    """A function of (ops, tensors) gives Keras' values and gradients."""
    real = keras().ops
    beside.check(
        lambda *xs: function(kerasnb.ops, *xs), lambda *xs: function(real, *xs), arrays,
        gradient=gradient, tolerance=tolerance,
    )  # fmt: skip


def check_shapes(function, *arrays, unknown=0):
    """Symbolic tensors give the shape and dtype of the eager result, with the first axes unknown if asked."""
    eager = tensors_in(function(kerasnb.ops, *arrays))
    symbols = [kerasnb.KerasTensor((None,) * unknown + a.shape[unknown:], a.dtype.name) for a in arrays]
    for s, e in zip(tensors_in(function(kerasnb.ops, *symbols)), eager, strict=True):
        assert s.dtype == e.dtype and len(s.shape) == len(e.shape), f"{s} for {e.shape}, {e.dtype}"
        same = [p == q or (unknown and p is None) for p, q in zip(s.shape, e.shape, strict=True)]
        assert all(same), f"{s} for {e.shape}"
        assert not unknown or None in s.shape or not e.shape, f"{s}: what is unknown stays unknown"
