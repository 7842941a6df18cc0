"""Dtypes of a layer: its policy, and what is cast because of it."""

from __future__ import annotations

from typing import Any

from kerasnb import dtype_policies
from kerasnb.backend.tensor import scopes
from kerasnb.backend.tensor.dtypes import is_float_dtype
from kerasnb.dtype_policies import DTypePolicy, DTypePolicyMap
from kerasnb.layers.base.call import mask_of


class LayerDTypes:
    """What layers have of dtypes."""

    autocast: bool
    _dtype_policy: DTypePolicy
    _path: str | None

    @property
    def dtype_policy(self) -> DTypePolicy:
        """The dtype policy of the layer, or the map in which it stands."""
        return self._dtype_policy

    @dtype_policy.setter
    def dtype_policy(self, value: Any) -> None:
        policy, path = dtype_policies.get(value), self._path
        if path and isinstance(self._dtype_policy, DTypePolicyMap):
            if path in self._dtype_policy:
                del self._dtype_policy[path]
            self._dtype_policy[path] = policy
        else:
            self._dtype_policy = policy

    def _own_policy(self) -> DTypePolicy:
        """The policy of this very layer, where it stands in a map."""
        policy = self._dtype_policy
        return policy[self._path] if self._path and isinstance(policy, DTypePolicyMap) else policy

    @property
    def quantization_mode(self) -> str | None:
        """None: quantization is not in kerasnb yet."""
        return self._own_policy().quantization_mode

    @property
    def variable_dtype(self) -> str:
        """The dtype of the weights of the layer."""
        return self._own_policy().variable_dtype

    @property
    def dtype(self) -> str:
        """Alias of `layer.variable_dtype`."""
        return self.variable_dtype

    @property
    def compute_dtype(self) -> str:
        """The dtype in which the layer computes."""
        return self._own_policy().compute_dtype

    @property
    def input_dtype(self) -> str:
        """The dtype layer inputs should be converted to."""
        return self.compute_dtype

    def _converted(self, x):
        """An input as a tensor of the compute dtype; its mask stays with it."""
        converted = self._dtype_policy.convert_input(x, self.autocast, self.input_dtype)
        if converted is not x and mask_of(x) is not None:
            converted._keras_mask = x._keras_mask
        return converted

    def _autocasts_to(self) -> str | None:
        """The dtype that variables are read in while the layer runs; None for their own."""
        outer, dtype = scopes.autocast_dtype(), self.compute_dtype
        if outer is None and dtype == self.variable_dtype:
            return None
        return dtype if self.autocast and is_float_dtype(dtype) else None
