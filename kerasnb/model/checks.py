"""What is checked before training starts, so that a bad argument is an error with a name and changes nothing."""

from __future__ import annotations

import numpy as np

from kerasnb import tree
from kerasnb.model.batches import as_array

CHUNK = 1 << 20


def checked(value, name: str):
    """A structure of arrays from an argument, each with at least one row.

    Raises:
        ValueError: If it is empty or holds NaN or infinities where it is an input.
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
    """A list of numbers or rows is one array; a list of arrays is several inputs, as in Keras."""
    if isinstance(value, (list, tuple)) and not any(hasattr(v, "__array__") or isinstance(v, dict) for v in value):
        return as_array(value, name)
    if hasattr(value, "to_numpy"):
        return value.to_numpy()
    return value


def _checked_array(value, name: str) -> np.ndarray:
    array = as_array(value.to_numpy() if hasattr(value, "to_numpy") else value, name)
    if array.ndim == 0:
        raise ValueError(f"Argument `{name}` must have a batch axis. Received: a single number, {array}")
    if not len(array):
        raise ValueError(
            f"Argument `{name}` must hold at least one sample. Received: an empty array of shape {array.shape}"
        )
    if name.startswith(("x", "validation_data[0]")):
        check_finite(array, name)
    return array


def check_finite(array: np.ndarray, name: str) -> None:
    """Raises ValueError, naming the first place, if an array holds NaN or infinities."""
    if array.dtype.kind != "f":
        return
    flat = array.reshape(-1)
    for start in range(0, flat.size, CHUNK):
        part = flat[start : start + CHUNK]
        with np.errstate(over="ignore", invalid="ignore"):
            doubtful = not np.isfinite(part.sum())  # one pass without a temporary; large values may overflow
        if doubtful and not np.isfinite(part).all():
            at = start + int(np.flatnonzero(~np.isfinite(part))[0])
            place = tuple(int(i) for i in np.unravel_index(at, array.shape))
            bad = int((~np.isfinite(array)).sum())
            raise ValueError(
                f"Argument `{name}` must hold finite numbers. Received: {flat[at]} at index {place} "
                f"({bad} non-finite of {array.size} values). Clean the data, for example with `np.nan_to_num`."
            )


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
