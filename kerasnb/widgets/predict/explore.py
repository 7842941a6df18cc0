"""What if: sliders for the features of a row, covered patches and gradients for an image, left-out words for a text."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from kerasnb.widgets.inspect import places
from kerasnb.widgets.inspect.peek import plain
from kerasnb.widgets.inspect.samples import Samples, class_names, in_order, input_shapes
from kerasnb.widgets.kit.data import a_model, columns, texts, whole
from kerasnb.widgets.kit.data import check as check_data
from kerasnb.widgets.kit.data import count as count_of
from kerasnb.widgets.kit.tool import Tool
from kerasnb.widgets.kit.words import count, number
from kerasnb.widgets.predict import explored, held
from kerasnb.widgets.predict.things import Things
from kerasnb.widgets.predict.why import Occlusion, answer_of, input_gradient, scores

BARS, SLIDERS, STEPS = 10, 64, 200  # shown at most: bars, features of a row, words of a text
SIDE = 64  # pixels of a side of a map


class Explore(Tool):
    """What all kinds of data share: one sample, its answer, and which class is asked about."""

    name: ClassVar[str] = "Explore"
    kind: ClassVar[str] = ""
    scripts: ClassVar[tuple[str, ...]] = ("predict/js/things.js", "predict/js/explore.js")
    sheets: ClassVar[tuple[str, ...]] = ("predict/js/explore.css",)

    def __init__(self, model: Any, x: np.ndarray, labels: Sequence[str] | None) -> None:
        super().__init__()
        self.model, self.x, self.given = model, x.copy(), x
        answers = self.answer()
        columns = scores(answers).shape[1]
        self.of_classes, self.answer_kind = answers.is_of_classes, answers.kind
        if labels is None and not self.of_classes:
            labels = ["output"] if columns == 1 else [f"output {i}" for i in range(columns)]
        self.labels = class_names(labels, columns)
        self.column = self.best

    def answer(self) -> Any:
        """Asks the model about the sample as it is now."""
        answers = answer_of(self.model, self.x[None])
        self.scores = scores(answers)[0]
        return answers

    @property
    def best(self) -> int:
        """The column of the answer: the likeliest class."""
        return int(self.scores.argmax()) if self.of_classes else 0

    def words(self, value: float) -> str:
        """A score as text."""
        return explored.share(value) if self.of_classes else number(value)

    def gradient(self) -> np.ndarray | None:
        """The gradient of the chosen class with respect to the input, at the sample as it is now."""
        found = input_gradient(self.model, self.x[None], self.answer_kind, self.column)
        return None if found is None else found[0]

    def state(self) -> dict:
        """The answer, and which class is asked about."""
        shown = np.argsort(-self.scores, kind="stable")[:BARS] if len(self.scores) > BARS else range(len(self.scores))
        return plain({
            "kind": self.kind, "model": self.model.name, "names": self.labels, "column": self.column,
            "classes": self.of_classes, "best": self.best, "shown": [int(i) for i in shown],
            "values": [float(self.scores[i]) for i in shown], "score": float(self.scores[self.column]),
        })  # fmt: skip

    def on_column(self, message: dict, buffers: list) -> None:
        """Chooses the class that is asked about."""
        column = whole(message, "column")
        if not 0 <= column < len(self.labels):
            raise ValueError(f"There is no class {column}")
        self.column = column
        self.ask()
        self.refresh()

    def ask(self) -> None:
        """What depends on the class that is asked about."""

    def html(self) -> str:
        """The static picture."""
        return explored.html(self)

    def text(self) -> str:
        """The same as text."""
        return explored.text(self)


class ExploreRow(Explore):
    """A row of features: a slider for each."""

    kind = "row"

    def __init__(
        self, model: Any, x: np.ndarray, labels: Sequence[str] | None, names: Sequence[str] | None,
        data: np.ndarray | None,
    ) -> None:  # fmt: skip
        super().__init__(model, x.astype(np.float32) if x.dtype.kind != "f" else x, labels)
        self.features = [f"feature {i}" for i in range(len(x))] if names is None else texts(names, "names")
        if len(self.features) != len(x):
            raise ValueError(f"Argument `names` must have {len(x)} names. Received {len(self.features)}")
        self.low, self.high, self.step = _ranges(self.given, data)
        self.first = self.scores.copy()
        self.ask()

    def ask(self) -> None:
        """The slopes at the row as it is now."""
        found = self.gradient()
        self.slopes = np.zeros(len(self.x)) if found is None else found

    def state(self) -> dict:
        """The sliders, and the answer."""
        count = min(len(self.x), SLIDERS)
        sliders = [
            {"name": self.features[i], "value": float(self.x[i]), "given": float(self.given[i]),
             "low": float(self.low[i]), "high": float(self.high[i]), "step": float(self.step[i]),
             "slope": float(self.slopes[i])}
            for i in range(count)
        ]  # fmt: skip
        before = [float(self.first[i]) for i in super().state()["shown"]]
        return plain({**super().state(), "sliders": sliders, "more": len(self.x) - count, "before": before})

    def on_set(self, message: dict, buffers: list) -> dict:
        """Sets `values` of features by their number; `rest` says that the person rests, and the picture follows."""
        values = message.get("values")
        if not isinstance(values, dict):
            raise ValueError(f"`values` must have a number for each feature. Received: {values!r}")
        for key, value in values.items():
            place, new = whole({"feature": key}, "feature"), _number(value)
            if not 0 <= place < len(self.x) or not np.isfinite(new):
                raise ValueError(
                    f"A feature has a number from 0 to {len(self.x) - 1} and a finite value. Received: {key}, {value}"
                )
            self.x[place] = new
        self.answer()
        self.ask()
        if message.get("rest"):
            self.refresh()
        state = self.state()
        return {k: state[k] for k in ("shown", "values", "before", "score", "best")} | {
            "slopes": plain([float(s) for s in self.slopes[:SLIDERS]])
        }

    def on_reset(self, message: dict, buffers: list) -> None:
        """The row as it was given."""
        self.x = self.given.astype(self.x.dtype).copy()
        self.answer()
        self.ask()
        self.refresh()


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _ranges(x: np.ndarray, data: np.ndarray | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The lowest and highest value of each slider, and its step: those of the data, else around the value."""
    if data is None:
        reach = np.maximum(1.0, 2 * np.abs(x.astype(float)))
        return x - reach, x + reach, reach / 100
    low, high = np.minimum(np.nanmin(data, 0), x).astype(float), np.maximum(np.nanmax(data, 0), x).astype(float)
    same = low == high
    low, high = np.where(same, low - 1, low), np.where(same, high + 1, high)
    is_whole = np.all(data == np.round(data), 0)
    return low, high, np.where(is_whole, 1.0, (high - low) / 200)


