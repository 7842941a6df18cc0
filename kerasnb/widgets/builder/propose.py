"""What the data say: the shape of the inputs, the last layer, the loss and the metric."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from kerasnb.widgets.kit.data import array as as_array

MOST_CLASSES = 1000


class Proposal(NamedTuple):
    """What fits the targets, in words and as arguments."""

    words: str
    units: int | None
    activation: str | None
    loss: str
    metrics: list
    about: str


def arrays_of(data: Any, argument: str) -> list[np.ndarray]:
    """The arrays of `x` or `y` as a list.

    Raises:
        ValueError: If something is no array of numbers.
    """
    values = list(data.values()) if isinstance(data, dict) else list(data) if isinstance(data, tuple) else [data]
    if isinstance(data, list) and data and all(hasattr(v, "shape") for v in data):
        values = data
    arrays = [as_array(v, argument) for v in values]
    if argument == "x":  # whole numbers in the columns of a table are amounts, no words
        arrays = [a.astype("float32") if hasattr(v, "columns") else a for v, a in zip(values, arrays, strict=True)]
    for array in arrays:
        if array.dtype.kind not in "biuf" or array.ndim < 1:
            raise ValueError(
                f"Argument `{argument}` must hold numbers, with samples in its first axis. Received: an array of dtype "
                f"{array.dtype} and shape {array.shape}. Texts become whole numbers first, one for each word."
            )
    return arrays


def is_ids(x: np.ndarray) -> bool:
    """Whether inputs are sequences of whole numbers, such as the words of texts."""
    return x.dtype.kind in "iu" and x.ndim == 2 and x.dtype != np.uint8


def for_targets(y: np.ndarray | None) -> Proposal | None:
    """What fits targets, or None where there are none."""
    if y is None:
        return None
    flat = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    whole = flat.dtype.kind in "biu" or bool(np.all(flat == np.round(flat)))
    low, high = (float(flat.min()), float(flat.max())) if flat.size else (0.0, 0.0)
    if flat.ndim == 1 and whole and low == 0 and high == 1:
        return Proposal("y holds 0 and 1", 1, "sigmoid", "binary_crossentropy", ["accuracy"], "2 classes")
    if flat.ndim == 1 and flat.dtype.kind in "biu" and low >= 0 and 1 < high < MOST_CLASSES:
        return _classes(flat, int(high) + 1)
    if flat.ndim == 2 and whole and low == 0 and high == 1:
        count = flat.shape[1]
        if np.all(flat.sum(axis=1) == 1):
            words = f"y holds one 1 in each row of {count}"
            return Proposal(words, count, "softmax", "categorical_crossentropy", ["accuracy"], f"{count} classes")
        words = f"y holds {count} answers of 0 or 1 in each row"
        return Proposal(words, count, "sigmoid", "binary_crossentropy", ["binary_accuracy"], f"{count} labels")
    if flat.ndim <= 2:
        return Proposal("y holds real numbers", 1 if flat.ndim == 1 else flat.shape[1], None, "mse", ["mae"], "numbers")
    return Proposal(f"y holds arrays of shape {flat.shape[1:]}", None, None, "mse", ["mae"], "arrays")


def _classes(flat: np.ndarray, count: int) -> Proposal:
    words = f"y holds whole numbers {int(flat.min())}–{int(flat.max())}"
    return Proposal(words, count, "softmax", "sparse_categorical_crossentropy", ["accuracy"], f"{count} classes")


def sentence(proposal: Proposal) -> str:
    """The proposal as a person reads it."""
    parts = []
    if proposal.units is not None:
        activation = f", {proposal.activation}" if proposal.activation else ""
        parts.append(f"last layer Dense({proposal.units}{activation})")
    parts += [f"loss {proposal.loss}", f"metric {', '.join(proposal.metrics)}"]
    return f"{proposal.words} → {', '.join(parts)}."


def first_layers(x: np.ndarray, proposal: Proposal | None, ids: int | None) -> list[tuple[str, dict]]:
    """The layers with which a model for data starts: names and arguments."""
    if proposal is None or proposal.units is None:
        return []
    last = {"units": proposal.units} | ({"activation": proposal.activation} if proposal.activation else {})
    return [*flattening(x, ids), ("Dense", last)]


def flattening(x: np.ndarray, ids: int | None) -> list[tuple[str, dict]]:
    """The layers that make one row of numbers of each sample."""
    if ids is not None and is_ids(x):
        return [("Embedding", {"input_dim": ids, "output_dim": 16}), ("GlobalAveragePooling1D", {})]
    return [("Flatten", {})] if x.ndim > 2 else []
