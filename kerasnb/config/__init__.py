"""`keras.config`: the default float type, the backend, the fuzz factor."""

from kerasnb.backend.device import current as backend
from kerasnb.backend.device import set_current as set_backend
from kerasnb.backend.dtypes import epsilon, floatx, set_epsilon, set_floatx

__all__ = ["backend", "epsilon", "floatx", "set_backend", "set_epsilon", "set_floatx"]
