"""The promises that everything of a kind keeps, each written once: one check per promise."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.backend.tensor import device
from kerasnb.backend.tensor.dtypes import FLOATS, numpy_dtype
from kerasnb.backend.tensor.tensor import Spec, Tensor, from_host
from kerasnb.backend.tensor.variable import Variable
from tests.promises.layers import check_layer
from tests.promises.saving import check_saving
from tests.promises.widgets import check_bundle, check_widget


def poisoned(shape, dtype: str) -> np.ndarray:
    """An array whose values would be noticed if they were left: NaN, or a large pattern."""
    array = np.empty(shape, numpy_dtype(dtype))
    array.fill(np.nan if dtype in FLOATS else (True if dtype == "bool" else 85))
    return array


def specs_of(op, ins, attrs) -> tuple:
    """The specs of an operation's outputs for NumPy inputs."""
    specs = op.spec(*(Spec(a.shape, a.dtype.name) for a in ins), **attrs)
    return (specs,) if isinstance(specs, Spec) else specs


def outputs_of(op, ins, attrs, name: str) -> list:
    """Runs one implementation of an operation on copies of the inputs; outputs start poisoned."""
    ins = [np.array(a, order="C") for a in ins]
    outs = ins[: op.mutates] or [poisoned(s.shape, s.dtype) for s in specs_of(op, ins, attrs)]
    for function, args in op.implementations[name](ins, outs, **attrs):
        function(*args)
    return outs


def expected_of(op, ins, attrs) -> list:
    """The results of the reference."""
    results = op.reference(*[np.array(a, order="C") for a in ins], **attrs)
    return [np.asarray(r) for r in (results if isinstance(results, tuple) else (results,))]


def _scale(expected) -> float:
    """Rounding errors of sums grow with the largest value."""
    finite = np.abs(expected[np.isfinite(expected)]) if expected.dtype.kind == "f" else np.zeros(0)
    return max(1.0, float(finite.max())) if finite.size else 1.0


def widest(x: np.ndarray) -> np.ndarray:
    """The array in the largest dtype of its kind."""
    return x.astype("complex128" if x.dtype.kind == "c" else "float64")


def check_op(op, ins, attrs, name: str = "cpu", rtol=2e-5, atol=2e-6) -> None:
    """An implementation gives the reference's values in the spec's shapes and dtypes, and leaves its inputs alone."""
    before = [np.array(a, order="C") for a in ins]
    copies = [a.copy() for a in before]
    expected = expected_of(op, copies, attrs)
    outs = outputs_of(op, copies, attrs, name)
    assert len(outs) == len(expected), f"{op.name}: {len(outs)} outputs for {len(expected)}"
    check_spec(op, copies, attrs, expected)
    for out, e in zip(outs, expected, strict=True):
        np.testing.assert_allclose(
            widest(out), widest(e), rtol=rtol, atol=atol * _scale(e), err_msg=f"{op.name} {attrs}", strict=True
        )
    for array, copy in zip(before, copies, strict=True):
        np.testing.assert_array_equal(array, copy, err_msg=f"{op.name} wrote into an input")


def check_spec(op, ins, attrs, expected) -> None:
    """The spec has exactly the shape and the dtype of each result of the reference."""
    written = [Spec(a.shape, a.dtype.name) for a in ins[: op.mutates]]
    specs = [(tuple(s.shape), s.dtype) for s in written or specs_of(op, ins, attrs)]
    assert specs == [(e.shape, e.dtype.name) for e in expected], f"{op.name} {attrs}"


def numeric_gradient(op, ins, attrs, dys, index: int, step=1e-4) -> np.ndarray:
    """The derivative of `sum(dy * output)` for one input, by central differences in float64."""
    wide = [a.astype("float64") if a.dtype.kind == "f" else a for a in ins]

    def value(x):
        outs = op.reference(*[x if i == index else w for i, w in enumerate(wide)], **attrs)
        outs = outs if isinstance(outs, tuple) else (outs,)
        return sum(float(np.sum(widest(np.asarray(o)) * dy)) for o, dy in zip(outs, dys, strict=True) if dy is not None)

    x = wide[index]
    gradient = np.zeros(x.shape)
    for at in np.ndindex(*x.shape):
        up, down = x.copy(), x.copy()
        up[at] += step
        down[at] -= step
        gradient[at] = (value(up) - value(down)) / (2 * step)
    return gradient


def check_gradient(op, ins, attrs, rtol=2e-3, atol=2e-3) -> None:
    """The gradient for every float input agrees with differences of the reference in float64."""
    random = np.random.default_rng(1)
    tensors = [from_host(a, a.dtype.name) for a in ins]
    with GradientTape() as tape:
        outs = op(*tensors, **attrs)
    outs = outs if isinstance(outs, tuple) else (outs,)
    dys = [random.uniform(0.5, 1.5, o.shape) if o.dtype in FLOATS else None for o in outs]
    targets = [o for o, dy in zip(outs, dys, strict=True) if dy is not None]
    upstream = [from_host(dy, o.dtype) for o, dy in zip(outs, dys, strict=True) if dy is not None]
    sources = [i for i, a in enumerate(ins) if a.dtype.kind == "f" and a.size]
    gradients = tape.gradient(targets, [tensors[i] for i in sources], output_gradients=upstream)
    for i, gradient in zip(sources, gradients, strict=True):
        expected = numeric_gradient(op, ins, attrs, dys, i)
        got = np.zeros(ins[i].shape) if gradient is None else gradient.numpy()
        np.testing.assert_allclose(got, expected, rtol=rtol, atol=atol, err_msg=f"{op.name} {attrs} input {i}")


def values(*tensors) -> list:
    """NumPy arrays of tensors and variables."""
    return [t.numpy() if isinstance(t, (Tensor, Variable)) else np.asarray(t) for t in tensors]


def on_device(name: str):
    """Runs a block on a device."""
    return device.scope(name)


__all__ = [
    "check_bundle", "check_gradient", "check_layer", "check_op", "check_saving", "check_widget", "expected_of",
    "numeric_gradient", "on_device", "outputs_of", "poisoned", "specs_of", "values",
]  # fmt: skip
