"""Layers and values as code: with the arguments that differ from their defaults, as a person would type them."""

from __future__ import annotations

import inspect
import json
import keyword
import weakref
from typing import Any

from kerasnb import constraints, initializers, regularizers, tree
from kerasnb.backend.tensor import naming
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.naming import to_snake_case
from kerasnb.layers.base.layer import Layer
from kerasnb.model.surgery.own import knowing, own_objects
from kerasnb.model.surgery.replay import as_new
from kerasnb.widgets.builder.palette import REQUIRED, arguments, classes, fresh_names, required, signature

ALWAYS = {"name", "dtype"}
SQUARE = {"kernel_size", "strides", "pool_size", "dilation_rate", "size", "cropping", "padding"}


class Names:
    """The names that layers get when the code runs in a new session: only others are written.

    Attributes:
        needs: Dict of what the code does not define, by name: classes, functions and objects of other cells.
        words: Dict of what such an object is, where the name alone does not say it.
        own: Dict of the author's classes and functions by name.
    """

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.needs: dict[str, Any] = {}
        self.words: dict[str, str] = {}
        self.own: dict[str, Any] = {}
        self._at_call: dict[str, int] = {}  # names that the layers written last use up when they are called

    def use_up(self, at_init: dict[str, int], at_call: dict[str, int]) -> None:
        """Counts the names of layers that a layer makes inside: when it is made, and when it is first called."""
        for counts, names in ((self.counts, at_init), (self._at_call, at_call)):
            for base, count in names.items():
                counts[base] = counts.get(base, 0) + count

    def called(self) -> None:
        """The layers that were written have been called."""
        waiting, self._at_call = self._at_call, {}
        self.use_up(waiting, {})

    def need(self, name: str, thing: Any, words: str = "") -> str:
        """Notes what must be defined where the code runs; returns its name, a numbered one where two have the same."""
        base, number = name, 1
        while thing is not None and self.needs.get(name) is not None and self.needs[name] is not thing:
            number += 1
            name, words = f"{base}_{number}", words or f"another one that is called {base}"
        if self.needs.get(name) is None:
            self.needs[name] = thing
        if words:
            self.words.setdefault(name, words)
        return name

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
        with fresh_names():
            return plain(cls(**given, name="default").get_config())
    except Exception:  # a class of the user's own may need anything
        given = {p.name: p.default for p in signature(cls) if p.default is not p.empty}
        return plain({"dtype": Layer().get_config()["dtype"], **given})


def plain(config: dict) -> dict:
    """A config as JSON has it."""
    return json.loads(json.dumps(config, default=str))


_known: weakref.WeakKeyDictionary[Any, tuple] = weakref.WeakKeyDictionary()


def differing(layer: Any) -> dict:
    """The arguments of a layer that differ from their defaults, or have none: config values by name."""
    mark = getattr(layer, "trainable", True), getattr(getattr(layer, "dtype_policy", None), "name", None)
    if layer not in _known or _known[layer][0] != mark:
        _known[layer] = mark, _differing(layer)
    return _known[layer][1]


def _differing(layer: Any) -> dict:
    cls, config = type(layer), layer.get_config()
    default, as_json = _default_config(cls), plain(config)
    names = [p.name for p in signature(cls)]
    needed = required(cls)
    names = [n for n in names if n in config and n not in ALWAYS]
    found = {n: config[n] for n in names if n in needed or as_json[n] not in (default.get(n), default.get(n) or {})}
    if cls.__name__ == "Bidirectional":
        found = _one_direction(found)
    if config.get("trainable") is False:
        found["trainable"] = False
    if as_json.get("dtype") != default.get("dtype") and "dtype" in as_json:
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
    if isinstance(value, float) and (value != value or value in (float("inf"), -float("inf"))):
        return f'float("{value}")'
    return repr(value)


def _object(value: dict, names: Names) -> str:
    """A serialized object: a layer, an initializer, a regularizer, ..."""
    module, class_name, config = str(value.get("module")), value["class_name"], value.get("config")
    if class_name == "function" and isinstance(config, str):
        return names.need(config, names.own.get(config))
    if module == "builtins" or not isinstance(config, dict):
        return json.dumps(config if isinstance(config, str) else class_name)
    layer_class: Any = classes().get(class_name) if module == "keras.layers" else names.own.get(class_name)
    if layer_class is not None and hasattr(layer_class, "compute_output_spec"):
        with knowing(names.own):
            layer = layer_class.from_config(config)
        return layer_code(layer, names)
    if "DTypePolicy" in class_name:
        return json.dumps(config.get("name"))
    short = _as_word(module, class_name, config)
    if short is not None:
        return json.dumps(short)
    given = {k: v for k, v in config.items() if v is not None and k != "name"}
    inner = ", ".join(f"{k}={expression(v, names)}" for k, v in given.items())
    if module.split(".")[0] == "keras" and class_name not in names.own:
        return f"{module}.{class_name}({inner})"
    return f"{names.need(class_name, names.own.get(class_name))}({inner})"


