"""The ladder: model and data are checked before the training, and left as they were."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np

from kerasnb import ops, tree
from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.model.training.session import check_free
from kerasnb.widgets.checks import ladder
from kerasnb.widgets.checks.keep import built, unchanged
from kerasnb.widgets.checks.ladder import BAD, LEFT, NOTE, OK, Case, Rung
from kerasnb.widgets.kit import data
from kerasnb.widgets.kit.card import card, headline
from kerasnb.widgets.lesson.card import table
from kerasnb.widgets.lesson.card import words as marked

SIGNS = {OK: "✔", BAD: "✘", NOTE: "!", LEFT: "–"}
SPOKEN = {OK: "holds", BAD: "fails", NOTE: "look at it", LEFT: "not checked"}
COLOURS = {OK: "#2e9e5b", BAD: "#d6453d", NOTE: "#b07a10", LEFT: "#808080"}
BATCH = 32
STEPS, SECONDS = 120, 2.5  # for learning one batch by heart


class Check:
    """What `kw.check` found: rungs, of which each holds, fails, or is worth a look.

    Attributes:
        rungs: List of `Rung`, in the order of the ladder.
        ok: Whether none of them fails.
    """

    def __init__(self, name: str, rungs: list[Rung]) -> None:
        self.name, self.rungs = name, rungs
        self.ok = not self.failed

    @property
    def notes(self) -> list[str]:
        """The names of the rungs that are worth a look."""
        return [rung.name for rung in self.rungs if rung.state == NOTE]

    @property
    def failed(self) -> list[str]:
        """The names of the rungs that fail."""
        return [rung.name for rung in self.rungs if rung.state == BAD]

    def __repr__(self) -> str:
        """The same in each run: which rungs hold, without the numbers."""
        return "\n".join([self._head(), *(f"{SIGNS[r.state]} {r.name}" for r in self.rungs)])

    def __str__(self) -> str:
        """With the numbers, and what to do."""
        lines = [f"{SIGNS[r.state]} {r.name}: {r.found}{f'. {r.mend}' if r.mend else ''}" for r in self.rungs]
        return "\n".join([self._head(), *lines])

    def _head(self) -> str:
        bad = len(self.failed)
        verb = "fails" if bad == 1 else "fail"
        return f"Check of {self.name}: " + ("all rungs hold" if not bad else f"{bad} of {len(self.rungs)} rungs {verb}")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None, **_: Any) -> dict:
        return {"text/plain": repr(self), "text/html": f'<div class="kerasnb-values">{self.html()}</div>'}

    def html(self) -> str:
        """The ladder as a table."""
        rows = [[_state(r), marked(r.name), _evidence(r)] for r in self.rungs]
        head = headline("Check", self._head().removeprefix("Check of "))
        return card(head + table(["", "rung", "found"], rows, left=3), str(self), 800)


def _state(rung: Rung) -> str:
    colour = COLOURS[rung.state]
    return f'<span style="color:{colour};white-space:nowrap"><b>{SIGNS[rung.state]}</b> {SPOKEN[rung.state]}</span>'


def _evidence(rung: Rung) -> str:
    mend = f'<div style="color:{COLOURS[rung.state]}">→ {marked(rung.mend)}</div>' if rung.mend else ""
    return marked(rung.found) + mend


def check(model: Any, x: Any, y: Any) -> Check:
    """Climbs a ladder of checks before the training: data, last layer, first loss, gradients, one batch, speed.

    Afterwards weights, optimizer, metrics and random numbers are to the bit what they were.

    Args:
        model: Model, compiled.
        x: Inputs: an array, or a list or dict of arrays.
        y: Targets, for as many samples.

    Returns:
        A `Check`: shown as a table, printed with all numbers; `ok` says whether no rung fails.

    Raises:
        ValueError: If the model is not compiled, there are no samples, or `x` or `y` is no array.

    Example:

    >>> import kerasnb.widgets as kw
    >>> kw.seed(0)
    >>> x = np.random.rand(100, 4)
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="softmax")])
    >>> model.compile(keras.optimizers.Adam(0.1), "sparse_categorical_crossentropy")
    >>> kw.check(model, x, (x[:, 0] > 0.5).astype(int)).ok
    True
    """
    data.a_model(model)
    model._assert_compiled("check()")
    check_free(model)
    x = data.arrays(x, "x", data.count(getattr(model, "inputs", None)))
    y = data.arrays(y, "y", data.count(getattr(model, "outputs", None)))
    word = data.first_word(y)
    if word is not None:
        return Check(model.name, [ladder.words_as_labels(word)])
    alone = next((leaf for leaf in tree.flatten((x, y)) if not np.ndim(leaf)), None)
    if alone is not None:
        raise ValueError(f"Arguments `x` and `y` must have samples in their first axis. Received: {alone!r}")
    sizes = {len(a) for a in tree.flatten((x, y))}
    if min(sizes, default=0) < 1:
        raise ValueError("Arguments `x` and `y` must hold at least one sample.")
    fit = _fits(model, x, y, sizes)
    if fit.state == BAD:
        return Check(model.name, [fit])
    rows = np.linspace(0, max(sizes) - 1, min(BATCH, max(sizes))).astype(int)  # spread: the data may be sorted
    case = Case(model, x, y, tree.map_structure(lambda a: np.asarray(a)[rows], (x, y)))
    rungs = [fit, *ladder.before(case)]
    if not any(r.state == BAD and r.name == "labels are in range" for r in rungs):
        with unchanged(model):
            rungs += _tried(case)
    return Check(model.name, rungs)


def _fits(model: Any, x: Any, y: Any, sizes: set[int]) -> Rung:
    """Shapes fit: as many labels as samples, and a first batch runs."""
    name = "shapes fit"
    if len(sizes) > 1:
        counts = [len(a) for a in tree.flatten(x)], [len(a) for a in tree.flatten(y)]
        return Rung(name, BAD, f"x has {counts[0]} samples, y has {counts[1]}", "Give both the same rows.")
    few = tree.map_structure(lambda a: np.asarray(a)[:2], (x, y))
    try:
        built(model, few[0])
        with unchanged(model):
            predicted = model(few[0], training=False)
            model.compute_loss(*few, predicted)
    except TypeError as problem:
        kinds = [np.asarray(a).dtype for a in tree.flatten(few[0])]
        if not any(kind.kind in "OSU" for kind in kinds):
            raise
        said = str(problem).split(".")[0]
        mend = "Numbers: `x.astype('float32')`. Texts need a layer such as `StringLookup`."
        return Rung(name, BAD, f"x holds {kinds[0]}, and {said[:1].lower()}{said[1:]}", mend)
    except ValueError as problem:
        said, _, hint = str(problem).partition("\nHint: ")
        return Rung(name, BAD, said.splitlines()[0], hint.splitlines()[0] if hint else "`kw.explain()` draws it.")
    shown = " → ".join(" and ".join(str(tuple(t.shape[1:])) for t in tree.flatten(v)) for v in (few[0], predicted))
    return Rung(name, OK, f"{shown}, without the axis of the batch")


def _tried(case: Case) -> list[Rung]:
    """What only a run of the model shows. It changes the model, which the caller puts back."""
    model, (x, y) = case.model, case.batch
    outputs = model(x, training=False)
    weights = model.trainable_weights
    with GradientTape() as tape:
        loss = model.compute_loss(x, y, model(x, training=False))
    slopes = tape.gradient(loss, weights) if weights else []
    first = float(np.asarray(ops.convert_to_numpy(loss)))
    named = [(w.path, None if s is None else _dense(s)) for w, s in zip(weights, slopes, strict=True)]
    rungs = [ladder.first_loss(case, first), ladder.differ(case, outputs), ladder.gradients(case, named)]
    if not weights:
        return rungs
    losses, seconds = _learn(case)
    total = len(tree.flatten(case.x)[0])
    size = len(tree.flatten(x)[0])
    return [*rungs, ladder.one_batch(case, losses), ladder.speed(seconds, size, total, size)]


def _dense(slope: Any) -> np.ndarray:
    return np.asarray(slope.values) if hasattr(slope, "values") else ops.convert_to_numpy(slope)


def _learn(case: Case) -> tuple[list[float], float]:
    """The losses of steps on one batch, and the seconds of the fastest one."""
    losses, fastest = [], math.inf
    end = time.perf_counter() + SECONDS
    for _ in range(STEPS + 1):
        case.model.reset_metrics()
        started = time.perf_counter()
        losses.append(float(np.asarray(case.model.train_on_batch(*case.batch)).ravel()[0]))
        fastest = min(fastest, time.perf_counter() - started)
        if not math.isfinite(losses[-1]) or (time.perf_counter() > end and len(losses) > 10):
            break
    return losses, fastest
