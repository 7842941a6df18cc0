"""AlphaDropout: dropout that keeps the mean and the variance of the inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasnb import ops, random
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.layers.regularization.base_noise import BaseNoise, check_not_one

_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805
_DROPPED = -_SELU_ALPHA * _SELU_SCALE  # where SELU saturates


class AlphaDropout(BaseNoise):
    """Applies alpha dropout to the input, which goes with `selu` (Klambauer et al., 2017).

    While training, random elements become the value where SELU saturates, and a linear map gives the outputs the mean
    and the variance of the inputs, if those are 0 and 1 (https://arxiv.org/abs/1706.02515).

    Args:
        rate: Float of at least 0 and less than 1, the fraction of the elements to drop.
        noise_shape: Optional shape of the random choices; an extent of 1 shares them along that axis, and None takes
            the inputs' extent.
        seed: Optional integer to use as random seed.

    Call arguments:
        inputs: Input tensor (of any rank).
        training: Boolean, whether to drop (training) or do nothing (inference).

    Raises:
        ValueError: If `rate` is negative, or 1 or more.

    Example:

    >>> keras.layers.AlphaDropout(0.5)(np.array([1.0, 2.0]), training=False).tolist()
    [1.0, 2.0]
    """

    def __init__(
        self, rate: float, noise_shape: Sequence[int | None] | None = None, seed: int | None = None, **kwargs: Any
    ) -> None:
        check_not_one(rate)
        super().__init__(rate, "rate", seed, **kwargs)
        self.rate, self.noise_shape = rate, noise_shape

    def _noisy(self, inputs: Tensor) -> Tensor:
        given = inputs.shape if self.noise_shape is None else self.noise_shape
        shape = tuple(extent if wanted is None else wanted for wanted, extent in zip(given, inputs.shape, strict=True))
        keep = ops.greater_equal(random.uniform(shape, seed=self.seed_generator), self.rate)
        kept = ops.where(keep, inputs, ops.full((), _DROPPED, inputs.dtype))
        a = ((1 - self.rate) * (1 + self.rate * _DROPPED**2)) ** -0.5
        return a * kept - a * _DROPPED * self.rate
