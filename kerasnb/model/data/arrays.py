"""Data as NumPy arrays of numbers: from arrays, lists, tensors, and tables with columns."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import numpy as np

from kerasnb.backend.tensor.dtypes import floatx, holds, numpy_dtype
from kerasnb.backend.tensor.tensor import Tensor

CHUNK = 1 << 18


def as_array(value: Any, name: str) -> np.ndarray:
    """An argument of fit as a NumPy array of numbers.

    Raises:
        ValueError: If it does not hold numbers, its rows differ in length, or a column cannot be used.
    """
    if isinstance(value, Tensor):
        return value.numpy()
    if hasattr(value, "to_numpy"):
        return _table(value, name) if hasattr(value, "columns") else _column(value, f"`{name}`")
    try:
        array = np.asarray(value)
    except ValueError as problem:
        raise ValueError(
            f"Argument `{name}` must hold rows of one shape. Received: {type(value).__name__} ({problem})"
        ) from None
    if array.dtype.kind not in "fiub":
        raise ValueError(
            f"Argument `{name}` must hold numbers. Received: {type(value).__name__} of dtype {array.dtype}"
        )
    return array


def slot_dtype(array: np.ndarray) -> str:
    """The dtype a batch has inside the engine: floats are `floatx`, integers int32."""
    return {"f": floatx(), "b": "bool"}.get(array.dtype.kind, "int32")


# --- tables ----------------------------------------------------------------------------------------


def _table(frame: Any, name: str) -> np.ndarray:
    """A table as a matrix: as a whole where all columns have one dtype, else column by column."""
    if not len(frame.columns):
        raise ValueError(f"Argument `{name}` must have at least one column. Received: an empty {type(frame).__name__}")
    if len({str(dtype) for dtype in frame.dtypes}) == 1 and isinstance(_first(frame.dtypes), np.dtype):
        array = frame.to_numpy()
        if array.dtype.kind in "fiub":
            return array
    columns = [_column(_at(frame, i), f"column {label!r} of `{name}`") for i, label in enumerate(frame.columns)]
    return np.stack(columns, axis=1, dtype=np.result_type(*columns), casting="unsafe")


def _first(dtypes: Iterable) -> Any:
    return next(iter(dtypes))


def _at(frame: Any, position: int) -> Any:
    """A column by its position, since names may repeat."""
    return frame.iloc[:, position] if hasattr(frame, "iloc") else frame[frame.columns[position]]


def _column(column: Any, where: str) -> np.ndarray:
    """A column as a vector of numbers.

    Raises:
        ValueError: If it holds something else, or missing values that only a nullable dtype can mark.
    """
    dtype = column.dtype
    if hasattr(dtype, "numpy_dtype") and getattr(dtype, "kind", "O") in "fiub":  # a nullable one of pandas
        missing = int(column.isna().sum())
        if missing:
            raise ValueError(
                f"Values are missing in {where}: {missing} of {len(column)}, dtype {dtype}. Fill them, for example "
                "with `fillna(0)`, or make them NaN with `astype('float32')`."
            )
        return column.to_numpy(dtype=dtype.numpy_dtype)
    array = np.asarray(column) if str(dtype) != "category" else np.empty(0, object)
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{where[:1].upper()}{where[1:]} must hold numbers. Received: dtype {dtype}. {_advice(array)}")
    return array


def _advice(array: np.ndarray) -> str:
    """Advice for a column that holds no numbers."""
    if array.dtype.kind == "M":
        return "Turn times into numbers, for example into seconds since the first."
    if array.dtype.kind == "m":
        return "Turn durations into numbers, for example with `.dt.total_seconds()`."
    kinds = {type(v) for v in array.reshape(-1)[:1000].tolist()} - {type(None)}
    if kinds and kinds <= {int, float, bool}:
        return "Its values are numbers: convert it with `astype('float32')`."
    return "Encode categories and text as numbers, for example with `pandas.get_dummies`, or leave the column out."


# --- values that do not fit -----------------------------------------------------------------------------


def check_values(array: np.ndarray, name: str) -> None:
    """Checks that the values fit the dtype in which they are computed.

    Raises:
        ValueError: If a value is outside of that dtype's range, naming the first one. NaN and infinities fit.
    """
    dtype = numpy_dtype(slot_dtype(array))
    if array.dtype.kind == "f" and array.dtype.itemsize > dtype.itemsize:
        _check_floats(array, dtype, name)
    elif not holds(array, dtype.name):
        limits = np.iinfo(dtype)
        _refuse(array, (array < limits.min) | (array > limits.max), dtype, name)


def _check_floats(array: np.ndarray, dtype: np.dtype, name: str) -> None:
    largest, flat = _largest(dtype), array.reshape(-1)
    for start in range(0, flat.size, CHUNK):
        part = flat[start : start + CHUNK]
        if not (np.fmax.reduce(part) <= largest and np.fmin.reduce(part) >= -largest):  # both leave NaN out
            _refuse(array, np.isfinite(array) & (np.abs(array) > largest), dtype, name)


@functools.cache
def _largest(dtype: np.dtype) -> float:
    """The largest number that does not become infinite."""
    return float(np.finfo(dtype).max) if dtype.kind == "f" else 3.3895e38  # bfloat16, which NumPy does not know


def _refuse(array: np.ndarray, outside: np.ndarray, dtype: np.dtype, name: str) -> None:
    if not outside.any():
        return
    at = tuple(int(i) for i in np.argwhere(outside)[0])
    raise ValueError(
        f"Argument `{name}` has values that do not fit {dtype.name}, in which batches are computed. Received: "
        f"{name}[{', '.join(map(str, at))}]={array[at]} of dtype {array.dtype}"
    )


def not_finite(array: np.ndarray) -> str | None:
    """The first NaN or infinity of an array, its place, and how many there are; None if there are none."""
    if array.dtype.kind != "f":
        return None
    flat, first, count = array.reshape(-1), None, 0
    for start in range(0, flat.size, CHUNK):
        places = np.flatnonzero(~np.isfinite(flat[start : start + CHUNK]))
        if first is None and places.size:
            first = start + int(places[0])
        count += places.size
    if first is None:
        return None
    at = ", ".join(str(int(i)) for i in np.unravel_index(first, array.shape))
    others = f", and {count - 1} more of {array.size} values are not finite" if count > 1 else ""
    return f"[{at}]={flat[first]}{others}"
