"""Checks of targets against a model, before it computes anything: whether they are present, and their class ids."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasnb import losses, tree
from kerasnb.model.data.checks import check_labels
from kerasnb.model.data.dataset import ArrayDataset, Dataset
from kerasnb.model.data.iterators import Batches, first_not_finite
from kerasnb.model.training.compile import named


def check_targets(model: Any, data: Dataset | None) -> None:
    """Checks that targets are present where the loss needs them, and that their class ids have outputs.

    Args:
        model: The compiled model.
        data: The data of a call; only arrays are checked.

    Raises:
        ValueError: If targets are missing or out of range, naming the argument.
    """
    if not isinstance(data, ArrayDataset):
        return
    name = data.names[1]
    if data.y is None and model._compile_loss is not None and _computes_compiled_loss(model):
        raise ValueError(
            f"Targets `{name}` must be given, since the model was compiled with loss={named(model.loss)}. "
            f"Received: {name}=None"
        )
    _check_class_ids(model, data.y, name, data.x)


def cause_in_data(model: Any, batches: Batches) -> str | None:
    """Why the loss may be NaN or infinite: numbers that are not finite, or class ids that have no output."""
    place = first_not_finite(batches.parts)
    if place:
        return f"the data holds {place}"
    try:
        _check_class_ids(model, batches.parts[1] if len(batches.parts) > 1 else None, "y")
    except ValueError as problem:
        text = str(problem)
        return text[:1].lower() + text[1:]
    return None


def _computes_compiled_loss(model: Any) -> bool:
    """Whether the step and the loss are those of `Trainer`: others may need no targets."""
    trainer = "kerasnb.model.training.trainer"
    return all(getattr(type(model), name).__module__ == trainer for name in ("train_step", "compute_loss"))


def is_sparse(loss: Any) -> bool:
    """Whether a loss takes class ids."""
    by_name = loss in ("sparse_categorical_crossentropy", losses.sparse_categorical_crossentropy)
    return by_name or isinstance(loss, losses.SparseCategoricalCrossentropy)


def _check_class_ids(model: Any, y: np.ndarray | None, name: str, x: Any = None) -> None:
    """Checks class ids against the number of the model's outputs, which `x` shows where it is not built yet."""
    if y is None or tree.is_nested(y) or not is_sparse(model.loss):
        return
    classes = _classes(model, x)
    if classes is not None:
        check_labels(y, classes, name, getattr(model.loss, "ignore_class", None))


def _classes(model: Any, x: Any) -> int | None:
    """The extent of the last axis of the model's output, where it is known."""
    try:
        shape = model.output_shape
    except (AttributeError, ValueError):
        extents = model._compile_loss.extents  # those of the first batch
        if extents:
            return extents[0] if len(extents) == 1 else None
        shape = None if x is None or tree.is_nested(x) else _output_shape(model, x)
    return shape[-1] if isinstance(shape, tuple) and shape else None


def _output_shape(model: Any, x: np.ndarray) -> Any:
    """The shape of the outputs of a model that is not built yet, or None."""
    try:
        return model.compute_output_shape((None, *x.shape[1:]))
    except Exception:  # a model that cannot be called on such inputs raises an error when it is called
        return None
