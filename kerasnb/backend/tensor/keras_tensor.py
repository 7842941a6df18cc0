"""KerasTensor: shape and dtype without a value, what `keras.Input` returns."""

from __future__ import annotations

from kerasnb.backend.tensor import dtypes, naming
from kerasnb.backend.tensor.operators import WithOperators
from kerasnb.serialization import register_type


class KerasTensor(WithOperators):
    """A symbolic value: it has a shape and a dtype, and remembers what computed it.

    Args:
        shape: Tuple of integers; None stands for an unknown extent.
        dtype: The dtype. Defaults to `"float32"`.
        name: Optional name. Defaults to an automatic one.
        record: The call that computed it, None for an input.

    Example:

    >>> x = keras.Input((784,))
    >>> x.shape
    (None, 784)
    """

    def __init__(
        self, shape, dtype="float32", name: str | None = None, record=None, sparse=False, ragged=False
    ) -> None:
        if sparse or ragged:
            raise ValueError(f"Tensors are dense here. Received: sparse={sparse}, ragged={ragged}")
        self.shape = tuple(shape)
        self.dtype = dtypes.standardize_dtype(dtype)
        self.name = name or naming.auto_name("keras_tensor")
        self.record = record

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def __array__(self, dtype=None):
        raise ValueError(
            "A KerasTensor is symbolic: it's a placeholder for a shape and a dtype. It doesn't have any actual "
            "numerical value. You cannot convert it to a NumPy array."
        )

    def __bool__(self) -> bool:
        raise TypeError("A symbolic KerasTensor cannot be used as a boolean.")

    def __iter__(self):
        raise TypeError("Iterating over a symbolic KerasTensor is not supported.")

    def __repr__(self) -> str:
        return f"<KerasTensor shape={self.shape}, dtype={self.dtype}, sparse=False, ragged=False, name={self.name}>"

    __hash__ = object.__hash__


def is_keras_tensor(x) -> bool:
    """Returns whether `x` is a symbolic `KerasTensor`.

    Args:
        x: Anything.

    Returns:
        Boolean.

    Example:

    >>> keras.utils.is_keras_tensor(keras.Input((2,)))
    True
    """
    return isinstance(x, KerasTensor)


def _to_config(tensor: KerasTensor) -> dict:
    """Shape and dtype, and which output of which operation it is."""
    history = getattr(tensor, "_keras_history", None)
    place = [history.operation.name, *history[1:]] if history else None
    return {"shape": tensor.shape, "dtype": tensor.dtype, "keras_history": place}


def _from_config(inner: dict) -> KerasTensor:
    tensor = KerasTensor(inner["shape"], dtype=inner["dtype"])
    vars(tensor)["_pre_serialization_keras_history"] = inner.get("keras_history")
    return tensor


register_type(KerasTensor, "__keras_tensor__", _to_config, _from_config)