def _as_word(module: str, class_name: str, config: dict) -> str | None:
    """The name for which `get` returns the same object, or None."""
    word = to_snake_case(class_name)
    for package in (initializers, regularizers, constraints):
        if module == package.__name__.replace("kerasnb", "keras"):
            try:
                same = plain(package.get(word).get_config()) == plain(config)
            except (ValueError, TypeError, AttributeError):
                return None
            return word if same else None
    return None


def layer_code(layer: Any, names: Names | None = None) -> str:
    """The call that creates a layer, or the name of one that no call can create."""
    names = names or Names()
    cls = type(layer)
    names.own.update(own_objects(layer))
    is_new_name = layer.name != names.peek(cls.__name__)
    try:
        given = differing(layer)
        missing = [n for n in required(cls) if n not in given]
    except (NotImplementedError, TypeError, ValueError, AttributeError):  # a config of the author's that is none
        given, missing = {}, [cls.__name__]
    extras = [n for n in ("trainable", "dtype") if n in given] + ["name"] * is_new_name
    if missing or not all(_takes(cls, name) for name in extras):
        return names.need(identifier(layer.name), layer, f"the layer {layer.name} itself, whose config is not whole")
    parts = _arguments(layer, given, names)
    if is_new_name:
        parts.append(f"name={json.dumps(layer.name)}")
    else:
        names.next(cls.__name__)
    names.use_up(*_names_inside(layer))
    if classes().get(cls.__name__) is cls:
        return f"layers.{cls.__name__}({', '.join(parts)})"
    return f"{names.need(cls.__name__, cls)}({', '.join(parts)})"


_inside: weakref.WeakKeyDictionary[Any, tuple] = weakref.WeakKeyDictionary()


def _names_inside(layer: Any) -> tuple[dict[str, int], dict[str, int]]:
    """How many names the layers inside a layer use up, by their classes: when it is made, and when it is called."""
    is_alone = not isinstance(layer, Layer) or len(layer._flatten_layers()) < 2 or "layer" in required(type(layer))
    if is_alone or not layer._inbound_nodes:
        return {}, {}
    if layer not in _inside:
        _inside[layer] = _counted(layer)
    return _inside[layer]


def _counted(layer: Any) -> tuple[dict[str, int], dict[str, int]]:
    arguments = layer._inbound_nodes[0].arguments
    with fresh_names():
        try:
            twin = as_new(layer)
            at_init = dict(naming._counts)
            args, kwargs = tree.map_structure(_stand_in, [list(arguments.args), arguments.kwargs])
            twin(*args, **kwargs)
        except Exception:  # a class of the user's own may need anything
            return {}, {}
        at_call = {base: n - at_init.get(base, 0) for base, n in naming._counts.items()}
    return at_init, at_call


def _stand_in(x: Any) -> Any:
    return KerasTensor(x.shape, x.dtype, record_history=False) if isinstance(x, KerasTensor) else x


def _takes(cls: Any, name: str) -> bool:
    """Whether a constructor takes an argument."""
    parameters = inspect.signature(cls.__init__).parameters.values()
    return any(p.name == name or p.kind is p.VAR_KEYWORD for p in parameters)


def _arguments(layer: Any, given: dict, names: Names) -> list[str]:
    """What stands between the brackets, without the name."""
    cls, parts, in_order = type(layer), [], True
    needed = required(cls)
    order = [p.name for p in signature(cls)]
    for name in [*order, *(n for n in given if n in ("trainable", "dtype") and n not in order)]:
        if name not in given:
            in_order = False
            continue
        text = _function(layer, name, given[name], names) or expression(given[name], names, name)
        parts.append(text if in_order and name in needed else f"{name}={text}")
    return parts


def _function(layer: Any, argument: str, value: Any, names: Names) -> str:
    """The name of a function that is an argument; an empty string where it is something else."""
    if not isinstance(value, dict) or value.get("class_name") not in ("function", "__lambda__"):
        return ""
    function = getattr(layer, argument, None) or getattr(layer, f"_{argument}", None)
    name = getattr(function, "__name__", "")
    if value["class_name"] == "function" and name.isidentifier():
        return names.need(name, function)
    return names.need(identifier(f"{layer.name}_{argument}"), function, f"the {argument} of the layer {layer.name}")


def identifier(name: str) -> str:
    """A name as Python takes it for a variable."""
    base = "".join(c if c.isalnum() or c == "_" else "_" for c in name)
    base = base if base.isidentifier() else f"t_{base}"
    return f"{base}_" if keyword.iskeyword(base) else base


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
