"""What is checked before training starts, so that a bad argument is an error with a name and changes nothing."""

from __future__ import annotations

import operator
from collections.abc import Collection

import numpy as np

from kerasnb import tree
from kerasnb.model.data.arrays import as_array, check_range


def checked(value, name: str):
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


def _structure_of_arrays(value, name: str):
    """A list of numbers or rows is one array; a list of arrays or tables is several inputs, as in Keras."""
    if isinstance(value, (list, tuple)) and not any(map(_is_input, value)):
        return as_array(value, name)
    return value


def _is_input(value) -> bool:
    """Whether an element of a list is an input of its own, rather than a number or a row."""
    return isinstance(value, dict) or (
        not isinstance(value, np.generic) and (hasattr(value, "__array__") or hasattr(value, "to_numpy"))
    )


def _checked_array(value, name: str) -> np.ndarray:
    array = as_array(value, name)
    if array.ndim == 0:
        raise ValueError(f"Argument `{name}` must have a batch axis. Received: a single number, {array}")
    if not len(array):
        raise ValueError(
            f"Argument `{name}` must hold at least one sample. Received: an empty array of shape {array.shape}"
        )
    check_range(array, name)
    return array


def check_kind(x, name: str) -> None:
    """Raises ValueError for what is neither data nor yields any."""
    if callable(x) and not hasattr(x, "__array__") and not hasattr(x, "__getitem__") and not hasattr(x, "__iter__"):
        raise ValueError(
            f"Unrecognized data type: {name}={x} (of type {type(x)}). A function that makes a generator must be called."
        )
    if isinstance(x, (str, bytes, set)):
        raise ValueError(f"Unrecognized data type: {name}={x!r} (of type {type(x)})")


def check_count(value, name: str, least: int = 1):
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


def check_frequency(value) -> None:
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


def check_lengths(**named) -> int:
    """The number of samples.

    Raises:
        ValueError: If the arguments have different numbers of samples.
    """
    lengths = {}
    for name, value in named.items():
        for i, leaf in enumerate(tree.flatten(value) if value is not None else []):
            lengths[name if not tree.is_nested(value) else f"{name}[{i}]"] = len(leaf)
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"'{k}' sizes: {v}" for k, v in lengths.items())
        raise ValueError(
            f"Data cardinality is ambiguous. Make sure all arrays contain the same number of samples.{told}"
        )
    return next(iter(lengths.values()))


def check_labels(labels: np.ndarray, classes: int, name: str = "y", ignore_class=None) -> None:
    """Checks integer labels against the number of classes.

    Raises:
        ValueError: If a label is outside of `[0, classes)`.
    """
    given = labels if ignore_class is None else labels[labels != ignore_class]
    if not given.size:
        return
    low, high = given.min(), given.max()
    if low < 0 or high >= classes:
        bad = high if high >= classes else low
        at = tuple(int(i) for i in np.argwhere(labels == bad)[0])
        raise ValueError(
            f"Argument `{name}` holds a class id that the model's {classes} outputs do not have. "
            f"Expected labels from 0 to {classes - 1}. Received: {name}[{', '.join(map(str, at))}]={bad}"
        )
    if labels.dtype.kind == "f" and not np.array_equal(given, np.floor(given)):
        raise ValueError(f"Argument `{name}` must hold whole class ids. Received: {given[given != np.floor(given)][0]}")