class ExploreImage(Explore):
    """An image: what happens when a patch is covered, and the gradient of the answer."""

    kind = "image"

    def __init__(self, model: Any, x: np.ndarray, labels: Sequence[str] | None) -> None:
        x = x.astype(np.float32) if x.dtype.kind != "f" else x
        super().__init__(model, x, labels)
        self.first = x.ndim == 3 and x.shape[0] in (1, 3) and x.shape[-1] not in (1, 3)
        self.spatial = x.shape[1:] if self.first else x.shape[:2]
        self.thing = Things(x[None])
        self.patch(max(2, round(min(self.spatial) / 6)))

    def patch(self, side: int) -> None:
        """Covers patches of this side."""
        self.occlusion = Occlusion(self.model, self.x, side, self.first)
        self.ask()

    def ask(self) -> None:
        """The maps of the class that is asked about."""
        self.map = self.occlusion.map(self.column, float(self.scores[self.column]))
        found = self.gradient()
        axis = 0 if self.first else -1
        self.slope = np.zeros(self.spatial) if found is None else found if found.ndim == 2 else found.sum(axis)

    def strongest(self) -> tuple[int, int, float]:
        """The patch whose covering lowers the score most: its row, its column, the score without it."""
        scores_ = self.occlusion.scores[..., self.column]
        i, j = np.unravel_index(int(scores_.argmin()), scores_.shape)
        return self.occlusion.rows[int(i)], self.occlusion.columns[int(j)], float(scores_[i, j])

    def state(self) -> dict:
        """The image, its two maps, and the score without each patch."""
        occlusion = self.occlusion
        return plain({
            **super().state(), "thing": self.thing.one(0), "size": list(self.spatial), "side": occlusion.side,
            "sides": sorted({max(1, round(min(self.spatial) * part)) for part in (0.08, 0.17, 0.3)} | {occlusion.side}),
            "rows": occlusion.rows, "columns": occlusion.columns,
            "covered": [[float(v) for v in row] for row in occlusion.scores[..., self.column]],
            "maps": [_packed(self.map), _packed(self.slope)],
        })  # fmt: skip

    def on_patch(self, message: dict, buffers: list) -> None:
        """Another size of the patch."""
        side = whole(message, "side")
        if not 1 <= side <= min(self.spatial):
            raise ValueError(f"A patch has a side from 1 to {min(self.spatial)}. Received: {side}")
        self.patch(side)
        self.refresh()


