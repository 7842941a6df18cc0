"""`keras.layers.serialize` and `deserialize`: layers to configs and back."""

from __future__ import annotations

from kerasnb import serialization
from kerasnb.layers.base.layer import Layer


def serialize(layer: Layer) -> dict:
    """Returns the config of a layer with the class that it belongs to.

    Args:
        layer: A layer.

    Example:

    >>> keras.layers.serialize(keras.layers.Dense(2))["class_name"]
    'Dense'
    """
    return serialization.serialize_keras_object(layer)


def deserialize(config: dict, custom_objects: dict | None = None) -> Layer:
    """Returns a layer via its configuration.

    Args:
        config: Dict, the output of `serialize`.
        custom_objects: Optional dict of names of the user's own classes and functions.

    Raises:
        ValueError: If the config is not that of a layer.

    Example:

    >>> keras.layers.deserialize(keras.layers.serialize(keras.layers.Dense(2))).units
    2
    """
    layer = serialization.deserialize_keras_object(config, custom_objects=custom_objects)
    if not isinstance(layer, Layer):
        raise ValueError(
            "`keras.layers.deserialize` was passed a `config` object that is not a `keras.layers.Layer`. "
            f"Received: {config}"
        )
    return layer
