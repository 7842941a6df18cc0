"""The rungs of the ladder: what can be asked of data and model before anybody trains."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from kerasnb import tree
from kerasnb.layers import InputLayer
from kerasnb.widgets.kit import words

OK, BAD, NOTE, LEFT = "ok", "bad", "note", "left"
LABELS = "labels are in range"
ALONE = "one sample has no order, and nothing to differ from"
WIDE = 30.0  # inputs beyond this are not scaled
FAR = 1.6  # times the loss of a guess: the first loss of a model that has learned nothing is near it
SCALES = ("Rescaling", "Normalization", "BatchNormalization", "LayerNormalization", "Embedding", "TextVectorization",
          "CategoryEncoding", "StringLookup", "IntegerLookup", "Hashing", "Discretization")  # fmt: skip


class Rung(NamedTuple):
    """One thing that was checked.

    Attributes:
        name: What was checked.
        state: `"ok"`, `"bad"`, `"note"` (it may be as it should), or `"left"` (it could not be checked).
        found: The evidence: numbers of this model and these data.
        mend: What to do, or nothing.
    """

    name: str
    state: str
    found: str
    mend: str = ""


class Case(NamedTuple):
    """A model and its data.

    Attributes:
        model: The compiled model.
        x: Inputs.
        y: Targets.
        batch: The first rows of both.
    """

    model: Any
    x: Any
    y: Any
    batch: tuple[Any, Any]


# --- before the model runs


def inputs(case: Case) -> Rung:
    """Numbers, all finite, on a scale that a model can learn from."""
    name = "inputs are finite and well scaled"
    arrays = [np.asarray(a) for a in tree.flatten(case.x)]
    for array in arrays:
        if array.dtype.kind in "OUS":
            return Rung(name, NOTE, f"x holds {array.dtype}, not numbers", "A layer for text must come first.")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
            count = int((~np.isfinite(array)).sum())
            return Rung(name, BAD, f"{words.count(count, 'value')} of x not finite, first at {place}",
                        f"Replace them: `np.nan_to_num(x)`. Or drop the samples: {_kept(array)}.")  # fmt: skip
    low, high = (float(f([f(a) for a in arrays if a.size])) for f in (np.min, np.max))
    span = f"x runs from {words.short(low)} to {words.short(high)}"
    if max(-low, high) > WIDE and not _scales_itself(case.model):
        divide = "Divide by 255" if 200 < high <= 255 and low >= 0 else "Subtract the mean and divide by the deviation"
        return Rung(name, BAD, span, f"{divide}, or put a `Rescaling` layer first.")
    return Rung(name, OK, span)


def _kept(array: np.ndarray) -> str:
    """Code that keeps the samples without a hole, whatever the rank; targets go with them."""
    axes = {1: "", 2: ".all(axis=1)"}.get(array.ndim, f".all(axis={tuple(range(1, array.ndim))})")
    return f"`keep = np.isfinite(x){axes}`, then `x[keep], y[keep]`"


def _scales_itself(model: Any) -> bool:
    first = [type(layer).__name__ for layer in model.layers if not isinstance(layer, InputLayer)][:3]
    return any(name in SCALES for name in first)


def words_as_labels(word: str) -> Rung:
    """Labels that are texts: nothing can be computed with them."""
    mend = "Number them: `names, y = np.unique(y, return_inverse=True)`."
    return Rung(LABELS, BAD, f"y holds words, such as {word[:40]!r}", mend)


def targets(case: Case) -> Rung:
    """Finite, in the range that the loss takes, and of more than one kind."""
    name = LABELS
    y = case.y
    if tree.is_nested(y):
        return Rung(name, LEFT, "several targets are not looked at one by one")
    y = np.asarray(y)
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        return Rung(name, BAD, f"{words.count(int((~np.isfinite(y)).sum()), 'label')} not finite",
                    "Drop the samples without a label.")  # fmt: skip
    kind = loss_name(case.model)
    if len(y) > 1 and len(np.unique(y[:100_000])) < 2:
        same = _label(y.flat[0], kind)
        return Rung(name, BAD, f"all labels are {same}", "Look at how y was made.")
    if "sparse" in kind:
        return _class_ids(name, y, classes(case.model))
    span = f"y runs from {words.short(float(y.min()))} to {words.short(float(y.max()))}"
    if "binary" in kind and (y.min() < 0 or y.max() > 1):
        return Rung(name, BAD, span, "A binary loss takes 0 and 1.")
    if "categorical" in kind and y.ndim > 1 and not np.allclose(y.sum(axis=-1), 1, atol=1e-3):
        return Rung(name, BAD, "rows of y do not add up to 1", "Use `keras.utils.to_categorical(y)`.")
    return Rung(name, OK, span)


def _label(value: Any, kind: str) -> str:
    """A label as text: the number of a class is whole."""
    is_class = "categorical" in kind or "binary" in kind or np.asarray(value).dtype.kind in "iub"
    return f"{int(value):,}" if is_class and float(value).is_integer() else words.number(float(value))


def _class_ids(name: str, y: np.ndarray, count: int | None) -> Rung:
    low, high = int(y.min()), int(y.max())
    found = f"class ids from {low} to {high}, and {count} outputs"
    if low < 0 or (count is not None and high >= count):
        mend = "Count from 0: `y - 1`." if low == 1 and high == count else f"The last layer needs {high + 1} units."
        return Rung(name, BAD, found, "Class ids below 0 are no classes." if low < 0 else mend)
    if count is not None and high + 1 < count:
        return Rung(name, NOTE, found, f"{count - high - 1} of the outputs can never be right.")
    return Rung(name, OK, found)


def order(case: Case) -> Rung:
    """Rows in random order: `validation_split` takes the last ones as they stand."""
    name = "rows are in random order"
    if tree.is_nested(case.y) or loss_kind(case.model) is None:
        return Rung(name, LEFT, "only class labels are looked at")
    if len(case.y) < 2:
        return Rung(name, LEFT, ALONE)
    y = np.asarray(case.y)
    ids = y.argmax(-1) if y.ndim > 1 and y.shape[-1] > 1 else y.reshape(len(y), -1)[:, 0].astype(float)
    cut = max(1, len(ids) // 5)
    missing = sorted(set(ids[-cut:].tolist()) - set(ids[:-cut].tolist()))
    if missing:
        return Rung(name, NOTE, f"the last fifth has classes that the rest lacks: {_listed(missing)}",
                    "Before `validation_split`, shuffle: `i = np.random.permutation(len(y))`.")  # fmt: skip
    if len(ids) > 50 and (np.diff(ids) >= 0).all():
        return Rung(name, NOTE, "y is sorted", "Before `validation_split`, shuffle x and y alike.")
    return Rung(name, OK, "each class is in the first and in the last rows")


def _listed(values: list) -> str:
    shown = [f"{v:g}" if isinstance(v, float) else str(v) for v in values[:5]]
    return ", ".join([*shown, *(["…"] if len(values) > 5 else [])])


# --- the last layer and the loss


def loss_name(model: Any) -> str:
    """The name of the loss, in small letters."""
    loss = model.loss
    return str(loss if isinstance(loss, str) else getattr(loss, "name", None) or getattr(loss, "__name__", "")).lower()


def _is_several(case: Case) -> bool:
    """Whether the model has several outputs, or a loss for each of several targets."""
    outputs = getattr(case.model, "outputs", None)
    return tree.is_nested(case.y) or tree.is_nested(case.model.loss) or (outputs is not None and len(outputs) > 1)


def loss_kind(model: Any) -> str | None:
    """`"classes"`, `"yes or no"`, or None where the loss is not one of classes."""
    name = loss_name(model)
    return "yes or no" if "binary" in name else "classes" if "categorical" in name else None


def classes(model: Any) -> int | None:
    """How many outputs the last axis has."""
    try:
        shape = model.output_shape
    except (AttributeError, ValueError):
        return None
    return shape[-1] if isinstance(shape, tuple) else None


def activation(model: Any) -> str:
    """The name of the last activation: "linear" where there is none."""
    for layer in reversed(model.layers):
        kind = type(layer).__name__
        if kind == "Softmax":
            return "softmax"
        function = getattr(layer, "activation", None)
        if function is not None or not kind.startswith(("Dropout", "Reshape", "Flatten")):
            return getattr(function, "__name__", "linear")
    return "linear"


def ending(case: Case) -> Rung:
    """The last activation gives what the loss takes."""
    name = "the last layer fits the loss"
    if _is_several(case):
        return Rung(name, LEFT, "several outputs are not looked at one by one")
    kind, last, units = loss_kind(case.model), activation(case.model), classes(case.model)
    found = f"{last} with {words.count(units or 0, 'unit')}, loss {loss_name(case.model)}"
    logits = bool(getattr(case.model.loss, "from_logits", False)
                  or getattr(case.model.loss, "_fn_kwargs", {}).get("from_logits"))  # fmt: skip
    mend = _ending_mend(kind, last, units, logits)
    return Rung(name, BAD if mend else OK, found + (", from_logits=True" if logits else ""), mend)


def _ending_mend(kind: str | None, last: str, units: int | None, logits: bool) -> str:
    if last == "softmax" and units == 1:
        return "A softmax over one unit is always 1. Use `sigmoid` for yes or no, or one unit per class."
    if kind is None:
        return f"A number can be anything: remove `{last}` from the last layer." if last in ("softmax", "relu") else ""
    right = "softmax" if kind == "classes" else "sigmoid"
    if logits and last in ("softmax", "sigmoid"):
        return f"`from_logits=True` applies {right} a second time. Remove one of the two."
    if not logits and last != right:
        return f"The loss takes probabilities: give the last layer `{right}`, or the loss `from_logits=True`."
    return ""


# --- after a first step


def first_loss(case: Case, loss: float) -> Rung:
    """Near that of a guess, which for C classes is ln C."""
    name = "first loss is that of a guess"
    kind = loss_kind(case.model)
    if not math.isfinite(loss):
        return Rung(name, BAD, f"loss {words.number(loss)} on the first batch", "Look at x, y, and your own layers.")
    if _is_several(case):
        return Rung(name, LEFT, f"loss {words.number(loss)}; several outputs are not looked at one by one")
    guess = _guess(case, kind)
    if guess is None:
        named = loss_name(case.model) or "this loss"
        return Rung(name, LEFT, f"loss {words.number(loss)}; no guess is known for {named}")
    said = f"ln {classes(case.model)} = {words.number(guess)}" if kind == "classes" else words.number(guess)
    found = f"loss {words.number(loss)} on the first batch, a guess has {said}"
    if loss > FAR * guess + 0.3:
        return Rung(name, BAD if kind else NOTE, found, "The outputs start far too large: scale x, or the weights.")
    return Rung(name, OK, found + (": already trained" if loss < 0.6 * guess else ""))


def _guess(case: Case, kind: str | None) -> float | None:
    count = classes(case.model)
    if kind == "classes" and count and count > 1:
        return math.log(count)
    if kind == "yes or no":
        return math.log(2)
    y = np.asarray(case.batch[1]) if not tree.is_nested(case.batch[1]) else None
    if y is not None and "squared_error" in _long(loss_name(case.model)):
        return float((y.astype(float) ** 2).mean())
    if y is not None and "absolute_error" in _long(loss_name(case.model)):
        return float(np.abs(y.astype(float)).mean())
    return None


def _long(name: str) -> str:
    return {"mse": "mean_squared_error", "mae": "mean_absolute_error"}.get(name, name)


def differ(case: Case, outputs: Any) -> Rung:
    """Different samples get different answers."""
    name = "answers depend on the inputs"
    every = [np.asarray(o, float) for o in tree.flatten(outputs)]
    if len(every[0]) < 2:
        return Rung(name, LEFT, ALONE)
    spread = max(float(o.std(axis=0).max()) for o in every)
    if spread < 1e-7:
        return Rung(name, BAD, f"all {len(every[0])} answers are the same",
                    "Look for units that are always 0, or a softmax over one unit.")  # fmt: skip
    return Rung(name, OK, f"answers differ by {words.number(spread)} between samples")


def gradients(case: Case, slopes: list[tuple[str, Any]]) -> Rung:
    """Each trainable weight feels the loss."""
    name = "each layer gets a gradient"
    if not slopes:
        return Rung(name, BAD, "no weight is trainable", "Set `layer.trainable = True`, and compile again.")
    still = [path for path, slope in slopes if slope is None or not np.any(np.asarray(slope))]
    wild = [path for path, slope in slopes if slope is not None and not np.isfinite(np.asarray(slope)).all()]
    if wild:
        return Rung(name, BAD, f"gradient of {wild[0]} not finite", "Lower the learning rate, and look at x.")
    if still:
        more = f" and {len(still) - 1} more" if len(still) > 1 else ""
        return Rung(name, BAD, f"no gradient in {still[0]}{more}",
                    "Units before it are dead or saturated: look at activation, initializer and scale.")  # fmt: skip
    layers = {path.rsplit("/", 1)[0] for path, _ in slopes}
    return Rung(name, OK, f"{words.count(len(slopes), 'weight')} of {words.count(len(layers), 'layer')}")


def one_batch(case: Case, losses: list[float]) -> Rung:
    """A model that can learn at all learns one batch by heart."""
    name = "one batch is learned by heart"
    steps = len(losses) - 1
    found = f"loss {words.number(losses[0])} to {words.number(losses[-1])} in {words.count(steps, 'step')}"
    if not all(map(math.isfinite, losses)):
        return Rung(name, BAD, f"loss not finite after {words.count(steps, 'step')}", "Lower the learning rate.")
    if losses[-1] < 0.5 * losses[0]:
        return Rung(name, OK, found)
    if max(losses[1:]) > 2 * losses[0] + 1e-9 or losses[-1] > 1.05 * losses[0]:
        return Rung(name, BAD, found, "The steps are too large: divide the learning rate by ten, or use `kw.lr_find`.")
    if losses[-1] > 0.98 * losses[0]:
        return Rung(name, BAD, found, "The steps are too small: ten times the learning rate, or use `kw.lr_find`.")
    return Rung(name, NOTE, found, "It learns slowly: try `kw.lr_find(model, x, y)`.")


def speed(seconds: float, samples: int, total: int, batch: int) -> Rung:
    """What an epoch will take."""
    each = seconds / max(1, samples)
    epoch = each * total
    shown = f"{epoch * 1e3:.0f} ms" if epoch < 1 else f"{epoch:.1f} s" if epoch < 60 else f"{epoch / 60:.0f} min"
    found = f"{each * batch * 1e3:.2f} ms for a step of {words.count(batch, 'sample')}, about {shown} an epoch"
    return Rung("an epoch takes a known time", OK, found)


BEFORE: tuple[Callable[[Case], Rung], ...] = (inputs, targets, order, ending)


def before(case: Case) -> Iterator[Rung]:
    """The rungs for which the model need not run."""
    for rung in BEFORE:
        yield rung(case)
