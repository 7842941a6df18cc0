"""What a number is: tensors, variables, the dispatch of operations, devices, tapes, plans."""

import numpy as np

from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.backend.settings import image_data_format, set_image_data_format
from kerasnb.backend.tensor.device import current as backend
from kerasnb.backend.tensor.dtypes import (
    epsilon,
    floatx,
    is_float_dtype,
    is_int_dtype,
    result_type,
    set_epsilon,
    set_floatx,
    standardize_dtype,
)
from kerasnb.backend.tensor.keras_tensor import KerasTensor, is_keras_tensor
from kerasnb.backend.tensor.naming import clear_session, get_uid, reset_uids
from kerasnb.backend.tensor.tensor import Tensor, TracedValueError, is_tensor
from kerasnb.backend.tensor.tensor import to_tensor as convert_to_tensor
from kerasnb.backend.tensor.variable import Variable

__all__ = [
    "GradientTape", "KerasTensor", "Tensor", "TracedValueError", "Variable", "backend", "clear_session",
    "convert_to_numpy", "convert_to_tensor", "epsilon", "floatx", "get_uid", "image_data_format", "is_float_dtype",
    "is_int_dtype", "is_keras_tensor", "is_tensor", "reset_uids", "result_type", "set_epsilon", "set_floatx",
    "set_image_data_format", "standardize_dtype",
]  # fmt: skip


def convert_to_numpy(x: Tensor | Variable) -> np.ndarray:
    """Converts a tensor to a NumPy array.

    Args:
        x: Tensor or Variable.

    Returns:
        A NumPy array of its own.

    Example:

    >>> keras.backend.convert_to_numpy(keras.ops.ones((2,)))
    array([1., 1.], dtype=float32)
    """
    return x.numpy()
