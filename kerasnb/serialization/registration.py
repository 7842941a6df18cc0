"""Registration: the user's own classes and functions get names for configs."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from kerasnb.serialization import registry


def get_custom_objects() -> dict[str, Any]:
    """Retrieves the live dictionary of globally registered custom objects.

    Returns:
        Dict of registered names to classes and functions.

    Example:

    >>> isinstance(keras.saving.get_custom_objects(), dict)
    True
    """
    return registry.CUSTOM_OBJECTS


def register_keras_serializable(
    package: str = "Custom", name: str | None = None
) -> Callable[[registry.Object], registry.Object]:
    """Registers a class or function under the key `package>name`, so that configs can name it.

    Args:
        package: The package that it belongs to. Defaults to `"Custom"`.
        name: The name in that package. Defaults to its own.

    Returns:
        A decorator.

    Raises:
        ValueError: If a class has no `get_config()`.

    Example:

    >>> @keras.saving.register_keras_serializable("my_package")
    ... class MyDense(keras.layers.Dense):
    ...     pass
    >>> keras.saving.get_registered_name(MyDense)
    'my_package>MyDense'
    """

    def decorator(obj):
        if inspect.isclass(obj) and not hasattr(obj, "get_config"):
            raise ValueError("Cannot register a class that does not have a get_config() method.")
        registered = f"{package}>{name if name is not None else obj.__name__}"
        registry.CUSTOM_OBJECTS[registered] = obj
        registry.CUSTOM_NAMES[obj] = registered
        return obj

    return decorator


def get_registered_name(obj: Any) -> str:
    """Returns the name that a class or function is registered under, or its own.

    Args:
        obj: Class or function.

    Returns:
        String.

    Example:

    >>> keras.saving.get_registered_name(keras.layers.Dense)
    'Dense'
    """
    return registry.registered_name(obj)


def get_registered_object(name: str, custom_objects: dict | None = None, module_objects: dict | None = None) -> Any:
    """Returns what is registered under a name, or None.

    Args:
        name: The name.
        custom_objects: Optional dict that is searched as well.
        module_objects: Optional dict that is searched last.

    Returns:
        The class or function, or None.

    Example:

    >>> keras.saving.get_registered_object("nothing>Here") is None
    True
    """
    for table in (registry.custom_objects_in_scope(), custom_objects or {}, module_objects or {}):
        if name in table:
            return table[name]
    return None
