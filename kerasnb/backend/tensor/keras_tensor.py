"""KerasTensor: shape and dtype without a value; `keras.Input` returns one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn

from kerasnb import tree
from kerasnb.backend.tensor import dtypes, naming
from kerasnb.backend.tensor.operators import WithOperators
from kerasnb.serialization import register_type

_NO_VALUE = (
    "A KerasTensor is symbolic: it's a placeholder for a shape and a dtype. It doesn't have any actual numerical "
    "value. You cannot convert it to {}."
)
_NOT_HERE = (
    "A KerasTensor cannot be used as input to a {} function. It is a symbolic placeholder for a shape and a dtype: "
    "call layers, operations from `keras.ops`, or a layer of your own whose `call` calls the function."
)
_FIXED = "The `{0}` attribute of KerasTensor is immutable. One should create a new instance of KerasTensor for this."


class KerasTensor(WithOperators):
    """A symbolic value: it has a shape and a dtype, and knows which operation computes it.

    Args:
        shape: Tuple of integers; None stands for an unknown extent.
        dtype: The dtype. Defaults to `"float32"`.
        sparse: Must be False: tensors here are dense.
        ragged: Must be False.
        record_history: Boolean, whether operations on it are part of a symbolic graph. Defaults to `True`.
        name: Optional name. Defaults to an automatic one.
        **kwargs: `ragged_rank` and `row_splits_dtype`, which must be None.

    Raises:
        ValueError: If the tensor would be sparse or ragged.
        TypeError: If an argument is unknown.

    Example:

    >>> x = keras.Input((784,))
    >>> x.shape
    (None, 784)
    """

    __slots__ = ("__dict__", "__weakref__", "_dtype", "_keras_history", "_name", "_shape", "record_history")

    def __init__(
        self, shape: Iterable, dtype: Any = "float32", sparse: bool = False, ragged: bool = False,
        record_history: bool = True, name: str | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        if unknown := [n for n in kwargs if n not in ("ragged_rank", "row_splits_dtype")]:
            raise TypeError(f"Unexpected keyword arguments: {', '.join(unknown)}")
        if sparse or ragged or any(v is not None for v in kwargs.values()):
            raise ValueError(f"Tensors are dense here. Received: sparse={sparse}, ragged={ragged}, {kwargs}")
        self._shape = tuple(shape)
        self._dtype = dtypes.standardize_dtype(dtype)
        self._name, self.record_history = name, record_history
        self._keras_history: Any = None

    @property
    def name(self) -> str:
        """The name; an automatic one is chosen when it is first read."""
        if self._name is None:
            self._name = naming.auto_name("keras_tensor")
        return self._name

    @name.setter
    def name(self, value: str) -> None:
        self._name = value

    @property
    def shape(self) -> tuple:
        """The shape, None for unknown extents."""
        return self._shape

    @shape.setter
    def shape(self, value: Any) -> None:
        raise AttributeError(_FIXED.format("shape"))

    @property
    def dtype(self) -> str:
        """The dtype."""
        return self._dtype

    @dtype.setter
    def dtype(self, value: Any) -> None:
        raise AttributeError(_FIXED.format("dtype"))

    @property
    def sparse(self) -> bool:
        """Always False: tensors here are dense."""
        return False

    @property
    def ragged(self) -> bool:
        """Always False: tensors here are dense."""
        return False

    @property
    def ragged_rank(self) -> None:
        """Always None: tensors here are dense."""
        return None

    @property
    def row_splits_dtype(self) -> None:
        """Always None: tensors here are dense."""
        return None

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self._shape)

    def reshape(self, newshape: Any) -> Any:
        """Returns the symbolic tensor in another shape.

        Args:
            newshape: Tuple of integers; one may be -1 and is inferred.

        Example:

        >>> keras.Input((6,)).reshape((-1, 2, 3)).shape
        (None, 2, 3)
        """
        return super().reshape(newshape)

    def __array__(self, dtype: Any = None, copy: Any = None) -> NoReturn:
        raise ValueError(_NO_VALUE.format("a NumPy array"))

    def __float__(self) -> NoReturn:
        raise ValueError(_NO_VALUE.format("a float"))

    def __int__(self) -> NoReturn:
        raise ValueError(_NO_VALUE.format("an int"))

    def __bool__(self) -> NoReturn:
        raise TypeError("A symbolic KerasTensor cannot be used as a boolean.")

    def __iter__(self) -> NoReturn:
        raise NotImplementedError("Iterating over a symbolic KerasTensor is not supported.")

    def __jax_array__(self) -> NoReturn:
        raise ValueError(_NOT_HERE.format("JAX"))

    def __tf_tensor__(self, dtype: Any = None, name: Any = None) -> NoReturn:
        raise ValueError(_NOT_HERE.format("TensorFlow"))

    def __repr__(self) -> str:
        return f"<KerasTensor shape={self.shape}, dtype={self.dtype}, sparse=False, ragged=False, name={self.name}>"

    __hash__ = object.__hash__


def is_keras_tensor(x: Any) -> bool:
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


def any_symbolic(*structures: Any) -> bool:
    """Whether a KerasTensor is anywhere inside."""
    return any(isinstance(x, KerasTensor) for x in tree.flatten(list(structures)))


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
