"""`keras.layers`: what models are made of."""

from kerasnb import serialization
from kerasnb.layers.activations.activation import Activation
from kerasnb.layers.activations.elu import ELU
from kerasnb.layers.activations.leaky_relu import LeakyReLU
from kerasnb.layers.activations.relu import ReLU
from kerasnb.layers.activations.softmax import Softmax
from kerasnb.layers.base.input_spec import InputSpec
from kerasnb.layers.base.layer import Layer
from kerasnb.layers.core.dense import Dense
from kerasnb.layers.core.input_layer import Input, InputLayer
from kerasnb.layers.preprocessing.rescaling import Rescaling
from kerasnb.layers.regularization.dropout import Dropout
from kerasnb.layers.reshaping.flatten import Flatten
from kerasnb.layers.reshaping.permute import Permute
from kerasnb.layers.reshaping.repeat_vector import RepeatVector
from kerasnb.layers.reshaping.reshape import Reshape

__all__ = [
    "ELU",
    "Activation",
    "Dense",
    "Dropout",
    "Flatten",
    "Input",
    "InputLayer",
    "InputSpec",
    "Layer",
    "LeakyReLU",
    "Permute",
    "ReLU",
    "RepeatVector",
    "Rescaling",
    "Reshape",
    "Softmax",
]  # fmt: skip

serialization.public("keras", (InputSpec, Layer))
ALL_OBJECTS_DICT = serialization.public(
    "keras.layers",
    (
        Activation, Dense, Dropout, ELU, Flatten, InputLayer, InputSpec, Layer, LeakyReLU, Permute, ReLU, RepeatVector,
        Rescaling, Reshape, Softmax,
    ),
)  # fmt: skip
