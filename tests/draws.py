"""Initial weights of Keras' layers from NumPy: JAX compiles each draw anew for each shape, which takes seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from unittest import mock

import keras as real
import numpy as np

NAMES = ("uniform", "normal", "truncated_normal")


def drawn_by_numpy() -> Iterator[None]:
    """Inside, what has an integer as its seed, as initializers have, is drawn by NumPy; the rest by JAX."""
    module = real.src.backend.random
    with mock.patch.multiple(module, **{name: _quick(name, getattr(module, name)) for name in NAMES}):
        yield


def _quick(name: str, slow: Callable) -> Callable:
    kind = name.removeprefix("truncated_")

    def draw(shape, *bounds, dtype=None, seed=None, **more):
        if not isinstance(seed, int) or not all(isinstance(n, int) for n in shape):  # or of an unknown batch size
            return slow(shape, *bounds, dtype=dtype, seed=seed, **more)
        bounds = (*bounds, *more.values()) or ((0.0, 1.0))
        values = getattr(np.random.default_rng(seed), kind)(*bounds, size=tuple(shape))
        return real.ops.convert_to_tensor(values, dtype=dtype or real.config.floatx())

    return draw
