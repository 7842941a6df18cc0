"""Registration: the user's own classes and functions get names that a config can speak of."""

from __future__ import annotations

import inspect

from kerasnb.serialization import registry


class CustomObjectScope:
    """Exposes custom classes/functions to deserialization inside a `with` block.

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

    def __init__(self, custom_objects: dict) -> None:
        self.custom_objects = custom_objects or {}
        self._scope = None

    def __enter__(self):
        self._scope = registry.custom_object_scope(self.custom_objects)
        self._scope.__enter__()
        return self

    def __exit__(self, *exception):
        self._scope.__exit__(*exception)


custom_object_scope = CustomObjectScope


def get_custom_objects() -> dict:
    """Retrieves the live dictionary of globally registered custom objects.

    Example:

    >>> isinstance(keras.saving.get_custom_objects(), dict)
    True
    """
    return registry.CUSTOM_OBJECTS


def register_keras_serializable(package: str = "Custom", name: str | None = None):
    """Registers a class or function under the key `package>name`, so that configs can speak of it.

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

    def decorator(made):
        if inspect.isclass(made) and not hasattr(made, "get_config"):
            raise ValueError("Cannot register a class that does not have a get_config() method.")
        registered = f"{package}>{name if name is not None else made.__name__}"
        registry.CUSTOM_OBJECTS[registered] = made
        registry.CUSTOM_NAMES[made] = registered
        return made

    return decorator


def get_registered_name(obj) -> str:
    """Returns the name that a class or function is registered under, or its own.

    Args:
        obj: Class or function.

    Example:

    >>> keras.saving.get_registered_name(keras.layers.Dense)
    'Dense'
    """
    return registry.registered_name(obj)


def get_registered_object(name: str, custom_objects: dict | None = None, module_objects: dict | None = None):
    """Returns what is registered under a name, or None.

    Args:
        name: The name.
        custom_objects: Optional dict to look in as well.
        module_objects: Optional dict to look in last.

    Example:

    >>> keras.saving.get_registered_object("nothing>Here") is None
    True
    """
    for table in (registry.custom_objects_in_scope(), custom_objects or {}, module_objects or {}):
        if name in table:
            return table[name]
    return None
