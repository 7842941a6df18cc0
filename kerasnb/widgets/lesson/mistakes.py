"""What a model gets wrong, and is sure about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasnb.widgets.kit.data import columns
from kerasnb.widgets.kit.words import short
from kerasnb.widgets.lesson.card import Shown, figure, folded, lines, number, percent, table, tile, tiles, words
from kerasnb.widgets.lesson.pictures import one_image

SURE = "Sure, and wrong. What would you have said?"
WORST = "The largest errors. What would you have said?"


def mistakes(
    model: Any, x: Any, y: Any, *, names: Sequence[str] | None = None, samples: Sequence | None = None,
    output: str | int | None = None, count: int = 6,
) -> Shown:  # fmt: skip
    """Shows what a model gets most wrong: the surest errors of a classifier, the largest ones of a regression.

    Args:
        model: A model, or an array of its predictions.
        x: The inputs, as for `model.predict`.
        y: What was meant: whole numbers or one-hot vectors of classes, or the values of a regression.
        names: Names of the classes. Defaults to their numbers.
        samples: What to show of each sample: images, or texts such as names. Defaults to `x`.
        output: Name or place of the output of a model that has several.
        count: Integer, how many to show.

    Returns:
        A figure, whose text is the same in each run.

    Raises:
        ValueError: If `y`, `names` or the samples do not fit the predictions, or `output` names none.

    Example:

    >>> import kerasnb.widgets as kw
    >>> predictions = np.array([[.1, .9], [.8, .2], [.3, .7]])
    >>> kw.mistakes(predictions, ["cat", "dog", "cow"], [0, 0, 1], names=["pet", "wild"])
    Figure: Sure, and wrong. What would you have said?
    """
    predictions = _predictions(model, x, output)
    meant = np.asarray(y)
    if len(meant) != len(predictions):
        raise ValueError(f"Argument `y` must have {len(predictions)} values. Received {len(meant)}")
    if count < 1:
        raise ValueError(f"Argument `count` must be at least 1. Received: count={count}")
    seen = _seen(x, samples)
    if hasattr(seen, "__len__") and len(seen) != len(predictions):
        raise ValueError(f"There must be as many samples as predictions, {len(predictions)}. Received {len(seen)}")
    if _are_two_classes(predictions, meant):
        predictions, meant = np.concatenate([1 - predictions, predictions], 1), meant.reshape(-1)
    if predictions.ndim == 2 and predictions.shape[1] > 1 and meant.ndim <= 2 and _are_classes(meant, predictions):
        return _classes(predictions, meant.argmax(-1) if meant.ndim == 2 else meant, seen, names, count)
    if predictions.size != len(predictions) or meant.size != len(meant):
        raise ValueError(
            "Arguments `model` and `y` must be of classes, or have one value for each sample. "
            f"Received predictions of shape {predictions.shape} and y of shape {meant.shape}"
        )
    return _values(predictions.reshape(-1), meant.reshape(-1), seen, count)


def _predictions(model: Any, x: Any, output: str | int | None) -> np.ndarray:
    """The predictions of one output."""
    is_model = hasattr(model, "predict")
    made = model.predict(x, verbose=0) if is_model else model
    if isinstance(made, dict):
        outputs = dict(made)
    elif isinstance(made, (list, tuple)) and (is_model or output is not None):
        outputs = dict(enumerate(made))
    else:
        outputs = {None: made}
    if output not in outputs:
        there = "left out: there is one output" if None in outputs else f"one of {list(outputs)}"
        raise ValueError(f"Argument `output` must be {there}. Received: output={output!r}")
    return np.asarray(outputs[output], float)


def _seen(x: Any, samples: Any) -> Any:
    """What to show of each sample, by its place: of several inputs the first, of a table its rows."""
    found = x if samples is None else samples
    if samples is None and isinstance(x, dict):
        found = next(iter(x.values()))
    elif samples is None and isinstance(x, (list, tuple)) and len(x) and np.ndim(x[0]) > 1:
        found = x[0]
    if not hasattr(found, "iloc"):
        return found
    names, values = columns(found), np.asarray(found)
    if values.ndim == 1:
        return values
    return [", ".join(f"{n} {_short(v)}" for n, v in zip(names or range(len(row)), row, strict=True)) for row in values]


def _short(value: Any) -> str:
    return short(float(value)) if np.asarray(value).dtype.kind in "iuf" else str(value)


def _are_two_classes(predictions: np.ndarray, meant: np.ndarray) -> bool:
    """Whether one share for each sample stands for yes or no."""
    if predictions.ndim != 2 or predictions.shape[1] != 1 or meant.size != len(predictions):
        return False
    shares = predictions.size > 0 and predictions.min() >= 0 and predictions.max() <= 1
    return bool(shares and meant.dtype.kind in "iub" and np.isin(meant, (0, 1)).all())


def _are_classes(meant: np.ndarray, predictions: np.ndarray) -> bool:
    if meant.ndim == 2:
        return meant.shape == predictions.shape
    return meant.dtype.kind in "iub" or (meant.dtype.kind == "f" and bool((meant == np.floor(meant)).all()))


def _shares(predictions: np.ndarray) -> np.ndarray:
    """Probabilities: as they are, or made of logits."""
    if predictions.min() >= 0 and np.allclose(predictions.sum(-1), 1, atol=1e-2):
        return predictions
    powers = np.exp(predictions - predictions.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def _classes(predictions: np.ndarray, meant: np.ndarray, seen: Any, names: Sequence[str] | None, count: int) -> Shown:
    width = predictions.shape[1]
    if meant.size and not 0 <= meant.min() <= meant.max() < width:
        raise ValueError(
            f"Argument `y` must have classes 0 to {width - 1}, as the predictions do. "
            f"Received classes {meant.min():.0f} to {meant.max():.0f}"
        )
    shares = _shares(predictions)
    said = shares.argmax(-1)
    wrong = np.flatnonzero(said != meant)
    chosen = wrong[np.argsort(-shares[wrong, said[wrong]], kind="stable")][:count]
    called = _names(names, width)
    facts = [[called[int(meant[i])], called[int(said[i])], percent(float(shares[i, said[i]]))] for i in chosen]
    return _shown(chosen, facts, ["meant", "predicted", "sure"], seen, SURE)


def _names(names: Sequence[str] | None, width: int) -> list[str]:
    called = [str(n) for n in (range(width) if names is None else names)]
    if len(called) != width:
        raise ValueError(f"Argument `names` must have {width} values, one for each class. Received {len(called)}")
    return called


def _values(predictions: np.ndarray, meant: np.ndarray, seen: Any, count: int) -> Shown:
    off = predictions - meant
    chosen = np.argsort(-np.abs(off), kind="stable")[:count]
    facts = [[number(float(meant[i])), number(float(predictions[i])), number(float(off[i]))] for i in chosen]
    return _shown(chosen, facts, ["meant", "predicted", "off by"], seen, WORST)


def _shown(chosen: np.ndarray, facts: list, head: list[str], seen: Any, alt: str) -> Shown:
    """Images with their captions, or a table of texts; what was meant is folded where there is something to guess."""
    places = [f"#{i}" for i in chosen]
    if not len(chosen):
        return Shown(f"Figure: {alt}", figure("No mistakes at all: is this data that the model has learned?", alt, ""))
    if _are_images(seen):
        array = np.asarray(seen)
        parts = [
            tile(*_drawn(array[i]), f"{k + 1}. said <b>{words(said)}</b><br>{words(last)} {head[2]}")
            for k, (i, (_, said, last)) in enumerate(zip(chosen, facts, strict=True))
        ]
        rows = [[f"{k + 1}. {place}", *f] for k, (place, f) in enumerate(zip(places, facts, strict=True))]
        answers = table(["image", *head], [[words(v) for v in row] for row in rows])
        content = tiles(parts, 14) + folded("Show what was meant", answers, "font-size:13px;margin-top:4px")
    else:
        rows = [[str(seen[i]), *f] for i, f in zip(chosen, facts, strict=True)]
        content = table(["sample", *head], [[words(v) for v in row] for row in rows])
    return Shown(f"Figure: {alt}", figure(content, alt, lines(["sample", *head], rows)))


def _drawn(image: np.ndarray) -> tuple[str, str, tuple[int, int]]:
    source, size = one_image(image, 84, None, None)
    return source, "an image that the model gets wrong", size


def _are_images(seen: Any) -> bool:
    return isinstance(seen, np.ndarray) and (seen.ndim == 3 or (seen.ndim == 4 and seen.shape[-1] in (1, 3)))
