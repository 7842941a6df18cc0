"""Dropout: random elements of the inputs are set to 0 while training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasnb import random
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape
from kerasnb.layers.base.arguments import number
from kerasnb.layers.base.layer import Layer

_INVALID = "Invalid value received for argument `noise_shape`. "


class Dropout(Layer):
    """Applies dropout to the input (Srivastava et al., 2014).

    While training, input units are set to 0 with a frequency of `rate`, and the others are scaled up
    by `1 / (1 - rate)`, so that the sum over all inputs is unchanged. In inference nothing is dropped.

    Args:
        rate: Float between 0 and 1. Fraction of the input units to drop.
        noise_shape: Optional shape of the dropout mask; an extent of 1 shares it along that axis, and
            None takes the inputs' extent.
        seed: Optional integer to use as random seed.

    Call arguments:
        inputs: Input tensor (of any rank).
        training: Boolean, whether to drop (training) or do nothing (inference).

    Raises:
        ValueError: If `rate` or `noise_shape` is invalid.

    Example:

    >>> layer = keras.layers.Dropout(0.5, seed=1)
    >>> layer(np.ones((2, 2)), training=False).tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """

    def __init__(
        self, rate: float, noise_shape: Sequence[int | None] | None = None, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        if not 0 <= number(rate, "rate") <= 1:
            raise ValueError(
                "Invalid value received for argument `rate`. Expected a float value between 0 and 1. Received: "
                f"rate={rate}"
            )
        self.rate, self.seed, self.noise_shape = rate, seed, _checked(noise_shape)
        if rate > 0:
            self.seed_generator = random.SeedGenerator(seed)
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Drops elements of the inputs while training."""
        if training and self.rate > 0:
            return random.dropout(inputs, self.rate, noise_shape=self.noise_shape, seed=self.seed_generator)
        return inputs

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape of the outputs, which is that of the inputs."""
        return input_shape


def _checked(noise_shape: Any) -> tuple | None:
    """The noise shape as a tuple.

    Raises:
        ValueError: If it is no sequence of positive integers and None.
    """
    if noise_shape is None:
        return None
    if isinstance(noise_shape, str):
        raise ValueError(f"{_INVALID}Expected a tuple or list of integers. Received: noise_shape={noise_shape}")
    if not hasattr(noise_shape, "__iter__"):
        raise ValueError(
            f"{_INVALID}Expected an iterable of integers (e.g., a tuple or list). Received: noise_shape={noise_shape}"
        )
    for i, extent in enumerate(noise_shape):
        if extent is not None and not isinstance(extent, int):
            raise ValueError(
                f"{_INVALID}Expected all elements to be integers or None. Received element at index {i}: {extent} "
                f"(type: {type(extent).__name__})"
            )
        if extent is not None and extent <= 0:
            raise ValueError(
                f"{_INVALID}Expected all dimensions to be positive integers or None. "
                f"Received negative or zero value at index {i}: {extent}"
            )
    return tuple(noise_shape)
