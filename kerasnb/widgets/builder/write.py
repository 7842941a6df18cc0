"""A model as code: layers with the arguments that differ from their defaults, as a person would type them."""

from __future__ import annotations

import json
import weakref
from typing import Any

from kerasnb import constraints, initializers, optimizers, regularizers
from kerasnb.backend.tensor.naming import to_snake_case
from kerasnb.model.surgery.plan import Call, Plan, Ref
from kerasnb.serialization import serialize_keras_object
from kerasnb.widgets.builder.palette import REQUIRED, arguments, classes, required, signature

ALWAYS = {"name", "dtype"}
SQUARE = {"kernel_size", "strides", "pool_size", "dilation_rate", "size", "cropping", "padding"}


class Names:
    """The names that layers get when the code runs in a new session: only others are written."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def next(self, class_name: str) -> str:
        """The automatic name of the next object of a class."""
        base = to_snake_case(class_name)
        count = self.counts.get(base, 0)
        self.counts[base] = count + 1
        return f"{base}_{count}" if count else base

    def peek(self, class_name: str) -> str:
        """That name, which is not used up."""
        base = to_snake_case(class_name)
        count = self.counts.get(base, 0)
        return f"{base}_{count}" if count else base


_defaults: weakref.WeakKeyDictionary[type, dict] = weakref.WeakKeyDictionary()


def _default_config(cls: Any) -> dict:
    """The config of a layer with nothing but what it must have."""
    if cls not in _defaults:
        _defaults[cls] = _made_default(cls)
    return _defaults[cls]


def _made_default(cls: Any) -> dict:
    needed = required(cls)
    given = {key: REQUIRED[key] for key in needed if key in REQUIRED}
    if "layer" in needed:
        given["layer"] = arguments(cls.__name__)["layer"]
    try:
        return _plain(cls(**given, name="default").get_config())
    except Exception:  # a class of the user's own may need anything
        return {}


def _plain(config: dict) -> dict:
    return json.loads(json.dumps(config, default=str))


_known: weakref.WeakKeyDictionary[Any, tuple] = weakref.WeakKeyDictionary()


def differing(layer: Any) -> dict:
    """The arguments of a layer that differ from their defaults, or have none: config values by name."""
    mark = layer.trainable, layer.dtype_policy.name
    if layer not in _known or _known[layer][0] != mark:
        _known[layer] = mark, _differing(layer)
    return _known[layer][1]


def _differing(layer: Any) -> dict:
    cls, config = type(layer), layer.get_config()
    default, plain = _default_config(cls), _plain(config)
    names = [p.name for p in signature(cls)]
    needed = required(cls)
    names = [n for n in names if n in config and n not in ALWAYS]
    found = {n: config[n] for n in names if n in needed or plain[n] != default.get(n)}
    if cls.__name__ == "Bidirectional":
        found = _one_direction(found)
    if config.get("trainable") is False:
        found["trainable"] = False
    if plain.get("dtype") != default.get("dtype") and "dtype" in plain:
        found["dtype"] = layer.dtype_policy.name
    return found


def _one_direction(found: dict) -> dict:
    """The arguments of a `Bidirectional`: the layer by its own name, and no backward layer that follows from it."""
    inner = found["layer"]["config"]
    name = inner["name"].removeprefix("forward_")
    backward = found.get("backward_layer")
    follows = backward is None or backward["config"] | {"name": "", "go_backwards": False} == inner | {"name": ""}
    kept = {k: v for k, v in found.items() if k != "backward_layer" or not follows}
    return {**kept, "layer": {**found["layer"], "config": {**inner, "name": name}}}


def expression(value: Any, names: Names | None = None, argument: str = "") -> str:
    """A value of a config as Python code."""
    names = names or Names()
    if isinstance(value, dict) and "class_name" in value:
        return _object(value, names)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{expression(k)}: {expression(v, names)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        if argument in SQUARE and value and len(set(map(str, value))) == 1 and isinstance(value[0], int):
            return str(value[0])
        inner = ", ".join(expression(x, names) for x in value)
        is_list = isinstance(value, list) and argument not in SQUARE
        return f"[{inner}]" if is_list else f"({inner}{',' * (len(value) == 1)})"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return repr(value)


def _object(value: dict, names: Names) -> str:
    """A serialized object: a layer, an initializer, a regularizer, ..."""
    module, class_name, config = str(value.get("module")), value["class_name"], value.get("config")
    if module == "builtins" or not isinstance(config, dict):
        return json.dumps(config if isinstance(config, str) else class_name)
    if class_name in classes() and module == "keras.layers":
        cls: Any = classes()[class_name]
        return layer_code(cls.from_config(config), names)
    if "DTypePolicy" in class_name:
        return json.dumps(config.get("name"))
    short = _as_word(module, class_name, config)
    if short is not None:
        return json.dumps(short)
    given = {k: v for k, v in config.items() if v is not None and k != "name"}
    inner = ", ".join(f"{k}={expression(v, names)}" for k, v in given.items())
    return f"{module}.{class_name}({inner})"


def _as_word(module: str, class_name: str, config: dict) -> str | None:
    """The name for which `get` returns the same object, or None."""
    word = to_snake_case(class_name)
    for package in (initializers, regularizers, constraints):
        if module == package.__name__.replace("kerasnb", "keras"):
            try:
                same = _plain(package.get(word).get_config()) == _plain(config)
            except (ValueError, TypeError, AttributeError):
                return None
            return word if same else None
    return None


def layer_code(layer: Any, names: Names | None = None) -> str:
    """The call that creates a layer."""
    names = names or Names()
    cls = type(layer)
    given = differing(layer)
    needed = required(cls)
    parts: list[str] = []
    in_order = True
    for name in [p.name for p in signature(cls)] + [n for n in given if n in ("trainable", "dtype")]:
        if name not in given or (name in ("trainable", "dtype") and any(p.startswith(f"{name}=") for p in parts)):
            in_order = in_order and name in given
            continue
        text = expression(given[name], names, name)
        parts.append(text if in_order and name in needed else f"{name}={text}")
    if layer.name != names.peek(cls.__name__):
        parts.append(f"name={json.dumps(layer.name)}")
    else:
        names.next(cls.__name__)
    prefix = "layers." if cls.__name__ in classes() and classes()[cls.__name__] is cls else ""
    return f"{prefix}{cls.__name__}({', '.join(parts)})"


def input_code(layer: Any, names: Names) -> str:
    """The call of `keras.Input` that makes an input."""
    shape = layer.batch_shape
    parts = [expression(tuple(shape[1:]))]
    if shape[0] is not None:
        parts.append(f"batch_size={shape[0]}")
    if layer.dtype != "float32":
        parts.append(f"dtype={json.dumps(layer.dtype)}")
    if layer.name != names.peek("InputLayer"):
        parts.append(f"name={json.dumps(layer.name)}")
    else:
        names.next("InputLayer")
    return f"keras.Input({', '.join(parts)})"


class Written:
    """Code, and which line belongs to which call."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line_of: dict[int, int] = {}

    def add(self, line: str, number: int | None = None) -> None:
        """Appends a line."""
        if number is not None:
            self.line_of.setdefault(number, len(self.lines))
        self.lines.append(line)

    @property
    def text(self) -> str:
        """The whole."""
        return "\n".join(self.lines)


