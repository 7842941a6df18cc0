"""What `keras.utils` exports, and from where; `__init__.py` imports it at first use."""

from kerasnb.backend import is_keras_tensor as is_keras_tensor
from kerasnb.backend import standardize_dtype as standardize_dtype
from kerasnb.backend.autodiff.graph import get_source_inputs as get_source_inputs
from kerasnb.backend.settings import disable_interactive_logging as disable_interactive_logging
from kerasnb.backend.settings import enable_interactive_logging as enable_interactive_logging
from kerasnb.backend.settings import is_interactive_logging_enabled as is_interactive_logging_enabled
from kerasnb.backend.tensor.naming import clear_session as clear_session
from kerasnb.serialization import CustomObjectScope as CustomObjectScope
from kerasnb.serialization import custom_object_scope as custom_object_scope
from kerasnb.serialization import deserialize_keras_object as deserialize_keras_object
from kerasnb.serialization import get_custom_objects as get_custom_objects
from kerasnb.serialization import get_registered_name as get_registered_name
from kerasnb.serialization import get_registered_object as get_registered_object
from kerasnb.serialization import register_keras_serializable as register_keras_serializable
from kerasnb.serialization import serialize_keras_object as serialize_keras_object
from kerasnb.utils.data_utils import pack_x_y_sample_weight as pack_x_y_sample_weight
from kerasnb.utils.data_utils import unpack_x_y_sample_weight as unpack_x_y_sample_weight
from kerasnb.utils.file_utils import get_file as get_file
from kerasnb.utils.model_visualization import model_to_dot as model_to_dot
from kerasnb.utils.model_visualization import plot_model as plot_model
from kerasnb.utils.numerical_utils import normalize as normalize
from kerasnb.utils.numerical_utils import to_categorical as to_categorical
from kerasnb.utils.progbar import Progbar as Progbar
from kerasnb.utils.rng_utils import set_random_seed as set_random_seed
