"""Serialization: objects to configs in Keras' scheme and back."""

from __future__ import annotations

import contextlib
import inspect
import threading
import types
import warnings

import numpy as np

from kerasnb.backend.tensor.dtypes import numpy_dtype, standardize_dtype
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.shapes import map_shapes
from kerasnb.backend.tensor.tensor import Tensor, to_tensor
from kerasnb.saving import lambdas
from kerasnb.saving.brief import brief
from kerasnb.serialization import registry

_PLAIN = (str, int, float, bool, type(None))
_BUILTIN_MODULES = (
    "keras.activations", "keras.constraints", "keras.initializers", "keras.losses", "keras.metrics", "keras.optimizers",
    "keras.regularizers",
)  # fmt: skip
_UNSAFE = (
    "Requested the deserialization of a Python lambda. This carries a potential risk of arbitrary code execution and "
    "thus it is disallowed by default. If you trust the source of the artifact, you can override this error by passing "
    "`safe_mode=False` to the loading function, or calling `keras.config.enable_unsafe_deserialization()."
)
_UNKNOWN = (
    "Could not locate {kind} '{name}'. Make sure custom classes and functions are decorated with "
    "`@keras.saving.register_keras_serializable()`. If they are already decorated, make sure they are all imported "
    "so that the decorator is run before trying to load them. Full object config: {config}"
)


class UnknownObjectError(TypeError, ValueError):
    """A config names a class or function that does not exist here."""


class _Local(threading.local):
    def __init__(self) -> None:
        self.configs = self.objects = None
        self.safe = None


_local = _Local()
_settings = {"unsafe": False}


def enable_unsafe_deserialization() -> None:
    """Disables safe mode globally, allowing deserialization of lambdas."""
    _settings["unsafe"] = True


@contextlib.contextmanager
def sharing():
    """Inside, an object that is met twice is written once more under the same id, and read as one object."""
    outer = _local.configs, _local.objects
    _local.configs, _local.objects = {}, {}
    try:
        yield
    finally:
        _local.configs, _local.objects = outer


# --- objects to configs


def serialize_keras_object(obj):
    """Retrieve the config dict of a Keras object.

    Args:
        obj: A layer, model, optimizer, loss, function, container, array, number, ...

    Returns:
        A JSON-serializable dict (or plain value), from which `deserialize_keras_object` makes it again.

    Raises:
        TypeError: If it has no `get_config()`.

    Example:

    >>> keras.saving.serialize_keras_object(keras.regularizers.L2(0.5))["config"]
    {'l2': 0.5}
    """
    if isinstance(obj, _PLAIN):
        return obj
    if isinstance(obj, (list, tuple)):
        parts = [serialize_keras_object(x) for x in obj]
        return tuple(parts) if isinstance(obj, tuple) else parts
    if isinstance(obj, dict):
        return {key: serialize_keras_object(value) for key, value in obj.items()}
    special = _special_config(obj)
    return _object_config(obj) if special is None else special


def _special_config(obj) -> dict | None:
    """The config of what is neither plain nor a Keras object."""
    if isinstance(obj, bytes):
        return _boxed("__bytes__", value=obj.decode("utf-8"))
    if isinstance(obj, slice):
        return _boxed("__slice__", **{n: serialize_keras_object(getattr(obj, n)) for n in ("start", "stop", "step")})
    if obj is Ellipsis:
        return _boxed("__ellipsis__")
    if isinstance(obj, KerasTensor):
        history = getattr(obj, "_keras_history", None)
        told = [history.operation.name, *history[1:]] if history else None
        return _boxed("__keras_tensor__", shape=obj.shape, dtype=obj.dtype, keras_history=told)
    if isinstance(obj, (Tensor, np.ndarray, np.generic)):
        return registry.to_config(obj)
    return None


def _lambda_config(function) -> dict:
    warnings.warn(
        "The object being serialized includes a `lambda`. This is unsafe. In order to reload the object, you will "
        "have to pass `safe_mode=False` to the loading function. Please avoid using `lambda` in the future, and use "
        "named Python functions instead.",
        stacklevel=4,
    )
    return _boxed("__lambda__", value=lambdas.dump(function))


registry.Hooks.lambda_config = _lambda_config


def _boxed(class_name: str, **config) -> dict:
    return {"class_name": class_name, "config": config}


def _object_config(obj) -> dict:
    if isinstance(obj, (types.FunctionType, types.BuiltinFunctionType)):
        return registry.to_config(obj)
    if inspect.isclass(obj) or not hasattr(obj, "get_config"):
        raise TypeError(
            f"Cannot serialize object {obj} of type {type(obj)}. To be serializable, a class must implement the "
            "`get_config()` method."
        )
    inner = obj.get_config()
    if not isinstance(inner, dict):
        raise TypeError(f"The `get_config()` method of {obj} should return a dict. It returned: {inner}")
    config = {**_identity(type(obj)), "config": serialize_keras_object(inner)}
    config["registered_name"] = config.pop("registered_name")
    for name in ("build_config", "compile_config"):
        found = getattr(obj, f"get_{name}", lambda: None)()
        if found is not None:
            config[name] = serialize_keras_object(found)
    _note_shared(obj, config)
    return config


def _identity(cls) -> dict:
    module = registry.PUBLIC_MODULES.get(cls)
    if module is not None:
        return {"module": module, "class_name": cls.__name__, "registered_name": None}
    module = None if cls.__module__ == "__main__" else cls.__module__
    return {"module": module, "class_name": cls.__name__, "registered_name": registry.registered_name(cls)}


def _note_shared(obj, config: dict) -> None:
    if _local.configs is None:
        return
    first = _local.configs.setdefault(id(obj), (obj, config))[1]
    if first is not config:
        first["shared_object_id"] = config["shared_object_id"] = id(obj)


