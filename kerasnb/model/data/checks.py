"""Checks of arguments before training starts: a bad one raises an error that names it, and changes nothing."""

from __future__ import annotations

import operator
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from kerasnb import tree
from kerasnb.model.data.arrays import as_array, check_values


def checked(value: Any, name: str) -> Any:
    """A structure of arrays from an argument, each with at least one row.

    Raises:
        ValueError: If it is empty, holds no numbers, or values that do not fit the dtype they are computed in.
    """
    if value is None:
        return None
    value = _structure_of_arrays(value, name)
    if not tree.is_nested(value):
        return _checked_array(value, name)
    leaves = tree.flatten(value)
    arrays = [_checked_array(v, f"{name}[{i}]") for i, v in enumerate(leaves)]
    return tree.pack_sequence_as(value, arrays)


def _structure_of_arrays(value: Any, name: str) -> Any:
    """A list of numbers or rows is one array; a list of arrays or tables is several inputs, as in Keras."""
    if isinstance(value, (list, tuple)) and not any(map(_is_input, value)):
        return as_array(value, name)
    return value


def _is_input(value: Any) -> bool:
    """Whether an element of a list is an input of its own, rather than a number or a row."""
    return isinstance(value, dict) or (
        not isinstance(value, np.generic) and (hasattr(value, "__array__") or hasattr(value, "to_numpy"))
    )


def _checked_array(value: Any, name: str) -> np.ndarray:
    array = as_array(value, name)
    if array.ndim == 0:
        raise ValueError(f"Argument `{name}` must have a batch axis. Received: a single number, {array}")
    if not len(array):
        raise ValueError(
            f"Argument `{name}` must hold at least one sample. Received: an empty array of shape {array.shape}"
        )
    check_values(array, name)
    return array


def check_flags(**flags: Any) -> None:
    """Raises ValueError for an argument, given by its name, that is neither True nor False."""
    for name, value in flags.items():
        if not isinstance(value, (bool, np.bool_)):
            raise ValueError(f"Argument `{name}` must be True or False. Received: {name}={value!r}")


def check_kind(x: Any, name: str) -> None:
    """Raises ValueError for an argument that neither holds data nor yields any."""
    if callable(x) and not hasattr(x, "__array__") and not hasattr(x, "__getitem__") and not hasattr(x, "__iter__"):
        raise ValueError(
            f"Unrecognized data type: {name}={x} (of type {type(x)}). A function that makes a generator must be called."
        )
    if isinstance(x, (str, bytes, set)):
        raise ValueError(f"Unrecognized data type: {name}={x!r} (of type {type(x)})")


def check_counts(**counts: Any) -> list[int | None]:
    """Several optional positive integers, which are called by the names of the arguments."""
    return [check_count(value, name) for name, value in counts.items()]


def check_count(value: Any, name: str, least: int = 1) -> int | None:
    """An integer argument, or None.

    Raises:
        ValueError: If it is no integer, or below the least one.
    """
    if value is None:
        return None
    try:
        count = operator.index(value)
    except TypeError:
        count = least - 1
    if count < least:
        kind = "a positive integer" if least == 1 else "an integer" if least < 0 else f"an integer of at least {least}"
        raise ValueError(f"Argument `{name}` must be {kind}. Received: {name}={value!r}")
    return count


def check_batch_size(size: Any) -> int | None:
    """The argument `batch_size`: a positive integer, or None.

    Raises:
        ValueError: If it is something else.
    """
    if size is None:
        return None
    if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or size < 1:
        raise ValueError(f"Argument `batch_size` must be a positive integer. Received: batch_size={size}")
    return int(size)


def check_shuffle(shuffle: Any) -> bool | str:
    """The argument `shuffle`: a boolean, or the string "batch".

    Raises:
        ValueError: If it is another string.
    """
    if isinstance(shuffle, str) and shuffle != "batch":
        raise ValueError(f'Argument `shuffle` must be a boolean or "batch". Received: shuffle={shuffle!r}')
    return shuffle