def model_code(plan: Plan, name: str, is_sequential: bool, settings: dict, seed: int | None) -> Written:
    """The code that makes a model.

    Args:
        plan: `Plan`.
        name: String, the model's name.
        is_sequential: Boolean, whether it is a `Sequential`.
        settings: Dict with `optimizer`, `loss`, `metrics`, or empty.
        seed: Optional integer, the seed of its weights.
    """
    code, names = Written(), Names()
    if seed is not None:
        code.add(f"keras.utils.set_random_seed({seed})")
    (_sequential if is_sequential else _functional)(code, plan, name, names)
    if settings.get("loss"):
        code.add(f"model.compile({compile_arguments(settings)})")
    return code


def compile_arguments(settings: dict) -> str:
    """What stands between the brackets of `compile`."""
    parts = [_text(settings["optimizer"]), _text(settings["loss"])]
    if settings.get("metrics"):
        parts.append(f"metrics={_text(settings['metrics'])}")
    return ", ".join(parts)


def _text(value: Any) -> str:
    if isinstance(value, optimizers.Optimizer):
        return optimizer_code(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_text(x) for x in value) + "]"
    return expression(value if isinstance(value, (str, dict)) else serialize_keras_object(value))


def optimizer_code(optimizer: Any) -> str:
    """An optimizer with the arguments that differ from the defaults."""
    config, default = _plain(optimizer.get_config()), _plain(type(optimizer)().get_config())
    given = {k: v for k, v in config.items() if k != "name" and v != default.get(k)}
    if isinstance(given.get("learning_rate"), float):
        given["learning_rate"] = float(f"{given['learning_rate']:.6g}")
    inner = ", ".join(f"{k}={expression(v)}" for k, v in given.items())
    return f"keras.optimizers.{type(optimizer).__name__}({inner})"


