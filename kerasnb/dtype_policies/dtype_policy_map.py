"""DTypePolicyMap: dtype policies by the paths of layers."""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping
from typing import Any

from kerasnb import serialization
from kerasnb.dtype_policies.dtype_policy import DTypePolicy
from kerasnb.dtype_policies.lookup import get


class DTypePolicyMap(DTypePolicy, MutableMapping):
    """Dtype policies of the layers inside a layer or model, by their paths.

    The map is passed as the `dtype` of each of these layers. One whose path is a key has the policy of the key; else
    one whose path matches a key, read as a regular expression for the whole path; else the default policy.

    Args:
        default_policy: Optional policy, or its name. Defaults to the global policy.
        policy_map: Optional dict of paths or regular expressions to policies.

    Raises:
        ValueError: If the default policy is a map.
        TypeError: If `policy_map` is no dict.

    Example:

    >>> policies = keras.dtype_policies.DTypePolicyMap("float32")
    >>> policies["encoder/.*"] = keras.DTypePolicy("mixed_bfloat16")
    >>> policies["encoder/dense"], policies["decoder/dense"]
    (<DTypePolicy "mixed_bfloat16">, <DTypePolicy "float32">)
    """

    def __init__(self, default_policy: Any = None, policy_map: dict | None = None) -> None:
        if isinstance(default_policy, DTypePolicyMap):
            raise ValueError("`default_policy` cannot be a `DTypePolicyMap`.")
        if policy_map is not None and not isinstance(policy_map, dict):
            raise TypeError(
                f"If specified, `policy_map` must be a dict. Received: policy_map={policy_map} of type "
                f"{type(policy_map)}"
            )
        self._default_policy_arg = default_policy
        self._default_policy = get(default_policy)
        self._policy_map = policy_map or {}

    @property
    def name(self) -> str:
        """`"map_"` and the name of the default policy."""
        return f"map_{self.default_policy.name}"

    @property
    def default_policy(self) -> DTypePolicy:
        """The policy of layers whose path matches no key."""
        return self._default_policy

    @property
    def compute_dtype(self) -> str:
        """The dtype of computations by default."""
        return self.default_policy.compute_dtype

    @property
    def variable_dtype(self) -> str:
        """The dtype of variables by default."""
        return self.default_policy.variable_dtype

    def __getitem__(self, key: str) -> DTypePolicy:
        """Returns the policy of a path, the default one where no key matches."""
        if key in self._policy_map:
            return self._policy_map[key]
        matching = [pattern for pattern in self._policy_map if re.fullmatch(pattern, key)]
        if len(matching) > 1:
            raise ValueError(
                f"Path '{key}' matches multiple dtype policy specification keys: {matching}. Please make sure each "
                "path only matches at most one dtype policy specification key in the DTypePolicyMap."
            )
        return self._policy_map[matching[0]] if matching else self.default_policy

    def __setitem__(self, key: str, policy: Any) -> None:
        """Adds the policy, or the name of one, for a path or a regular expression."""
        if key in self._policy_map:
            raise ValueError(
                f"{key} already exist in the DTypePolicyMap with value {self._policy_map[key]}. Please make sure to "
                "not use duplicated keys."
            )
        try:
            self._policy_map[key] = get(policy)
        except Exception:  # of whatever kind: the value is no policy
            raise ValueError(
                f"Cannot interpret the assigned value by `keras.dtype_policies.get`. Received: {policy} of type "
                f"{type(policy)}"
            ) from None

    def __delitem__(self, key: str) -> None:
        del self._policy_map[key]

    def __contains__(self, key: object) -> bool:
        return key in self._policy_map

    def __len__(self) -> int:
        return len(self._policy_map)

    def __iter__(self) -> Iterator:
        return iter(self._policy_map)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DTypePolicyMap):
            return False
        return self.default_policy == other.default_policy and self._policy_map == other._policy_map

    def __hash__(self) -> int:
        return hash((self.default_policy, *self._policy_map))

    def __repr__(self) -> str:
        mapping = [(key, policy.name) for key, policy in self._policy_map.items()]
        return f"<DTypePolicyMap at {hex(id(self))} default_policy={self.default_policy.name}, mapping={mapping}>"

    def get_config(self) -> dict:
        """Returns the config of the map: the default policy as it was given, and the policies by key."""
        policies = {key: serialization.serialize_keras_object(policy) for key, policy in self._policy_map.items()}
        return {"default_policy": self._default_policy_arg, "policy_map": policies}

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> DTypePolicyMap:
        """Creates a map from its config.

        Args:
            config: Dict, the output of `get_config`.
            custom_objects: Optional dict of names of the user's own policies.
        """
        policies = config["policy_map"]
        policies = {key: serialization.deserialize_keras_object(p, custom_objects) for key, p in policies.items()}
        return cls(default_policy=config["default_policy"], policy_map=policies)
