"""Objects to configs and back: one registry and one serializer, which every namespace above uses."""

from kerasnb.serialization.deserialize import deserialize_keras_object, enable_unsafe_deserialization, with_lambdas
from kerasnb.serialization.lookup import deserialize, lookup
from kerasnb.serialization.registration import (
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from kerasnb.serialization.registry import (
    CustomObjectScope,
    custom_object_scope,
    is_public,
    public,
    public_lazily,
    register_finder,
    register_type,
)
from kerasnb.serialization.serialize import serialize_keras_object
from kerasnb.serialization.sharing import sharing

__all__ = [
    "CustomObjectScope", "custom_object_scope", "deserialize", "deserialize_keras_object",
    "enable_unsafe_deserialization", "get_custom_objects", "get_registered_name", "get_registered_object", "is_public",
    "lookup", "public", "public_lazily", "register_finder", "register_keras_serializable", "register_type",
    "serialize_keras_object", "sharing", "with_lambdas",
]  # fmt: skip
