"""Assertions for tests of students' work: what, where, what was found, and a hint."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasnb import tree
from kerasnb.layers import InputLayer
from kerasnb.model.model import Model


def assert_model(
    model: Any,
    *,
    input_shape: Any = None,
    output_shape: Any = None,
    layers: Sequence[Any] | None = None,
    params: int | tuple[int, int] | None = None,
    compiled: bool | None = None,
    loss: str | None = None,
    trained: bool | None = None,
    min_accuracy: tuple[Any, Any, float] | None = None,
    max_loss: tuple[Any, Any, float] | None = None,
) -> None:
    """Asserts what a model must be, with a message that helps who built it. Only what is given is checked.

    It shows nothing, waits for nothing and starts no thread, so that it runs in any grader.

    Args:
        model: What the student built.
        input_shape: Tuple, without or with the axis of the batch, or an integer; a list or dict for several inputs.
        output_shape: The same for the outputs.
        layers: List of layer classes or their names, in order; `...` stands for any layers.
        params: Integer, or a tuple of the least and the most.
        compiled: Boolean.
        loss: String, the name of the loss.
        trained: Boolean, whether it has been trained at all.
        min_accuracy: Tuple `(x, y, least)`: data, and the least share of right answers.
        max_loss: Tuple `(x, y, most)`.

    Raises:
        AssertionError: At the first thing that differs: what, where, what was expected, what was found, and a hint.
        ValueError: If `input_shape` or `output_shape` is no shape, `layers` no list, or `params` no number.

    Example:

    >>> import kerasnb.widgets as kw
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    >>> kw.testing.assert_model(model, input_shape=(4,), output_shape=(3,), layers=["Dense"], params=15)
    >>> kw.testing.assert_model(model, params=20)
    Traceback (most recent call last):
        ...
    AssertionError: Parameters of the model: expected 20, found 15.
    Hint: `model.summary()` lists them layer by layer; 5 are missing.
    """
    input_shape, output_shape = _shape(input_shape, "input_shape"), _shape(output_shape, "output_shape")
    _are_arguments(layers, params)
    if not isinstance(model, Model):
        raise _failed("What was handed in", "a model", f"{type(model).__name__}", _no_model(model))
    wanted: dict[Callable[[Any, Any], None], Any] = {
        _input_shape: input_shape, _layers: layers, _output_shape: output_shape, _params: params,
        _compiled: compiled, _loss: loss, _trained: trained, _accuracy: min_accuracy, _max_loss: max_loss,
    }  # fmt: skip
    for check, value in wanted.items():
        if value is not None:
            check(model, value)


def _shape(value: Any, name: str) -> Any:
    """What a teacher wrote as a shape, or as several: numbers alone and in lists are shapes, too."""
    if value is None or _is_shape(value):
        return value
    if isinstance(value, dict):
        return {key: _shape(part, name) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return tuple(value) if value and _is_shape(tuple(value)) else [_shape(part, name) for part in value]
    if _is_shape((value,)):
        return (value,)
    raise ValueError(f"Argument `{name}` must be a shape, such as (28, 28). Received: {name}={value!r}")


def _are_arguments(layers: Any, params: Any) -> None:
    if layers is not None and not isinstance(layers, (list, tuple)):
        raise ValueError(f"Argument `layers` must be a list of classes or names. Received: layers={layers!r}")
    counts = params if isinstance(params, tuple) else (0 if params is None else params,) * 2
    if len(counts) != 2 or not all(isinstance(n, (int, np.integer)) for n in counts):
        raise ValueError(f"Argument `params` must be an integer, or a tuple of two. Received: params={params!r}")


def _failed(what: str, expected: str, found: str, hint: str = "") -> AssertionError:
    return AssertionError(f"{what}: expected {expected}, found {found}." + (f"\nHint: {hint}" if hint else ""))


def _no_model(thing: Any) -> str:
    if thing is ... or thing is None:
        return "Replace `...` with your model, and run the cells above this one."
    if isinstance(thing, type):
        return "That is the class. Call it, to get a model: `Name()`."
    if hasattr(thing, "history"):
        return "That is what `fit` returns. Hand in the model itself."
    return "Build one with `keras.Sequential([...])` or `keras.Model(inputs, outputs)`."


# --- shapes


def _input_shape(model: Any, wanted: Any) -> None:
    _compare(model, wanted, "input_shape", "Input shape of the model", "The shape stands in `keras.Input(...)`.")


def _output_shape(model: Any, wanted: Any) -> None:
    last = model.layers[-1].name if model.layers else "the last layer"
    _compare(model, wanted, "output_shape", f"Output shape of the model, made by {last}", "")


def _compare(model: Any, wanted: Any, name: str, what: str, hint: str) -> None:
    try:
        found = getattr(model, name)
    except (AttributeError, ValueError):
        hint = "Begin with `keras.Input(shape)`, or call the model on data."
        raise _failed(what, _text(wanted), "no shape", hint) from None
    if not _alike(wanted, found):
        raise _failed(what, _text(wanted), _text(found), _shape_hint(wanted, found, name) or hint)


def _is_shape(value: Any) -> bool:
    return isinstance(value, tuple) and all(v is None or isinstance(v, (int, np.integer)) for v in value)


def _alike(wanted: Any, found: Any) -> bool:
    if _is_shape(wanted):
        return _is_shape(found) and found in (wanted, (None, *wanted))
    if isinstance(wanted, dict):
        same = isinstance(found, dict) and wanted.keys() == found.keys()
        return same and all(_alike(wanted[k], found[k]) for k in wanted)
    return (
        isinstance(found, (list, tuple)) and len(found) == len(wanted)
        and all(_alike(w, f) for w, f in zip(wanted, found, strict=True))
    )  # fmt: skip


def _text(shape: Any) -> str:
    if _is_shape(shape):
        inner = shape[1:] if shape and shape[0] is None else shape
        return f"({', '.join(['batch', *('any' if v is None else str(v) for v in inner)])})"
    if isinstance(shape, dict):
        return "{" + ", ".join(f"{k!r}: {_text(v)}" for k, v in shape.items()) + "}"
    return "[" + ", ".join(map(_text, shape)) + "]"


def _shape_hint(wanted: Any, found: Any, name: str) -> str:
    if not (_is_shape(wanted) and _is_shape(found)):
        return "The number of inputs, or of outputs, differs." if _is_shape(wanted) != _is_shape(found) else ""
    want, have = (tuple(s[1:] if s and s[0] is None else s) for s in (wanted, found))
    if len(have) > len(want) and name == "output_shape":
        return "Axes of places are left: add `Flatten()` or a global pooling before the last layer."
    if len(have) + 1 == len(want) and have == want[:-1]:
        return "The axis of the channels is missing: one more `1` at the end."
    if len(want) == len(have) and want[:-1] == have[:-1] and name == "output_shape":
        return f"The last layer has {have[-1]} units; {want[-1]} are needed."
    return ""


# --- layers and parameters


def _layers(model: Any, wanted: Sequence[Any]) -> None:
    found = [type(layer).__name__ for layer in model.layers if not isinstance(layer, InputLayer)]
    names = [w if w is ... or isinstance(w, str) else getattr(w, "__name__", str(w)) for w in wanted]
    if not _matches(names, found):
        shown = ", ".join("..." if n is ... else n for n in names)
        raise _failed("Layers of the model", shown, ", ".join(found) or "none", _layer_hint(names, found))


def _matches(wanted: Sequence[Any], found: Sequence[str]) -> bool:
    if not wanted:
        return not found
    if wanted[0] is ...:
        return any(_matches(wanted[1:], found[i:]) for i in range(len(found) + 1))
    return bool(found) and found[0] == wanted[0] and _matches(wanted[1:], found[1:])


def _layer_hint(wanted: Sequence[Any], found: Sequence[str]) -> str:
    missing = [n for n in wanted if n is not ... and n not in found]
    if missing:
        return f"{missing[0]} is missing."
    for place, (want, have) in enumerate(zip(wanted, found, strict=False), 1):
        if want is ...:
            return "The order differs."
        if want != have:
            return f"Layer {place} is {have}; {want} belongs there."
    return f"{found[len(wanted)]} is one too many." if len(found) > len(wanted) else "Layers are missing at the end."


def _params(model: Any, wanted: int | tuple[int, int]) -> None:
    low, high = wanted if isinstance(wanted, tuple) else (wanted, wanted)
    found = model.count_params()
    if not low <= found <= high:
        expected = f"{low:,}" if low == high else f"{low:,} to {high:,}"
        apart = f"{low - found:,} are missing" if found < low else f"{found - high:,} are too many"
        hint = f"`model.summary()` lists them layer by layer; {apart}."
        raise _failed("Parameters of the model", expected, f"{found:,}", hint)


# --- training


def _compiled(model: Any, wanted: bool) -> None:
    if bool(getattr(model, "compiled", False)) != wanted:
        hint = "Call `model.compile(optimizer, loss, metrics)`." if wanted else "It should not be compiled yet."
        raise _failed("State of the model", _yes(wanted, "compiled"), _yes(not wanted, "compiled"), hint)


def _loss(model: Any, wanted: str) -> None:
    _compiled(model, True)
    found = _name(model.loss)
    if _bare(found) != _bare(wanted):
        raise _failed("Loss of the model", wanted, found, f"Compile it with `loss={wanted!r}`.")


def _name(loss: Any) -> str:
    if isinstance(loss, str):
        return loss
    return str(getattr(loss, "name", None) or getattr(loss, "__name__", type(loss).__name__))


def _bare(name: str) -> str:
    bare = name.replace("_", "").lower()
    return {"meansquarederror": "mse", "meanabsoluteerror": "mae"}.get(bare, bare)


def _trained(model: Any, wanted: bool) -> None:
    _compiled(model, True)
    found = int(np.asarray(model.optimizer.iterations)) > 0
    if found != wanted:
        hint = "Call `model.fit(x, y)`. Compiling again starts the optimizer afresh." if wanted else "Build it anew."
        raise _failed("State of the model", _yes(wanted, "trained"), _yes(found, "trained"), hint)


def _yes(is_so: bool, word: str) -> str:
    return word if is_so else f"not {word}"


def _accuracy(model: Any, wanted: tuple[Any, Any, float]) -> None:
    x, y, least = wanted
    answers, right = _predict(model, x), np.asarray(y)
    if answers.shape[-1] > 1:
        right = right.argmax(-1) if right.shape == answers.shape else right.reshape(len(right), -1)[:, 0]
        answers = answers.argmax(-1)
    else:
        answers, right = (answers.ravel() > _threshold(model)).astype(int), right.ravel()
    found = float((answers == right).mean())
    if not found >= least:
        same = len(set(answers.tolist())) == 1
        hint = "All answers are the same: look at the loss, the labels and the scale of x." if same else ""
        raise _failed(f"Accuracy on {len(right):,} samples", f"at least {least:g}", f"{found:.3f}",
                      hint or "Train for more epochs, or run `kw.check(model, x, y)`.")  # fmt: skip


def _threshold(model: Any) -> float:
    """A single answer is a probability, or a logit, where the last layer has no sigmoid."""
    last = getattr(model.layers[-1], "activation", None)
    return 0.5 if getattr(last, "__name__", "") == "sigmoid" or type(model.layers[-1]).__name__ == "Activation" else 0.0


def _max_loss(model: Any, wanted: tuple[Any, Any, float]) -> None:
    _compiled(model, True)
    x, y, most = wanted
    found = float(np.asarray(model.evaluate(x, y, verbose=0)).ravel()[0])
    if not found <= most:
        state = "not finite" if not math.isfinite(found) else f"{found:.3g}"
        raise _failed(f"Loss on {len(tree.flatten(y)[0]):,} samples", f"at most {most:g}", state,
                      "Run `kw.check(model, x, y)`: it names what holds training up.")  # fmt: skip


def _predict(model: Any, x: Any) -> np.ndarray:
    try:
        return np.asarray(model.predict(x, verbose=0))
    except ValueError as problem:
        raise AssertionError(f"The model cannot be used on the data of the test: {problem}") from None
