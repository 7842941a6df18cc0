"""From the arguments of fit, evaluate and predict to checked batches."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from kerasnb import losses, tree
from kerasnb.model.data.arrays import as_array
from kerasnb.model.data.checks import check_count, check_kind, check_labels, check_lengths, checked
from kerasnb.model.data.iterators import (
    PARTS,
    ArrayBatches,
    Continued,
    IteratedBatches,
    Limited,
    first_not_finite,
    is_iterated,
)
from kerasnb.model.training.compile import named


def unpack(data) -> tuple:
    """`(x, y, sample_weight)` of a batch; missing parts are None."""
    data = data if isinstance(data, tuple) else (data,)
    return (*data, None, None)[:3]


def _present(x, y, sample_weight) -> tuple:
    """The parts up to the last that is given; weights without targets cannot be."""
    if sample_weight is not None and y is None:
        raise ValueError("Argument `sample_weight` needs targets `y`. Received: y=None")
    return tuple(p for p in (x, y, sample_weight) if p is not None)


def for_fit(
    model, x, y, sample_weight, class_weight, batch_size, shuffle, validation_split, validation_data, steps_per_epoch,
    validation_steps, validation_batch_size,
):  # fmt: skip
    """The batches for training and for validation (or None)."""
    check_kind(x, "x")
    class_weight = _checked_class_weight(class_weight)
    steps, validation_steps = (
        check_count(v, n) for v, n in ((steps_per_epoch, "steps_per_epoch"), (validation_steps, "validation_steps"))
    )
    validation_batch_size = check_count(validation_batch_size, "validation_batch_size")
    if is_iterated(x):
        _check_alone(x, y, sample_weight, class_weight, validation_split)
        weigh = None if class_weight is None else lambda y: weights_of_classes(y, class_weight)
        training = IteratedBatches(x, steps, weigh, goes_on=True)
        return training, _validation(model, validation_data, validation_batch_size, validation_steps)
    x, y, sample_weight = arrays(x, y, sample_weight)
    check_given(model, y)
    weights = _weights(y, sample_weight, class_weight)
    check_targets(model, y, x=x)
    if validation_split and validation_data is None:
        validation_data = split((x, y, sample_weight), validation_split)[1]  # which no weights of classes belong to
        x, y, weights = split((x, y, weights), validation_split)[0]
    sample_weight = weights
    size = _batch_size(batch_size, _count(x), steps)
    training = ArrayBatches(_present(x, y, sample_weight), size, _order(shuffle))
    if steps is not None:
        training = Continued(training, steps)
    return training, _validation(model, validation_data, validation_batch_size or batch_size, validation_steps)


def _check_alone(x, y, sample_weight, class_weight, validation_split) -> None:
    """Raises ValueError where something is given beside batches that has to be in them."""
    indexed = hasattr(x, "__getitem__") and hasattr(x, "__len__")
    kind = "PyDataset" if indexed else "generator"
    for name, value, what in (("y", y, "the targets"), ("sample_weights", sample_weight, "the sample weights")):
        if value is not None:
            raise ValueError(
                f"When providing `x` as a {kind}, `{name}` should not be passed. Instead, {what} should be included as "
                f"part of the {kind}."
            )
    if class_weight is not None and not indexed:
        raise ValueError(
            f"Argument `class_weight` is not supported for Python generator inputs. Received: class_weight="
            f"{class_weight}"
        )
    if validation_split:
        raise ValueError(
            "Argument `validation_split` is only supported for tensors or NumPy arrays. Found incompatible type in the "
            f"input: {type(x)}"
        )


def _order(shuffle):
    if isinstance(shuffle, str) and shuffle != "batch":
        raise ValueError(f'Argument `shuffle` must be a boolean or "batch". Received: shuffle={shuffle!r}')
    return shuffle


def _batch_size(given, count: int, steps: int | None) -> int:
    """The size of batches: by default that of which so many steps go through the data, or 32."""
    if given is None:
        return 32 if steps is None else math.ceil(count / steps)
    if isinstance(given, bool) or not isinstance(given, (int, np.integer)) or given < 1:
        raise ValueError(f"Argument `batch_size` must be a positive integer. Received: batch_size={given}")
    return int(given)


def _count(x) -> int:
    return len(tree.flatten(x)[0])


def check_given(model, y, name: str = "y") -> None:
    """Raises ValueError where the compiled loss needs targets that are not there."""
    names, trainer = ("train_step", "compute_loss"), "kerasnb.model.training.trainer"
    own = (getattr(type(model), name).__module__ == trainer for name in names)
    if y is None and model._compile_loss is not None and all(own):
        raise ValueError(
            f"Targets `{name}` must be given, since the model was compiled with loss={named(model.loss)}. "
            f"Received: {name}=None"
        )


def arrays(x, y, sample_weight, names: tuple = PARTS) -> tuple:
    """The arguments as checked arrays of one length."""
    if x is None:
        raise ValueError(f"Argument `{names[0]}` must be given. Received: {names[0]}=None")
    made = tuple(checked(v, n) for v, n in zip((x, y, sample_weight), names, strict=True))
    check_lengths(**dict(zip(names, made, strict=True)))
    return made


def _validation(model, given, batch_size, steps):
    if given is None:
        return None
    if not isinstance(given, (tuple, list)) or hasattr(given, "__array__"):
        check_kind(given, "validation_data")
        if is_iterated(given):
            return IteratedBatches(given, steps)
        given = (given,)
    if not 1 <= len(given) <= 3:
        raise ValueError(
            f"Argument `validation_data` must be a tuple (x, y) or (x, y, sample_weight). Received: {len(given)} parts"
        )
    x, y, sample_weight = arrays(*unpack(tuple(given)), tuple(f"validation_data[{i}]" for i in range(3)))
    check_given(model, y, "validation_data[1]")
    check_targets(model, y, "validation_data[1]", x)
    made = ArrayBatches(_present(x, y, sample_weight), _batch_size(batch_size, _count(x), steps))
    return made if steps is None else Limited(made, steps)


def split(parts: tuple, fraction: float) -> tuple:
    """The data before and after the last `fraction` of samples."""
    if not 0 < fraction < 1:
        raise ValueError(f"Argument `validation_split` must be between 0 and 1. Received: validation_split={fraction}")
    count = _count(parts[0])
    at = int(np.floor(count * (1 - fraction)))
    if at in (0, count):
        raise ValueError(
            f"Training data contains {count} samples, which is not sufficient to split it into a validation and "
            f"training set as specified by `validation_split={fraction}`. Either provide more data, or a different "
            "value for the `validation_split` argument."
        )

    def part(rows):
        return tuple(None if p is None else tree.map_structure(lambda a: a[rows], p) for p in parts)

    return part(slice(None, at)), tuple(p for p in part(slice(at, None)) if p is not None)


def _weights(y, sample_weight, class_weight):
    """The weights of the samples, given or made of those of their classes."""
    if class_weight is None:
        return sample_weight
    if sample_weight is not None:
        raise ValueError("You cannot `class_weight` and `sample_weight` at the same time.")
    return weights_of_classes(y, class_weight)


def _checked_class_weight(class_weight) -> dict | None:
    """Class weights as a dict of integers to floats."""
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


def weights_of_classes(y, class_weight: dict) -> np.ndarray:
    """The weight of each sample from the weight of its class."""
    if tree.is_nested(y) or y is None:
        raise ValueError("`class_weight` is only supported for models with a single output.")
    ids = y.argmax(-1) if y.ndim > 1 and y.shape[-1] > 1 else np.round(y.reshape(len(y), -1)[:, 0])
    classes, places = np.unique(ids, return_inverse=True)
    return np.array([class_weight.get(int(c), 1.0) for c in classes], dtype="float32")[places.reshape(-1)]


def check_targets(model, y, name: str = "y", x=None) -> None:
    """Checks class ids against the model's outputs where the loss takes class ids.

    Args:
        model: The model.
        y: Targets: an array, or a structure of them, which is not checked.
        name: String, the name of the argument.
        x: Inputs, whose shape shows the outputs of a model that is not built yet.
    """
    if y is None or tree.is_nested(y):
        return
    loss = model.loss
    sparse = losses.SparseCategoricalCrossentropy
    named = loss in ("sparse_categorical_crossentropy", losses.sparse_categorical_crossentropy)
    if not named and not isinstance(loss, sparse):
        return
    outputs = _classes(model, x)
    if outputs is not None:
        ignored = getattr(loss, "ignore_class", None)
        check_labels(y, outputs, name, ignored)


def _classes(model, x) -> int | None:
    """The extent of the last axis of the model's output, where it is known."""
    try:
        shape = model.output_shape
    except (AttributeError, ValueError):
        extents = model._compile_loss.extents  # what the first batch showed
        if extents:
            return extents[0] if len(extents) == 1 else None
        shape = None if x is None or tree.is_nested(x) else _shape_for(model, x)
    return shape[-1] if isinstance(shape, tuple) and shape else None


