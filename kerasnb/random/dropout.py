"""Dropout as a function."""

from __future__ import annotations

from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor, from_host
from kerasnb.backend.typing import Shape, TensorLike
from kerasnb.kernels import random as kernels
from kerasnb.kernels.elementwise import greater_equal, like, masked_scale
from kerasnb.ops.arguments import floating
from kerasnb.ops.numpy.creation import zeros_like
from kerasnb.random.seed_generator import Seed, draw_seed


def dropout(inputs: TensorLike, rate: float, noise_shape: Shape | None = None, seed: Seed = None) -> Tensor:
    """Sets elements to zero at random and scales the others by `1 / (1 - rate)` (Srivastava et al., 2014).

    Args:
        inputs: Input tensor.
        rate: Float, the chance of an element to become zero.
        noise_shape: Optional shape of the random choices, with None or 1 where they are shared.
        seed: Integer (the same choices at every call), `keras.random.SeedGenerator`, or None.

    Returns:
        A tensor of the inputs' shape.

    Example:

    >>> x = keras.random.dropout(keras.ops.ones((100,)), 0.5, seed=1)
    >>> sorted(set(x.tolist()))
    [0.0, 2.0]
    """
    x = floating(inputs)
    if rate == 0:
        return x
    if rate == 1:
        return zeros_like(x)
    state = draw_seed(seed)
    shape = _noise_shape(x.shape, noise_shape)
    if shape == tuple(x.shape) or isinstance(x, KerasTensor):
        return kernels.dropout(x, state, rate=float(rate))[0]
    bits = kernels.random_bits(state, shape=shape)
    mask = greater_equal(bits, from_host(kernels.threshold_of(rate), "uint32"))
    return masked_scale(mask, x, like(x, 1 / (1 - rate)))


def _noise_shape(shape, noise_shape) -> tuple:
    if noise_shape is None:
        return tuple(shape)
    return tuple(extent if choice is None else choice for extent, choice in zip(shape, noise_shape, strict=True))
