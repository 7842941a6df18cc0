"""`keras.config`: the default float type, the backend, the fuzz factor."""

from kerasnb.backend.tensor.device import current as backend
from kerasnb.backend.tensor.device import set_current as set_backend
from kerasnb.backend.tensor.dtypes import epsilon, floatx, set_epsilon, set_floatx
from kerasnb.dtype_policies.dtype_policy import dtype_policy, set_dtype_policy

__all__ = [
    "backend", "dtype_policy", "epsilon", "floatx", "set_backend", "set_dtype_policy", "set_epsilon", "set_floatx",
]  # fmt: skip
