"""Adjust: the numbers of a model's training that a person may change while it runs."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from kerasnb.backend.tensor.variable import Variable
from kerasnb.model.run.control import as_number, positive_rate

RATE = "learning_rate"
_OFF_AT_ZERO = ("weight_decay",)  # None and 0 mean the same
_LIMITS = ("clipnorm", "clipvalue", "global_clipnorm", "epsilon")


class Range(NamedTuple):
    """The values that a hyper-parameter may have, and what a refusal says."""

    low: float
    high: float
    words: str

    def holds(self, value: float) -> bool:
        """Whether a value is inside; both ends are."""
        return math.isfinite(value) and self.low <= value <= self.high


_SHARE = Range(0.0, 1.0, "a number from 0 to 1, such as 0.9")
_DROPPED = Range(0.0, 0.999999, "a number from 0 to below 1, such as 0.3")
_DECAY = Range(0.0, math.inf, "0 or a positive number, such as 0.01")
_LIMIT = Range(5e-324, math.inf, "a positive number, such as 1")
_ANY = Range(-math.inf, math.inf, "a number")
_RANGES = {
    **dict.fromkeys(("momentum", "ema_momentum", "rho", "beta_1", "beta_2"), _SHARE),
    **dict.fromkeys(_LIMITS, _LIMIT), "weight_decay": _DECAY,
}  # fmt: skip


def adjustable(model: Any) -> dict[str, float]:
    """The names and values of what may be changed: the learning rate first, the optimizer's numbers, then dropout.

    Args:
        model: A compiled model.
    """
    optimizer = inner(model.optimizer)
    if optimizer is None:
        return {}
    values: dict[str, float] = {}
    if isinstance(getattr(optimizer, "_learning_rate", None), Variable):
        values[RATE] = float(f"{float(optimizer.learning_rate):.7g}")  # it is kept in float32
    for name in _scalars(optimizer):
        values[name] = float(getattr(optimizer, name) or 0.0)
    return values | {name: float(layer.rate) for name, layer in _dropouts(model).items()}


def inner(optimizer: Any) -> Any:
    """The optimizer that changes the weights, which another one may scale the loss for."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def _scalars(optimizer: Any) -> list[str]:
    """The numbers of an optimizer, in the order of its config."""
    config = optimizer.get_config()
    names = [n for n, v in config.items() if n != RATE and (isinstance(v, float) or n in _OFF_AT_ZERO)]
    names = [n for n in names if n != "loss_scale_factor" and hasattr(optimizer, n)]
    return [n for n in names if n != "ema_momentum" or optimizer.use_ema]


def _dropouts(model: Any) -> dict[str, Any]:
    """Layers that drop values, by the names of their rates; a rate of 0 draws nothing, and stays."""
    layers = [layer for layer in model._flatten_layers() if isinstance(getattr(layer, "rate", None), (int, float))]
    return {f"{layer.name}.rate": layer for layer in layers if hasattr(layer, "seed_generator")}


def checked(model: Any, name: str, value: Any) -> float:
    """A new value as a number.

    Raises:
        ValueError: If the model has no such hyper-parameter, or the value is out of its range.
    """
    known = adjustable(model)
    if not isinstance(name, str) or name not in known:
        if name == RATE:
            raise ValueError("The learning rate follows a schedule or a function, so it cannot be set.")
        raise ValueError(f"This run has no hyper-parameter {name!r}. It has: {', '.join(known)}")
    if name == RATE:
        return positive_rate(value)
    allowed, number = _RANGES.get(name, _DROPPED if name.endswith(".rate") else _ANY), as_number(value)
    if not allowed.holds(number):
        raise ValueError(f"{_words(name)} must be {allowed.words}; got {value}")
    return number


def _words(name: str) -> str:
    """`The weight decay`, `The rate of dropout_1`."""
    if name.endswith(".rate"):
        return f"The rate of {name.removesuffix('.rate')}"
    return f"The {name.replace('_', ' ')}" if name.replace("_", "").isalpha() else f"The hyper-parameter {name}"


def apply(model: Any, name: str, value: float) -> None:
    """Changes a hyper-parameter between two batches; recorded steps hold all but the learning rate as a constant."""
    optimizer = inner(model.optimizer)
    if name == RATE:
        optimizer.learning_rate = value
        return
    if name in _dropouts(model):
        _dropouts(model)[name].rate = value
    else:
        setattr(optimizer, name, None if name in _OFF_AT_ZERO and not value else value)
        _add_momentums(optimizer)
    model._steps = {key: step for key, step in model._steps.items() if key[0] != "train_step"}


def _add_momentums(optimizer: Any) -> None:
    """Creates the velocities of an optimizer that was built without momentum."""
    for attribute in ("momentums", "_momentums"):
        if optimizer.built and getattr(optimizer, "momentum", 0) and getattr(optimizer, attribute, None) == []:
            slots = optimizer.add_optimizer_variables(optimizer._trainable_variables, "momentum")
            setattr(optimizer, attribute, slots)
