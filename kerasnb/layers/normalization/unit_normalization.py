"""UnitNormalization: each sample is brought to length 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.layers.normalization.base_normalization import AxisLayer


class UnitNormalization(AxisLayer):
    """Unit normalization layer: each sample gets an L2 norm of 1 over the axes.

    Args:
        axis: Integer or list of integers, the axes to normalize over, typically that of features. Defaults to `-1`.
        **kwargs: Arguments of every layer.

    Raises:
        TypeError: If `axis` is neither an integer nor a list of them.

    Example:

    >>> y = keras.layers.UnitNormalization()(np.array([[3.0, 4.0]]))
    >>> np.round(y, 3).tolist()
    [[0.6..., 0.8...]]
    """

    def __init__(self, axis: int | Sequence[int] = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(axis, (int, list, tuple)):
            raise TypeError(f"Expected an int or a list/tuple of ints for argument `axis`. Received: axis={axis!r}")
        self.axis = axis if isinstance(axis, int) else list(axis)
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs: Tensor) -> Tensor:
        """Divides each sample by its L2 norm."""
        return ops.normalize(inputs, axis=self.axis, order=2, epsilon=1e-12)
