"""From the arguments of fit, evaluate and predict to checked batches."""

from __future__ import annotations

import itertools

import numpy as np

from kerasnb import losses, tree
from kerasnb.model.batches import ArrayBatches, IteratedBatches, as_array, is_iterated
from kerasnb.model.checks import check_labels, check_lengths, checked


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
    if is_iterated(x):
        if y is not None or validation_split:
            raise ValueError(
                "`y` and `validation_split` are only supported with arrays. Received: x that yields batches"
            )
        training = IteratedBatches(x, steps_per_epoch)
        return training, _validation(model, validation_data, validation_batch_size or 32, validation_steps)
    x, y, sample_weight = arrays(x, y, sample_weight)
    sample_weight = _weights(y, sample_weight, class_weight)
    check_targets(model, y)
    if validation_split and validation_data is None:
        (x, y, sample_weight), validation_data = split((x, y, sample_weight), validation_split)
    batch_size = _batch_size(batch_size)
    training = ArrayBatches(_present(x, y, sample_weight), batch_size, shuffle)
    if steps_per_epoch is not None:
        training = Continued(training, steps_per_epoch)
    return training, _validation(model, validation_data, validation_batch_size or batch_size, validation_steps)


class Limited:
    """The first batches of each epoch."""

    def __init__(self, batches, steps: int):
        self.batches, self.steps = batches, min(steps, batches.steps)
        self.batch_size, self.count = batches.batch_size, batches.count

    def epoch(self):
        """Yields the batches of one epoch."""
        for _, batch in zip(range(self.steps), self.batches.epoch(), strict=False):
            yield batch


class Continued(Limited):
    """So many batches in each epoch, which goes on where the last one stopped."""

    def __init__(self, batches, steps: int):
        super().__init__(batches, steps)
        self.running = iter(())

    def epoch(self):
        """Yields the batches of one epoch; the last one before the data starts anew may be shorter."""
        first = next(self.running, None)
        if first is None:
            self.running = self.batches.epoch()
            first = next(self.running)
        yield first
        yield from itertools.islice(self.running, self.steps - 1)


def _batch_size(given) -> int:
    if given is None:
        return 32
    if isinstance(given, bool) or not isinstance(given, (int, np.integer)) or given < 1:
        raise ValueError(f"Argument `batch_size` must be a positive integer. Received: batch_size={given}")
    return int(given)


def arrays(x, y, sample_weight, prefix: str = "{}") -> tuple:
    """The arguments as checked arrays of one length."""
    names = [prefix.format(n) for n in ("x", "y", "sample_weight")]
    if x is None:
        raise ValueError(f"Argument `{names[0]}` must be given. Received: {names[0]}=None")
    x, y, sample_weight = (checked(v, n) for v, n in zip((x, y, sample_weight), names, strict=True))
    check_lengths(x=x, y=y, sample_weight=sample_weight)
    return x, y, sample_weight


def _validation(model, given, batch_size, steps):
    if given is None:
        return None
    if not isinstance(given, (tuple, list)) or hasattr(given, "__array__"):
        if is_iterated(given):
            return IteratedBatches(given, steps)
        given = (given,)
    if not 1 <= len(given) <= 3:
        raise ValueError(
            f"Argument `validation_data` must be a tuple (x, y) or (x, y, sample_weight). Received: {len(given)} parts"
        )
    x, y, sample_weight = arrays(*unpack(tuple(given)))
    check_targets(model, y, "validation_data[1]")
    made = ArrayBatches(_present(x, y, sample_weight), _batch_size(batch_size))
    return made if steps is None else Limited(made, steps)


def split(parts: tuple, fraction: float) -> tuple:
    """The data before and after the last `fraction` of samples."""
    if not 0 < fraction < 1:
        raise ValueError(f"Argument `validation_split` must be between 0 and 1. Received: validation_split={fraction}")
    count = len(tree.flatten(parts[0])[0])
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


def weights_of_classes(y, class_weight: dict) -> np.ndarray:
    """The weight of each sample from the weight of its class."""
    if tree.is_nested(y) or y is None:
        raise ValueError("`class_weight` is only supported for models with a single output.")
    ids = y.argmax(-1) if y.ndim > 1 and y.shape[-1] > 1 else y.reshape(len(y), -1)[:, 0]
    known = {int(k): float(v) for k, v in class_weight.items()}
    return np.array([known.get(int(c), 1.0) for c in ids], dtype="float32")


def check_targets(model, y, name: str = "y") -> None:
    """Checks class ids against the model's outputs where the loss takes class ids."""
    if y is None or tree.is_nested(y):
        return
    loss = model.loss
    sparse = losses.SparseCategoricalCrossentropy
    named = loss in ("sparse_categorical_crossentropy", losses.sparse_categorical_crossentropy)
    if not named and not isinstance(loss, sparse):
        return
    outputs = _classes(model)
    if outputs is not None:
        ignored = getattr(loss, "ignore_class", None)
        check_labels(y, outputs, name, ignored)


def _classes(model) -> int | None:
    """The extent of the last axis of the model's output, where it is known."""
    try:
        shape = model.output_shape
    except (AttributeError, ValueError):
        return None
    return shape[-1] if isinstance(shape, tuple) and shape else None


def for_evaluate(model, x, y, sample_weight, batch_size, steps):
    """The batches for evaluation."""
    if is_iterated(x):
        return IteratedBatches(x, steps)
    x, y, sample_weight = arrays(x, y, sample_weight)
    check_targets(model, y)
    made = ArrayBatches(_present(x, y, sample_weight), _batch_size(batch_size))
    return made if steps is None else Limited(made, steps)


def for_predict(x, batch_size, steps):
    """The batches for prediction."""
    if is_iterated(x):
        return IteratedBatches(x, steps)
    made = ArrayBatches((checked(x, "x"),), _batch_size(batch_size))
    return made if steps is None else Limited(made, steps)


def for_one_batch(model, x, y, sample_weight, class_weight=None) -> tuple:
    """The parts of one batch."""
    x, y, sample_weight = arrays(x, y, sample_weight)
    sample_weight = _weights(y, sample_weight, class_weight)
    check_targets(model, y)
    return _present(x, y, sample_weight)


__all__ = ["as_array", "for_evaluate", "for_fit", "for_one_batch", "for_predict", "unpack"]
