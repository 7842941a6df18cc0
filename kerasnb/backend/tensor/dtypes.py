"""Dtypes: their names, the default float type, and what comes out when two of them meet."""

from __future__ import annotations

import functools
import importlib
from typing import Any

import numpy as np

from kerasnb.serialization import register_type

FLOATS = ("bfloat16", "float16", "float32", "float64")
SIGNED = ("int8", "int16", "int32", "int64")
UNSIGNED = ("uint8", "uint16", "uint32", "uint64")
INTEGERS = UNSIGNED + SIGNED
COMPLEX = ("complex64", "complex128")
ALLOWED = ("bool", *INTEGERS, *FLOATS, *COMPLEX, "string")

_ALIASES = {"float": "float32", "int": "int32", "half": "float16", "double": "float64", "boolean": "bool"}

# Each type's next larger neighbours. "int" and "float" are the weak types of Python numbers: they
# take part in promotion without forcing a width. The lattice is the one Keras and JAX document.
_LARGER = {
    "bool": ("int",),
    "int": ("uint8", "int8"),
    "uint8": ("int16", "uint16"),
    "int8": ("int16",),
    "uint16": ("int32", "uint32"),
    "int16": ("int32",),
    "uint32": ("int64", "uint64"),
    "int32": ("int64",),
    "uint64": ("float",),
    "int64": ("float",),
    "float": ("bfloat16", "float16"),
    "bfloat16": ("float32",),
    "float16": ("float32",),
    "float32": ("float64", "complex64"),
    "float64": ("complex128",),
    "complex64": ("complex128",),
    "complex128": (),
}


def _above(name: str) -> set[str]:
    return {name}.union(*map(_above, _LARGER[name]))


_UPPER_BOUNDS = {name: frozenset(_above(name)) for name in _LARGER}
_settings: dict = {"floatx": "float32", "epsilon": 1e-7}


def floatx() -> str:
    """Returns the default float type, a string such as `"float32"`.

    Example:

    >>> keras.config.floatx()
    'float32'
    """
    return _settings["floatx"]


def set_floatx(value: str) -> None:
    """Sets the default float type.

    Args:
        value: String, one of `"float16"`, `"bfloat16"`, `"float32"`, `"float64"`.

    Raises:
        ValueError: If `value` is none of these.

    Example:

    >>> keras.config.set_floatx("float32")
    """
    if value not in FLOATS:
        raise ValueError(f"Unknown `floatx` value: {value}. Expected one of {set(FLOATS)}")
    _settings["floatx"] = str(value)


def epsilon() -> float:
    """Returns the small number that keeps divisions and logarithms finite.

    Example:

    >>> keras.config.epsilon()
    1e-07
    """
    return _settings["epsilon"]


def set_epsilon(value: float) -> None:
    """Sets the small number that keeps divisions and logarithms finite.

    Args:
        value: Float, the new value of epsilon.

    Example:

    >>> keras.config.set_epsilon(1e-7)
    """
    _settings["epsilon"] = value


def standardize_dtype(dtype: Any) -> str:
    """Returns the name of a dtype given as a string, a NumPy type, a Python type or None (`floatx`)."""
    if dtype is None:
        return floatx()
    if isinstance(dtype, str):
        name = dtype
    elif isinstance(dtype, type) and dtype in (int, float, bool, str, complex):
        name = {int: "int32", float: floatx(), bool: "bool", str: "string", complex: "complex64"}[dtype]
    elif hasattr(dtype, "name"):
        name = dtype.name
    else:
        name = getattr(dtype, "__name__", str(dtype))
    name = _ALIASES.get(name, name)
    if name not in ALLOWED:
        raise ValueError(f"Invalid dtype: {dtype}. Expected one of {ALLOWED}")
    return name


def numpy_dtype(name: str) -> np.dtype:
    """The NumPy type that holds values of the named dtype."""
    return bfloat16().dtype if name == "bfloat16" else np.dtype(name)


