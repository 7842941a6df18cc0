"""The numpy and math families of `keras.ops`, judged by real Keras on JAX: values, dtypes, shapes, gradients."""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np
import pytest

from kerasnb import ops
from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor, from_host
from tests.ops.names import keras
from tests.ops.table_numpy import TABLE

EAGER = {"nonzero", "unique", "bincount", "histogram"}  # their shapes depend on values
STATIC = {"get_item", "repeat", "slice", "slice_update", "linspace", "logspace", "geomspace", "ldexp"}
STEPS = {"sign", "floor", "trunc", "nextafter", "view", "isreal"}  # no gradient worth the name
NOT_IN_JAX = {"segment_prod"}  # nor scatter_update with "mul"; tests/kernels judges their gradients
FIXED = {"cross", "unstack"}  # they must know the extent


def leaves(thing) -> list:
    """The tensors of a result, in order."""
    return [leaf for part in thing for leaf in leaves(part)] if isinstance(thing, (list, tuple)) else [thing]


def tensors_of(args, make, name=""):
    """The arguments with arrays made into tensors; those of lists too. What must be static stays."""

    def one(x):
        return [one(e) for e in x] if isinstance(x, list) else make(x) if isinstance(x, np.ndarray) else x

    if name == "repeat":
        return [one(args[0]), *args[1:]]
    return [one(a) for a in args]


def close(found, expected, label):
    dtype = str(getattr(expected, "dtype", type(expected).__name__))
    found_dtype = getattr(found, "dtype", type(found).__name__)
    assert found_dtype == dtype, f"{label}: dtype {found_dtype} for {dtype}"
    rough = 4e-3 if dtype == "float16" else 3e-5
    a, b = np.asarray(found), np.asarray(expected)
    assert a.shape == b.shape, f"{label}: shape {a.shape} for {b.shape}"
    if dtype == "bool" or "int" in dtype:
        np.testing.assert_array_equal(a, b, err_msg=label)
    else:
        np.testing.assert_allclose(a, b, rtol=rough, atol=rough / 10, err_msg=label)


def label_of(name, args, kwargs) -> str:
    shown = [f"{a.dtype}{a.shape}" if isinstance(a, np.ndarray) else repr(a)[:40] for a in args]
    return f"{name}({', '.join(shown)}, {kwargs})"


def check_forward(name, args, kwargs):
    expected = leaves(getattr(keras().ops, name)(*tensors_of(args, keras().ops.convert_to_tensor, name), **kwargs))
    found = leaves(getattr(ops, name)(*tensors_of(args, ops.convert_to_tensor, name), **kwargs))
    label = label_of(name, args, kwargs)
    if name == "histogram":  # counts are integers here
        expected[0] = expected[0].astype("int32")
    assert len(found) == len(expected), label
    for f, e in zip(found, expected, strict=True):
        close(f, e, label)


def check_symbolic(name, args, kwargs, unknown):
    """Shape and dtype of the symbolic result are those of the eager one; what is unknown is left open."""
    eager = leaves(getattr(ops, name)(*tensors_of(args, ops.convert_to_tensor, name), **kwargs))

    def symbol(a):
        shape = (None, *a.shape[1:]) if unknown and a.ndim else a.shape
        return KerasTensor(shape, a.dtype.name)

    if name in STATIC:
        args = [symbol(args[0]) if isinstance(args[0], np.ndarray) else args[0], *args[1:]]
    else:
        args = tensors_of(args, symbol, name)
    for s, e in zip(leaves(getattr(ops, name)(*args, **kwargs)), eager, strict=True):
        if not isinstance(e, Tensor):
            continue
        assert s.dtype == e.dtype, f"{name}: symbolic dtype {s.dtype} for {e.dtype}"
        same = [p in (q, None) if unknown else p == q for p, q in zip(s.shape, e.shape, strict=True)]
        assert all(same), f"{name}: symbolic shape {s.shape} for {e.shape}"


def gradients_of_keras(name, args, kwargs, at, flows):
    import jax

    def total(*xs):
        given = list(args)
        for place, x in zip(at, xs, strict=True):
            given[place] = x
        outs = leaves(getattr(keras().ops, name)(*tensors_of(given, keras().ops.convert_to_tensor, name), **kwargs))
        return sum((o * f).sum() for o, f in zip(outs, flows, strict=True) if f is not None)

    gradient = jax.grad(total, tuple(range(len(at))))
    # one program is compiled faster than its many small steps; but the extents of a slice must be known
    return (gradient if name == "slice" else jax.jit(gradient))(*(args[p] for p in at))


def gradients_of_ours(name, args, kwargs, at, flows):
    given = [from_host(a, "float32") if p in at else a for p, a in enumerate(tensors_of(args, lambda a: a))]
    with GradientTape() as tape:
        outs = leaves(getattr(ops, name)(*given, **kwargs))
    pairs = [(o, from_host(f, "float32")) for o, f in zip(outs, flows, strict=True) if f is not None]
    return tape.gradient([o for o, _ in pairs], [given[p] for p in at], output_gradients=[f for _, f in pairs])


def check_gradient(name, args, kwargs):
    at = [p for p, a in enumerate(args) if isinstance(a, np.ndarray) and a.dtype == np.float32 and a.size]
    outs = leaves(getattr(ops, name)(*tensors_of(args, ops.convert_to_tensor, name), **kwargs))
    random = np.random.default_rng(5)
    flows = [np.asarray(random.uniform(0.5, 1.5, o.shape)).astype("float32") if isinstance(o, Tensor)
             and o.dtype == "float32" else None for o in outs]  # fmt: skip
    if not at or not any(f is not None for f in flows) or not all(np.isfinite(args[p]).all() for p in at):
        return
    expected = gradients_of_keras(name, args, kwargs, at, flows)
    for p, f, e in zip(at, gradients_of_ours(name, args, kwargs, at, flows), expected, strict=True):
        value = np.zeros(e.shape) if f is None else f.numpy()
        np.testing.assert_allclose(
            value, e, rtol=2e-4, atol=2e-5, err_msg=f"{label_of(name, args, kwargs)}: gradient of argument {p}"
        )


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(TABLE))
def test_values_and_dtypes(name):
    """Each call gives Keras' values in Keras' dtype."""
    for args, kwargs in TABLE[name]:
        check_forward(name, args, kwargs)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(set(TABLE) - EAGER - {"ndim"}))
def test_symbolic_shapes(name):
    """Symbolic tensors give the shape and dtype of the eager result."""
    for args, kwargs in TABLE[name]:
        check_symbolic(name, args, kwargs, unknown=False)
    if name not in FIXED:
        check_symbolic(name, *TABLE[name][0], unknown=True)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(set(TABLE) - EAGER - STEPS - NOT_IN_JAX))
def test_gradients(name):
    """Gradients for float arguments are those of `jax.grad`."""
    for args, kwargs in TABLE[name]:
        if kwargs.get("reduction") != "mul":
            check_gradient(name, args, kwargs)
