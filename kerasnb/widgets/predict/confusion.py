"""The confusion matrix: from a cell to its samples, from a sample to its corrected label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from kerasnb.model.model import Model
from kerasnb.model.training import last_data
from kerasnb.widgets.inspect.answers import Answers
from kerasnb.widgets.inspect.samples import class_labels, class_names
from kerasnb.widgets.inspect.tap import array
from kerasnb.widgets.kit import data
from kerasnb.widgets.kit.tool import Tool
from kerasnb.widgets.kit.words import count, number
from kerasnb.widgets.predict import stills
from kerasnb.widgets.predict.things import Things

CLASSES, FEW, ALL = 20, 6, 120  # what is shown at most: classes of the matrix, samples of a cell, and after "Show all"
_last: list[Judged] = []  # the tool that `corrected` asks


class Judged(Tool):
    """What a model says of labelled samples; labels can be corrected.

    Args:
        model: A model, or an array of its predictions.
        x: The inputs.
        y: The labels: whole numbers or one-hot vectors.
        labels: Optional names of the classes.
        samples: Optional sequence of what to show of each sample.
        names: Optional names of the columns of a table.
    """

    call: ClassVar[str] = ""
    scripts: ClassVar[tuple[str, ...]] = ("predict/js/things.js", "predict/js/judged.js")
    sheets: ClassVar[tuple[str, ...]] = ("predict/js/predict.css",)

    def __init__(
        self, model: Any, x: Any, y: Any, labels: Sequence[str] | None = None, samples: Any = None,
        names: Sequence[str] | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        x, y = _evaluated(model, self.call) if x is None and y is None else (x, y)
        x = data.arrays(x, "x", data.count(getattr(model, "inputs", None)))
        data.check(y, "y")
        data.numbered(y)
        made = _predictions(model, x)
        if not np.size(made):
            raise ValueError("Argument `x` must have a sample at least. Received none")
        self.answers = Answers(model, array(made))
        self.shares = _shares(model, self.answers, np.shape(made))
        total, classes = self.shares.shape
        if not total:
            raise ValueError("Argument `x` must have a sample at least. Received none")
        self.names = class_names(labels, classes)
        self.given = class_labels(y, total, classes)
        self.said = self.shares.argmax(-1)
        self.things = Things(x, samples, names)
        if len(self.things.texts or self.things.values) != total:
            raise ValueError(f"Argument `x` must have {total:,} samples, as there are predictions")
        self.changed: dict[int, int] = {}
        self.everything = False
        _last[:] = [self]

    @property
    def y(self) -> np.ndarray:
        """The labels as whole numbers, with the corrections."""
        made = self.given.copy()
        for sample, label in self.changed.items():
            made[sample] = label
        return made

    @property
    def changes(self) -> dict[int, tuple[str, str]]:
        """The corrections: by the number of the sample the label as given, and as it is now."""
        return {i: (self.names[self.given[i]], self.names[new]) for i, new in sorted(self.changed.items())}

    def surest(self, chosen: np.ndarray) -> np.ndarray:
        """Samples in the order of how sure the model is."""
        return chosen[np.argsort(-self.shares[chosen, self.said[chosen]], kind="stable")]

    def facts(self, sample: int) -> dict:
        """One sample as the page shows it."""
        return {
            "sample": int(sample), "given": int(self.given[sample]), "said": int(self.said[sample]),
            "share": finite(self.shares[sample, self.said[sample]]), "label": int(self.y_of(sample)),
            "thing": self.things.one(int(sample)),
        }  # fmt: skip

    def y_of(self, sample: int) -> int:
        """The label of a sample, with its correction."""
        return self.changed.get(int(sample), int(self.given[sample]))

    def listed(self) -> np.ndarray:
        """The samples in the list, the surest first."""
        raise NotImplementedError

    def state(self) -> dict:
        """The list of samples, the names, the corrections."""
        listed = self.listed()
        return {
            "tool": self.name, "names": self.names, "total": len(listed), "everything": self.everything,
            "samples": [self.facts(i) for i in listed[: ALL if self.everything else self.few]],
            "headline": self.headline(), "changes": len(self.changed),
        }  # fmt: skip

    few: ClassVar[int] = FEW

    def headline(self) -> str:
        """How many samples, how good, how many mistakes."""
        wrong = int((self.said != self.given).sum())
        words = f"{count(len(self.given), 'sample')} · accuracy {number(1 - wrong / len(self.given))} · "
        words += count(wrong, "mistake")
        if self.changed:
            now = float((self.said == self.y).mean())
            words += f" · {count(len(self.changed), 'label')} corrected: accuracy {number(now)}"
        return words

    def html(self) -> str:
        """The static picture."""
        return stills.judged(self)

    def text(self) -> str:
        """The same as text."""
        return stills.judged_text(self)

    def on_correct(self, message: dict, buffers: list) -> None:
        """Corrects the label of `sample` to `label`; the label as given takes the correction back."""
        sample, label = data.whole(message, "sample"), data.whole(message, "label")
        if not (0 <= sample < len(self.given) and 0 <= label < len(self.names)):
            raise ValueError(f"There is no sample {sample} or no class {label}")
        self.changed.pop(sample, None)
        if label != self.given[sample]:
            self.changed[sample] = label
        self.refresh()

    def on_all(self, message: dict, buffers: list) -> None:
        """Shows all samples of the list, or few."""
        self.everything = bool(message.get("on", True))
        self.refresh(picture=False)

    def on_sample(self, message: dict, buffers: list) -> dict:
        """The shares of one sample."""
        sample = data.whole(message, "sample")
        if not 0 <= sample < len(self.given):
            raise ValueError(f"There is no sample {sample}")
        shares = self.shares[sample]
        order = np.argsort(-shares, kind="stable")[:10] if len(shares) > 10 else np.arange(len(shares))
        return {
            "title": f"Answer for sample {sample:,}", "names": [self.names[i] for i in order], "shares": True,
            "values": [finite(shares[i]) for i in order], "rest": len(shares) - len(order),
        }  # fmt: skip


def finite(value: Any) -> float | None:
    """A share as JSON has it: one that is not finite is missing."""
    return float(value) if np.isfinite(value) else None


def _predictions(model: Any, x: Any) -> Any:
    """The answers of a model of one output, or the array that stands for them.

    Raises:
        ValueError: If there are several outputs, or `model` is neither.
    """
    several = data.count(getattr(model, "outputs", None))
    made = model.predict(x, verbose=0) if several == 1 and hasattr(model, "predict") else model
    several = max(several, len(made)) if isinstance(made, (list, tuple, dict)) and made is not model else several
    if several > 1:
        raise ValueError(
            f"Argument `model` must have one output. Received a model of {several} outputs: "
            "`keras.Model(model.inputs, model.outputs[0])` has one"
        )
    if made is model and not np.ndim(data.arrays(made, "model")):
        raise ValueError(
            f"Argument `model` must be a model, or an array of its predictions. Received: {type(model).__name__}"
        )
    return made


def _shares(model: Any, answers: Answers, shape: tuple) -> np.ndarray:
    """The shares of the classes. Without a loss nobody has said what numbers of any size are: they are logits.

    Raises:
        ValueError: If these are no answers of a classifier.
    """
    if answers.is_of_classes:
        return answers.shares
    if len(shape) == 2 and shape[1] > 1 and getattr(model, "loss", None) is None:
        answers.kind = "logits"
        return answers.shares
    mend = "kw.mistakes(model, x, y) shows the errors of a regression"
    if len(shape) > 2:
        mend = "`keras.layers.Flatten()` before the first Dense layer leaves one answer for each sample"
    raise ValueError(
        "Argument `model` must be a classifier, whose predictions have the shape (samples, classes). "
        f"Received predictions of shape {shape}; {mend}"
    )


def _evaluated(model: Any, call: str) -> tuple[Any, Any]:
    """The data of the model's last evaluate.

    Raises:
        ValueError: If there are none.
    """
    found = last_data.of(model) if isinstance(model, Model) else None
    if found is None:
        raise ValueError(
            "Arguments `x` and `y` may be left out after `model.evaluate(x, y)`, as long as both are in variables. "
            f"Here there are none: use `{call}(model, x, y)`"
        )
    return found


class Confusion(Judged):
    """The tool behind `kw.confusion`."""

    name: ClassVar[str] = "Confusion matrix"
    call: ClassVar[str] = "kw.confusion"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        classes = len(self.names)
        self.matrix = np.zeros((classes, classes), int)
        np.add.at(self.matrix, (self.given, self.said), 1)
        self.shown = self._classes()
        self.cell = self._worst()

    def _classes(self) -> list[int]:
        """The classes of the matrix: all, or those that take part in most mistakes."""
        if len(self.names) <= CLASSES:
            return list(range(len(self.names)))
        wrong = self.matrix - np.diag(np.diag(self.matrix))
        return sorted(np.argsort(-(wrong.sum(0) + wrong.sum(1)), kind="stable")[:CLASSES].tolist())

    def _worst(self) -> tuple[int, int]:
        """The cell with most mistakes; of a faultless model the first."""
        part = self.matrix[np.ix_(self.shown, self.shown)].copy()
        np.fill_diagonal(part, 0)
        row, column = np.unravel_index(int(part.argmax()), part.shape) if part.any() else (0, 0)
        return self.shown[int(row)], self.shown[int(column)]

    def listed(self) -> np.ndarray:
        """The samples of the chosen cell."""
        return self.surest(np.flatnonzero((self.given == self.cell[0]) & (self.said == self.cell[1])))

    def state(self) -> dict:
        """The matrix, the chosen cell and its samples."""
        return {
            **super().state(), "classes": self.shown, "cell": list(self.cell), "title": self.title(),
            "matrix": self.matrix[np.ix_(self.shown, self.shown)].tolist(),
            "some": "" if len(self.shown) == len(self.names) else
            f"{len(self.shown)} of {len(self.names)} classes: those with most mistakes",
        }  # fmt: skip

    def title(self) -> str:
        """The chosen cell in words."""
        meant, said = (self.names[i] for i in self.cell)
        return f"Meant {meant}, predicted {said}: {count(len(self.listed()), 'sample')}"

    def on_cell(self, message: dict, buffers: list) -> None:
        """Chooses a cell: `meant` and `said` are classes."""
        meant, said = data.whole(message, "meant"), data.whole(message, "said")
        if not (0 <= meant < len(self.names) and 0 <= said < len(self.names)):
            raise ValueError(f"There is no cell {meant}, {said}")
        self.cell, self.everything = (meant, said), False
        self.refresh()


class MistakesFirst(Judged):
    """The tool behind `kw.mistakes_first`."""

    name: ClassVar[str] = "Mistakes first"
    call: ClassVar[str] = "kw.mistakes_first"
    few: ClassVar[int] = 8

    def listed(self) -> np.ndarray:
        """The samples that the model gets wrong."""
        return self.surest(np.flatnonzero(self.said != self.given))


def confusion(
    model: Any, x: Any = None, y: Any = None, labels: Sequence[str] | None = None, samples: Any = None,
    names: Sequence[str] | None = None,
) -> Confusion:  # fmt: skip
    """Shows which classes a model takes for which others: from a cell to its samples, and to a corrected label.

    Args:
        model: A classifier, or an array of its predictions.
        x: The inputs, as for `model.predict`. Without `x` and `y`, those of the last `model.evaluate(x, y)`, as long as
            both are in variables.
        y: What was meant: whole numbers or one-hot vectors.
        labels: Optional names of the classes.
        samples: Optional sequence of what to show of each sample: images, or texts. Defaults to `x`.
        names: Optional names of the columns. Defaults to those of a table.

    Returns:
        A tool that a notebook shows; its `y` has the corrected labels, its `changes` what was corrected.

    Raises:
        ValueError: If the model is no classifier, the labels do not fit it, or there are no data.

    Example:

    >>> import kerasnb.widgets as kw
    >>> shares = np.array([[.1, .9], [.8, .2], [.3, .7]])
    >>> kw.confusion(shares, np.zeros((3, 4)), [0, 0, 1]).matrix
    array([[1, 1],
           [0, 1]])
    """
    return Confusion(model, x, y, labels, samples, names)


def mistakes_first(
    model: Any, x: Any = None, y: Any = None, labels: Sequence[str] | None = None, samples: Any = None,
    names: Sequence[str] | None = None,
) -> MistakesFirst:  # fmt: skip
    """Shows the eight surest wrong answers of a classifier; arrows choose one, Enter opens it.

    Args:
        model: A classifier, or an array of its predictions.
        x: The inputs, as for `model.predict`. Without `x` and `y`, those of the last `model.evaluate(x, y)`, as long as
            both are in variables.
        y: What was meant: whole numbers or one-hot vectors.
        labels: Optional names of the classes.
        samples: Optional sequence of what to show of each sample: images, or texts. Defaults to `x`.
        names: Optional names of the columns. Defaults to those of a table.

    Returns:
        A tool that a notebook shows; its `y` has the corrected labels, its `changes` what was corrected.

    Raises:
        ValueError: If the model is no classifier, the labels do not fit it, or there are no data.

    Example:

    >>> import kerasnb.widgets as kw
    >>> shares = np.array([[.1, .9], [.8, .2], [.3, .7]])
    >>> kw.mistakes_first(shares, np.zeros((3, 4)), [0, 0, 1]).listed()
    array([0])
    """
    return MistakesFirst(model, x, y, labels, samples, names)


def corrected() -> np.ndarray:
    """Returns the labels with the corrections made in the last confusion matrix or list of mistakes.

    Returns:
        Array of whole numbers.

    Raises:
        ValueError: If there was no such tool yet.

    Example:

    >>> import kerasnb.widgets as kw
    >>> tool = kw.confusion(np.array([[.1, .9]]), np.zeros((1, 4)), [0])
    >>> kw.corrected()
    array([0])
    """
    if not _last:
        raise ValueError("There are no labels yet: kw.confusion(model, x, y) shows them")
    return _last[0].y
