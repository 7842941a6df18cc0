"""The one harness that computes something beside real Keras on JAX: values, dtypes, shapes and gradients.

tests/ops/beside.py and tests/ops/judge.py name the functions of `keras.ops` for it, tests/parity/layers.py the layers.
"""

from __future__ import annotations

import jax
import numpy as np

import kerasnb
from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.backend.tensor.dtypes import FLOATS

# Arguments that Keras leaves out of the configs of these losses and metrics; ours have them where they matter.
FORGOTTEN = {"Huber": ["delta"], "CosineSimilarity": ["axis"], "SparseCategoricalCrossentropy": ["axis"]}


def leaves(thing) -> list:
    """The tensors of a result, in order."""
    return [leaf for part in thing for leaf in leaves(part)] if isinstance(thing, (list, tuple)) else [thing]


def close(found, expected, tolerance: float = 3e-5, label: str = "", scaled: bool = True, atol=None) -> None:
    """Shape, dtype and values of one array are those of the other.

    Args:
        found: Ours.
        expected: The one of Keras.
        tolerance: Float, relative and absolute.
        label: String, what it is, for the error.
        scaled: Boolean, whether the absolute tolerance grows with the largest value, as rounding errors of sums do.
        atol: Float, the absolute tolerance, where it is another one.
    """
    assert tuple(found.shape) == tuple(expected.shape), f"{label}: shape {found.shape} for {expected.shape}"
    assert str(found.dtype) == str(expected.dtype), f"{label}: dtype {found.dtype} for {expected.dtype}"
    a, b = (_wide(np.asarray(x)) for x in (found, expected))
    scale = max(1.0, float(np.abs(b[np.isfinite(b)]).max(initial=0))) if scaled else 1.0
    atol = tolerance if atol is None else atol
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=atol * scale, err_msg=label)


def _wide(x: np.ndarray) -> np.ndarray:
    """Half precision as float32, which NumPy compares."""
    return x.astype("float32") if x.dtype.name in ("float16", "bfloat16") else x


def is_float(tensor) -> bool:
    """Whether something has gradients."""
    return str(tensor.dtype) in FLOATS


def upstream(outs) -> list:
    """A gradient for each float result, None for others; the same at every call."""
    random = np.random.default_rng(3)
    return [random.uniform(0.5, 1.5, o.shape).astype(str(o.dtype)) if is_float(o) else None for o in outs]


def ours(function, arrays, flows=upstream) -> tuple[list, list]:
    """Results of a function of tensors, and the gradients of its float arguments; `flows=None` for no gradients."""
    given = [kerasnb.ops.convert_to_tensor(a) for a in arrays]
    with GradientTape() as tape:
        for t in filter(is_float, given):
            tape.watch(t)
        outs = leaves(function(*given))
    pairs = [(o, kerasnb.ops.convert_to_tensor(f)) for o, f in zip(outs, flows(outs) if flows else [], strict=False)
             if f is not None]  # fmt: skip
    sources = list(filter(is_float, given)) if pairs else []
    back = tape.gradient([o for o, _ in pairs], sources, output_gradients=[f for _, f in pairs]) if sources else []
    return outs, back


def theirs(function, arrays, flows=upstream) -> tuple[list, list]:
    """The same of Keras, in one program."""
    if flows is None:
        return jax.jit(lambda *xs: leaves(function(*xs)))(*arrays), []
    at = [i for i, a in enumerate(arrays) if is_float(a)]

    def run(*chosen):
        given = [chosen[at.index(i)] if i in at else a for i, a in enumerate(arrays)]
        outs = leaves(function(*given))
        return [o for o in outs if is_float(o)], outs

    def whole(*chosen):
        _, pull, outs = jax.vjp(run, *chosen, has_aux=True)
        return outs, list(pull([f for f in flows(outs) if f is not None]))

    return jax.jit(whole)(*(arrays[i] for i in at))


def check(
    function, their_function, arrays, *, gradient=True, tolerance=3e-5, gradient_tolerance=None, scaled=True, atol=None
) -> list:
    """A function of tensors gives what a function of Keras' tensors gives, and so do its gradients.

    Args:
        function: Takes our tensors.
        their_function: The same for those of Keras.
        arrays: List of NumPy arrays; gradients are compared for those of floats.
        gradient: Boolean, whether there are gradients.
        tolerance: Float, of values.
        gradient_tolerance: Float, of gradients. Defaults to ten times that of values.
        scaled: Boolean, whether the tolerance of values grows with the largest one; that of gradients does.
        atol: Float, the absolute tolerance of values, where it is another one.

    Returns:
        Our results.
    """
    flows = upstream if gradient else None
    outs, back = ours(function, arrays, flows)
    expected, their_back = theirs(their_function, arrays, flows)
    for i, (o, e) in enumerate(zip(outs, expected, strict=True)):
        close(o, e, tolerance, f"result {i}", scaled, atol)
    for i, (g, e) in enumerate(zip(back, their_back, strict=True)):
        g = np.zeros(e.shape, e.dtype) if g is None else g  # where nothing arrives
        close(g, e, gradient_tolerance or tolerance * 10, f"gradient {i}")
    return outs
