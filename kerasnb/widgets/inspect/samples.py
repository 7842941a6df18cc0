"""The data that a tool shows: one sample or many, one input or several."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasnb import tree
from kerasnb.widgets.inspect.tap import array
from kerasnb.widgets.kit import data


class Samples:
    """The inputs of a model, each with an axis of samples in front.

    Args:
        model: A model.
        x: One sample or a batch: an array, or a list, tuple or dict of arrays, as `model.predict` takes it.

    Raises:
        ValueError: If `x` does not fit the inputs of the model.
    """

    def __init__(self, model: Any, x: Any) -> None:
        data.a_model(model)
        data.check(x, "x")
        x = in_order(model, x)
        self.structure = tree.map_structure(np.asarray, x) if isinstance(x, (dict, tuple)) else x
        shapes = input_shapes(model)
        arrays = self._split(x, 1 if shapes is None else len(shapes))
        if not all(a.ndim for a in arrays):
            raise ValueError(f"Argument `x` must be an array of samples. Received: {x!r}")
        self.names = _names(model, x, len(arrays))
        self.is_one = shapes is not None and fits(arrays[0].shape, shapes[0][1:])
        for position, found in enumerate(arrays):
            _check(found, None if shapes is None else shapes[position], self.is_one, self.names[position])
        self.arrays = [a[None] for a in arrays] if self.is_one else arrays
        self.count = len(self.arrays[0])
        counts = {len(a) for a in self.arrays}
        if len(counts) > 1 or not self.count:
            raise ValueError(f"Argument `x` must have as many samples for each input. Received: {sorted(counts)}")

    def _split(self, x: Any, inputs: int) -> list[np.ndarray]:
        """The inputs as a list of arrays."""
        if isinstance(x, dict):
            self.keys: list | None = list(x)
            return [array(v) for v in x.values()]
        self.keys = None
        if inputs > 1 and isinstance(x, (list, tuple)):
            if len(x) != inputs:
                raise ValueError(f"Argument `x` must have {inputs} inputs, as the model. Received {len(x)}")
            return [array(v) for v in x]
        return [array(x) if not isinstance(x, list) else data.array(x, "x")]

    def take(self, chosen: Any) -> Any:
        """The inputs of some samples, as the model takes them.

        Args:
            chosen: A slice or an array of indices.
        """
        return self.like([a[chosen] for a in self.arrays])

    def like(self, arrays: list) -> Any:
        """A list of inputs in the structure of `x`."""
        if self.keys is not None:
            return dict(zip(self.keys, arrays, strict=True))
        return arrays if len(arrays) > 1 else arrays[0]


def in_order(model: Any, x: Any) -> Any:
    """A dict of inputs in the order in which the model has them, without others; what is no dict as it was given."""
    names = model._input_names() if isinstance(x, dict) and hasattr(model, "_input_names") else []
    return {name: x[name] for name in names} if names and all(name in x for name in names) else x


def input_shapes(model: Any) -> list[tuple] | None:
    """The shapes of a model's inputs, or None where it does not know them."""
    inputs = getattr(model, "inputs", None)
    return [tuple(i.shape) for i in inputs] if inputs else None


def fits(shape: tuple, expected: tuple) -> bool:
    """Whether an array has the shape of one sample; a last axis of 1 may be missing."""
    if len(shape) == len(expected) - 1 and expected[-1] == 1:
        expected = expected[:-1]
    return len(shape) == len(expected) and all(e in (None, s) for s, e in zip(shape, expected, strict=True))


def _check(found: np.ndarray, shape: tuple | None, is_one: bool, name: str) -> None:
    if shape is None:
        return
    if not fits(found.shape if is_one else found.shape[1:], shape[1:]) or (not is_one and not found.ndim):
        one = ", ".join("any" if n is None else str(n) for n in shape[1:])
        raise ValueError(
            f"Argument `x` must be one sample of shape ({one}) or a batch of shape (samples, {one}) for {name}. "
            f"Received an array of shape {found.shape}"
        )


def _names(model: Any, x: Any, count: int) -> list[str]:
    if isinstance(x, dict):
        return [str(k) for k in x]
    given = getattr(model, "inputs", None) or []
    if count == 1 or len(given) != count:
        return ["input"] if count == 1 else [f"input {i}" for i in range(count)]
    return [str(i._keras_history.operation.name) for i in given]


def class_labels(y: Any, samples: int, classes: int) -> np.ndarray:
    """Labels as whole numbers.

    Args:
        y: Whole numbers, one-hot vectors, or one of them for one sample.
        samples: Integer, how many there must be.
        classes: Integer, how many classes there are.

    Raises:
        ValueError: If there is another number of labels, or one is no class.
    """
    data.numbered(y)
    given = np.asarray(y if isinstance(y, (list, int)) else array(y))
    if samples == 1 and given.ndim == 0:
        given = given[None]
    if samples == 1 and given.shape == (classes,) and classes > 1:
        given = given[None]
    if given.ndim == 2 and given.shape[1] == 1:
        given = given[:, 0]
    if given.ndim == 2 and given.shape[1] == classes:
        given = given.argmax(-1)
    if given.shape != (samples,):
        raise ValueError(
            f"Argument `y` must have {samples:,} labels, whole numbers or one-hot vectors of {classes} classes. "
            f"Received an array of shape {given.shape}"
        )
    with np.errstate(invalid="ignore"):  # NaN is no label, as the next line says
        whole = given.astype(np.int64)
    if (whole != given).any() or whole.min() < 0 or whole.max() >= classes:
        wrong = given[(whole != given) | (whole < 0) | (whole >= classes)][0]
        raise ValueError(f"Argument `y` must have labels from 0 to {classes - 1}. Received: {wrong}")
    return whole


def class_names(labels: Any, classes: int) -> list[str]:
    """The names of the classes.

    Args:
        labels: Optional sequence of names.
        classes: Integer, how many there must be.

    Raises:
        ValueError: If there are not as many names as classes.
    """
    names = [str(n) for n in range(classes)] if labels is None else data.texts(labels, "labels")
    if len(names) != classes:
        raise ValueError(f"Argument `labels` must have {classes} names, one for each class. Received {len(names)}")
    return names
