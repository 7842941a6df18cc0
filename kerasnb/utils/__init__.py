"""`keras.utils`: seeds, labels, files, pictures of models, and objects of your own in configs."""

from kerasnb import absent
from kerasnb.backend import is_keras_tensor, standardize_dtype
from kerasnb.backend.autodiff.graph import get_source_inputs
from kerasnb.backend.settings import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from kerasnb.backend.tensor.naming import clear_session
from kerasnb.serialization import (
    CustomObjectScope,
    custom_object_scope,
    deserialize_keras_object,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
    serialize_keras_object,
)
from kerasnb.utils.data_utils import pack_x_y_sample_weight, unpack_x_y_sample_weight
from kerasnb.utils.file_utils import get_file
from kerasnb.utils.numerical_utils import normalize, to_categorical
from kerasnb.utils.plot_model import model_to_dot, plot_model
from kerasnb.utils.progbar import Progbar
from kerasnb.utils.rng_utils import set_random_seed

__all__ = [
    "CustomObjectScope",
    "Progbar",
    "clear_session",
    "custom_object_scope",
    "deserialize_keras_object",
    "disable_interactive_logging",
    "enable_interactive_logging",
    "get_custom_objects",
    "get_file",
    "get_registered_name",
    "get_registered_object",
    "get_source_inputs",
    "is_interactive_logging_enabled",
    "is_keras_tensor",
    "model_to_dot",
    "normalize",
    "pack_x_y_sample_weight",
    "plot_model",
    "register_keras_serializable",
    "serialize_keras_object",
    "set_random_seed",
    "standardize_dtype",
    "to_categorical",
    "unpack_x_y_sample_weight",
]

__getattr__ = absent.explaining(__name__)
