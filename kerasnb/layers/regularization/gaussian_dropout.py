"""GaussianDropout: the inputs are multiplied by normally distributed numbers while training."""

from __future__ import annotations

import math
from typing import Any

from kerasnb import random
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.layers.regularization.base_noise import BaseNoise, check_not_one


class GaussianDropout(BaseNoise):
    """Multiplies by normally distributed numbers of mean 1 while training (Srivastava et al., 2014).

    Args:
        rate: Float of at least 0 and less than 1; the standard deviation is `sqrt(rate / (1 - rate))`.
        seed: Optional integer to use as random seed.

    Call arguments:
        inputs: Input tensor (of any rank).
        training: Boolean, whether to multiply (training) or do nothing (inference).

    Raises:
        ValueError: If `rate` is negative, or 1 or more.

    Example:

    >>> keras.layers.GaussianDropout(0.5)(np.array([1.0, 2.0]), training=False).tolist()
    [1.0, 2.0]
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        check_not_one(rate)
        super().__init__(rate, "rate", seed, **kwargs)
        self.rate = rate

    def _noisy(self, inputs: Tensor) -> Tensor:
        stddev = math.sqrt(self.rate / (1.0 - self.rate))
        factors = random.normal(
            inputs.shape, mean=1.0, stddev=stddev, dtype=self.compute_dtype, seed=self.seed_generator
        )
        return inputs * factors
