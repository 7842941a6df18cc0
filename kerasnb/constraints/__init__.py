"""Constraints: functions that keep weights in a set."""

from __future__ import annotations

from typing import Any

from kerasnb import absent, serialization
from kerasnb.backend.tensor.naming import to_snake_case
from kerasnb.constraints.constraints import Constraint, MaxNorm, MinMaxNorm, NonNeg, UnitNorm

__all__ = [
    "Constraint", "MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm", "deserialize", "get", "max_norm", "min_max_norm",
    "non_neg", "serialize", "unit_norm",
]  # fmt: skip

__getattr__ = absent.explaining(__name__)

max_norm, min_max_norm, non_neg, unit_norm = MaxNorm, MinMaxNorm, NonNeg, UnitNorm

_CLASSES = (Constraint, MaxNorm, MinMaxNorm, NonNeg, UnitNorm)

ALL_OBJECTS_DICT = serialization.public("keras.constraints", _CLASSES)
ALL_OBJECTS_DICT.update({to_snake_case(cls.__name__): cls for cls in _CLASSES})


def serialize(constraint: Constraint) -> dict:
    """Returns the constraint configuration as a Python dict.

    Example:

    >>> keras.constraints.serialize(keras.constraints.UnitNorm())["config"]
    {'axis': 0}
    """
    return serialization.serialize_keras_object(constraint)


def deserialize(config: dict, custom_objects: dict | None = None) -> Constraint:
    """Returns a Keras constraint object via its configuration.

    Args:
        config: Dict, the output of `serialize`.
        custom_objects: Optional dict of names of the user's own constraints.

    Example:

    >>> keras.constraints.deserialize({"class_name": "MaxNorm", "config": {"max_value": 3}}).max_value
    3
    """
    return serialization.deserialize("constraint", ALL_OBJECTS_DICT, config, custom_objects)


def get(identifier: Any) -> Any:
    """Retrieves a Keras constraint object via an identifier.

    Args:
        identifier: A name, a config dict, a class, a callable, or None.

    Raises:
        ValueError: If it names no constraint.

    Example:

    >>> keras.constraints.get("max_norm").max_value
    2
    """
    return serialization.lookup("constraint", ALL_OBJECTS_DICT, identifier)
