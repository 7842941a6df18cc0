"""ForgetBias: the initializer of an LSTM's bias, whose forget gate starts open."""

from __future__ import annotations

from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor


class ForgetBias:
    """Initializes the bias of four gates: ones for the second one, the forget gate.

    Args:
        initializer: Initializer of the other gates.
    """

    def __init__(self, initializer: Any) -> None:
        self.initializer = initializer

    def __call__(self, shape: tuple, dtype: Any = None, **kwargs: Any) -> Tensor:
        """Returns the bias.

        Args:
            shape: Tuple of one integer, a multiple of 4.
            dtype: Dtype of the bias.
            **kwargs: Further arguments of the initializer.
        """
        units = shape[0] // 4
        first, rest = (self.initializer((n * units,), dtype=dtype, **kwargs) for n in (1, 2))
        return ops.concatenate([first, ops.ones((units,), dtype=dtype), rest])
