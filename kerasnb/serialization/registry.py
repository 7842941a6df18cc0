"""Registry: which public names and which of the user's own objects a config may speak of.

`get` and `deserialize` of initializers, losses, metrics, optimizers and so on all come here. The
functions of `keras.saving` stand above and share the tables of this file.
"""

from __future__ import annotations

import contextlib
import difflib
import inspect
import threading
import types

import numpy as np

from kerasnb.backend.tensor import dtypes
from kerasnb.backend.tensor.tensor import Tensor, to_tensor

CUSTOM_OBJECTS: dict[str, object] = {}
CUSTOM_NAMES: dict[object, str] = {}
PUBLIC: dict[tuple[str, str], object] = {}
PUBLIC_MODULES: dict[object, str] = {}


class Hooks:
    """How a lambda becomes a config; saving/serialize.py provides it."""

    lambda_config = None


_PLAIN = (str, int, float, bool, type(None))
_UNKNOWN = (
    "Could not locate {kind} '{name}'. Make sure custom classes and functions are decorated with "
    "`@keras.saving.register_keras_serializable()`. Known names: {known}"
)


class _Scopes(threading.local):
    def __init__(self) -> None:
        self.stack = []


_scopes = _Scopes()


@contextlib.contextmanager
def custom_object_scope(custom_objects: dict | None):
    """Names that `get` and `deserialize` know inside the `with` block, of this thread only."""
    _scopes.stack.append(dict(custom_objects or {}))
    try:
        yield
    finally:
        _scopes.stack.pop()


def custom_objects_in_scope() -> dict:
    """All custom objects that can be named now, the innermost scope winning."""
    known = dict(CUSTOM_OBJECTS)
    for scope in _scopes.stack:
        known.update(scope)
    return known


def public(module: str, objects) -> dict:
    """Notes that classes and functions are public under `module`, and returns their table by name."""
    table = {made.__name__: made for made in objects}
    for name, made in table.items():
        PUBLIC[module, name] = made
        PUBLIC_MODULES.setdefault(made, module)
    return table


def is_public(made) -> bool:
    """Whether a class or function is one of Keras' public names."""
    return made in PUBLIC_MODULES


def registered_name(made) -> str:
    """The name a class or function was registered with, or its own."""
    return CUSTOM_NAMES.get(made, made.__name__)


# --- objects to configs


def to_config(value):
    """The JSON-serializable form of a number, an array, a container, a function or an object with `get_config`."""
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, (list, tuple)):
        return type(value)(to_config(v) for v in value)
    if isinstance(value, dict):
        return {k: to_config(v) for k, v in value.items()}
    if isinstance(value, Tensor):
        return _boxed("__tensor__", value=value.numpy().tolist(), dtype=value.dtype)
    if isinstance(value, np.ndarray) and value.ndim:
        return _boxed("__numpy__", value=value.tolist(), dtype=dtypes.standardize_dtype(value.dtype))
    if isinstance(value, (np.ndarray, np.generic)):
        return value.item()
    return _object_config(value)


def _boxed(class_name: str, **config) -> dict:
    return {"class_name": class_name, "config": config}


def _object_config(value) -> dict:
    is_function = isinstance(value, (types.FunctionType, types.BuiltinFunctionType))
    made = value if is_function else type(value)
    if not is_function and not hasattr(value, "get_config"):
        raise TypeError(
            f"Cannot serialize object {value} of type {made}. Expected an object with a `get_config()` method."
        )
    module = PUBLIC_MODULES.get(made)
    if is_function and value.__name__ == "<lambda>" and Hooks.lambda_config is not None:
        return Hooks.lambda_config(value)
    if is_function:
        return _scheme("builtins", "function", registered_name(made), "function")
    if module is not None:
        return _scheme(module, made.__name__, value.get_config(), None)
    return _scheme(made.__module__, made.__name__, value.get_config(), registered_name(made))


def _scheme(module, class_name, config, registered) -> dict:
    return {"module": module, "class_name": class_name, "config": config, "registered_name": registered}


