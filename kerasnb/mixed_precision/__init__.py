"""`keras.mixed_precision`: older names for dtype policies, and loss scaling."""

from kerasnb.dtype_policies.dtype_policy import DTypePolicy, dtype_policy, set_dtype_policy
from kerasnb.optimizers import LossScaleOptimizer

Policy = DTypePolicy
global_policy = dtype_policy
set_global_policy = set_dtype_policy

__all__ = [
    "DTypePolicy", "LossScaleOptimizer", "Policy", "dtype_policy", "global_policy", "set_dtype_policy",
    "set_global_policy",
]  # fmt: skip