# --- configs to objects


def deserialize_keras_object(config, custom_objects: dict | None = None, safe_mode: bool = True, **kwargs):
    """Retrieve the object by deserializing the config dict.

    Only public Keras classes and functions, and those registered or given by the user, can be named.

    Args:
        config: What `serialize_keras_object` returned.
        custom_objects: Optional dict of names of the user's own classes and functions.
        safe_mode: Boolean, whether to refuse lambdas. Defaults to `True`.
        **kwargs: Must be empty.

    Returns:
        The object.

    Raises:
        TypeError: If something in it is unknown or malformed (also a ValueError).
        ValueError: If it holds a lambda and `safe_mode` is set.

    Example:

    >>> config = keras.saving.serialize_keras_object(keras.layers.Dense(2))
    >>> keras.saving.deserialize_keras_object(config).units
    2
    """
    if kwargs:
        raise ValueError(f"Unrecognized keyword arguments passed to deserialize_keras_object: {kwargs}")
    outer = _local.safe
    _local.safe = safe_mode if outer is None else outer
    try:
        with registry.custom_object_scope(custom_objects or {}):
            return _object(config)
    finally:
        _local.safe = outer


def _object(config):
    if isinstance(config, str):
        return registry.custom_objects_in_scope().get(config, config)
    if isinstance(config, _PLAIN):
        return config
    if isinstance(config, (list, tuple)):
        return [_object(c) for c in config]
    if not isinstance(config, dict):
        raise UnknownObjectError(f"Could not parse config: {brief(config)}")
    if "class_name" not in config or "config" not in config:
        return {key: _object(value) for key, value in config.items()}
    inner = {} if config["config"] is None else config["config"]
    reader = _SPECIAL.get(config["class_name"])
    if reader is not None:
        return reader(inner)
    if config["class_name"] == "function":
        return _function(config, inner)
    return _instance(config, inner)


def _lambda(inner):
    if _local.safe and not _settings["unsafe"]:
        raise ValueError(_UNSAFE)
    return lambdas.load(inner["value"])


_SPECIAL = {
    "__keras_tensor__": lambda inner: KerasTensor(inner["shape"], dtype=inner["dtype"]),
    "__tensor__": lambda inner: to_tensor(inner["value"], standardize_dtype(inner["dtype"])),
    "__numpy__": lambda inner: np.array(inner["value"], dtype=numpy_dtype(standardize_dtype(inner["dtype"]))),
    "__bytes__": lambda inner: inner["value"].encode("utf-8"),
    "__ellipsis__": lambda inner: Ellipsis,
    "__slice__": lambda inner: slice(*(_object(inner[n]) for n in ("start", "stop", "step"))),
    "__lambda__": _lambda,
}


def _function(config: dict, name):
    if not isinstance(name, str):
        raise UnknownObjectError(
            f"Expected 'config' to be a str for a function. Received: {brief(name)}. Full config: {brief(config)}"
        )
    return _located("function", name, [name], config)


def _located(kind: str, name, registered: list, config: dict):
    """The class or function a config names: the user's own come first."""
    custom = registry.custom_objects_in_scope()
    for key in registered:
        if key in custom:
            return custom[key]
    for key, made in custom.items():
        if kind == "function" and key.endswith(f">{name}"):
            return made
    for module in _modules(config.get("module")):
        if (module, name) in registry.PUBLIC:
            return registry.PUBLIC[module, name]
    raise UnknownObjectError(_UNKNOWN.format(kind=kind, name=brief(name), config=brief(config)))


def _modules(module) -> list[str]:
    """The public modules that a module of Keras can stand for."""
    if not isinstance(module, str):
        return []
    if module == "builtins":
        return list(_BUILTIN_MODULES)
    if module.split(".")[0] != "keras":
        return []
    parts = [p for p in module.split(".") if p != "src"]
    return [".".join(parts[:n]) for n in range(len(parts), 0, -1)]


def _instance(config: dict, inner):
    name = config["class_name"]
    if not isinstance(inner, dict) or not isinstance(name, str):
        raise UnknownObjectError(
            f"Expected 'config' to be a dict for {brief(name)}, instead got {type(inner)}. Full config: {brief(config)}"
        )
    shared = config.get("shared_object_id")
    if _local.objects is not None and shared in _local.objects:
        return _local.objects[shared]
    made = _located("class", name, [config.get("registered_name"), name], config)
    if inspect.isfunction(made):
        return made
    if not hasattr(made, "from_config"):
        raise UnknownObjectError(
            f"Unable to reconstruct an instance of '{name}' because the class is missing a `from_config()` method. "
            f"Full object config: {brief(config)}"
        )
    obj = made.from_config(_with_lambdas(inner))
    _restore_state(obj, config)
    if _local.objects is not None and shared is not None:
        _local.objects[shared] = obj
    return obj


def _with_lambdas(config):
    """The config with the lambdas in it as functions; in safe mode there must be none."""
    if isinstance(config, dict):
        if config.get("class_name") == "__lambda__":
            return _lambda(config.get("config"))
        return {key: _with_lambdas(value) for key, value in config.items()}
    return [_with_lambdas(c) for c in config] if isinstance(config, (list, tuple)) else config


def _restore_state(obj, config: dict) -> None:
    build = config.get("build_config")
    if build and not obj.built:
        obj.build_from_config(_shapes(build))
        obj.built = True
    if config.get("compile_config"):
        obj.compile_from_config(config["compile_config"])


def _shapes(build: dict) -> dict:
    """Shapes in a build config as tuples again."""
    if build.get("input_shape") is None:
        return build
    return {**build, "input_shape": map_shapes(tuple, build["input_shape"])}
