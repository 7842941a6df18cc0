"""`keras.saving`: models and their parts as configs and files."""

import sys

import numpy

from kerasnb import absent, activations, ops
from kerasnb.saving.files import load_model, load_weights, save_model, save_weights
from kerasnb.serialization import (
    CustomObjectScope,
    custom_object_scope,
    deserialize_keras_object,
    enable_unsafe_deserialization,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    lambdas,
    register_keras_serializable,
    serialize_keras_object,
)

__all__ = [
    "CustomObjectScope", "custom_object_scope", "deserialize_keras_object", "enable_unsafe_deserialization",
    "get_custom_objects", "get_registered_name", "get_registered_object", "load_model", "load_weights",
    "register_keras_serializable", "save_model", "save_weights", "serialize_keras_object",
]  # fmt: skip

__getattr__ = absent.explaining(__name__)

# What lambdas are most often written with: their own module may not be imported where they are loaded.
lambdas.NAMES.update(ops=ops, activations=activations, np=numpy, keras=sys.modules["kerasnb"])
