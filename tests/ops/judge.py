"""Calls of ours and of real Keras side by side: values, dtypes, gradients, symbolic shapes."""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np

import kerasnb
from tests import beside
from tests.seeded import RANDOM


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
    """One result has the values, the shape and the dtype of the other."""
    beside.close(found, expected, tolerance, scaled=False)


def check(name, *arrays, watched=None, tolerance=2e-5, **options):
    """Values, dtype, gradients of the first `watched` arrays, and shapes of unknown extents are those of Keras."""
    ours, theirs = named(kerasnb.ops, name), named(keras.ops, name)
    watched = sum(a.dtype.kind == "f" for a in arrays) if watched is None else watched
    fixed = arrays[watched:]
    (found,) = beside.check(
        lambda *xs: ours(*xs, *fixed, **options), lambda *xs: theirs(*xs, *fixed, **options), arrays[:watched],
        gradient=watched > 0, tolerance=tolerance, scaled=False,
    )  # fmt: skip
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
