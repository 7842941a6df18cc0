"""Initializers: how weights start."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasnb import absent, ops, serialization
from kerasnb.backend.late_bound import Initializers
from kerasnb.backend.tensor.dtypes import standardize_dtype
from kerasnb.backend.tensor.naming import to_snake_case
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.initializers.constant_initializers import Constant, Identity, Ones, Zeros
from kerasnb.initializers.initializer import Initializer
from kerasnb.initializers.random_initializers import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
)
from kerasnb.random import SeedGenerator

__all__ = [
    "Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "Identity", "IdentityInitializer",
    "Initializer", "LecunNormal", "LecunUniform", "Ones", "Orthogonal", "OrthogonalInitializer", "RandomNormal",
    "RandomUniform", "TruncatedNormal", "VarianceScaling", "Zeros", "constant", "deserialize", "get", "glorot_normal",
    "glorot_uniform", "he_normal", "he_uniform", "identity", "lecun_normal", "lecun_uniform", "ones", "orthogonal",
    "random_normal", "random_uniform", "serialize", "truncated_normal", "variance_scaling", "zeros",
]  # fmt: skip

__getattr__ = absent.explaining(__name__)

constant, identity, ones, zeros = Constant, Identity, Ones, Zeros
glorot_normal, glorot_uniform = GlorotNormal, GlorotUniform
he_normal, he_uniform = HeNormal, HeUniform
lecun_normal, lecun_uniform = LecunNormal, LecunUniform
orthogonal, random_normal, random_uniform = Orthogonal, RandomNormal, RandomUniform
truncated_normal, variance_scaling = TruncatedNormal, VarianceScaling
IdentityInitializer, OrthogonalInitializer = Identity, Orthogonal

_CLASSES = (
    Initializer, Constant, Identity, Ones, Zeros, GlorotNormal, GlorotUniform, HeNormal, HeUniform, LecunNormal,
    LecunUniform, Orthogonal, RandomNormal, RandomUniform, TruncatedNormal, VarianceScaling,
)  # fmt: skip

serialization.public("keras.random", [SeedGenerator])
serialization.public("keras", (Initializer,))
ALL_OBJECTS_DICT = serialization.public("keras.initializers", _CLASSES)
ALL_OBJECTS_DICT.update({to_snake_case(cls.__name__): cls for cls in _CLASSES})
ALL_OBJECTS_DICT.update(
    uniform=RandomUniform, normal=RandomNormal, one=Ones, zero=Zeros,
    IdentityInitializer=Identity, OrthogonalInitializer=Orthogonal,
)  # fmt: skip


def serialize(initializer: Initializer) -> dict:
    """Returns the initializer configuration as a Python dict.

    Example:

    >>> keras.initializers.serialize(keras.initializers.Zeros())["class_name"]
    'Zeros'
    """
    return serialization.serialize_keras_object(initializer)


def deserialize(config: dict, custom_objects: dict | None = None) -> Initializer:
    """Returns a Keras initializer object via its configuration.

    Args:
        config: Dict, the output of `serialize`.
        custom_objects: Optional dict of names of the user's own classes.

    Example:

    >>> keras.initializers.deserialize({"class_name": "Constant", "config": {"value": 2.0}}).value
    2.0
    """
    return serialization.deserialize("initializer", ALL_OBJECTS_DICT, config, custom_objects)


def get(identifier: Any) -> Any:
    """Retrieves a Keras initializer object via an identifier.

    Args:
        identifier: A string, a config dict, a class, a callable `(shape, dtype=None)`, or an array
            with the values themselves.

    Returns:
        A callable, or None for None.

    Raises:
        ValueError: If it names no initializer.

    Example:

    >>> keras.initializers.get("glorot_uniform").mode
    'fan_avg'
    """
    if isinstance(identifier, (Tensor, np.ndarray, np.generic)):
        return _fixed_values(identifier)
    return serialization.lookup("initializer", ALL_OBJECTS_DICT, identifier)


def _fixed_values(values):
    def initialize(shape, dtype=None):
        if tuple(shape) != tuple(values.shape):
            raise ValueError(
                f"Expected `shape` to be {values.shape} for direct tensor as initializer. Received shape={shape}"
            )
        return ops.cast(ops.convert_to_tensor(values), standardize_dtype(dtype))

    return initialize


Initializers.get = get
