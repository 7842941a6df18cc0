"""`keras.config`: the default float type, the image data format, dtype policies, limits, and what is shown."""

from kerasnb.backend.settings import (
    disable_flash_attention,
    disable_interactive_logging,
    disable_traceback_filtering,
    enable_flash_attention,
    enable_interactive_logging,
    enable_traceback_filtering,
    image_data_format,
    is_flash_attention_enabled,
    is_interactive_logging_enabled,
    is_nnx_enabled,
    is_traceback_filtering_enabled,
    max_epochs,
    max_steps_per_epoch,
    set_image_data_format,
    set_max_epochs,
    set_max_steps_per_epoch,
)
from kerasnb.backend.tensor.device import current as backend
from kerasnb.backend.tensor.device import set_current as set_backend
from kerasnb.backend.tensor.dtypes import epsilon, floatx, set_epsilon, set_floatx
from kerasnb.dtype_policies.dtype_policy import dtype_policy, set_dtype_policy
from kerasnb.serialization import enable_unsafe_deserialization

__all__ = [
    "backend", "disable_flash_attention", "disable_interactive_logging", "disable_traceback_filtering", "dtype_policy",
    "enable_flash_attention", "enable_interactive_logging", "enable_traceback_filtering",
    "enable_unsafe_deserialization", "epsilon", "floatx", "image_data_format", "is_flash_attention_enabled",
    "is_interactive_logging_enabled", "is_nnx_enabled", "is_traceback_filtering_enabled", "max_epochs",
    "max_steps_per_epoch", "set_backend", "set_dtype_policy", "set_epsilon", "set_floatx", "set_image_data_format",
    "set_max_epochs", "set_max_steps_per_epoch",
]  # fmt: skip