# --- configs to objects


def from_config(config, custom_objects: dict | None = None):
    """What `to_config` was given: the reverse, for configs nested in other configs."""
    if isinstance(config, (list, tuple)):
        return type(config)(from_config(c, custom_objects) for c in config)
    if not isinstance(config, dict):
        return config
    if "class_name" not in config or "config" not in config:
        return {k: from_config(c, custom_objects) for k, c in config.items()}
    if config["class_name"] in ("__tensor__", "__numpy__"):
        return _unboxed(**config)
    module = config.get("module") or ""
    table = {name: made for (place, name), made in PUBLIC.items() if place == module or module in ("", "builtins")}
    return deserialize("object", table, config, custom_objects)


def _unboxed(class_name, config):
    value = np.array(config["value"], dtype=dtypes.numpy_dtype(config["dtype"]))
    return to_tensor(value) if class_name == "__tensor__" else value


def _find(kind, table, name, config, custom_objects):
    known = {**custom_objects_in_scope(), **(custom_objects or {})}
    for candidate in (config.get("registered_name"), name):
        if candidate in known:
            return known[candidate]
    if name in table:
        return table[name]
    raise ValueError(_UNKNOWN.format(kind=kind, name=name, known=", ".join(sorted({*table, *known}))))


def deserialize(kind: str, table: dict, config, custom_objects: dict | None = None):
    """An object from a config dict of Keras' scheme, or from a name.

    Args:
        kind: What is looked for, for error messages: "loss", "optimizer", ...
        table: Dict of the built-in names.
        config: Dict `{"class_name", "config", ...}`, or a string.
        custom_objects: Optional dict of further names.

    Returns:
        The function the config names, or a new object of the class it names.

    Raises:
        ValueError: If nothing of that name exists, or the dict has no `class_name`.
    """
    if isinstance(config, str):
        config = {"class_name": config, "config": {}}
    if not isinstance(config, dict) or "class_name" not in config:
        raise ValueError(
            f"Improper config format for {kind}: expected a dict with `class_name` and `config`. Received: {config}"
        )
    name, inner = config["class_name"], config.get("config") or {}
    if name == "function":
        return _find(kind, table, inner, config, custom_objects)
    made = _find(kind, table, name, config, custom_objects)
    if not inspect.isclass(made):
        return made
    if isinstance(inner, str):
        raise ValueError(
            f"Improper config format for {kind} '{name}': `config` must be a dict. Received: config={inner}"
        )
    with custom_object_scope(custom_objects):
        return made.from_config(dict(inner)) if hasattr(made, "from_config") else made(**inner)


def _advice(name: str, known: dict, table: dict) -> str:
    """The names that a misspelt one may have meant, or all of the built-in ones."""
    near = difflib.get_close_matches(name, sorted(known), n=3, cutoff=0.75)
    return f"Did you mean {' or '.join(map(repr, near))}?" if near else f"Known names: {', '.join(sorted(table))}"


def lookup(kind: str, table: dict, identifier, custom_objects: dict | None = None):
    """What the `get` functions return for a name, a config, a class or an object.

    Args:
        kind: What is looked for, for error messages: "loss", "optimizer", ...
        table: Dict of the built-in names.
        identifier: String, dict, class, callable, or None.
        custom_objects: Optional dict of further names.

    Returns:
        None for None, else a function or an object (classes are called without arguments).

    Raises:
        ValueError: If `identifier` names nothing that exists, or is nothing callable.
    """
    if identifier is None:
        return None
    found = identifier
    if isinstance(identifier, dict):
        found = deserialize(kind, table, identifier, custom_objects)
    elif isinstance(identifier, str):
        known = {**table, **custom_objects_in_scope(), **(custom_objects or {})}
        if identifier not in known:
            raise ValueError(
                f"Could not interpret {kind} identifier: {identifier}. {_advice(identifier, known, table)}"
            )
        found = known[identifier]
    if not callable(found):
        raise ValueError(f"Could not interpret {kind} identifier: {identifier}")
    return found() if inspect.isclass(found) else found
