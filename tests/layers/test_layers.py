"""Every layer keeps the promises of layers."""

from __future__ import annotations

import keras as real
import pytest

from kerasnb import layers, ops, regularizers, saving
from tests.promises.layers import check_layer

CASES = {
    "Dense": ({"units": 3}, (2, 4), (2, 3), 2),
    "Dense relu": ({"units": 5, "activation": "relu"}, (2, 4), (2, 5), 2),
    "Dense tanh": ({"units": 5, "activation": "tanh"}, (3, 4), (3, 5), 2),
    "Dense sigmoid": ({"units": 1, "activation": "sigmoid"}, (3, 4), (3, 1), 2),
    "Dense softmax": ({"units": 5, "activation": "softmax"}, (2, 4), (2, 5), 2),
    "Dense no bias": ({"units": 3, "use_bias": False, "activation": "relu"}, (2, 4), (2, 3), 1),
    "Dense rank 3": ({"units": 3, "activation": "relu"}, (2, 5, 4), (2, 5, 3), 2),
    "Dense options": (
        {
            "units": 3, "kernel_initializer": "he_normal", "bias_initializer": "ones", "kernel_regularizer": "l2",
            "bias_regularizer": regularizers.L1(0.5), "kernel_constraint": "max_norm", "bias_constraint": "non_neg",
            "activity_regularizer": "l2",
        },
        (2, 4), (2, 3), 2,
    ),
    "Dropout": ({"rate": 0.5, "seed": 1}, (2, 4), (2, 4), 0),
    "Dropout noise shape": ({"rate": 0.5, "noise_shape": (None, 1)}, (2, 4), (2, 4), 0),
    "Dropout none": ({"rate": 0}, (2, 4), (2, 4), 0),
    "Flatten": ({}, (2, 3, 4, 5), (2, 60), 0),
    "Flatten rank 2": ({}, (2, 3), (2, 3), 0),
    "Flatten rank 1": ({}, (2,), (2, 1), 0),
    "Flatten channels first": ({"data_format": "channels_first"}, (2, 3, 4, 5), (2, 60), 0),
    "Reshape": ({"target_shape": (3, 4)}, (2, 12), (2, 3, 4), 0),
    "Reshape inferred": ({"target_shape": (-1, 2)}, (2, 3, 4), (2, 6, 2), 0),
    "Permute": ({"dims": (3, 1, 2)}, (2, 3, 4, 5), (2, 5, 3, 4), 0),
    "RepeatVector": ({"n": 3}, (2, 4), (2, 3, 4), 0),
    "Activation": ({"activation": "gelu"}, (2, 4), (2, 4), 0),
    "ReLU": ({"max_value": 1.0, "negative_slope": 0.1, "threshold": 0.2}, (2, 4), (2, 4), 0),
    "LeakyReLU": ({"negative_slope": 0.2}, (2, 4), (2, 4), 0),
    "ELU": ({"alpha": 0.7}, (2, 4), (2, 4), 0),
    "Softmax": ({}, (2, 4), (2, 4), 0),
    "Softmax axis": ({"axis": 1}, (2, 3, 4), (2, 3, 4), 0),
    "Rescaling": ({"scale": 0.5, "offset": -1.0}, (2, 4), (2, 4), 0),
}  # fmt: skip
SEEDS = {"Dropout": 1, "Dropout noise shape": 1}


@pytest.mark.parametrize("case", CASES)
def test_promises(case):
    """Shapes, dtypes, weights, gradients, config, recording, and parity with Keras."""
    init, shape, expected, weights = CASES[case]
    cls = getattr(layers, case.split()[0])
    check_layer(cls, init, shape, expected, weights, expected_n_seeds=SEEDS.get(case, 0))


def test_integer_inputs_are_scaled():
    """Rescaling makes floats of bytes."""
    check_layer(layers.Rescaling, {"scale": 1 / 255}, (2, 4), (2, 4), input_dtype="uint8")


def test_every_layer_has_a_case():
    """A layer that is added has to keep the promises too."""
    without = {"Layer", "InputLayer", "InputSpec", "Input"}
    assert {case.split()[0] for case in CASES} | without == set(layers.__all__)


class Weighted(layers.Layer):
    """The first input times a weight, plus the second."""

    def build(self, shapes):
        self.scale = self.add_weight(shape=shapes[0][1:], name="scale")

    def call(self, inputs):
        return inputs[0] * ops.cast(self.scale, self.compute_dtype) + inputs[1]

    def compute_output_shape(self, shapes):
        return shapes[0]


class TheirWeighted(real.layers.Layer):
    """The same for Keras."""

    build, compute_output_shape = Weighted.build.__wrapped__, Weighted.compute_output_shape

    def call(self, inputs):
        return inputs[0] * self.scale + inputs[1]


def test_several_inputs():
    """A list of inputs: values, gradients of each, symbolic shapes, recording, policies."""
    with saving.custom_object_scope({"Weighted": Weighted}):
        check_layer(Weighted, {"name": "weighted"}, [(2, 3), (2, 3)], (2, 3), 1, parity=TheirWeighted)


class _NoGradient(layers.ReLU):
    def call(self, inputs):
        return ops.stop_gradient(super().call(inputs)) + 0 * inputs


class _HalfGradient(layers.ReLU):
    def call(self, inputs):
        y = super().call(inputs)
        return 0.5 * y + 0.5 * ops.stop_gradient(y)


class _OtherInTraining(layers.ReLU):
    def call(self, inputs, training=False):
        return super().call(inputs) * (1.5 if training else 1.0)


class _LosesMask(layers.ReLU):
    def compute_mask(self, inputs, previous_mask):
        return None


class _Wide(layers.ReLU):
    def call(self, inputs):
        return ops.cast(super().call(inputs), "float32")


class _WidePolicy(layers.ReLU):
    @property
    def compute_dtype(self):
        return "float32"


@pytest.mark.parametrize(
    ("cls", "message"),
    [
        (_NoGradient, "input 0, training=False"),
        (_HalfGradient, "input 0, training=False"),
        (_OtherInTraining, "output 0, training=True"),
        (_LosesMask, "the mask is lost"),
        (_Wide, "float16: dtype float32 for float16"),
        (_WidePolicy, "float16: computes in float32, not in float16"),
    ],
)
def test_a_broken_promise_is_noticed(cls, message):
    """Each is wrong in one thing that the values of an inference do not show."""
    scope = saving.custom_object_scope({cls.__name__: cls})
    with scope, pytest.raises(AssertionError, match=message):
        check_layer(cls, {}, (2, 4), (2, 4), parity=real.layers.ReLU)
