"""Sharing: an object that a model has twice is written with one id, and is one object again when it is loaded."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any


class _Local(threading.local):
    def __init__(self) -> None:
        self.configs: dict[int, tuple[Any, dict]] | None = None
        self.objects: dict[int, Any] | None = None


_local = _Local()


@contextlib.contextmanager
def sharing() -> Iterator[None]:
    """Inside, an object that is serialized twice gets an id, and configs of one id give one object."""
    outer = _local.configs, _local.objects
    _local.configs, _local.objects = {}, {}
    try:
        yield
    finally:
        _local.configs, _local.objects = outer


def note_config(obj: Any, config: dict) -> None:
    """Gives the config of an object an id, and the first one of the same object too, where there is one."""
    if _local.configs is None:
        return
    first = _local.configs.setdefault(id(obj), (obj, config))[1]
    if first is not config:
        first["shared_object_id"] = config["shared_object_id"] = id(obj)


def shared_object(config: dict) -> Any:
    """The object that another config of the same id gave, or None."""
    return None if _local.objects is None else _local.objects.get(config.get("shared_object_id", -1))


def note_object(obj: Any, config: dict) -> None:
    """Keeps an object for further configs of its id."""
    if _local.objects is not None and config.get("shared_object_id") is not None:
        _local.objects[config["shared_object_id"]] = obj
