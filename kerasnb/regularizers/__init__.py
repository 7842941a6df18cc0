"""Regularizers: penalties that keep weights or outputs small."""

from __future__ import annotations

from typing import Any

from kerasnb import absent, serialization
from kerasnb.regularizers.regularizers import L1, L1L2, L2, OrthogonalRegularizer, Regularizer

__all__ = [
    "L1", "L1L2", "L2", "OrthogonalRegularizer", "Regularizer", "deserialize", "get", "l1", "l1_l2", "l2",
    "orthogonal_regularizer", "serialize",
]  # fmt: skip

__getattr__ = absent.explaining(__name__)

l1, l2, l1_l2, orthogonal_regularizer = L1, L2, L1L2, OrthogonalRegularizer

serialization.public("keras", (Regularizer,))
ALL_OBJECTS_DICT = serialization.public("keras.regularizers", (Regularizer, L1, L2, L1L2, OrthogonalRegularizer))
ALL_OBJECTS_DICT.update(
    regularizer=Regularizer, l1=L1, l2=L2, l1_l2=L1L2, l1l2=L1L2, orthogonal_regularizer=OrthogonalRegularizer
)


def serialize(regularizer: Regularizer) -> dict:
    """Returns the regularizer configuration as a Python dict.

    Example:

    >>> keras.regularizers.serialize(keras.regularizers.L2(0.5))["config"]
    {'l2': 0.5}
    """
    return serialization.serialize_keras_object(regularizer)


def deserialize(config: dict, custom_objects: dict | None = None) -> Regularizer:
    """Returns a Keras regularizer object via its configuration.

    Args:
        config: Dict, the output of `serialize`.
        custom_objects: Optional dict of names of the user's own regularizers.

    Example:

    >>> keras.regularizers.deserialize({"class_name": "L2", "config": {"l2": 0.5}}).l2
    0.5
    """
    return serialization.deserialize("regularizer", ALL_OBJECTS_DICT, config, custom_objects)


def get(identifier: Any) -> Any:
    """Retrieves a Keras regularizer object via an identifier.

    Args:
        identifier: A name, a config dict, a class, a callable, or None.

    Raises:
        ValueError: If it names no regularizer.

    Example:

    >>> keras.regularizers.get("l2").l2
    0.01
    """
    return serialization.lookup("regularizer", ALL_OBJECTS_DICT, identifier)
