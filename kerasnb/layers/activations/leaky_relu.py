"""LeakyReLU: the rectifier with a small slope for negative inputs, as a layer."""

from __future__ import annotations

import warnings
from typing import Any

from kerasnb import activations
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape
from kerasnb.layers.base.arguments import number
from kerasnb.layers.base.layer import Layer


class LeakyReLU(Layer):
    """Leaky rectified linear unit: negative inputs keep a small slope.

    Reference: [Maas et al., 2013](https://ai.stanford.edu/~amaas/papers/relu_hybrid_icml2013_final.pdf)

    Args:
        negative_slope: Float >= 0. Defaults to `0.3`.

    Raises:
        ValueError: If `negative_slope` is negative.

    Example:

    >>> keras.layers.LeakyReLU(negative_slope=0.5)(np.array([-10.0, 10.0])).tolist()
    [-5.0, 10.0]
    """

    def __init__(self, negative_slope: float = 0.3, **kwargs: Any) -> None:
        if "alpha" in kwargs:
            negative_slope = kwargs.pop("alpha")
            warnings.warn("Argument `alpha` is deprecated. Use `negative_slope` instead.", stacklevel=2)
        super().__init__(**kwargs)
        if negative_slope is None or number(negative_slope, "negative_slope") < 0:
            raise ValueError(
                "The negative_slope value of a Leaky ReLU layer cannot be None or negative value. Expected a float. "
                f"Received: negative_slope={negative_slope}"
            )
        self.negative_slope = negative_slope
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs: Tensor) -> Tensor:
        """Scales the negative elements by `negative_slope`."""
        return activations.leaky_relu(inputs, negative_slope=self.negative_slope)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape of the outputs, which is that of the inputs."""
        return input_shape