def check_class_weight(class_weight: Any) -> dict[int, float] | None:
    """The argument `class_weight` as a dict of integers to floats, or None.

    Raises:
        ValueError: If it is no dict, or maps other things.
    """
    if class_weight is None:
        return None
    if not isinstance(class_weight, Mapping):
        raise ValueError(
            "Argument `class_weight` must be a dict of class ids to weights, such as {0: 1.0, 1: 5.0}. Received: "
            f"class_weight={class_weight} of type {type(class_weight).__name__}"
        )
    try:
        return {int(k): float(v) for k, v in class_weight.items()}
    except (TypeError, ValueError):
        raise ValueError(
            f"Argument `class_weight` must map integers to numbers. Received: class_weight={class_weight}"
        ) from None


def check_frequency(value: Any) -> None:
    """Checks `validation_freq`.

    Raises:
        ValueError: If it is neither a positive integer nor a list of integers.
    """
    if isinstance(value, Collection) and not isinstance(value, (str, bytes, dict)):
        for epoch in value:
            check_count(epoch, "validation_freq")
        return
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise ValueError(
            f"Expected `validation_freq` to be a list or int. Received: validation_freq={value} of the type "
            f"{type(value)}."
        )
    check_count(value, "validation_freq")


def check_lengths(**arrays: Any) -> int:
    """The number of samples.

    Raises:
        ValueError: If the arguments have different numbers of samples.
    """
    lengths = {}
    for name, value in arrays.items():
        for i, leaf in enumerate(tree.flatten(value) if value is not None else []):
            lengths[name if not tree.is_nested(value) else f"{name}[{i}]"] = len(leaf)
    if len(set(lengths.values())) > 1:
        sizes = ", ".join(f"'{k}' sizes: {v}" for k, v in lengths.items())
        raise ValueError(
            f"Data cardinality is ambiguous. Make sure all arrays contain the same number of samples.{sizes}"
        )
    if not lengths:
        raise ValueError("The data must hold at least one array. Received: none")
    return next(iter(lengths.values()))


def check_labels(labels: np.ndarray, classes: int, name: str = "y", ignore_class: int | None = None) -> None:
    """Checks integer labels against the number of classes.

    Raises:
        ValueError: If a label is outside of `[0, classes)`.
    """
    counted = labels if ignore_class is None else labels[labels != ignore_class]
    if not counted.size:
        return
    low, high = counted.min(), counted.max()
    if low < 0 or high >= classes:
        bad = high if high >= classes else low
        at = tuple(int(i) for i in np.argwhere(labels == bad)[0])
        raise ValueError(
            f"Argument `{name}` holds a class id that the model's {classes} outputs do not have. "
            f"Expected labels from 0 to {classes - 1}. Received: {name}[{', '.join(map(str, at))}]={bad}"
        )
    if labels.dtype.kind == "f" and not np.array_equal(counted, np.floor(counted)):
        raise ValueError(
            f"Argument `{name}` must hold whole class ids. Received: {counted[counted != np.floor(counted)][0]}"
        )


def check_ids(ids: np.ndarray, count: int, layer: str, name: str = "x") -> None:
    """Checks the ids for an embedding against the number of its vectors; negative ones count from the end.

    Raises:
        ValueError: If an id is outside of `[-count, count)`.
    """
    low, high = (ids.min(), ids.max()) if ids.size else (0, 0)
    if -count <= low and high < count:  # not so for NaN
        return
    at = tuple(int(i) for i in np.argwhere(~((ids >= -count) & (ids < count)))[0])
    raise ValueError(
        f"Argument `{name}` holds an id that the Embedding layer '{layer}' has no vector for. "
        f"Expected ids from 0 to {count - 1}. Received: {name}[{', '.join(map(str, at))}]={ids[at]}"
    )