@functools.cache
def bfloat16() -> np.finfo:
    """The limits of bfloat16, which NumPy lacks; with the package it comes from it is loaded on first use."""
    try:
        return importlib.import_module("ml_dtypes").finfo("bfloat16")
    except ImportError:
        raise ImportError('dtype "bfloat16" needs the package ml_dtypes: `pip install ml_dtypes`.') from None


def limits(name: str) -> Any:
    """The smallest and largest number of a dtype, and its precision: NumPy's `finfo` or `iinfo`."""
    if name == "bfloat16":
        return bfloat16()
    return np.finfo(name) if name in FLOATS else np.iinfo(name)


@functools.cache
def integer_range(name: str) -> tuple[int, int]:
    """The smallest and largest number of an integer dtype."""
    ends = np.iinfo(name)
    return int(ends.min), int(ends.max)


def fits(number: int, dtype: str) -> bool:
    """Whether a dtype has an integer of Python; only integer dtypes have a range."""
    if dtype not in INTEGERS:
        return True
    low, high = integer_range(dtype)
    return low <= number <= high


def _ends(value: np.ndarray) -> tuple:
    """The smallest and largest number of an array, as Python numbers."""
    return tuple(e.item() if isinstance(e, np.generic) else e for e in (value.min(), value.max()))


def holds(value: np.ndarray, dtype: str) -> bool:
    """Whether an integer dtype has the numbers of an array; other dtypes have no range."""
    if dtype not in INTEGERS or value.dtype.kind not in "iufO" or not value.size or np.can_cast(value.dtype, dtype):
        return True
    (low, high), (smallest, largest) = integer_range(dtype), _ends(value)
    return smallest > low - 1 and largest < high + 1  # what stands behind the point is cut off; NaN compares to nothing


def check_range(value: np.ndarray, dtype: str) -> None:
    """Checks that an integer dtype has the numbers of an array, before they are converted to it.

    Raises:
        OverflowError: If one is out of the dtype's range, or not finite.
    """
    if not holds(value, dtype):
        (low, high), (smallest, largest) = integer_range(dtype), _ends(value)
        received = f"{smallest}" if value.ndim == 0 else f"numbers from {smallest} to {largest}"
        raise OverflowError(f"dtype {dtype} holds integers from {low} to {high}. Received: {received}")


def is_float_dtype(dtype: Any) -> bool:
    """Whether a dtype is a floating point type."""
    return standardize_dtype(dtype) in FLOATS


def is_int_dtype(dtype: Any) -> bool:
    """Whether a dtype is an integer type."""
    return standardize_dtype(dtype) in INTEGERS


def _weak_name(dtype) -> str:
    if dtype is int or dtype == "int":
        return "int"
    if dtype is float or dtype == "float":
        return "float"
    if dtype is bool:
        return "bool"
    return standardize_dtype(dtype)


def _resolve(name: str) -> str:
    return {"int": "int32", "float": floatx()}.get(name, name)


def result_type(*dtypes: Any) -> str:
    """The dtype that values of the given dtypes are promoted to.

    Args:
        *dtypes: Dtypes; the Python types `int`, `float` stand for Python numbers and are weak.

    Returns:
        The name of the smallest dtype that all of them can be converted to.

    Example:

    >>> keras.backend.result_type("int32", "float16")
    'float16'
    """
    if not dtypes:
        return floatx()
    names = {_weak_name(d) for d in dtypes}
    if len(names) == 1:
        return _resolve(names.pop())
    shared = frozenset.intersection(*(_UPPER_BOUNDS[n] for n in names))
    for name in shared:
        if shared == _UPPER_BOUNDS[name]:
            return _resolve(name)
    raise ValueError(f"No common dtype for {sorted(names)}")


register_type(
    np.ndarray, "__numpy__",
    encode=lambda array: {"value": array.tolist(), "dtype": standardize_dtype(array.dtype)},
    decode=lambda inner: np.array(inner["value"], dtype=numpy_dtype(standardize_dtype(inner["dtype"]))),
)  # fmt: skip
