"""ELU: the exponential linear unit as a layer."""

from __future__ import annotations

from typing import Any

from kerasnb import activations
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape
from kerasnb.layers.base.layer import Layer


class ELU(Layer):
    """Exponential linear unit: negative inputs `x` become `alpha * (exp(x) - 1)`.

    Reference: [Clevert et al., 2016](https://arxiv.org/abs/1511.07289)

    Args:
        alpha: Float, where negative inputs saturate. Defaults to `1.0`.

    Example:

    >>> keras.layers.ELU()(np.array([0.0, 2.0])).tolist()
    [0.0, 2.0]
    """

    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alpha = alpha
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs: Tensor) -> Tensor:
        """Applies the exponential linear unit to each element."""
        return activations.elu(inputs, alpha=self.alpha)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape of the outputs, which is that of the inputs."""
        return input_shape
