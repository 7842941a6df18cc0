"""Registry: the classes, functions and types that a config may name, the public ones and the user's own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

Object = TypeVar("Object", bound=Callable)  # a class or function
Finder = Callable[[str, str], Any]

CUSTOM_OBJECTS: dict[str, Any] = {}
CUSTOM_NAMES: dict[Any, str] = {}
PUBLIC: dict[tuple[str, str], Any] = {}
PUBLIC_MODULES: dict[Any, str] = {}
_LAZY: dict[tuple[str, str], tuple[str, str]] = {}  # (module, name) of lazy classes: public ones


class Type(NamedTuple):
    """How objects that have no `get_config` become configs and are created from them."""

    class_name: str
    encode: Callable[[Any], dict]
    decode: Callable[[dict], Any]


TYPES: dict[type, Type] = {}
DECODERS: dict[str, Callable[[dict], Any]] = {}
_FINDERS: list[Finder] = []
_BUILTIN_MODULES = (
    "keras.activations", "keras.constraints", "keras.initializers", "keras.losses", "keras.metrics", "keras.optimizers",
    "keras.regularizers",
)  # fmt: skip


# --- what a config may name


def public(module: str, objects: Iterable[Object]) -> dict[str, Object]:
    """Registers classes and functions as public under `module`, and returns them by name.

    Args:
        module: The module of Keras where they are exported; the first one of several stands in configs.
        objects: The classes and functions.
    """
    table = {obj.__name__: obj for obj in objects}
    for name, obj in table.items():
        PUBLIC[module, name] = obj
        PUBLIC_MODULES.setdefault(obj, module)
    return table


def public_lazily(module: str, places: Mapping[str, tuple[str, str]], load: Callable[[str], Any]) -> None:
    """Registers classes that are imported at first use as public under `module`.

    Args:
        module: The module of Keras where they are exported.
        places: The module that defines a class and its name there, by the public name.
        load: Function that returns a class by its public name.
    """
    for name, place in places.items():
        if place[1] == name or place[1] not in places:  # not an alias
            _LAZY[place] = module, name
    register_finder(lambda where, name: load(name) if name in places and module in _public_modules(where) else None)


def public_name(obj: Any) -> tuple[str, str] | None:
    """The module where Keras exports a class or function and its name there, None if it is not public."""
    if obj in PUBLIC_MODULES:
        return PUBLIC_MODULES[obj], obj.__name__
    return _LAZY.get((getattr(obj, "__module__", ""), getattr(obj, "__name__", "")))


def public_module(obj: Any) -> str | None:
    """The module where Keras exports a class or function, None if it is not public."""
    name = public_name(obj)
    return name and name[0]


def is_public(obj: Any) -> bool:
    """Whether a class or function is one of Keras' public names."""
    return public_module(obj) is not None


def register_type(kind: type, class_name: str, encode: Callable[[Any], dict], decode: Callable[[dict], Any]) -> None:
    """Registers a type whose objects have no `get_config`.

    Args:
        kind: The type; its subclasses are included.
        class_name: What stands for it in a config, such as `"__tensor__"`.
        encode: Returns the inner config of an object.
        decode: Returns the object of an inner config.
    """
    TYPES[kind] = Type(class_name, encode, decode)
    DECODERS[class_name] = decode


def register_finder(finder: Finder) -> None:
    """Registers a function that is called with the module and the class name of a config that no table holds.

    Args:
        finder: Returns the class, or None if it does not know it. It may create the class at the first call, so that
            classes which are rarely named cost nothing before.
    """
    _FINDERS.append(finder)


def type_of(obj: Any) -> Type | None:
    """The registered type of an object."""
    return next((TYPES[base] for base in type(obj).__mro__ if base in TYPES), None)


def builtin(module: Any, name: str) -> Any:
    """The public class or function of a module and a name in a config, or None."""
    for public_module in _public_modules(module):
        if (public_module, name) in PUBLIC:
            return PUBLIC[public_module, name]
    for finder in _FINDERS if isinstance(module, str) else ():
        obj = finder(module, name)
        if obj is not None:
            return obj
    return None


def _public_modules(module: Any) -> list[str]:
    """The public modules that a module of Keras can stand for."""
    if not isinstance(module, str):
        return []
    if module == "builtins":
        return list(_BUILTIN_MODULES)
    if module.split(".")[0] != "keras":
        return []
    parts = [p for p in module.split(".") if p != "src"]
    if parts[1:2] == ["backend"] and "optimizers" in parts:  # those that Keras has of its own on PyTorch
        parts = ["keras", "optimizers"]
    return [".".join(parts[:n]) for n in range(len(parts), 0, -1)]


# --- the user's own objects


class _Scopes(threading.local):
    def __init__(self) -> None:
        self.stack: list[dict] = []


_scopes = _Scopes()


class CustomObjectScope:
    """Exposes custom classes/functions to deserialization inside a `with` block.

    Other threads do not see them.

    Args:
        custom_objects: Dict of names to classes and functions.

    Example:

    >>> def double(x):
    ...     return 2 * x
    >>> with keras.saving.custom_object_scope({"double": double}):
    ...     layer = keras.layers.Activation("double")
    >>> layer(np.ones((1,))).tolist()
    [2.0]
    """

    def __init__(self, custom_objects: dict | None) -> None:
        self.custom_objects = custom_objects or {}

    def __enter__(self) -> CustomObjectScope:
        _scopes.stack.append(dict(self.custom_objects))
        return self

    def __exit__(self, *exception: object) -> None:
        _scopes.stack.pop()


custom_object_scope = CustomObjectScope


def custom_objects_in_scope() -> dict[str, Any]:
    """All custom objects that can be named now; the innermost scope wins."""
    known = dict(CUSTOM_OBJECTS)
    for scope in _scopes.stack:
        known.update(scope)
    return known


def registered_name(obj: Any) -> str:
    """The name that a class or function is registered under, or its own."""
    return CUSTOM_NAMES.get(obj, obj.__name__)
