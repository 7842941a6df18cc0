"""Captured: objects that keep the arguments they are created with, for a config that nobody had to write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from kerasnb import tree
from kerasnb.serialization.configured import signature_of
from kerasnb.serialization.serialize import PLAIN, serialize_keras_object

Method = TypeVar("Method", bound=Callable)

_EXAMPLE = """
class CustomLayer(keras.layers.Layer):
    def __init__(self, arg1, arg2, **kwargs):
        super().__init__(**kwargs)
        self.arg1 = arg1
        self.arg2 = arg2

    def get_config(self):
        config = super().get_config()
        config.update({
            "arg1": self.arg1,
            "arg2": self.arg2,
        })
        return config
"""
_VARIADIC = (
    "was created by passing\npositional only or variadic positional arguments (e.g.,\n`*args`) to `__init__()`, "
    "which is not supported by the\nautomatic config generation. Please remove all positional\nonly and variadic "
    "arguments from `__init__()`\nor override `get_config()` and `from_config()` to make\nthe object serializatble."
)
_NOT_PLAIN = (
    "was created by passing\nnon-serializable argument values in `__init__()`,\nand therefore the object must override "
    "`get_config()` in\norder to be serializable. Please implement `get_config()`."
)


def default(method: Method) -> Method:
    """Marks a method of a base class, so that `is_default` can tell whether a subclass replaced it."""
    setattr(method, "_is_default", True)  # noqa: B010  # which callables do not have, but functions do
    return method


def is_default(method: Callable) -> bool:
    """Whether a method is the base class's own."""
    return getattr(method, "_is_default", False)


def captured(cls: type, args: tuple, kwargs: dict) -> tuple[dict | None, str]:
    """The arguments of a constructor by name, or None and why they cannot be a config."""
    signature = signature_of(cls)
    _, *parameters = signature.parameters.values()
    try:
        bound = signature.bind(None, *args, **kwargs)
    except TypeError:
        return None, _NOT_PLAIN
    bound.apply_defaults()
    if any(p.kind is p.POSITIONAL_ONLY for p in parameters):
        return None, _VARIADIC
    config = {}
    for parameter in parameters:
        value = bound.arguments[parameter.name]
        if parameter.kind is parameter.VAR_POSITIONAL:
            if value:
                return None, _VARIADIC
        elif parameter.kind is parameter.VAR_KEYWORD:
            config.update(value)
        else:
            config[parameter.name] = value
    config.pop("name", None)
    plain = all(isinstance(v, PLAIN) for v in tree.flatten(config))
    return (config, "") if plain else (None, _NOT_PLAIN)


class Captured:
    """A base class whose objects keep the arguments they are created with, where those can be a config."""

    _auto_config: tuple[dict | None, str]
    name: str

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Creates the object and keeps the arguments."""
        obj = super().__new__(cls)
        object.__setattr__(obj, "_auto_config", captured(cls, args, kwargs))
        return obj

    def _captured_config(self) -> dict:
        """The config of the arguments that the object was created with.

        Raises:
            NotImplementedError: If they cannot be a config.
        """
        arguments, reason = self._auto_config
        if arguments is None:
            raise NotImplementedError(f"\nObject {type(self).__name__} {reason}\n\nExample:\n\n{_EXAMPLE}")
        parameters = signature_of(type(self)).parameters
        takes_name = "name" in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())
        return {**({"name": self.name} if takes_name else {}), **serialize_keras_object(arguments)}