def _sequential(code: Written, plan: Plan, name: str, names: Names) -> None:
    code.add("model = keras.Sequential([")
    for number, call in plan.calls.items():
        line = input_code(call.operation, names) if plan.is_input(number) else layer_code(call.operation, names)
        code.add(f"    {line},", number)
    code.add("])" if name == "sequential" else f"], name={json.dumps(name)})")


def _functional(code: Written, plan: Plan, name: str, names: Names) -> None:
    variables: dict[int, str] = {}
    taken: set[str] = {"model", "keras", "layers"}
    shared: dict[int, str] = {}
    for number, call in plan.calls.items():
        operation = call.operation
        if plan.is_input(number):
            variables[number] = _variable(operation.name, taken)
            code.add(f"{variables[number]} = {input_code(operation, names)}", number)
            continue
        maker = shared.get(id(operation))
        if maker is None and len(plan.calls_of(operation)) > 1:
            maker = shared[id(operation)] = _variable(operation.name, taken)
            code.add(f"{maker} = {layer_code(operation, names)}", number)
        variables[number] = _variable(f"{operation.name}_{'out' if maker else ''}".rstrip("_"), taken)
        made = maker or layer_code(operation, names)
        code.add(f"{variables[number]} = {made}({_call_arguments(call, variables)})", number)
    ends = ", ".join(_structure(s, variables) for s in (plan.inputs, plan.outputs))
    named = "" if name == "functional" else f", name={json.dumps(name)}"
    code.add(f"model = keras.Model({ends}{named})")


def _variable(name: str, taken: set[str]) -> str:
    base = "".join(c if c.isalnum() or c == "_" else "_" for c in name)
    base = base if base.isidentifier() else f"t_{base}"
    tries = [base, *(f"{base}_{i}" for i in range(1, len(taken) + 2))]
    found = next(one for one in tries if one not in taken)
    taken.add(found)
    return found


def _call_arguments(call: Call, variables: dict[int, str]) -> str:
    parts = [_structure(x, variables) for x in call.args]
    parts += [f"{key}={_structure(x, variables)}" for key, x in call.kwargs.items()]
    return ", ".join(parts)


def _structure(value: Any, variables: dict[int, str]) -> str:
    if isinstance(value, Ref):
        return variables[value.call] + (f"[{value.index}]" if value.index else "")
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_structure(x, variables) for x in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)}: {_structure(x, variables)}" for k, x in value.items()) + "}"
    return expression(value)
