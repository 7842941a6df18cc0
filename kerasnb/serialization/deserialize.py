"""Deserialization: configs in Keras' scheme to objects. Only public and registered names can be in a config."""

from __future__ import annotations

import contextlib
import inspect
import threading
import types
from collections.abc import Iterator
from typing import Any

from kerasnb.serialization import lambdas, registry
from kerasnb.serialization.brief import brief
from kerasnb.serialization.serialize import PLAIN, serialize_keras_object
from kerasnb.serialization.sharing import note_object, shared_object

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
        self.safe: bool | None = None


_local = _Local()
_settings = {"unsafe": False}


def enable_unsafe_deserialization() -> None:
    """Disables safe mode globally, allowing deserialization of lambdas."""
    _settings["unsafe"] = True


@contextlib.contextmanager
def safe_mode_scope(safe_mode: bool) -> Iterator[None]:
    """Inside, lambdas are refused or not; the outermost scope decides."""
    outer = _local.safe
    _local.safe = safe_mode if outer is None else outer
    try:
        yield
    finally:
        _local.safe = outer


def deserialize_keras_object(
    config: Any, custom_objects: dict | None = None, safe_mode: bool = True, **kwargs: Any
) -> Any:
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
    with safe_mode_scope(safe_mode), registry.custom_object_scope(custom_objects):
        return _object(config)


def _object(config):
    if isinstance(config, str):
        return registry.custom_objects_in_scope().get(config, config)
    if isinstance(config, (*PLAIN, types.FunctionType)):  # a lambda is a function already
        return config
    if isinstance(config, (list, tuple)):
        return [_object(c) for c in config]
    if not isinstance(config, dict):
        raise UnknownObjectError(f"Could not parse config: {brief(config)}")
    if "class_name" not in config or "config" not in config:
        return {key: _object(value) for key, value in config.items()}
    name, inner = config["class_name"], {} if config["config"] is None else config["config"]
    if name in registry.DECODERS:
        return registry.DECODERS[name](inner)
    return _function(config, inner) if name == "function" else _instance(config, inner)


def _function(config: dict, name):
    if not isinstance(name, str):
        raise UnknownObjectError(
            f"Expected 'config' to be a str for a function. Received: {brief(name)}. Full config: {brief(config)}"
        )
    return _located("function", name, [name], config)


def _located(kind: str, name: str, registered: list, config: dict):
    """The class or function a config names: the user's own come first."""
    custom = registry.custom_objects_in_scope()
    for key in registered:
        if key in custom:
            return custom[key]
    for key, obj in custom.items():
        if kind == "function" and key.endswith(f">{name}"):
            return obj
    obj = registry.builtin(config.get("module"), name)
    if obj is None:
        raise UnknownObjectError(_UNKNOWN.format(kind=kind, name=brief(name), config=brief(config)))
    return obj


def _instance(config: dict, inner):
    name = config["class_name"]
    if not isinstance(inner, dict) or not isinstance(name, str):
        raise UnknownObjectError(
            f"Expected 'config' to be a dict for {brief(name)}, instead got {type(inner)}. Full config: {brief(config)}"
        )
    shared = shared_object(config)
    if shared is not None:
        return shared
    cls = _located("class", name, [config.get("registered_name"), name], config)
    if inspect.isfunction(cls):
        return cls
    if not hasattr(cls, "from_config"):
        raise UnknownObjectError(
            f"Unable to reconstruct an instance of '{name}' because the class is missing a `from_config()` method. "
            f"Full object config: {brief(config)}"
        )
    obj = create(cls, inner)
    restore_state(obj, config)
    note_object(obj, config)
    return obj


def create(cls: Any, inner: dict) -> Any:
    """An object of a class from its inner config, in which lambdas are functions again."""
    return cls.from_config(_with_lambdas(inner))


def _with_lambdas(config):
    """The config with the lambdas in it as functions; in safe mode there must be none."""
    if isinstance(config, dict):
        if config.get("class_name") == "__lambda__":
            return _lambda(config.get("config"))
        return {key: _with_lambdas(value) for key, value in config.items()}
    return type(config)(_with_lambdas(c) for c in config) if type(config) in (list, tuple) else config


def _lambda(inner):
    if _local.safe and not _settings["unsafe"]:
        raise ValueError(_UNSAFE)
    return lambdas.load(inner["value"] if "value" in inner else [inner[key] for key in ("code", "defaults", "closure")])


def with_lambdas(config: Any, safe_mode: bool | None = None) -> Any:
    """A config in which the lambdas are functions, for what reads its config itself.

    Args:
        config: What a class' `get_config` returned.
        safe_mode: Boolean, whether to refuse lambdas. Defaults to what the scope says, and to True without one.

    Raises:
        ValueError: If it holds a lambda that is refused.
    """
    outer = _local.safe
    _local.safe = (True if outer is None else outer) if safe_mode is None else safe_mode
    try:
        return _with_lambdas(config)
    finally:
        _local.safe = outer


def restore_state(obj: Any, config: dict) -> None:
    """Builds and compiles an object as its config says."""
    build = config.get("build_config")
    if build and not obj.built:
        shapes = {"input_shape": _shapes(build["input_shape"])} if build.get("input_shape") is not None else {}
        obj.build_from_config({**build, **shapes})
        obj.built = True
    if config.get("compile_config"):
        obj.compile_from_config(config["compile_config"])


def _shapes(shapes):
    """The shapes in a structure of shapes as tuples again."""
    if isinstance(shapes, dict):
        return {key: _shapes(value) for key, value in shapes.items()}
    if not isinstance(shapes, (list, tuple)):
        raise ValueError(f"Expected a shape or a structure of shapes. Received: {shapes}")
    if all(extent is None or isinstance(extent, int) for extent in shapes):
        return tuple(shapes)
    return type(shapes)(_shapes(value) for value in shapes)


# --- Python's own types


def _slice_config(value: slice) -> dict:
    return {name: serialize_keras_object(getattr(value, name)) for name in ("start", "stop", "step")}


def _slice(inner: dict) -> slice:
    return slice(*(_object(inner[name]) for name in ("start", "stop", "step")))


registry.register_type(bytes, "__bytes__", lambda value: {"value": value.decode("utf-8")},
                       lambda inner: inner["value"].encode("utf-8"))  # fmt: skip
registry.register_type(slice, "__slice__", _slice_config, _slice)
registry.register_type(type(Ellipsis), "__ellipsis__", lambda value: {}, lambda inner: Ellipsis)
registry.DECODERS["__lambda__"] = _lambda