def _packed(values: np.ndarray) -> dict:
    """A map as one signed byte for each pixel, and its largest size."""
    step = -(-max(values.shape) // SIDE)
    small = np.nan_to_num(values[::step, ::step])
    top = float(np.abs(small).max()) or 1.0
    data = np.round(127 * small / top).astype(np.int8)
    return {"rows": data.shape[0], "columns": data.shape[1], "top": float(np.nanmax(np.abs(values))),
            "data": base64.b64encode(data.tobytes()).decode()}  # fmt: skip


class ExploreText(Explore):
    """A text as the ids of its words: what happens when one is left out."""

    kind = "text"

    def __init__(self, model: Any, x: np.ndarray, labels: Sequence[str] | None, names: Sequence[str] | None) -> None:
        super().__init__(model, x, labels)
        self.features = [str(n) for n in (names if names is not None else x)]
        needed = int(np.flatnonzero(x).max(initial=-1)) + 1  # what is behind is padding, and needs no word
        if not needed <= len(self.features) <= len(x):
            least = f"{needed} to " if needed < len(x) else ""
            raise ValueError(f"Argument `names` must have {least}{len(x)} words. Received {len(self.features)}")
        self.kept = np.flatnonzero(x)[:STEPS]  # 0 is padding
        left_out = np.repeat(x[None], max(1, len(self.kept)), 0)
        left_out[np.arange(len(self.kept)), self.kept] = 0
        self.without = scores(answer_of(model, left_out))[: len(self.kept)]
        self.ask()

    def ask(self) -> None:
        """How much the score falls without each word."""
        self.falls = float(self.scores[self.column]) - self.without[:, self.column]

    def state(self) -> dict:
        """The words, and how much the score falls without each."""
        words = [
            {"word": self.features[i], "place": int(i), "fall": float(fall), "without": float(score)}
            for i, fall, score in zip(self.kept, self.falls, self.without[:, self.column], strict=True)
        ]
        return plain({**super().state(), "words": words, "more": int(np.count_nonzero(self.x)) - len(self.kept)})


def explore(
    model: Any, x: Any, data: Any = None, labels: Sequence[str] | None = None, names: Sequence[str] | None = None,
    vary: int | str = 0,
) -> Explore:
    """Shows what a model's answer for one sample depends on.

    A row of features gets a slider for each, with the answer beside it. An image gets two maps: how much the answer
    falls when a patch is covered, and the gradient. A text gets for each word how much the answer falls without it.

    Args:
        model: A model. Of several inputs one is varied, and the others are held.
        x: One sample: a row of features, an image, or the ids of words; for several inputs a list or dict of them.
        data: Optional array of many samples, or a list or dict of them: it gives the sliders their ranges.
        labels: Optional names of the classes.
        names: Optional names of the features, or the words of the text. Defaults to the columns of a table.
        vary: Integer or string, the number or name of the input that is varied. Defaults to `0`.

    Returns:
        A tool that a notebook shows.

    Raises:
        ValueError: If `x` is not one sample of the model, or `vary` names none of its inputs.

    Example:

    >>> import kerasnb.widgets as kw
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> kw.explore(model, np.array([0.5, 2.0]), names=["age", "income"]).features
    ['age', 'income']
    """
    a_model(model)
    outputs = count_of(getattr(model, "outputs", None))
    if outputs > 1:
        raise ValueError(
            f"Argument `model` must have one output. Received a model of {outputs} outputs: "
            "`keras.Model(model.inputs, model.outputs[0])` has one"
        )
    x, data = in_order(model, x), in_order(model, data)
    samples = Samples(model, x if input_shapes(model) else _as_batch(x))
    if samples.count > 1:
        raise ValueError(
            "Argument `x` must be one sample, such as x[0], of several inputs [a[0], b[0]]. "
            f"Received {count(samples.count, 'sample')}"
        )
    place = held.place_of(samples, vary)
    has_several = len(samples.arrays) > 1
    asked = held.Held(model, samples, place) if has_several else model
    one = samples.arrays[place][0]
    if one.ndim in (2, 3) and places.is_image(one.shape if one.shape[0] not in (1, 3) else (*one.shape[1:], 1)):
        return ExploreImage(asked, one, labels)
    if one.ndim != 1:
        raise ValueError(
            "Argument `x` must be a row of features, an image, or the ids of words. "
            f"Received a sample of shape {one.shape}"
        )
    if held.takes_ids(model, place) if has_several and input_shapes(model) else _takes_ids(model):
        return ExploreText(asked, one, labels, names)
    many = None if data is None else Samples(model, data).arrays[place].astype(float)
    x, data = (_part(x, place), _part(data, place)) if has_several else (x, data)
    return ExploreRow(asked, one, labels, _columns(x, data) if names is None else names, many)


def _part(x: Any, place: int) -> Any:
    """One input of several."""
    return list(x.values())[place] if isinstance(x, dict) else None if x is None else x[place]


def _columns(x: Any, data: Any) -> list[str] | None:
    """The names of the features: those of a row, or of the table that gives the ranges."""
    return next((names for names in map(columns, (x, data)) if names), None)


def _as_batch(x: Any) -> Any:
    """One sample as a batch, for a model that does not know what it takes."""
    check_data(x, "x")
    if isinstance(x, dict):
        return x
    one = np.asarray(x)
    return one if one.ndim > 1 and len(one) == 1 else one[None]


def _takes_ids(model: Any) -> bool:
    """Whether the first layer looks up ids."""
    first = next((layer for layer in model.layers if type(layer).__name__ != "InputLayer"), None)
    return _takes_ids(first) if first is not None and hasattr(first, "layers") else type(first).__name__ == "Embedding"
