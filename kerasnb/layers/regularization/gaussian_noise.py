"""GaussianNoise: normally distributed numbers are added to the inputs while training."""

from __future__ import annotations

from typing import Any

from kerasnb import random
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.layers.regularization.base_noise import BaseNoise


class GaussianNoise(BaseNoise):
    """Adds normally distributed numbers of mean 0 while training, which works against overfitting.

    Reference: [Bishop, 1995](https://doi.org/10.1162/neco.1995.7.1.108)

    Args:
        stddev: Float between 0 and 1, the standard deviation.
        seed: Optional integer to use as random seed.

    Call arguments:
        inputs: Input tensor (of any rank).
        training: Boolean, whether to add noise (training) or do nothing (inference).

    Raises:
        ValueError: If `stddev` is not between 0 and 1.

    Example:

    >>> keras.layers.GaussianNoise(0.5)(np.array([1.0, 2.0]), training=False).tolist()
    [1.0, 2.0]
    """

    def __init__(self, stddev: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(stddev, "stddev", seed, **kwargs)
        self.stddev = stddev

    def _noisy(self, inputs: Tensor) -> Tensor:
        return inputs + random.normal(
            inputs.shape, stddev=self.stddev, dtype=self.compute_dtype, seed=self.seed_generator
        )
