"""A map of what a layer has learned: each sample is a point, near to those that the layer finds alike."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from kerasnb import ops
from kerasnb.widgets.inspect import tap
from kerasnb.widgets.inspect.answers import Answers
from kerasnb.widgets.inspect.peek import plain
from kerasnb.widgets.inspect.samples import Samples, class_labels, class_names
from kerasnb.widgets.inspect.tap import array
from kerasnb.widgets.kit import data
from kerasnb.widgets.kit.tool import Tool
from kerasnb.widgets.kit.words import number, short
from kerasnb.widgets.predict import spaced
from kerasnb.widgets.predict.things import Things

MOST, BATCH, CLASSES = 2000, 256, 12  # points on the map, samples of a run, classes with a mark of their own

EXACT, BLOCK, ROUNDS = 64, 16, 60  # outputs that are decomposed at once; else the columns, and the products at most
MOST_CLASSES, RANGES = 10_000, 5  # numbers beyond this are no classes; the ranges that they are shown in


class Space(Tool):
    """The tool behind `kw.space`."""

    name: ClassVar[str] = "Space"
    scripts: ClassVar[tuple[str, ...]] = ("predict/js/things.js", "predict/js/space.js")
    sheets: ClassVar[tuple[str, ...]] = ("predict/js/space.css",)

    def __init__(
        self, model: Any, x: Any, y: Any = None, layer: Any = None, labels: Sequence[str] | None = None,
        samples: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.model, given = model, Samples(model, x)
        if given.is_one or given.count < 3:
            raise ValueError(f"Argument `x` must have 3 samples at least. Received {given.count}")
        self.total = given.count
        self.chosen = np.linspace(0, given.count - 1, min(given.count, MOST)).round().astype(int)
        self.layer, self.vectors = _vectors(model, given, self.chosen, layer)
        self.points, self.spread = projected(self.vectors)
        self.things = Things(x, samples)
        self._label(y, labels)

    def _label(self, y: Any, labels: Sequence[str] | None) -> None:
        self.given = self.classes = self.amounts = None
        self.names: list[str] = []
        if y is None:
            return
        data.check(y, "y")
        data.numbered(y)
        given = np.asarray(y if isinstance(y, (list, tuple)) else array(y))
        if labels is None and _is_of_values(given, self.total):
            self.amounts = given.reshape(self.total).astype(float)
            self.given, self.names = _ranges(self.amounts)
            self.classes = self.given[self.chosen]
            return
        if given.dtype.kind == "f" and not np.isfinite(given).all():
            raise ValueError(f"Argument `y` must be finite. Received: {given[~np.isfinite(given)][0]}")
        if given.size and given.min() < 0:
            raise ValueError(
                f"Argument `y` must have labels from 0. Received: {given.min()}. "
                "`names, y = np.unique(y, return_inverse=True)` numbers them"
            )
        count_ = given.shape[1] if given.ndim == 2 and given.shape[1] > 1 else int(given.max(initial=0)) + 1
        count_ = len(labels) if labels is not None else count_
        self.names = class_names(labels, count_)
        self.given = class_labels(y, self.total, count_)
        self.classes = self.given[self.chosen]

    @property
    def is_direct(self) -> bool:
        """Whether the layer has two or three outputs, which are the map as they are."""
        return self.vectors.shape[1] <= 3

    def words(self) -> str:
        """What the axes of the map are."""
        size = self.vectors.shape[1]
        if self.is_direct:
            what, are = ("output", "it is") if size == 1 else (f"{size} outputs", "they are")
            return f"the {what} of {self.layer} as {are}"
        part = 100 * self.spread[: self.points.shape[1]].sum()
        axes = self.points.shape[1]
        return f"{size} outputs of {self.layer}, projected onto {axes} directions with {part:.0f} % of the spread"

    def legend(self) -> list[dict]:
        """The classes on the map, each with its mark and how many there are; the rest shares one mark."""
        if self.classes is None:
            return []
        seen, sizes = np.unique(self.classes, return_counts=True)
        order = seen if len(seen) <= CLASSES else np.sort(seen[np.argsort(-sizes, kind="stable")[: CLASSES - 1]])
        made = [{"name": self.names[c], "class": int(c), "count": int((self.classes == c).sum())} for c in order]
        if len(order) < len(seen):
            rest = int(len(self.classes) - sum(m["count"] for m in made))
            made.append({"name": f"{len(seen) - len(order)} others", "class": -1, "count": rest})
        return made

    def marks(self) -> list[int]:
        """Which entry of the legend each point has."""
        if self.classes is None:
            return [0] * len(self.points)
        places = {entry["class"]: i for i, entry in enumerate(self.legend())}
        return [places.get(int(c), len(places) - 1) for c in self.classes]

    def state(self) -> dict:
        """The points between -1 and 1, their marks, the legend."""
        return plain({
            "model": self.model.name, "layer": self.layer, "words": self.words(), "total": self.total,
            "points": np.round(self.points, 4).tolist(), "marks": self.marks(), "legend": self.legend(),
            "ids": self.chosen.tolist(), "layers": [name for name, _ in _layers(self.model)],
        })  # fmt: skip

    def on_point(self, message: dict, buffers: list) -> dict:
        """A sample, and the three that are nearest to it in the space of the layer, not on the map."""
        place = data.whole(message, "point")
        if not 0 <= place < len(self.points):
            raise ValueError(f"There is no point {place}")
        away = np.linalg.norm(self.vectors - self.vectors[place], axis=1)
        near = [int(i) for i in np.argsort(away, kind="stable") if i != place][:3]
        return {"this": self._fact(place), "near": [self._fact(i) for i in near]}

    def _fact(self, place: int) -> dict:
        sample = int(self.chosen[place])
        label = "" if self.classes is None else self.names[int(self.classes[place])]
        label = label if self.amounts is None else number(float(self.amounts[sample]))
        return {"sample": sample, "label": label, "thing": self.things.one(sample)}

    def html(self) -> str:
        """The static picture."""
        return spaced.html(self)

    def text(self) -> str:
        """The same as text."""
        return spaced.text(self)


def _is_of_values(y: np.ndarray, samples: int) -> bool:
    """Whether the targets are measured, not counted: then a colour stands for a range."""
    if y.dtype.kind not in "iuf" or y.size != samples or not np.isfinite(y).all():
        return False
    return bool((y != np.round(y)).any() or np.abs(y).max(initial=0) >= MOST_CLASSES)


def _ranges(values: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """The number of the range of each value, and what the ranges are called."""
    edges = np.linspace(values.min(), values.max(), RANGES + 1)
    names = [f"{short(float(a))} to {short(float(b))}" for a, b in itertools.pairwise(edges)]
    return np.clip(np.searchsorted(edges, values, "right") - 1, 0, RANGES - 1), names


def _layers(model: Any) -> list[tuple[str, Any]]:
    return [(layer.name, layer) for layer in model.layers if type(layer).__name__ != "InputLayer"]


def _vectors(model: Any, samples: Samples, chosen: np.ndarray, layer: Any) -> tuple[str, np.ndarray]:
    """The outputs of a layer for the samples, one row for each.

    Raises:
        ValueError: If the model does not have the layer, or it was not called.
    """
    parts, wanted = [], None
    for start in range(0, len(chosen), BATCH):
        given = [ops.convert_to_tensor(a[chosen[start : start + BATCH]]) for a in samples.arrays]
        calls, outputs = tap.run(model, samples.like(given))
        wanted = wanted or _wanted(model, calls, outputs, layer)
        call = next(c for c in calls if c.name == wanted)
        parts.append(array(call.outputs[0]))
    vectors = np.concatenate(parts).astype(float)
    return str(wanted), vectors.reshape(len(vectors), -1)


def _wanted(model: Any, calls: list, outputs: list, layer: Any) -> str:
    """The name of the layer: as given, else the output of an encoder, or what the answer is made from."""
    names = [c.name for c in calls]
    if layer is not None:
        name = layer if isinstance(layer, str) else getattr(layer, "name", str(layer))
        if name not in names:
            raise ValueError(f"Argument `layer` must be one of {', '.join(dict.fromkeys(names))}. Received: {name}")
        return name
    last = array(outputs[0])
    is_answer = last.ndim == 2 and (last.shape[1] == 1 or Answers(model, last).is_of_classes)
    outer = [c.name for c in calls if c.depth == 0]
    vectors = [c.name for c in calls if c.depth == 0 and array(c.outputs[0]).ndim == 2]
    if is_answer and len(vectors) > 1:
        return vectors[-2]
    return outer[-1]


def projected(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points on a map, scaled into -1 to 1 with one scale for all axes.

    Args:
        vectors: Array of shape (samples, size): two or three columns are taken as they are, more are projected onto
            the directions of their largest spread.

    Returns:
        Tuple of the points, of two or three columns, and the part of the spread along each of their axes.

    Example:

    >>> from kerasnb.widgets.predict.space import projected
    >>> projected(np.array([[0.0, 0.0], [4.0, 2.0], [2.0, 1.0]]))[0]
    array([[-1. , -0.5],
           [ 1. ,  0.5],
           [ 0. ,  0. ]])
    """
    clean = np.nan_to_num(vectors, posinf=0.0, neginf=0.0)
    size = clean.shape[1]
    if size == 1:
        points, spread = np.concatenate([clean, np.zeros_like(clean)], 1), np.ones(1)
    elif size <= 3:
        points, spread = clean, np.ones(size) / size
    else:
        centred = clean - clean.mean(0)
        right = _directions(centred)
        signs = np.sign(right[np.abs(right).argmax(0), np.arange(right.shape[1])])  # which way is up does not change
        points = centred @ (right * np.where(signs == 0, 1, signs))
        spread = (points**2).sum(0) / ((centred**2).sum() or 1.0)
    middle = (points.max(0) + points.min(0)) / 2
    return (points - middle) / (float(np.abs(points - middle).max()) or 1.0), spread


