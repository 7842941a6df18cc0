"""RMSNormalization: each sample is divided by the root of its mean square."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape
from kerasnb.layers.base.arguments import axis_number
from kerasnb.layers.normalization.base_normalization import AxisLayer, extents_along, extents_of


class RMSNormalization(AxisLayer):
    """Root mean square normalization layer (Zhang & Sennrich, 2019).

    Computes `x * rsqrt(mean(square(x)) + epsilon) * scale` over the axes, with a learned scale.

    Args:
        axis: Integer or list of integers, the axes to normalize over. Defaults to `-1`.
        epsilon: Small float that prevents a division by zero. Defaults to `1e-6`.
        **kwargs: Arguments of every layer.

    Example:

    >>> layer = keras.layers.RMSNormalization(epsilon=0.0)
    >>> layer(np.array([[2.0, -2.0]])).tolist()
    [[1.0, -1.0]]
    """

    def __init__(self, axis: int | Sequence[int] = -1, epsilon: float = 1e-6, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis, self.epsilon = axis, epsilon

    def build(self, input_shape: Shape) -> None:
        """Creates the scale, a number for each element of the axes."""
        axes = self.axis if isinstance(self.axis, (list, tuple)) else [self.axis]
        self.axis = sorted(axis_number(axis) for axis in axes)
        shape = extents_of(input_shape, self.axis)
        self.scale = self.add_weight(name="scale", shape=shape, initializer="ones")
        self.input_spec = extents_along(self.axis, shape)

    def call(self, x: Tensor) -> Tensor:
        """Divides each sample by the root of its mean square, and scales it."""
        return ops.rms_normalization(x, scale=self.scale, axis=self.axis, epsilon=self.epsilon)
