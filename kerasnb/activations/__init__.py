"""Activation functions."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from kerasnb import absent, serialization
from kerasnb.activations.piecewise import (
    hard_shrink,
    hard_sigmoid,
    hard_silu,
    hard_tanh,
    leaky_relu,
    linear,
    relu,
    relu6,
    soft_shrink,
    sparse_plus,
    sparse_sigmoid,
    threshold,
)
from kerasnb.activations.smooth import (
    celu,
    elu,
    exponential,
    gelu,
    glu,
    log_sigmoid,
    log_softmax,
    mish,
    selu,
    sigmoid,
    silu,
    softmax,
    softplus,
    softsign,
    sparsemax,
    squareplus,
    tanh,
    tanh_shrink,
)

__all__ = [
    "celu", "deserialize", "elu", "exponential", "gelu", "get", "glu", "hard_shrink", "hard_sigmoid", "hard_silu",
    "hard_swish", "hard_tanh", "leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu",
    "serialize", "sigmoid", "silu", "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus", "sparse_sigmoid",
    "sparsemax", "squareplus", "swish", "tanh", "tanh_shrink", "threshold",
]  # fmt: skip

__getattr__ = absent.explaining(__name__)

swish, hard_swish = silu, hard_silu

_FUNCTIONS = (
    celu, elu, exponential, gelu, glu, hard_shrink, hard_sigmoid, hard_silu, hard_tanh, leaky_relu, linear, log_sigmoid,
    log_softmax, mish, relu, relu6, selu, sigmoid, silu, soft_shrink, softmax, softplus, softsign, sparse_plus,
    sparse_sigmoid, sparsemax, squareplus, tanh, tanh_shrink, threshold,
)  # fmt: skip

ALL_OBJECTS_DICT = serialization.public("keras.activations", _FUNCTIONS)
ALL_OBJECTS_DICT.update(swish=silu, hard_swish=hard_silu)


def serialize(activation: Callable) -> str | dict[str, Any]:
    """Returns the name of a built-in activation, or the config of another.

    Args:
        activation: A function, or an object with `get_config`.

    Returns:
        String or dict.

    Example:

    >>> keras.activations.serialize(keras.activations.relu)
    'relu'
    """
    config = serialization.serialize_keras_object(activation)
    if inspect.isfunction(activation) and ALL_OBJECTS_DICT.get(activation.__name__) is activation:
        return activation.__name__
    return config


def deserialize(config: str | dict[str, Any], custom_objects: dict | None = None) -> Callable:
    """Returns a Keras activation function via its name or config.

    Args:
        config: String or dict, the output of `serialize`.
        custom_objects: Optional dict from names to functions of your own.

    Returns:
        A callable.

    Raises:
        ValueError: If the config does not describe an activation.

    Example:

    >>> keras.activations.deserialize("relu").__name__
    'relu'
    """
    return serialization.deserialize("activation function", ALL_OBJECTS_DICT, config, custom_objects)


def get(identifier: str | dict[str, Any] | Callable | None) -> Callable:
    """Retrieves a Keras activation function via an identifier.

    Args:
        identifier: A name, a config dict, a callable, or None for `linear`.

    Returns:
        A callable.

    Raises:
        ValueError: If it does not name an activation.

    Example:

    >>> keras.activations.get("softmax").__name__
    'softmax'
    """
    if identifier is None:
        return linear
    return serialization.lookup("activation function", ALL_OBJECTS_DICT, identifier)
