"""Serialization: objects to configs in Keras' scheme."""

from __future__ import annotations

import inspect
import types
import warnings
from typing import Any

import numpy as np

from kerasnb.serialization import lambdas, registry
from kerasnb.serialization.sharing import note_config

PLAIN = (str, int, float, bool, type(None))
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType)
_LAMBDA = (
    "The object being serialized includes a `lambda`. This is unsafe. In order to reload the object, you will have to "
    "pass `safe_mode=False` to the loading function. Please avoid using `lambda` in the future, and use named Python "
    "functions instead."
)


def serialize_keras_object(obj: Any) -> Any:
    """Retrieve the config dict of a Keras object.

    Args:
        obj: A layer, model, optimizer, loss, function, container, array, number, ...

    Returns:
        A JSON-serializable dict (or plain value), from which `deserialize_keras_object` creates it again.

    Raises:
        TypeError: If it has no `get_config()`.

    Example:

    >>> keras.saving.serialize_keras_object(keras.regularizers.L2(0.5))["config"]
    {'l2': 0.5}
    """
    if isinstance(obj, PLAIN):
        return obj
    if isinstance(obj, (list, tuple)):
        parts = [serialize_keras_object(x) for x in obj]
        return tuple(parts) if isinstance(obj, tuple) else parts
    if isinstance(obj, dict):
        return {key: serialize_keras_object(value) for key, value in obj.items()}
    if isinstance(obj, np.generic) or (isinstance(obj, np.ndarray) and not obj.ndim):
        return obj.item()
    if isinstance(obj, _FUNCTIONS):
        return _function_config(obj)
    kind = registry.type_of(obj)
    return _object_config(obj) if kind is None else {"class_name": kind.class_name, "config": kind.encode(obj)}


def _function_config(function) -> dict:
    if function.__name__ == "<lambda>":
        warnings.warn(_LAMBDA, stacklevel=4)
        return {"class_name": "__lambda__", "config": {"value": lambdas.dump(function)}}
    name = registry.registered_name(function)
    return {"module": "builtins", "class_name": "function", "config": name, "registered_name": "function"}


def _object_config(obj) -> dict:
    if inspect.isclass(obj) or not hasattr(obj, "get_config"):
        raise TypeError(
            f"Cannot serialize object {obj} of type {type(obj)}. To be serializable, a class must implement the "
            "`get_config()` method."
        )
    inner = obj.get_config()
    if not isinstance(inner, dict):
        raise TypeError(f"The `get_config()` method of {obj} should return a dict. It returned: {inner}")
    module, name, registered = _identity(type(obj))
    inner = serialize_keras_object(inner)
    config = {"module": module, "class_name": name, "config": inner, "registered_name": registered}
    for part in ("build_config", "compile_config"):
        value = getattr(obj, f"get_{part}", lambda: None)()
        if value is not None:
            config[part] = serialize_keras_object(value)
    note_config(obj, config)
    return config


def _identity(cls) -> tuple[str | None, str, str | None]:
    """Module, class name and registered name in a config."""
    public = registry.public_name(cls)
    if public is not None:
        return *public, cls.__name__ if public[0].startswith("keras.src.") else None
    return (None if cls.__module__ == "__main__" else cls.__module__), cls.__name__, registry.registered_name(cls)
