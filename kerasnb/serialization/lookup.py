"""Lookup: what `get` and `deserialize` of losses, metrics, optimizers, ... do with names and configs."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Mapping
from typing import Any

from kerasnb.serialization import registry
from kerasnb.serialization.deserialize import create, restore_state, safe_mode_scope

_UNKNOWN = (
    "Could not locate {kind} '{name}'. Make sure custom classes and functions are decorated with "
    "`@keras.saving.register_keras_serializable()`. Known names: {known}"
)


def deserialize(kind: str, table: Mapping[str, Any], config: Any, custom_objects: dict | None = None) -> Any:
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
    with registry.custom_object_scope(custom_objects), safe_mode_scope(True):
        obj = _find(kind, table, inner if name == "function" else name, config)
        if name == "function" or not inspect.isclass(obj):
            return obj
        if isinstance(inner, str):
            raise ValueError(
                f"Improper config format for {kind} '{name}': `config` must be a dict. Received: config={inner}"
            )
        made = create(obj, inner) if hasattr(obj, "from_config") else obj(**inner)
        restore_state(made, config)
        return made


def _find(kind: str, table: Mapping[str, Any], name, config: dict):
    """The class or function a config names: the user's own come first."""
    known = registry.custom_objects_in_scope()
    for candidate in (config.get("registered_name"), name):
        if candidate in known:
            return known[candidate]
    if name in table:
        return table[name]
    public = registry.builtin(config.get("module"), name)  # a layer may be an activation
    if public is not None:
        return public
    raise ValueError(_UNKNOWN.format(kind=kind, name=name, known=", ".join(sorted({*table, *known}))))


def lookup(kind: str, table: Mapping[str, Any], identifier: Any, custom_objects: dict | None = None) -> Any:
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
    obj = identifier
    if isinstance(identifier, dict):
        obj = deserialize(kind, table, identifier, custom_objects)
    elif isinstance(identifier, str):
        known = {**table, **registry.custom_objects_in_scope(), **(custom_objects or {})}
        if identifier not in known:
            raise ValueError(
                f"Could not interpret {kind} identifier: {identifier}. {_advice(identifier, known, table)}"
            )
        obj = known[identifier]
    if not callable(obj):
        raise ValueError(f"Could not interpret {kind} identifier: {identifier}")
    return obj() if inspect.isclass(obj) else obj


def _advice(name: str, known: Mapping[str, Any], table: Mapping[str, Any]) -> str:
    """The names that a misspelt one may have meant, or all of the built-in ones."""
    near = difflib.get_close_matches(name, sorted(known), n=3, cutoff=0.75)
    return f"Did you mean {' or '.join(map(repr, near))}?" if near else f"Known names: {', '.join(sorted(table))}"
