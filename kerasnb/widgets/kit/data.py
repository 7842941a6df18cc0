"""What a person hands over as data: arrays, or a sentence that says what is expected instead."""

from __future__ import annotations

import math
import reprlib
from typing import Any

import numpy as np

from kerasnb import tree

SCALARS = (bool, int, float, complex, str, bytes, np.generic)


def arrays(value: Any, name: str, parts: int = 1) -> Any:
    """Data as arrays: lists of numbers become one, anything that only hands out batches is refused.

    Args:
        value: An array, a list of numbers, or a list or dict of these for several inputs or outputs.
        name: String, the argument.
        parts: Integer, how many inputs or outputs the model has.

    Raises:
        ValueError: If there are no arrays in it, or rows of unequal length.

    Example:

    >>> from kerasnb.widgets.kit.data import arrays
    >>> arrays([[1, 2], [3, 4]], "x").shape
    (2, 2)
    """
    check(value, name)
    if isinstance(value, dict):
        return {key: arrays(part, name) for key, part in value.items()}
    if not isinstance(value, (list, tuple)):
        return value
    if (parts > 1 and len(value) == parts) or not all(isinstance(leaf, SCALARS) for leaf in tree.flatten(value)):
        return type(value)(arrays(part, name) for part in value) if type(value) in (list, tuple) else value
    return array(value, name)


def array(value: Any, name: str) -> np.ndarray:
    """A list of numbers, or an array, as an array.

    Args:
        value: What was given.
        name: String, the argument.

    Raises:
        ValueError: If its rows have unequal lengths.
    """
    try:
        return np.asarray(value)
    except ValueError:
        raise ValueError(f"Argument `{name}` must have rows of one length. Received a list of unequal rows") from None


def samples(value: Any, name: str) -> int:
    """How many samples all arrays have that a person handed over.

    Args:
        value: Arrays, or lists and dicts of them.
        name: String, the argument.

    Raises:
        ValueError: If one of them is a single number, or they differ, or there are none.
    """
    counts = set()
    for leaf in tree.flatten(value):
        if not np.ndim(leaf):
            raise ValueError(f"Argument `{name}` must have samples in its first axis. Received: {reprlib.repr(leaf)}")
        counts.add(len(leaf))
    if len(counts) != 1 or not min(counts):
        raise ValueError(
            f"Argument `{name}` must hold at least one sample, and as many in each array. Received: {sorted(counts)}"
        )
    return counts.pop()


def a_model(value: Any, name: str = "model") -> None:
    """Refuses what is no model: another value, or a class in place of its object.

    Args:
        value: What was given.
        name: String, the argument.

    Raises:
        ValueError: If it is no model.
    """
    if isinstance(value, type) or not hasattr(value, "layers"):
        kind = f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__
        raise ValueError(f"Argument `{name}` must be a model. Received: {kind}")


def texts(value: Any, name: str) -> list[str]:
    """Names of classes or columns as strings.

    Args:
        value: A sequence of names.
        name: String, the argument.

    Raises:
        ValueError: If it is no sequence.
    """
    if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
        raise ValueError(f"Argument `{name}` must be a list of names. Received: {reprlib.repr(value)}")
    return [str(part) for part in value]


def check(value: Any, name: str) -> None:
    """Refuses generators, datasets, and whatever else is no array.

    Args:
        value: What was given.
        name: String, the argument.

    Raises:
        ValueError: If it is no array.
    """
    if isinstance(value, dict) and not value:
        raise ValueError(f"Argument `{name}` must hold an array. Received: an empty dict")
    for leaf in tree.flatten(value):
        if isinstance(leaf, SCALARS) or any(hasattr(leaf, a) for a in ("__array__", "shape", "__dlpack__")):
            continue
        if leaf is None:
            raise ValueError(f"Argument `{name}` must be an array. Received: None")
        mend = ""
        if any(hasattr(leaf, a) for a in ("__iter__", "__next__", "__getitem__")):
            mend = ". Take one batch of it: `x, y = next(iter(data))`"
        raise ValueError(f"Argument `{name}` must be an array. Received: {type(leaf).__name__}{mend}")


def count(tensors: Any) -> int:
    """How many inputs or outputs there are; 1 where a model does not know them."""
    return len(tensors) if isinstance(tensors, (list, tuple, dict)) and tensors else 1


def columns(x: Any) -> list[str] | None:
    """The names of the columns of a table, or of the values of one of its rows; None where there are no names."""
    found: Any = getattr(x, "columns" if np.ndim(x) > 1 else "index", None)
    names = list(found) if hasattr(found, "__array__") else []
    return names if names and all(isinstance(name, str) for name in names) else None


def numbered(y: Any, name: str = "y") -> None:
    """Refuses labels that are words.

    Args:
        y: The labels.
        name: String, the argument.

    Raises:
        ValueError: If there is a text among them.
    """
    word = first_word(y)
    if word is not None:
        raise ValueError(
            f"Argument `{name}` must have whole numbers. Received: {word!r}. Number the words: "
            "`names, y = np.unique(y, return_inverse=True)`, and give `labels=names`"
        )


def first_word(y: Any) -> str | None:
    """The first text among the labels, or None."""
    for leaf in tree.flatten(y):
        if isinstance(leaf, (str, bytes)):
            return str(leaf)
        kind = getattr(getattr(leaf, "dtype", None), "kind", "")
        if kind in "OSU" and kind:
            return next((str(v) for v in np.ravel(np.asarray(leaf)) if isinstance(v, (str, bytes))), None)
    return None


def whole(message: dict, key: str) -> int:
    """A whole number of a message from the page.

    Args:
        message: Dict, the message.
        key: String, which of its values.

    Raises:
        ValueError: If it is missing, or no whole number.
    """
    value = message.get(key)
    try:
        number = math.nan if isinstance(value, bool) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not number.is_integer():
        raise ValueError(f"`{key}` must be a whole number. Received: {reprlib.repr(value)}")
    return int(number)
