"""Configs that follow from the arguments of `__init__`."""

from __future__ import annotations

import inspect
import weakref
from typing import Any

from kerasnb.serialization.registry import is_public
from kerasnb.serialization.serialize import serialize_keras_object

_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_signatures: weakref.WeakKeyDictionary[type, inspect.Signature] = weakref.WeakKeyDictionary()


def signature_of(cls: type) -> inspect.Signature:
    """The signature of a class's `__init__`, `self` included."""
    signature = _signatures.get(cls)
    if signature is None:
        signature = _signatures[cls] = inspect.signature(cls.__init__)  # type: ignore[misc]  # that of this very class
    return signature


def public_class(cls: type) -> type:
    """The class itself or the nearest one it extends that is a public class of Keras."""
    return next((base for base in cls.__mro__ if is_public(base)), object)


def argument_names(cls: type) -> list[str]:
    """The names of the arguments of `__init__`, without `*args` and `**kwargs`."""
    _, *parameters = signature_of(cls).parameters.values()
    return [p.name for p in parameters if p.kind not in _VARIADIC]


def default_of(cls: type, name: str) -> Any:
    """The default of an argument of `__init__`."""
    return signature_of(cls).parameters[name].default


def argument(obj: Any, name: str) -> Any:
    """The argument that an object keeps in the attribute of its name, or in the private one."""
    return getattr(obj, name if hasattr(obj, name) else f"_{name}")


class Configured:
    """Derives `get_config` from the arguments of `__init__`, which stand in attributes of the same names.

    A class writes its own `get_config` only where it differs. The user's own class has the config of the public class
    that it extends until it does so.
    """

    _no_config: tuple[str, ...] = ()  # the arguments that stand in no config

    def get_config(self) -> dict:
        """Returns the config of the object: a JSON-serializable dict from which `from_config` creates it again."""
        names = [n for n in argument_names(public_class(type(self))) if n not in self._no_config]
        return {name: serialize_keras_object(argument(self, name)) for name in names}

    @classmethod
    def from_config(cls, config: dict) -> Any:
        """Creates an object from its config, the output of `get_config`.

        Args:
            config: Dict.
        """
        return cls(**config)
