"""BaseNoise: random numbers act on the inputs while training."""

from __future__ import annotations

from typing import Any

from kerasnb import random
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape
from kerasnb.layers.base.arguments import number
from kerasnb.layers.base.layer import Layer


class BaseNoise(Layer):
    """Base of the layers that change their inputs at random while training, and not in inference.

    Args:
        strength: Float between 0 and 1, how strong the noise is; there is none if it is 0.
        argument: Name of the argument that says so, for errors.
        seed: Optional integer to use as random seed.
    """

    def __init__(self, strength: float, argument: str, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not 0 <= number(strength, argument) <= 1:
            raise ValueError(
                f"Invalid value received for argument `{argument}`. Expected a float value between 0 and 1. Received: "
                f"{argument}={strength}"
            )
        self.seed, self._is_noisy = seed, strength > 0
        if self._is_noisy:
            self.seed_generator = random.SeedGenerator(seed)
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Changes the inputs at random while training."""
        return self._noisy(inputs) if training and self._is_noisy else inputs

    def _noisy(self, inputs: Tensor) -> Tensor:
        """The changed inputs; for subclasses."""
        raise NotImplementedError(f"{type(self).__name__} does not implement `_noisy`.")

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape of the outputs, which is that of the inputs."""
        return input_shape


def check_not_one(rate: float) -> None:
    """Refuses the rate that leaves nothing of the inputs.

    Raises:
        ValueError: If it is 1.
    """
    if rate == 1:
        raise ValueError(
            "Invalid value received for argument `rate`. Expected a float value less than 1: nothing of the inputs "
            f"would be left. Received: rate={rate}"
        )
