"""`keras.layers`: what models are made of."""

from kerasnb.backend import registry
from kerasnb.layers.activation import ELU, Activation, LeakyReLU, ReLU, Softmax
from kerasnb.layers.dense import Dense
from kerasnb.layers.dropout import Dropout
from kerasnb.layers.input_layer import Input, InputLayer
from kerasnb.layers.input_spec import InputSpec
from kerasnb.layers.layer import Layer
from kerasnb.layers.rescaling import Rescaling
from kerasnb.layers.reshaping import Flatten, Permute, RepeatVector, Reshape

__all__ = [
    "Activation", "Dense", "Dropout", "ELU", "Flatten", "Input", "InputLayer", "InputSpec", "Layer", "LeakyReLU",
    "Permute", "ReLU", "RepeatVector", "Rescaling", "Reshape", "Softmax",
]  # fmt: skip

ALL_OBJECTS_DICT = registry.public(
    "keras.layers",
    (
        Activation, Dense, Dropout, ELU, Flatten, InputLayer, InputSpec, Layer, LeakyReLU, Permute, ReLU, RepeatVector,
        Rescaling, Reshape, Softmax,
    ),
)  # fmt: skip
