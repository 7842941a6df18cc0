"""`keras.dtype_policies`: in which dtypes layers compute."""

from kerasnb import serialization
from kerasnb.dtype_policies.dtype_policy import DTypePolicy, FloatDTypePolicy, dtype_policy, set_dtype_policy
from kerasnb.dtype_policies.dtype_policy_map import DTypePolicyMap
from kerasnb.dtype_policies.lookup import ALL_OBJECTS_DICT, deserialize, get, serialize
from kerasnb.dtype_policies.quantized import (
    AWQDTypePolicy,
    GPTQDTypePolicy,
    Int4DTypePolicy,
    QuantizedDTypePolicy,
    QuantizedFloat8DTypePolicy,
)

__all__ = [
    "AWQDTypePolicy", "DTypePolicy", "DTypePolicyMap", "FloatDTypePolicy", "GPTQDTypePolicy", "Int4DTypePolicy",
    "QuantizedDTypePolicy", "QuantizedFloat8DTypePolicy", "deserialize", "dtype_policy", "get", "serialize",
    "set_dtype_policy",
]  # fmt: skip

_OTHERS = (
    DTypePolicyMap, QuantizedDTypePolicy, QuantizedFloat8DTypePolicy, Int4DTypePolicy, GPTQDTypePolicy, AWQDTypePolicy,
)  # fmt: skip
ALL_OBJECTS_DICT |= serialization.public("keras", [DTypePolicy, FloatDTypePolicy])
ALL_OBJECTS_DICT |= serialization.public("keras.dtype_policies", _OTHERS)
