"""Configs: a layer records the arguments of its constructor, and is created again from them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Self, TypeVar

from kerasnb import dtype_policies, serialization, tree
from kerasnb.backend.autodiff.operation import Operation

_Method = TypeVar("_Method", bound=Callable)

_PLAIN = (str, int, float, bool, type(None))
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


def default(method: _Method) -> _Method:
    """Marks a method of a base class, so that `is_default` shows whether a subclass replaced it."""
    vars(method)["_is_default"] = True
    return method


def is_default(method: Callable) -> bool:
    """Whether a method is the base class's own."""
    return getattr(method, "_is_default", False)


def captured(cls: type, args: tuple, kwargs: dict) -> tuple[dict | None, str]:
    """The constructor's arguments as a config, or None and why they cannot be one."""
    signature = inspect.signature(cls.__init__)  # type: ignore[misc]  # the class exists, and so does its constructor
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
    plain = all(isinstance(v, _PLAIN) for v in tree.flatten(config))
    return (config, "") if plain else (None, _NOT_PLAIN)


class Configured(Operation):
    """What layers have of configs: `get_config` and `from_config`."""

    _auto_config: tuple[dict | None, str]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Creates a layer and records the arguments of its constructor."""
        layer = super().__new__(cls)
        object.__setattr__(layer, "_auto_config", captured(cls, args, kwargs))
        return layer

    @default
    def get_config(self) -> dict:
        """Returns the config of the layer: a serializable dict from which it can be created again."""
        config = {"name": self.name}
        if not is_default(self.get_config):
            return config
        arguments, reason = self._auto_config
        if arguments is None:
            raise NotImplementedError(f"\nObject {type(self).__name__} {reason}\n\nExample:\n\n{_EXAMPLE}")
        parameters = inspect.signature(type(self).__init__).parameters
        takes_name = "name" in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())
        return {**(config if takes_name else {}), **serialization.serialize_keras_object(arguments)}

    @classmethod
    def from_config(cls, config: dict) -> Self:
        """Creates a layer from its config, the output of `get_config`.

        Args:
            config: Dict.

        Raises:
            TypeError: If the constructor does not accept it.
        """
        config = dict(config)
        if isinstance(config.get("dtype"), dict):
            config["dtype"] = dtype_policies.deserialize(config["dtype"]).name
        try:
            return cls(**config)
        except Exception as problem:
            raise TypeError(
                f"Error when deserializing class '{cls.__name__}' using config={config}.\n\nException encountered: "
                f"{problem}"
            ) from problem
