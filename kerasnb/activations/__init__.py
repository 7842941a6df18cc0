"""Activations: what happens to a layer's output."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from kerasnb import serialization
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

swish, hard_swish = silu, hard_silu

_FUNCTIONS = (
    celu, elu, exponential, gelu, glu, hard_shrink, hard_sigmoid, hard_silu, hard_tanh, leaky_relu, linear, log_sigmoid,
    log_softmax, mish, relu, relu6, selu, sigmoid, silu, soft_shrink, softmax, softplus, softsign, sparse_plus,
    sparse_sigmoid, sparsemax, squareplus, tanh, tanh_shrink, threshold,
)  # fmt: skip

ALL_OBJECTS_DICT = serialization.public("keras.activations", _FUNCTIONS)
ALL_OBJECTS_DICT.update(swish=silu, hard_swish=hard_silu)


def serialize(activation: Callable):
    """Returns the name of a built-in activation, or the config of another.

    Args:
        activation: A function, or an object with `get_config`.

    Example:

    >>> keras.activations.serialize(keras.activations.relu)
    'relu'
    """
    config = serialization.serialize_keras_object(activation)
    if inspect.isfunction(activation) and ALL_OBJECTS_DICT.get(activation.__name__) is activation:
        return activation.__name__
    return config


def deserialize(config, custom_objects: dict | None = None) -> Callable:
    """Returns a Keras activation function via its name or config.

    Args:
        config: String or dict, the output of `serialize`.
        custom_objects: Optional dict of names of the user's own functions.

    Example:

    >>> keras.activations.deserialize("relu").__name__
    'relu'
    """
    return serialization.deserialize("activation function", ALL_OBJECTS_DICT, config, custom_objects)


def get(identifier) -> Callable:
    """Retrieves a Keras activation function via an identifier.

    Args:
        identifier: A name, a config dict, a callable, or None for `linear`.

    Returns:
        A callable.

    Raises:
        ValueError: If it names no activation.

    Example:

    >>> keras.activations.get("softmax").__name__
    'softmax'
    """
    if identifier is None:
        return linear
    return serialization.lookup("activation function", ALL_OBJECTS_DICT, identifier)
