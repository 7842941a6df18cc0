"""Holder: the base of layers whose config has the config of what they hold inside."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from kerasnb import serialization
from kerasnb.layers.base.layer import Layer


class Holder(Layer):
    """Base of the layers that hold another layer, a cell, or a list of cells."""

    _holds: ClassVar[str] = "layer"  # the name in the config of the constructor's first argument

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> Self:
        """Creates the layer from its config.

        Args:
            config: Dict.
            custom_objects: Optional dict of names of the user's own classes and functions.
        """
        config = dict(config)
        held: Any = serialization.deserialize_keras_object(config.pop(cls._holds), custom_objects=custom_objects)
        return cls(held, **config)  # type: ignore[call-arg]  # the first argument of each subclass
