"""Initializers without randomness."""

from __future__ import annotations

from kerasnb import ops, serialization
from kerasnb.backend.tensor.dtypes import standardize_dtype
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.initializers.initializer import Initializer


class Constant(Initializer):
    """Initializer that generates tensors with constant values.

    Args:
        value: A number, or an array that broadcasts to the wanted shape. Defaults to `0.0`.

    Example:

    >>> keras.initializers.Constant(3.0)((2,)).tolist()
    [3.0, 3.0]
    """

    def __init__(self, value: TensorLike = 0.0) -> None:
        self.value = value

    def __call__(self, shape: tuple, dtype: str | None = None) -> Tensor:
        """Returns the initial values, a tensor of a shape and a dtype."""
        dtype = standardize_dtype(dtype)
        value = ops.cast(ops.convert_to_tensor(self.value), dtype)
        return ops.broadcast_to(value, tuple(shape))

    @classmethod
    def from_config(cls, config: dict) -> Constant:
        """Creates an object from its config, the output of `get_config`."""
        return cls(serialization.deserialize_keras_object(config["value"]))


class Zeros(Initializer):
    """Initializer that generates tensors initialized to 0.

    Example:

    >>> keras.initializers.Zeros()((2,)).tolist()
    [0.0, 0.0]
    """

    def __call__(self, shape: tuple, dtype: str | None = None) -> Tensor:
        """Returns the initial values, a tensor of a shape and a dtype."""
        return ops.zeros(shape, dtype=standardize_dtype(dtype))


class Ones(Initializer):
    """Initializer that generates tensors initialized to 1.

    Example:

    >>> keras.initializers.Ones()((2,)).tolist()
    [1.0, 1.0]
    """

    def __call__(self, shape: tuple, dtype: str | None = None) -> Tensor:
        """Returns the initial values, a tensor of a shape and a dtype."""
        return ops.ones(shape, dtype=standardize_dtype(dtype))


class Identity(Initializer):
    """Initializer that generates the identity matrix.

    Args:
        gain: Factor of the identity matrix. Defaults to `1.0`.

    Raises:
        ValueError: When called, if the shape is not that of a matrix.

    Example:

    >>> keras.initializers.Identity()((2, 2)).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    def __call__(self, shape: tuple, dtype: str | None = None) -> Tensor:
        """Returns the initial values, a tensor of a shape and a dtype."""
        if len(shape) != 2:
            raise ValueError(
                "Identity matrix initializer can only be used for 2D matrices. "
                f"Received: shape={shape} of rank {len(shape)}."
            )
        rows, columns = ops.arange(shape[0], dtype="int32"), ops.arange(shape[1], dtype="int32")
        diagonal = ops.equal(ops.expand_dims(rows, 1), ops.expand_dims(columns, 0))
        return ops.multiply(ops.cast(diagonal, standardize_dtype(dtype)), self.gain)

    def get_config(self) -> dict:
        """Returns the config: a JSON-serializable dict from which `from_config` creates the object again."""
        # Keras forgets the gain; where it matters it is written, and Keras reads it
        return {} if self.gain == 1.0 else {"gain": self.gain}
