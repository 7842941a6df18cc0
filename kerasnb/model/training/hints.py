"""Hints: one way to mend targets that do not fit the outputs of a model, for the end of an error message."""

from __future__ import annotations

from typing import Any

_TOO_MANY_AXES = (
    "The output{name} has shape {output}, with more axes than its targets. Put `keras.layers.Flatten()` before the "
    "first Dense layer, or let the last recurrent layer return its last output only (`return_sequences=False`)."
)
_ONE_HOT = (
    "The targets seem to be one-hot vectors. Compile the model with `loss='categorical_crossentropy'` for these, or "
    "pass class ids, such as `y.argmax(axis=-1)`."
)
_CLASS_IDS = (
    "The targets seem to be class ids. Compile the model with `loss='sparse_categorical_crossentropy'` for these, or "
    "pass `keras.utils.to_categorical(y, {classes})`."
)
_BINARY = (
    "The output{name} has {classes} columns, and the targets one. End the model with `Dense(1)` for a yes-or-no "
    "question, or use `loss='sparse_categorical_crossentropy'` for one of {classes} classes."
)
_COLUMNS = (
    "The output{name} has {classes} columns, and its targets {columns}. Give the last layer as many units as the "
    "targets have columns."
)


def for_targets(loss: Any, name: str | None, target: tuple, output: tuple) -> str:
    """What may be done about targets that a loss refuses.

    Args:
        loss: The loss.
        name: The name of the output, None for the only one.
        target: The shape of the targets.
        output: The shape of the output.

    Returns:
        A sentence, or nothing where the reason is unclear.
    """
    columns = target[-1] if len(target) == len(output) and target else 1
    text = _text(_kind(loss), target, output)
    which = f" {name!r}" if name else ""
    return text.format(name=which, output=output, classes=output[-1] if output else 0, columns=columns)


def _kind(loss: Any) -> str:
    """The name of a loss without underscores, in small letters."""
    function = getattr(loss, "fn", loss)
    name = getattr(function, "__name__", None) or type(function).__name__
    return name.replace("_", "").lower()


def _text(kind: str, target: tuple, output: tuple) -> str:
    of_one_column = len(output) > 1 and target in (output[:-1], (*output[:-1], 1))
    if "sparse" in kind and target == output:
        return _ONE_HOT
    if of_one_column and "categorical" in kind and "sparse" not in kind:
        return _CLASS_IDS
    if len(output) > max(2, len(target)):
        return _TOO_MANY_AXES
    if of_one_column and "binary" in kind:
        return _BINARY
    of_other_columns = target[:-1] == output[:-1] and target != output
    return _COLUMNS if (of_one_column or of_other_columns) and "sparse" not in kind else ""
