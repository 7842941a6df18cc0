"""Pools: unknown extents, empty batches, masks, half precision, and errors that say what to change."""

from __future__ import annotations

import keras as real
import numpy as np
import pytest

import kerasnb
from kerasnb import layers
from tests.promises.layers import inputs_of

ANY_SIZE = {
    "MaxPooling1D": ({"padding": "same"}, (None, 2)),
    "AveragePooling2D": ({"pool_size": 2, "strides": 1}, (None, 4, 2)),
    "MaxPooling3D": ({}, (None, 4, None, 2)),
    "GlobalMaxPooling2D": ({}, (None, None, 2)),
    "GlobalAveragePooling1D": ({"keepdims": True}, (None, 2)),
    "AdaptiveAveragePooling2D": ({"output_size": (2, 3)}, (None, None, 2)),
    "AdaptiveMaxPooling1D": ({"output_size": 3}, (None, 2)),
}


@pytest.mark.parametrize("name", ANY_SIZE)
def test_unknown_extents(name):
    """Functional models take inputs of any extents; shapes say None where Keras' do; no samples give no outputs."""
    init, shape = ANY_SIZE[name]
    inputs = kerasnb.Input(shape)
    outputs = getattr(layers, name)(**init)(inputs)
    assert outputs.shape == getattr(real.layers, name)(**init)(real.Input(shape)).shape
    model, layer = kerasnb.Model(inputs, outputs), getattr(layers, name)(**init)
    for size in (5, 8):
        x = inputs_of((3, *(size if e is None else e for e in shape)))
        y = model.predict(x, verbose=0)
        np.testing.assert_allclose(y, layer(x), rtol=1e-6, atol=1e-6)
        assert y.shape == tuple(layer.compute_output_shape(x.shape))
    assert layer(x[:0]).shape == tuple(layer.compute_output_shape(x[:0].shape))


def test_masked_steps_do_not_count():
    """The mask of an Embedding or a Masking layer before it is the one that is used, and ends there."""
    x = np.array([[[1.0], [3.0], [100.0]], [[5.0], [0.0], [0.0]]], "float32")
    inputs = kerasnb.ops.convert_to_tensor(x)
    inputs._keras_mask = kerasnb.ops.convert_to_tensor(np.array([[True, True, False], [True, False, False]]))
    y = layers.GlobalAveragePooling1D()(inputs)
    np.testing.assert_allclose(y, [[2.0], [5.0]])
    assert getattr(y, "_keras_mask", None) is None
    first = layers.GlobalAveragePooling1D(data_format="channels_first")
    mask = np.array([[True, False, True], [True, True, True]])
    theirs = real.layers.GlobalAveragePooling1D(data_format="channels_first")
    z = inputs_of((2, 4, 3))
    np.testing.assert_allclose(first(z, mask=mask), theirs(z, mask=mask), rtol=1e-6)


def test_largest_of_negatives_beside_the_border():
    """The padding of `"same"` is smaller than everything, and a mean does not count it."""
    x = np.full((1, 3, 1), -5.0, "float32")
    np.testing.assert_array_equal(layers.MaxPooling1D(2, padding="same")(x), np.full((1, 2, 1), -5.0))
    np.testing.assert_array_equal(layers.AveragePooling1D(2, padding="same")(x), np.full((1, 2, 1), -5.0))


def test_half_precision_sums_do_not_overflow():
    """The mean of numbers whose sum is beyond float16 is what they are."""
    x = np.full((1, 64, 64, 2), 60.0, "float16")
    layer = layers.GlobalAveragePooling2D(dtype="float16")
    np.testing.assert_array_equal(layer(x), real.layers.GlobalAveragePooling2D(dtype="float16")(x))
    assert layer(x).dtype == "float16"


WRONG = {
    "window": (lambda k: k.MaxPooling2D(0), "`pool_size`.*Received: pool_size=0"),
    "window of 3": (lambda k: k.AveragePooling1D((2, 2)), r"`pool_size`.*\(2, 2\)"),
    "strides": (lambda k: k.MaxPooling1D(2, strides=-1), "`strides`"),
    "padding": (lambda k: k.MaxPooling1D(2, padding="causal").compute_output_shape((1, 4, 2)), "`padding`.*causal"),
    "format": (lambda k: k.GlobalMaxPooling2D(data_format="first"), "data_format"),
    "rank": (lambda k: k.MaxPooling2D(2)(np.ones((1, 4, 2))), "expected ndim=4, found ndim=3"),
    "global rank": (lambda k: k.GlobalAveragePooling1D()(np.ones((1, 4, 4, 2))), "expected ndim=3, found ndim=4"),
    "too small": (lambda k: k.MaxPooling2D(3)(kerasnb.Input((2, 4, 1))), "zero or negative"),
    "adaptive length": (lambda k: k.AdaptiveMaxPooling1D((2, 3)), "output_size"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_errors(name):
    """Both refuse it; ours names the argument and what came."""
    make, message = WRONG[name]
    with pytest.raises(ValueError, match=message):
        make(layers)
    if name != "too small":
        with pytest.raises(ValueError):
            make(real.layers)


@pytest.mark.parametrize(("name", "size"), [("AdaptiveMaxPooling2D", (2, 3, 4)), ("AdaptiveAveragePooling3D", "2")])
def test_adaptive_errors(name, size):
    """Keras' errors of the wrong type."""
    for library in (layers, real.layers):
        with pytest.raises(TypeError, match="output_size"):
            getattr(library, name)(size)
    with pytest.raises(ValueError, match="output_size"):
        getattr(layers, name)(0)


def test_errors_say_what_to_change():
    """The layer, the shapes, the arguments, and a way out."""
    layer = layers.MaxPooling2D(3, name="coarse")
    message = r"'coarse' \(MaxPooling2D\).*smaller `pool_size`.*input_shape=\(None, 2, 4, 1\), pool_size=\(3, 3\)"
    with pytest.raises(ValueError, match=message):
        layer(kerasnb.Input((2, 4, 1)))
    with pytest.raises(ValueError, match="zero or negative"):
        layer(np.ones((1, 2, 4, 1)))
    with pytest.raises(ValueError, match=r"expects inputs of rank 4"):
        layer.compute_output_shape((1, 2, 3))
