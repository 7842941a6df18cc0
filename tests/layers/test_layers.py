"""Every layer keeps the promises of layers."""

from __future__ import annotations

import inspect

import keras as real
import pytest

from kerasnb import layers, ops, saving
from tests.layers.cases import CASES
from tests.layers.foreign import FOREIGN
from tests.promises.layers import check_layer


@pytest.mark.parametrize("name", CASES)
def test_promises(name):
    """Shapes, dtypes, weights, gradients, config, recording, and parity with Keras."""
    check_layer(getattr(layers, name.split()[0]), *CASES[name])


def test_integer_inputs_are_scaled():
    """Rescaling makes floats of bytes."""
    check_layer(layers.Rescaling, {"scale": 1 / 255}, (2, 4), (2, 4), input_dtype="uint8")


def test_every_layer_has_a_case():
    """A layer that is added has to keep the promises too."""
    classes = {name for name in layers.__all__ if inspect.isclass(getattr(layers, name))}
    aliases = {name for name in classes if getattr(layers, name).__name__ in classes - {name}}
    without = {"Layer", "InputLayer", "InputSpec", "Wrapper", "RNN", *(cls.__name__ for cls in FOREIGN)}
    without |= {"SimpleRNNCell", "LSTMCell", "GRUCell", "StackedRNNCells"}  # tests/layers/rnn/: they take states
    assert {name.split()[0] for name in CASES} | without == classes - aliases


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
