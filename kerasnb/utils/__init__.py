"""`keras.utils`: seeds, labels, files, pictures of models."""

from kerasnb.backend import is_keras_tensor, standardize_dtype
from kerasnb.backend.autodiff.graph import get_source_inputs
from kerasnb.utils.data_utils import pack_x_y_sample_weight, unpack_x_y_sample_weight
from kerasnb.utils.file_utils import get_file
from kerasnb.utils.numerical_utils import normalize, to_categorical
from kerasnb.utils.plot_model import model_to_dot, plot_model
from kerasnb.utils.progbar import Progbar
from kerasnb.utils.rng_utils import set_random_seed

__all__ = [
    "Progbar",
    "get_file",
    "get_source_inputs",
    "is_keras_tensor",
    "model_to_dot",
    "normalize",
    "pack_x_y_sample_weight",
    "plot_model",
    "set_random_seed",
    "standardize_dtype",
    "to_categorical",
    "unpack_x_y_sample_weight",
]
