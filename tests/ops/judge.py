"""Calls of ours and of real Keras side by side: values, dtypes, gradients, symbolic shapes."""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import keras
import numpy as np

import kerasnb
from kerasnb.backend.tape import GradientTape

RANDOM = np.random.default_rng(8)


def floats(*shape, low=-2.0, high=2.0, dtype="float32"):
    """Random floats."""
    return RANDOM.uniform(low, high, shape).astype(dtype)


def named(module, name):
    """The operation that a dotted name stands for below `ops`; or what a function makes of `ops`."""
    if callable(name):
        return name(module)
    for part in name.split("."):
        module = getattr(module, part)
    return module


def close(found, expected, tolerance: float) -> None:
    """One result has the values and the dtype of the other."""
    assert found.dtype == str(expected.dtype)
    np.testing.assert_allclose(np.asarray(found), np.asarray(expected), rtol=tolerance, atol=tolerance)


def check(name, *arrays, watched=None, tolerance=2e-5, **options):
    """Values, dtype, gradients of the first `watched` arrays, and shapes of unknown extents are those of Keras."""
    ours, theirs = named(kerasnb.ops, name), named(keras.ops, name)
    watched = sum(a.dtype.kind == "f" for a in arrays) if watched is None else watched
    fixed = arrays[watched:]
    tensors = [kerasnb.ops.convert_to_tensor(a) for a in arrays[:watched]]
    with GradientTape() as tape:
        for t in tensors:
            tape.watch(t)
        found = ours(*tensors, *fixed, **options)
    expected, back = jax.vjp(jax.jit(lambda *a: theirs(*a, *fixed, **options)), *arrays[:watched])
    close(found, expected, tolerance)
    if watched:
        flow = floats(*expected.shape).astype(expected.dtype)
        gradients = tape.gradient(found, tensors, output_gradients=kerasnb.ops.convert_to_tensor(flow))
        for found_, wanted in zip(gradients, back(flow), strict=True):
            found_ = kerasnb.ops.zeros(wanted.shape) if found_ is None else found_  # where nothing flows back
            scale = max(1.0, float(np.abs(wanted).max(initial=0)))
            np.testing.assert_allclose(found_.numpy(), wanted, rtol=tolerance * 10, atol=tolerance * 10 * scale)
    return found


def check_unknown(name, shape, *more, **options):
    """The shape for an unknown batch and unknown sides is that of Keras."""
    for unknown in {(None, *shape[1:]), (None,) * (len(shape) - 1) + shape[-1:]}:
        a, b = (named(m.ops, name)(m.KerasTensor(unknown, "float32"), *more, **options) for m in (kerasnb, keras))
        assert (a.shape, a.dtype) == (b.shape, b.dtype), unknown


def check_formats(name, *batches, **options):
    """Channels first, and one image for itself, give what a batch with channels last gives (which `check` judges)."""
    ours = named(kerasnb.ops, name)
    whole = ours(*batches, **options).numpy()
    turned = ours(*(np.moveaxis(x, -1, 1) for x in batches), data_format="channels_first", **options).numpy()
    axis = batches[0].ndim - 1 if whole.ndim >= batches[0].ndim else None
    expected = whole if axis is None else np.moveaxis(whole, axis, 1)
    np.testing.assert_allclose(turned, expected, rtol=1e-6, atol=1e-6)
    one = ours(*(np.moveaxis(x[-1], -1, 0) for x in batches), data_format="channels_first", **options).numpy()
    np.testing.assert_allclose(one, turned[-1], rtol=1e-6, atol=1e-6)
