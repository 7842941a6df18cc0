"""What a layer holds of its author's: classes and functions that no package of Keras has."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator
from typing import Any

from kerasnb.layers.base.layer import Layer
from kerasnb.serialization.deserialize import safe_mode_scope
from kerasnb.serialization.registry import custom_object_scope

KNOWN = ("kerasnb", "keras", "builtins", "numpy")


def is_own(thing: Any) -> bool:
    """Whether a class or function comes from neither Keras nor Python."""
    module = getattr(thing, "__module__", None) or "builtins"
    return module.split(".")[0] not in KNOWN


def own_objects(operation: Any) -> dict[str, Any]:
    """The classes and named functions of the author's in an operation, those of the layers inside included, by name."""
    found: dict[str, Any] = {}
    for one in operation._flatten_layers() if isinstance(operation, Layer) else [operation]:
        for value in [type(one), *vars(one).values()]:
            thing = value if inspect.isfunction(value) or inspect.isclass(value) else type(value)
            is_named = inspect.isfunction(thing) or hasattr(thing, "get_config")
            if is_named and is_own(thing) and thing.__name__.isidentifier():
                found.setdefault(thing.__name__, thing)
    return found


@contextlib.contextmanager
def knowing(own: dict[str, Any]) -> Iterator[None]:
    """While it is open, configs may name these objects, and hold lambdas: they are those of a model in memory."""
    with custom_object_scope(own), safe_mode_scope(False):
        yield
