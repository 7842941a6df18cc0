"""Functions of `keras.ops` computed beside real Keras on JAX: values, gradients and symbolic shapes."""

from __future__ import annotations

import numpy as np

import kerasnb
from kerasnb.backend.tape import GradientTape
from tests.ops.names import keras


def tensors_in(thing) -> list:
    """The tensors of a result, in order."""
    return [t for part in thing for t in tensors_in(part)] if isinstance(thing, (list, tuple)) else [thing]


def ours(function, arrays, flows):
    """Values of a function of tensors, and its gradients for arrays from the flows into its results (None: none)."""
    given = [kerasnb.ops.convert_to_tensor(a) for a in arrays]
    with GradientTape() as tape:
        outs = tensors_in(function(kerasnb.ops, *given))
    pairs = [(o, kerasnb.ops.convert_to_tensor(f)) for o, f in zip(outs, flows(outs), strict=True) if f is not None]
    back = tape.gradient([o for o, _ in pairs], given, output_gradients=[f for _, f in pairs]) if pairs else []
    return outs, back


def theirs(function, arrays, flows, gradient):
    """The same of real Keras, in one program."""
    import jax

    real = keras()

    def total(*xs):
        outs = tensors_in(function(real.ops, *xs))
        return sum((o * f).sum() for o, f in zip(outs, flows(outs), strict=True) if f is not None), outs

    def run(*xs):
        if not gradient:
            return total(*xs)[1], []
        back, outs = jax.grad(total, tuple(range(len(xs))), has_aux=True)(*xs)
        return outs, back

    return jax.jit(run)(*arrays)


def close(found, expected, tolerance=3e-5, label=""):
    """Values, shape and dtype agree."""
    a, b = np.asarray(found), np.asarray(expected)
    assert a.shape == b.shape, f"{label}: shape {a.shape} for {b.shape}"
    assert a.dtype == b.dtype, f"{label}: dtype {a.dtype} for {b.dtype}"
    scale = max(1.0, float(np.abs(b).max(initial=0)))
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance * scale, err_msg=label)


def random_flows(outs):
    """Random gradients that arrive at each float32 result; the same at every call."""
    random = np.random.default_rng(3)
    return [
        random.uniform(0.5, 1.5, o.shape).astype("float32") if str(o.dtype) == "float32" else None for o in outs
    ]  # fmt: skip


def check(function, *arrays, gradient=True, tolerance=3e-5):
    """A function of (ops, tensors) gives Keras' values and gradients."""
    flows = random_flows if gradient else lambda outs: [None] * len(outs)
    outs, back = ours(function, arrays, flows)
    expected, their_back = theirs(function, arrays, flows, gradient)
    for i, (o, e) in enumerate(zip(outs, expected, strict=True)):
        close(o, e, tolerance, f"result {i}")
    for i, (g, e) in enumerate(zip(back, their_back, strict=True)):
        close(np.zeros(e.shape, e.dtype) if g is None else g, e, tolerance * 10, f"gradient {i}")


def check_shapes(function, *arrays, unknown=0):
    """Symbolic tensors give the shape and dtype of the eager result, with the first axes unknown if asked."""
    eager = tensors_in(function(kerasnb.ops, *arrays))
    symbols = [kerasnb.KerasTensor((None,) * unknown + a.shape[unknown:], a.dtype.name) for a in arrays]
    for s, e in zip(tensors_in(function(kerasnb.ops, *symbols)), eager, strict=True):
        assert s.dtype == e.dtype and len(s.shape) == len(e.shape), f"{s} for {e.shape}, {e.dtype}"
        same = [p == q or (unknown and p is None) for p, q in zip(s.shape, e.shape, strict=True)]
        assert all(same), f"{s} for {e.shape}"
        assert not unknown or None in s.shape or not e.shape, f"{s}: what is unknown stays unknown"
