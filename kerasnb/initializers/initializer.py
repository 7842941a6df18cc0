"""The base class of initializers."""

from __future__ import annotations

from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.serialization.configured import Configured


class Initializer(Configured):
    """Initializer base class: all Keras initializers inherit from this class.

    A subclass implements `__call__(self, shape, dtype=None)`, and `get_config` if it has arguments.

    Example:

    >>> class Sevens(keras.initializers.Initializer):
    ...     def __call__(self, shape, dtype=None):
    ...         return keras.ops.full(shape, 7.0, dtype=dtype)
    >>> Sevens()((2,)).tolist()
    [7.0, 7.0]
    """

    def __call__(self, shape: tuple, dtype: str | None = None) -> Tensor:
        """Returns a tensor of the given shape and dtype.

        Args:
            shape: Shape of the tensor.
            dtype: Optional dtype of the tensor.
        """
        raise NotImplementedError("Initializer subclasses must implement the `__call__()` method.")

    def clone(self) -> Initializer:
        """Returns a new initializer of the same configuration."""
        return self.__class__.from_config(self.get_config())
