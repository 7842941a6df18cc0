"""Checks of data against a model, before it computes anything: of class ids, and of the ids of embeddings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from kerasnb import losses, tree
from kerasnb.model.data.checks import check_ids, check_labels
from kerasnb.model.data.dataset import ArrayDataset, Dataset
from kerasnb.model.data.iterators import Batches, first_not_finite
from kerasnb.model.training.compile import named


def check_data(model: Any, data: Dataset | None) -> None:
    """Checks ids of inputs, that targets are present where the loss needs them, and that class ids have outputs.

    Args:
        model: The compiled model.
        data: The data of a call; only arrays are checked.

    Raises:
        ValueError: If targets are missing, or targets or ids are out of range, naming the argument.
    """
    if not isinstance(data, ArrayDataset):
        return
    check_inputs(model, data.x, data.names[0])
    name = data.names[1]
    if data.y is None and model._compile_loss is not None and _computes_compiled_loss(model):
        raise ValueError(
            f"Targets `{name}` must be given, since the model was compiled with loss={named(model.loss)}. "
            f"Received: {name}=None"
        )
    _check_class_ids(model, data.y, name, data.x)


def check_inputs(model: Any, x: Any, name: str = "x") -> None:
    """Checks the ids that an input of the model has for an embedding.

    Recorded steps look at no values, so an id out of range would only show as NaN.

    Args:
        model: The model; one with steps of its own may change the inputs first, and is not checked.
        x: Array, or a structure of arrays.
        name: Name of the argument, for errors.

    Raises:
        ValueError: If an id has no vector, naming the layer and the place.
    """
    layers = list(embeddings_of_inputs(model))
    if not layers or not are_inherited(model, "train_step", "test_step", "predict_step"):
        return
    paths = [path for path, _ in tree.flatten_with_path(x)]
    places = tree.pack_sequence_as(x, [name + "".join(f"[{key!r}]" for key in path) for path in paths])
    arrays, names = (model._ordered(v) if hasattr(model, "_ordered") else tree.flatten(v) for v in (x, places))
    for position, layer in layers:
        if position < len(arrays):
            check_ids(arrays[position], layer.input_dim, layer.name, names[position])


def embeddings_of_inputs(operation: Any) -> Iterable[tuple[int, Any]]:
    """The embeddings among the layers of an operation that get its arguments as they are, and of which argument."""
    method = getattr(operation, "embeddings_of_inputs", None)
    return method() if method else ()


def cause_in_data(model: Any, batches: Batches) -> str | None:
    """Why the loss may be NaN or infinite: numbers that are not finite, or class ids that have no output."""
    place = first_not_finite(batches.parts)
    if place:
        return f"the data holds {place}"
    try:
        check_inputs(model, batches.parts[0])
        _check_class_ids(model, batches.parts[1] if len(batches.parts) > 1 else None, "y")
    except ValueError as problem:
        text = str(problem)
        return text[:1].lower() + text[1:]
    return None


def _computes_compiled_loss(model: Any) -> bool:
    """Whether the step and the loss are those of `Trainer`: others may need no targets."""
    return are_inherited(model, "train_step", "compute_loss")


def are_inherited(model: Any, *names: str) -> bool:
    """Whether methods of a model are those of `Trainer`."""
    return all(getattr(type(model), name).__module__ == "kerasnb.model.training.trainer" for name in names)


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
