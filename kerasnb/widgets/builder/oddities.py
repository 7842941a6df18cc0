"""What is odd about data and model, as sentences: what, where, evidence, mend. Nothing of it stops the Builder."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from kerasnb import tree
from kerasnb.model.surgery.plan import Plan
from kerasnb.widgets.builder.judge import text
from kerasnb.widgets.builder.propose import MOST_CLASSES
from kerasnb.widgets.kit.words import count

BLOCK = 1 << 20  # numbers that are looked at together: data may be huge


def of_data(inputs: list[np.ndarray], targets: list[np.ndarray]) -> list[str]:
    """What is odd about the data alone."""
    found = [_not_finite(a, name) for arrays, name in ((inputs, "x"), (targets, "y")) for a in arrays]
    if inputs and len(inputs[0]) == 1:
        found.append("x has one sample: no validation, and nothing to compare. Give more of them.")
    if len(targets) == 1 and targets[0].size > 1:
        found.append(_labels(targets[0]))
    return [words for words in found if words]


def _not_finite(array: np.ndarray, name: str) -> str:
    if array.dtype.kind != "f" or not array.size:
        return ""
    count, first = 0, None
    each = max(1, BLOCK // max(1, array[:1].size))
    for start in range(0, len(array), each):
        bad = ~np.isfinite(array[start : start + each])
        if first is None and bad.any():
            place = np.argwhere(bad)[0]
            first = (int(place[0]) + start, *(int(i) for i in place[1:]))
        count += int(bad.sum())
    if first is None:
        return ""
    rest = f", and {count - 1:,} more value{'s are' if count > 2 else ' is'} not finite" if count > 1 else ""
    where = ", ".join(map(str, first))
    mend = "Replace them: np.nan_to_num(x)" if name == "x" else "Keep the rows where np.isfinite(y)"
    return f"{name}[{where}] is {array[first]}{rest}: the loss will not be finite. {mend}."


def _labels(y: np.ndarray) -> str:
    flat = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    if flat.dtype.kind in "iub" or bool(np.all(np.isfinite(flat))):
        low, high = flat.min(), flat.max()
        if low == high:
            return f"All values of y are {low}: there is nothing to learn. Look at how y was made."
        if flat.ndim == 1 and flat.dtype.kind == "i" and low < 0:
            return f"y holds whole numbers from {low}: as class ids they must start at 0. y - y.min() shifts them."
        if flat.ndim == 1 and flat.dtype.kind in "iu" and high >= MOST_CLASSES:
            mend = "np.unique(y, return_inverse=True)"
            return f"y holds whole numbers up to {high:,}, taken as numbers. For classes: {mend}."
    return ""


def of_model(plan: Plan, shapes: Any, y: Any, targets: list[np.ndarray], loss: Any) -> Iterator[str]:
    """What is odd about the model, and about the data for it.

    Args:
        plan: `Plan`.
        shapes: Function that gives the shape of a `Ref`.
        y: The targets as they were given.
        targets: The same as a list of arrays.
        loss: The loss, a word or an object.
    """
    operation: Any
    for operation in plan.operations():
        if "Dropout" in type(operation).__name__ and getattr(operation, "rate", 0) >= 1:
            yield f"{operation.name} drops everything: its rate is {operation.rate:g}, so it gives zeros. 0.5 is usual."
    ends = plan.output_refs()
    if len(targets) != len(ends) and targets:
        mend = " Insert a last layer for each, as a branch." if len(targets) > len(ends) else ""
        yield f"y has {count(len(targets), 'array')}, and the model gives {count(len(ends), 'output')}.{mend}"
    elif len(targets) == 1:
        if isinstance(y, dict):
            yield f"y is a dict, and the model gives one output: pass y[{next(iter(y))!r}]."
        yield from _target(shapes(ends[0]), targets[0], loss if isinstance(loss, str) else type(loss).__name__.lower())


def _target(shape: tuple, y: np.ndarray, loss: str) -> Iterator[str]:
    """Whether the targets fit the output of the only end."""
    each, given = shape[1:], y.shape[1:]
    if "sparse" in loss:
        fits = given in (each[:-1], (*each[:-1], 1))
        if fits and each[-1] and y.size and (y.min() < 0 or y.max() >= each[-1]):
            yield (
                f"y holds class ids from {y.min()} to {y.max()}, and the last layer has {each[-1]} units, "
                f"for 0 to {each[-1] - 1}."
            )
        expected = each[:-1]
    else:
        fits = any(math.prod(a) == math.prod(b) for a, b in [(given, each)] if None not in each) or None in each
        expected = each
    if not fits:
        yield f"y has the shape {text(given)} for each sample, and the last layer asks for {text(expected)}."


def check_samples(data: Any, name: str) -> None:
    """Refuses texts and objects, with the line that mends them.

    Raises:
        ValueError: If there are some.
    """
    for column, values in _columns(data):
        try:
            array = np.asarray(values)
        except ValueError:
            raise ValueError(f"Argument `{name}` must have rows of one length. Received: unequal rows.") from None
        if not array.ndim:
            raise ValueError(f"Argument `{name}` must have samples in its first axis. Received: {array}")
        where = f"its column {column!r}" if column is not None else f"`{name}`"
        has_texts = array.dtype.kind in "OSU"
        word = next((str(v) for v in array.ravel() if isinstance(v, (str, bytes))), None) if has_texts else None
        if word is not None:
            mend = "`names, y = np.unique(y, return_inverse=True)`" if name == "y" else "`keras.layers.StringLookup`"
            problem = f"{where} holds texts such as {word[:40]!r}. Number them: {mend}"
        elif array.dtype.kind == "O":
            problem = f"{where} holds objects of Python. Convert it: `{name}.astype('float32')`, with equally long rows"
        elif array.dtype.kind == "c":
            problem = f"{where} holds complex numbers. Take a part of them: `np.abs({name})`"
        else:
            continue
        raise ValueError(f"Argument `{name}` must hold numbers: {problem}.")


def _columns(data: Any) -> Iterator[tuple[Any, Any]]:
    """The columns of a table with their names, or the data as they are."""
    if hasattr(data, "columns") and hasattr(data, "dtypes"):
        yield from ((column, data[column]) for column in data.columns)
        return
    is_several = isinstance(data, (dict, tuple)) or (isinstance(data, list) and all(hasattr(a, "shape") for a in data))
    for part in tree.flatten(data) if is_several else [data]:
        yield None, part
