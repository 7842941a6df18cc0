"""Policies by name and as configs: `get`, `serialize` and `deserialize` of `keras.dtype_policies`."""

from __future__ import annotations

from typing import Any

from kerasnb import serialization
from kerasnb.backend.tensor import dtypes
from kerasnb.dtype_policies.dtype_policy import DTypePolicy, dtype_policy

ALL_OBJECTS_DICT: dict[str, type] = {}  # filled by the package, which imports the classes


def serialize(dtype_policy: DTypePolicy) -> dict:
    """Returns the policy's configuration as a Python dict.

    Example:

    >>> keras.dtype_policies.serialize(keras.DTypePolicy("float32"))["config"]
    {'name': 'float32'}
    """
    return serialization.serialize_keras_object(dtype_policy)


def deserialize(config: dict, custom_objects: dict | None = None) -> DTypePolicy:
    """Returns a policy via its configuration.

    Args:
        config: Dict, the output of `serialize`.
        custom_objects: Optional dict of names of the user's own policies.

    Example:

    >>> keras.dtype_policies.deserialize({"class_name": "DTypePolicy", "config": {"name": "float32"}})
    <DTypePolicy "float32">
    """
    return serialization.deserialize("dtype policy", ALL_OBJECTS_DICT, config, custom_objects)


def get(identifier: Any) -> DTypePolicy:
    """Retrieves a policy via an identifier.

    Args:
        identifier: None (the global policy), a name, a config dict, a dtype, or a `DTypePolicy`.

    Raises:
        ValueError: If it names no policy.
        NotImplementedError: If it names that of quantized layers.

    Example:

    >>> keras.dtype_policies.get("mixed_float16")
    <DTypePolicy "mixed_float16">
    """
    if identifier is None:
        return dtype_policy()
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, str):
        return DTypePolicy(identifier)
    try:
        return DTypePolicy(dtypes.standardize_dtype(identifier))
    except (ValueError, TypeError):
        raise ValueError(
            "Cannot interpret `dtype` argument. Expected a string or an instance of DTypePolicy. "
            f"Received: dtype={identifier}"
        ) from None