def _directions(centred: np.ndarray) -> np.ndarray:
    """The three directions of the largest spread, as columns: all at once, or for many outputs by repeated products."""
    samples, size = centred.shape
    if min(samples, size) <= EXACT:
        return np.linalg.svd(centred, full_matrices=False)[2][:3].T
    basis = np.linalg.qr(np.random.default_rng(0).normal(size=(size, BLOCK)))[0]
    before = np.zeros(3)
    for _ in range(ROUNDS):
        basis = np.linalg.qr(centred.T @ (centred @ basis))[0]
        values, turned = np.linalg.eigh((seen := centred @ basis).T @ seen)
        if np.allclose(values[-3:], before, rtol=1e-6, atol=0):
            break
        before = values[-3:]
    return (basis @ turned)[:, :-4:-1]


def space(
    model: Any, x: Any, y: Any = None, layer: Any = None, labels: Sequence[str] | None = None, samples: Any = None
) -> Space:  # fmt: skip
    """Shows a map of what a layer has learned: points that are near are samples that the layer finds alike.

    Two or three outputs, as those of an encoder, are the map. More are projected onto the directions of their
    largest spread. Pointing at a sample shows it, and those nearest to it.

    Args:
        model: A model.
        x: Samples, as for `model.predict`.
        y: Optional labels, which give the points colours and shapes; numbers to predict do so by their range.
        layer: Optional name of a layer, or a layer. Defaults to what a classifier, or a model of one number, makes its
            answer from, and to the output of other models.
        labels: Optional names of the classes.
        samples: Optional sequence of what to show of each sample: images, or texts. Defaults to `x`.

    Returns:
        A tool that a notebook shows; its `points` are the map, its `vectors` what the layer gives.

    Raises:
        ValueError: If there are fewer than three samples, or no such layer.

    Example:

    >>> import kerasnb.widgets as kw
    >>> model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(2, name="code")])
    >>> kw.space(model, np.eye(5)).layer
    'code'
    """
    return Space(model, x, y, layer, labels, samples)
