"""The data of one call: from the arguments of fit, evaluate, predict and train_on_batch to an iterator of batches."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np

from kerasnb import tree
from kerasnb.model.data.checks import (
    check_batch_size,
    check_class_weight,
    check_kind,
    check_lengths,
    check_shuffle,
    checked,
)
from kerasnb.model.data.iterators import (
    PARTS,
    ArrayBatches,
    Batches,
    Continued,
    IteratedBatches,
    Limited,
    WholeBatch,
    unpack,
)


class ArrayDataset:
    """Arrays in memory.

    Args:
        x: Inputs: anything that holds numbers, or a structure of such.
        y: Optional targets.
        sample_weight: Optional weights of the samples.
        class_weight: Optional dict of class ids to weights, which become weights of the samples.
        names: What the first three arguments are called in error messages.

    Raises:
        ValueError: If an argument holds no numbers, or the arguments do not fit each other.
    """

    def __init__(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None, names: tuple = PARTS
    ) -> None:
        self.names, self.class_weight = names, check_class_weight(class_weight)
        if x is None:
            raise ValueError(f"Argument `{names[0]}` must be given. Received: {names[0]}=None")
        arrays = {name: checked(value, name) for value, name in zip((x, y, sample_weight), names, strict=True)}
        self.count = check_lengths(**arrays)
        self.x, self.y, self.sample_weight = arrays.values()

    def split(self, fraction: float, validation: Dataset | None = None) -> tuple[Dataset, Dataset]:
        """The data to train on and the data to validate on: the last `fraction` of samples, where none is present.

        Raises:
            ValueError: If one of them would have no samples.
        """
        if validation is not None:
            return self, validation
        if not 0 < fraction < 1:
            raise ValueError(
                f"Argument `validation_split` must be between 0 and 1. Received: validation_split={fraction}"
            )
        at = int(np.floor(self.count * (1 - fraction)))
        if at in (0, self.count):
            raise ValueError(
                f"Training data contains {self.count} samples, which is not sufficient to split it into a validation "
                f"and training set as specified by `validation_split={fraction}`. Either provide more data, or a "
                "different value for the `validation_split` argument."
            )
        training, held_out = self._rows(slice(None, at)), self._rows(slice(at, None))
        held_out.class_weight = None  # the weights of classes are for training alone
        return training, held_out

    def _rows(self, rows: slice) -> ArrayDataset:
        part = copy.copy(self)
        part.x, part.y, part.sample_weight = (
            None if value is None else tree.map_structure(lambda array: array[rows], value)
            for value in (self.x, self.y, self.sample_weight)
        )
        part.count = len(tree.flatten(part.x)[0])
        return part

    @property
    def parts(self) -> tuple:
        """`(x, y, sample_weight)` up to the last part that is present; weights need targets."""
        if self.sample_weight is not None and self.class_weight is not None:
            raise ValueError("You cannot `class_weight` and `sample_weight` at the same time.")
        if self.sample_weight is not None and self.y is None:
            raise ValueError("Argument `sample_weight` needs targets `y`. Received: y=None")
        weights = self.sample_weight
        if self.class_weight is not None:
            weights = weights_of_classes(self.y, self.class_weight)
        return tuple(part for part in (self.x, self.y, weights) if part is not None)

    def batches(
        self, batch_size: Any = None, steps: int | None = None, shuffle: bool | str = False, resume: bool = False
    ) -> Batches:
        """The batches of every epoch.

        Args:
            batch_size: Integer; by default 32, or the size with which `steps` batches hold all samples.
            steps: Optional number of batches in an epoch.
            shuffle: Whether every epoch has its own order; `"batch"` shuffles whole batches.
            resume: Whether an epoch starts where the last one stopped, rather than at the first sample.
        """
        size = check_batch_size(batch_size) or (32 if steps is None else math.ceil(self.count / steps))
        batches = ArrayBatches(self.parts, size, check_shuffle(shuffle))
        if steps is None:
            return batches
        return Continued(batches, steps) if resume else Limited(batches, steps)

    def single_batch(self) -> WholeBatch:
        """All samples as one batch."""
        return WholeBatch(self.parts)


class IteratedDataset:
    """A generator, an iterable, or an object with `__len__` and `__getitem__`, which yields whole batches.

    Args:
        source: Yields `x`, `(x, y)` or `(x, y, sample_weight)`.
        y: Must be None, since the targets are in the batches.
        sample_weight: Must be None, for the same reason.
        class_weight: Optional dict of class ids to weights; generators do not support it.

    Raises:
        ValueError: If an argument is present that belongs in the batches.
    """

    def __init__(self, source: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None) -> None:
        self.source, self.class_weight = source, check_class_weight(class_weight)
        indexed = hasattr(source, "__getitem__") and hasattr(source, "__len__")
        kind = "PyDataset" if indexed else "generator"
        for name, value, what in (("y", y, "targets"), ("sample_weights", sample_weight, "sample weights")):
            if value is not None:
                raise ValueError(
                    f"When providing `x` as a {kind}, `{name}` should not be passed. Instead, the {what} should be "
                    f"included as part of the {kind}."
                )
        if class_weight is not None and not indexed:
            raise ValueError(
                "Argument `class_weight` is not supported for Python generator inputs. Received: class_weight="
                f"{self.class_weight}"
            )

    def split(self, fraction: float, validation: Dataset | None = None) -> tuple[Dataset, Dataset]:
        """Raises ValueError: batches of unknown number have no last fraction."""
        raise ValueError(
            "Argument `validation_split` is only supported for tensors or NumPy arrays. Found incompatible type in the "
            f"input: {type(self.source)}"
        )

    def batches(
        self, batch_size: Any = None, steps: int | None = None, shuffle: bool | str = False, resume: bool = False
    ) -> Batches:
        """The batches of every epoch, in the size and order in which they are yielded; see `ArrayDataset.batches`."""
        classes = self.class_weight
        weigh = None if classes is None else lambda y: weights_of_classes(y, classes)
        return IteratedBatches(self.source, steps, weigh, resume)


Dataset = ArrayDataset | IteratedDataset


def dataset(x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None) -> Dataset:
    """The data of a call: arrays, or something that yields batches."""
    check_kind(x, "x")
    return (IteratedDataset if _is_iterated(x) else ArrayDataset)(x, y, sample_weight, class_weight)


def validation_dataset(validation_data: Any) -> Dataset | None:
    """The argument `validation_data`: None, a tuple `(x, y)` or `(x, y, sample_weight)`, or what yields batches."""
    if validation_data is None:
        return None
    parts = validation_data
    if not isinstance(parts, (tuple, list)) or hasattr(parts, "__array__"):
        check_kind(parts, "validation_data")
        if _is_iterated(parts):
            return IteratedDataset(parts)
        parts = (parts,)
    if not 1 <= len(parts) <= 3:
        raise ValueError(
            f"Argument `validation_data` must be a tuple (x, y) or (x, y, sample_weight). Received: {len(parts)} parts"
        )
    x, y, sample_weight = unpack(tuple(parts))
    return ArrayDataset(x, y, sample_weight, names=tuple(f"validation_data[{i}]" for i in range(3)))


def weights_of_classes(y: Any, class_weight: dict) -> np.ndarray:
    """The weight of each sample from the weight of its class."""
    if tree.is_nested(y) or y is None:
        raise ValueError("`class_weight` is only supported for models with a single output.")
    ids = y.argmax(-1) if y.ndim > 1 and y.shape[-1] > 1 else np.round(y.reshape(len(y), -1)[:, 0])
    classes, places = np.unique(ids, return_inverse=True)
    return np.array([class_weight.get(int(c), 1.0) for c in classes], dtype="float32")[places.reshape(-1)]


def _is_iterated(x: Any) -> bool:
    """Whether `x` yields batches rather than being the data."""
    if hasattr(x, "__array__") or hasattr(x, "to_numpy") or isinstance(x, (list, tuple, dict, str, bytes, set)):
        return False
    return hasattr(x, "__next__") or hasattr(x, "__iter__") or (hasattr(x, "__getitem__") and hasattr(x, "__len__"))
