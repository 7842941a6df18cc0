"""How a model is compiled, as code: optimizer, losses, metrics, and every other argument of `compile`."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from kerasnb import activations, losses, metrics, optimizers
from kerasnb.backend.tensor import dtypes
from kerasnb.backend.tensor.naming import to_snake_case
from kerasnb.model.surgery.own import is_own, knowing
from kerasnb.optimizers import schedules
from kerasnb.serialization import serialize_keras_object
from kerasnb.widgets.builder.palette import fresh_names
from kerasnb.widgets.builder.palette import signature as signature_of
from kerasnb.widgets.builder.write import Names, expression, identifier, plain

DEFAULTS: dict[str, Any] = {
    "optimizer": "rmsprop", "loss": None, "loss_weights": None, "metrics": None, "weighted_metrics": None,
    "run_eagerly": False, "steps_per_execution": 1, "jit_compile": "auto", "auto_scale_loss": True,
}  # fmt: skip  # in the order of `compile`
FIRST = ("optimizer", "loss")
PUBLIC = {"losses": losses, "metrics": metrics, "optimizers.schedules": schedules, "optimizers": optimizers,
          "activations": activations}  # fmt: skip


def of_model(model: Any) -> dict:
    """How a model is compiled: those arguments of `compile` that are not empty."""
    if not model.compiled or not model._compile_config:
        return {}
    config = model._compile_config
    kept = {k: v for k, v in config.items() if k in DEFAULTS and (k in FIRST or v not in (None, [], {}, DEFAULTS[k]))}
    is_wrapped = getattr(model.optimizer, "inner_optimizer", None) is config["optimizer"]
    is_bare = model._is_float16() and not isinstance(config["optimizer"], optimizers.LossScaleOptimizer)
    return kept | ({"auto_scale_loss": False} if is_bare and not is_wrapped and config["optimizer"] else {})


def given(settings: dict) -> dict:
    """The arguments of `compile` that stand in settings: without those that have their defaults."""
    found = {k: settings[k] for k in DEFAULTS if k in settings}
    return {k: v for k, v in found.items() if k in FIRST or (v is not None and v != [] and v != DEFAULTS[k])}


def is_compiled(settings: dict) -> bool:
    """Whether settings say how to compile: a new model without a loss is not compiled yet."""
    return settings.get("loss", "") != ""


def same(one: dict, other: dict) -> bool:
    """Whether two dicts of settings compile alike: the same objects, or equal words and numbers."""
    one, other = given(one), given(other)
    return one.keys() == other.keys() and all(_same(v, other[k]) for k, v in one.items())


def _same(a: Any, b: Any) -> bool:
    if a is b:
        return True
    if isinstance(a, (list, tuple)) and type(a) is type(b):
        return len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(v, b[k]) for k, v in a.items())
    return type(a) is type(b) and isinstance(a, (str, bool, int, float)) and a == b


def kept(before: dict, settings: dict) -> dict:
    """Settings in which what is written as before is the object that it was."""

    def one(name: str, value: Any) -> Any:
        old = before.get(name)
        return old if name in DEFAULTS and setting(old, Names()) == setting(value, Names()) else value

    return {name: one(name, value) for name, value in settings.items()}


# --- written


def arguments(settings: dict, names: Names | None = None) -> str:
    """What stands between the brackets of `compile`."""
    names = names or Names()
    values = given(settings)
    parts = [setting(values.pop("optimizer"), names)]
    loss = values.pop("loss", None)
    parts += [setting(loss, names)] if loss is not None else []
    return ", ".join([*parts, *(f"{name}={setting(value, names)}" for name, value in values.items())])


def left_out(settings: dict) -> Iterator[str]:
    """What no argument says, as comments."""
    optimizer = settings.get("optimizer")
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    if getattr(optimizer, "_excluded_names", None) or getattr(optimizer, "_excluded_ids", None):
        yield "# Not in this code: the variables that the optimizer leaves out of the weight decay."


def setting(value: Any, names: Names) -> str:
    """An optimizer, a loss, metrics, weights of losses, ... as code."""
    if isinstance(value, (list, tuple)):
        parts = ", ".join(setting(x, names) for x in value)
        return f"[{parts}]" if isinstance(value, list) else f"({parts}{',' * (len(value) == 1)})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)}: {setting(v, names)}" for k, v in value.items()) + "}"
    if isinstance(value, (np.generic, np.ndarray)) and value.size == 1:
        value = value.item()
    if value is None or isinstance(value, (str, bool, int, float)):
        return expression(value)
    return _object(value, names)


def _object(value: Any, names: Names) -> str:
    thing = value if hasattr(value, "__name__") else type(value)
    if not is_own(thing):
        return _public(value, names)
    if thing is value and thing.__name__.isidentifier():
        return names.need(thing.__name__, thing)
    made = None if thing is value else constructor(value)
    if made is None:
        name = "loss_function" if thing is value else identifier(to_snake_case(thing.__name__))
        return names.need(name, value, f"the {'lambda' if thing is value else 'object'} that compile takes")
    return f"{names.need(thing.__name__, thing)}({_inner(value, made, names)})"


def _public(value: Any, names: Names) -> str:
    """What Keras itself offers, by its public name."""
    thing = value if hasattr(value, "__name__") else type(value)
    where = next((k for k, module in PUBLIC.items() if getattr(module, thing.__name__, None) is thing), None)
    if where is None:
        made = None if thing is value else serialize_keras_object(value)
        return expression(made, names) if isinstance(made, dict) else _elsewhere(value, thing.__name__, names)
    word = f"keras.{where}.{thing.__name__}"
    if thing is value:
        return word
    made = constructor(value)
    return _elsewhere(value, thing.__name__, names) if made is None else f"{word}({_inner(value, made, names)})"


def _elsewhere(value: Any, word: str, names: Names) -> str:
    """The name of what no code can make."""
    return names.need(identifier(to_snake_case(word)), value, "the object that compile takes")


def _inner(value: Any, made: dict, names: Names) -> str:
    return ", ".join(f"{k}={_argument(value, k, v, names)}" for k, v in made.items())


def _argument(value: Any, name: str, written: Any, names: Names) -> str:
    """One argument of an object: the function or object that the object itself holds, where there is one."""
    if isinstance(written, dict) and "class_name" in written:
        live = vars(value).get(f"_{name}", vars(value).get(name))
        if hasattr(live, "get_config") or hasattr(live, "__name__"):
            return setting(live, names)
    return expression(written, names)


def constructor(value: Any) -> dict | None:
    """The arguments with which an object can be made again; None where its config is not whole."""
    cls = type(value)
    try:
        needed = [p.name for p in signature_of(cls) if p.default is p.empty]
        config = _whole_config(value)
        default = _default(cls, {k: config[k] for k in needed if k in config}, value)
    except Exception:  # whatever the author's class raises
        return None
    if not set(needed) <= set(config):
        return None
    known = {p.name for p in signature_of(cls)}
    made = {k: v for k, v in config.items() if k in needed or (k in known | set(default) and v != default.get(k))}
    if _is_automatic(made.get("name"), cls):
        made.pop("name", None)
    if isinstance(made.get("learning_rate"), float):
        made["learning_rate"] = _shortest(made["learning_rate"])
    return made


def _default(cls: Any, needed: dict, value: Any) -> dict:
    """The config of an object of a class with nothing but what it must have, or the defaults of its arguments."""
    try:
        with fresh_names(), knowing({}):
            return _whole_config(cls(**{k: vars(value).get(f"_{k}", v) for k, v in needed.items()}))
    except Exception:  # a class may need what its config does not hold
        return {p.name: p.default for p in signature_of(cls) if p.default is not p.empty}


def _is_automatic(name: Any, cls: Any) -> bool:
    """Whether a name is that which a session gives, `adam` or `adam_1`: of an optimizer it depends on those before."""
    base = to_snake_case(cls.__name__)
    rest = str(name).removeprefix(base)
    is_numbered = issubclass(cls, optimizers.Optimizer) and rest[:1] == "_" and rest[1:].isdigit()
    return name == base or (str(name).startswith(base) and is_numbered)


def _shortest(rate: float) -> float:
    """The shortest number that is this one in float32, as the rate of an optimizer is kept."""
    short = float(str(np.float32(rate)))
    return short if math.isfinite(rate) and np.float32(short) == rate else rate


def _whole_config(value: Any) -> dict:
    """The config of an object, with the arguments that Keras leaves out of it."""
    config = plain(value.get_config())
    hidden = getattr(value, "_fn_kwargs", {})
    known = [p.name for p in signature_of(type(value)) if p.name in hidden]
    if isinstance(value, losses.Loss) and value.dtype != dtypes.floatx():
        config = {**config, "dtype": value.dtype}
    return {**{name: hidden[name] for name in known if name not in config}, **config}
