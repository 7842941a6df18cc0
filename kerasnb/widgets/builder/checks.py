"""What may stand as an argument: of a layer, of `compile`, and as the data of a model."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasnb import activations, constraints, initializers, losses, metrics, optimizers, regularizers, tree
from kerasnb.layers.base.layer import Layer
from kerasnb.model.surgery.plan import Plan
from kerasnb.widgets.builder import palette
from kerasnb.widgets.builder.judge import text

FINDERS = ("get", "serialize", "deserialize")
KINDS: dict[str, tuple[Any, type]] = {
    "activation": (activations, Layer), "initializer": (initializers, initializers.Initializer),
    "regularizer": (regularizers, regularizers.Regularizer), "constraint": (constraints, constraints.Constraint),
}  # fmt: skip
COMPILED: dict[str, tuple[Any, type]] = {
    "optimizer": (optimizers, optimizers.Optimizer), "loss": (losses, losses.Loss),
    "metrics": (metrics, metrics.Metric), "weighted_metrics": (metrics, metrics.Metric),
}  # fmt: skip
BY_SHAPE = ("", "accuracy", "acc", "crossentropy", "ce")  # metrics that targets and outputs decide


def public(module: Any, name: str) -> Any:
    """What a module of Keras offers under a name, except what finds things by name; None if there is no such thing."""
    return getattr(module, name) if name in module.__all__ and name not in FINDERS else None


def _offers(module: Any, base: type, value: Any) -> bool:
    """Whether a value is a function of a module, a class that extends `base`, or an object of one."""
    if isinstance(value, type):
        return issubclass(value, base) and value is not base
    return isinstance(value, base) or any(value is public(module, name) for name in module.__all__)


# --- of layers


def check_layer_arguments(cls: Any, args: list, kwargs: dict, own: list | None = None) -> None:
    """Checks those arguments of a Keras layer that its constructor does not check.

    Args:
        cls: Class of layers; one of the user's own may take anything.
        args: List.
        kwargs: Dict.
        own: Optional list of the user's own classes and functions, which may stand anywhere.

    Raises:
        ValueError: If an activation, an initializer, ... is none, or a switch is neither True nor False.
    """
    if palette.classes().get(cls.__name__) is not cls:
        return
    known = {p.name: p for p in palette.signature(cls)}
    for name, value in {**dict(zip(known, args, strict=False)), **kwargs}.items():
        if any(value is one or type(value) is one for one in own or []):
            continue
        kind = next((k for k in KINDS if name == k or name.endswith(f"_{k}")), None)
        if kind is not None:
            _check_one(name, value, *KINDS[kind])
        elif name in known and isinstance(known[name].default, bool) and not isinstance(value, bool):
            raise ValueError(f"Argument `{name}` must be True or False. Received: {value}")


def _check_one(name: str, value: Any, module: Any, base: type) -> None:
    if isinstance(value, str) and value:
        module.get(value)  # its error names what is known
    elif value is not None and not _offers(module, base, value):
        where = module.__name__.replace("kerasnb", "keras")
        raise ValueError(f"Argument `{name}` must be a name or an object of {where}. Received: {value}")


def check_extents(shape: Any) -> None:
    """Checks the shape of an input.

    Raises:
        ValueError: If an extent is no positive whole number, or None.
    """
    if not all(n is None or (type(n) is int and n > 0) for n in shape):
        raise ValueError(f"Argument `shape` must hold whole numbers from 1 on, or None. Received: {tuple(shape)}")


# --- of compile


def check_compile(settings: dict, own: list | None = None) -> None:
    """Checks how a model is compiled, long before it is.

    Args:
        settings: Dict of arguments of `compile`.
        own: Optional list of the user's own classes and functions, which may stand anywhere.

    Raises:
        ValueError: If an optimizer, a loss, a metric, a weight or a switch is none.
    """
    for name, (module, base) in COMPILED.items():
        for value in _leaves(settings.get(name)):
            is_word = isinstance(value, str) and (value == "" or (module is metrics and value in BY_SHAPE))
            if value is None or is_word or any(value is one or type(value) is one for one in own or []):
                continue
            if isinstance(value, dict):
                module.get(value)  # a config
            else:
                _check_one(name, value, module, base)
    for weight in tree.flatten([settings.get("loss_weights")]):
        if weight is not None and (isinstance(weight, (bool, str)) or not np.isscalar(weight)):
            raise ValueError(f"Argument `loss_weights` must hold numbers, one for each loss. Received: {weight}")
    _check_switches(settings)


def _check_switches(settings: dict) -> None:
    for name, value in settings.items():
        if name in ("run_eagerly", "auto_scale_loss") and not isinstance(value, bool):
            raise ValueError(f"Argument `{name}` must be True or False. Received: {value}")
        if name == "jit_compile" and value != "auto" and not isinstance(value, bool):
            raise ValueError(f'Argument `jit_compile` must be True, False or "auto". Received: {value}')
        if name == "steps_per_execution" and not (type(value) is int and value > 0):
            raise ValueError(f"Argument `steps_per_execution` must be a positive whole number. Received: {value}")


def _leaves(value: Any) -> list:
    """What lists and dicts hold; a config is one thing."""
    if isinstance(value, dict) and "class_name" not in value:
        return [leaf for part in value.values() for leaf in _leaves(part)]
    if isinstance(value, (list, tuple)):
        return [leaf for part in value for leaf in _leaves(part)]
    return [value]


# --- of data


def check_data(inputs: list[np.ndarray], targets: list[np.ndarray]) -> None:
    """Checks that there are samples, and as many of each.

    Raises:
        ValueError: If there are not.
    """
    empty = next((a.shape for a in inputs if 0 in a.shape[1:]), None)
    if empty is not None:
        raise ValueError(f"Argument `x` must hold numbers in each sample. Received: the shape {text(empty)}.")
    counts = [len(a) for a in [*inputs, *targets]]
    if 0 in counts:
        raise ValueError("Arguments `x` and `y` must hold at least one sample. Received: none.")
    if len(set(counts)) > 1:
        received = ", ".join(map(str, counts))
        raise ValueError(f"Arguments `x` and `y` must have equally many samples. Received: {received}.")


def misfit(plan: Plan, x: Any, inputs: list[np.ndarray]) -> str:
    """Why a model cannot take the data, as a sentence; empty where it can.

    Args:
        plan: `Plan`.
        x: The inputs as they were given.
        inputs: The same as a list of arrays.
    """
    if not inputs:
        return ""
    layers = [plan.calls[ref.call].operation for ref in tree.flatten(plan.inputs)]
    if len(layers) != len(inputs):
        return f"x has {len(inputs)} array{'s' * (len(inputs) > 1)}, and the model takes {len(layers)}."
    names = list(x) if isinstance(x, dict) else []
    by_name = dict(zip(names, inputs, strict=False))
    for layer, array in zip(layers, inputs, strict=True):
        given = by_name.get(layer.name, array)
        if not _takes(layer.batch_shape[1:], given.shape[1:]):
            expected = text(layer.batch_shape[1:])
            return f"x has the shape {text(given.shape[1:])} for each sample, and {layer.name} takes {expected}."
    return ""


def _takes(expected: tuple, given: tuple) -> bool:
    """Whether an input takes samples of a shape; an axis of extent 1 at the end can be added or left out."""
    tries = [given, (*given, 1), *([given[:-1]] if given[-1:] == (1,) else [])]
    return any(len(t) == len(expected) and all(a in (None, b) for a, b in zip(expected, t, strict=True)) for t in tries)
