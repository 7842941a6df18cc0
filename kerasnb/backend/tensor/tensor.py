"""Tensor: an immutable value, or, while a step is being recorded, the promise of one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from kerasnb.backend.tensor import device, dtypes
from kerasnb.backend.tensor.operators import WithOperators
from kerasnb.serialization import register_type
from kerasnb.serialization.brief import brief_with_type


class Spec(NamedTuple):
    """Shape and dtype of a value."""

    shape: tuple
    dtype: str


class TracedValueError(RuntimeError):
    """A value was asked for while the training step is only being recorded."""


class Tensor(WithOperators):
    """An immutable array of numbers on one device.

    The operators (`+`, `@`, indexing and so on) are those of `keras.ops`.

    Args:
        data: The array of the device, C-contiguous; None while a step is being recorded.
        shape: Tuple of integers.
        dtype: String, the dtype's name.
    """

    __slots__ = ("__weakref__", "_keras_mask", "data", "dtype", "owner", "shape", "source")
    __array_priority__ = 100

    def __init__(self, data: Any, shape: tuple, dtype: str) -> None:
        self.data = data
        self.owner: Any = None  # the Variable whose buffer `data` is, where it is one
        self.source: Any = None  # the Variable that it was read of: gradients still reach it after an assignment
        self.shape = shape
        self.dtype = dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return size_of(self.shape)

    def numpy(self) -> np.ndarray:
        """Returns the value as a NumPy array of its own."""
        return np.array(self.host())

    def host(self) -> np.ndarray:
        """The value on the host, without a copy where the device is the host."""
        if self.data is None:
            raise TracedValueError(
                f"The value of a tensor of shape {self.shape} was asked for while the step is being recorded, "
                "before it is computed. Use `keras.ops` functions (`ops.where`, `ops.cond`) instead of Python "
                "branches on values, or compile the model with `run_eagerly=True`."
            )
        return device.runtime().to_host(self.data)

    def __array__(self, dtype: np.dtype | None = None, copy: bool | None = None) -> np.ndarray:
        return copied(self.numpy(), dtype, copy)

    def item(self, *args: int) -> Any:
        """Returns an element as a Python number; without an index, the only one."""
        return self.host().item(*args)

    def tolist(self) -> Any:
        """Returns the value as a nested list of Python numbers."""
        return self.host().tolist()

    def __float__(self) -> float:
        return float(self.host().item())

    def __int__(self) -> int:
        return int(self.host().item())

    def __index__(self) -> int:
        return self.host().__index__()

    def __bool__(self) -> bool:
        return bool(self.host())

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of unsized object")
        return self.shape[0]

    def __iter__(self) -> Iterator:
        return (self[i] for i in range(len(self)))

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if not self.shape and spec else repr(self)

    def __repr__(self) -> str:
        if self.data is None:
            return f"<Tensor shape={self.shape} dtype={self.dtype} (recorded)>"
        return f"<Tensor shape={self.shape} dtype={self.dtype} value={self.host()}>"

    __hash__ = object.__hash__


def size_of(shape: tuple) -> int:
    """The number of elements of a shape."""
    return math.prod(shape)


def is_tensor(x: Any) -> bool:
    """Whether `x` is a Tensor of this engine.

    Args:
        x: Anything.

    Returns:
        Boolean.

    Example:

    >>> keras.backend.is_tensor(keras.ops.ones(2)), keras.backend.is_tensor([1.0, 1.0])
    (True, False)
    """
    return isinstance(x, Tensor)


def _python_dtype(value: np.ndarray, source) -> str:
    """Python numbers and 64-bit defaults become floatx and int32, as in Keras; integers that need 64 bits keep them."""
    if isinstance(source, (np.ndarray, np.generic)):
        return dtypes.standardize_dtype(value.dtype)
    if value.dtype.kind == "i" and value.size and not _within(value, "int32"):
        return "int64"
    return {"f": dtypes.floatx(), "i": "int32", "b": "bool", "c": "complex64"}.get(value.dtype.kind) or value.dtype.name


def _within(value: np.ndarray, dtype: str) -> bool:
    return dtypes.fits(int(value.min()), dtype) and dtypes.fits(int(value.max()), dtype)


def from_host(value: np.ndarray | np.generic, dtype: str) -> Tensor:
    """A Tensor of the current device with the value of a NumPy array, which is copied."""
    with np.errstate(over="ignore", invalid="ignore"):  # what is too large for the dtype is infinite
        value = np.array(value, dtype=dtypes.numpy_dtype(dtype), order="C", ndmin=0)
    return Tensor(device.runtime().from_host(value), value.shape, dtype)


def copied(value: np.ndarray, dtype: np.dtype | None, copy: bool | None) -> np.ndarray:
    """What `__array__` returns of a copy.

    Raises:
        ValueError: If no copy may be made.
    """
    if copy is False:
        raise ValueError("NumPy gets the numbers as a copy. Expected `copy=None` or `copy=True`, received `copy=False`")
    return value if dtype is None else value.astype(dtype, copy=False)


def to_tensor(x: Any, dtype: str | None = None) -> Tensor:
    """Converts a value to a Tensor.

    Args:
        x: A number, a (nested) list, an array or anything with `__array__`; a Tensor stays as it is.
        dtype: The dtype. Defaults to that of the value; Python numbers become `floatx` and `"int32"`.

    Returns:
        A Tensor.

    Raises:
        OverflowError: If a number is out of the range of an integer dtype.
        TypeError: If `x` does not hold numbers.

    Example:

    >>> keras.backend.convert_to_tensor([1.0, 2.0])
    <Tensor shape=(2,) dtype=float32 value=[1. 2.]>
    """
    if isinstance(x, Tensor):
        return x
    if isinstance(x, (list, tuple)) and any(isinstance(e, Tensor) for e in x):
        x = [e.host() if isinstance(e, Tensor) else e for e in x]
    value = np.asarray(x)
    if value.dtype.kind == "O" and value.size and all(isinstance(e, int) for e in value.flat):
        dtype = dtype or "int64"  # integers of more than 64 bits: floats take them, no integer dtype does
    elif value.dtype.kind not in "fiubc" and value.dtype.name != "bfloat16":
        raise TypeError(f"Cannot convert to a tensor: expected numbers. Received: {brief_with_type(x)}")
    dtype = dtype or _python_dtype(value, x)
    dtypes.check_range(value, dtype)
    return from_host(value, dtype)


register_type(
    Tensor, "__tensor__",
    encode=lambda tensor: {"value": tensor.numpy().tolist(), "dtype": tensor.dtype},
    decode=lambda inner: to_tensor(inner["value"], dtypes.standardize_dtype(inner["dtype"])),
)  # fmt: skip