def _shape_for(model, x):
    """The shape of what a model that is not built yet makes of the inputs, or None."""
    try:
        return model.compute_output_shape((None, *x.shape[1:]))
    except Exception:  # a model that cannot be called on them says so when it is called
        return None


def cause_in_data(model, batches) -> str | None:
    """Why the loss may be NaN or infinite: numbers that are not finite, or class ids that have no output."""
    parts = batches.parts
    found = first_not_finite(parts)
    if found:
        return f"the data holds {found}"
    try:
        check_targets(model, parts[1] if len(parts) > 1 else None)
    except ValueError as problem:
        text = str(problem)
        return text[:1].lower() + text[1:]
    return None


def for_evaluate(model, x, y, sample_weight, batch_size, steps):
    """The batches for evaluation."""
    check_kind(x, "x")
    steps = check_count(steps, "steps")
    if is_iterated(x):
        _check_alone(x, y, sample_weight, None, None)
        return IteratedBatches(x, steps)
    x, y, sample_weight = arrays(x, y, sample_weight)
    check_given(model, y)
    check_targets(model, y, x=x)
    made = ArrayBatches(_present(x, y, sample_weight), _batch_size(batch_size, _count(x), steps))
    return made if steps is None else Limited(made, steps)


def for_predict(x, batch_size, steps):
    """The batches for prediction."""
    check_kind(x, "x")
    steps = check_count(steps, "steps")
    if is_iterated(x):
        return IteratedBatches(x, steps)
    x = arrays(x, None, None)[0]
    made = ArrayBatches((x,), _batch_size(batch_size, _count(x), steps))
    return made if steps is None else Limited(made, steps)


def for_one_batch(model, x, y, sample_weight, class_weight=None) -> tuple:
    """The parts of one batch."""
    check_kind(x, "x")
    x, y, sample_weight = arrays(x, y, sample_weight)
    check_given(model, y)
    sample_weight = _weights(y, sample_weight, _checked_class_weight(class_weight))
    check_targets(model, y, x=x)
    return _present(x, y, sample_weight)


__all__ = ["as_array", "for_evaluate", "for_fit", "for_one_batch", "for_predict", "unpack"]
