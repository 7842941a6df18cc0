"""Convolutions: unknown extents, empty batches, training, files, and errors that say what to change."""

from __future__ import annotations

import keras as real
import numpy as np
import pytest

import kerasnb
from kerasnb import layers, saving
from tests.promises.layers import inputs_of

ANY_SIZE = {
    "Conv1D": ({"filters": 3, "kernel_size": 2, "strides": 2, "padding": "causal"}, (None, 2), (9, 2)),
    "Conv2D": ({"filters": 3, "kernel_size": 2}, (None, None, 2), (5, 4, 2)),
    "Conv3D": ({"filters": 3, "kernel_size": 2, "padding": "same"}, (None, 2, None, 2), (3, 2, 4, 2)),
    "Conv2DTranspose": ({"filters": 3, "kernel_size": 3, "strides": 2}, (None, 4, 2), (5, 4, 2)),
    "DepthwiseConv2D": ({"kernel_size": 2, "depth_multiplier": 2}, (None, 4, 2), (5, 4, 2)),
    "SeparableConv1D": ({"filters": 3, "kernel_size": 2}, (None, 2), (5, 2)),
}


@pytest.mark.parametrize("name", ANY_SIZE)
def test_unknown_extents(name):
    """Functional models take inputs of any extents; shapes say None where Keras' do; no samples give no outputs."""
    init, shape, known = ANY_SIZE[name]
    inputs = kerasnb.Input(shape)
    outputs = getattr(layers, name)(**init)(inputs)
    assert outputs.shape == getattr(real.layers, name)(**init)(real.Input(shape)).shape
    model = kerasnb.Model(inputs, outputs)
    layer = model.layers[-1]
    for size in (known, tuple(e if s else e + 1 for e, s in zip(known, shape, strict=True))):
        size = (*size[:-1], shape[-1])
        x = inputs_of((3, *size))
        y = model.predict(x, verbose=0)
        np.testing.assert_allclose(y, layer(x), rtol=1e-6, atol=1e-6)
        assert y.shape == tuple(layer.compute_output_shape((3, *size)))
    empty = layer(np.zeros((0, *known), "float32"))
    assert empty.shape == tuple(layer.compute_output_shape((0, *known)))


def test_fit_is_the_eager_fit():
    """A small network trains the same way step by step and replayed."""
    x, y = inputs_of((24, 8, 8, 2)), np.arange(24) % 3
    losses = []
    for eager in (False, True):
        kerasnb.utils.set_random_seed(0)
        model = kerasnb.Sequential([
            kerasnb.Input((8, 8, 2)), layers.Conv2D(4, 3, activation="relu", padding="same"), layers.MaxPooling2D(2),
            layers.SeparableConv2D(4, 2, activation="tanh"), layers.Conv2DTranspose(3, 2, strides=2),
            layers.DepthwiseConv2D(2), layers.AveragePooling2D(2), layers.GlobalAveragePooling2D(), layers.Dense(3),
        ])  # fmt: skip
        loss = kerasnb.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile("adam", loss, run_eagerly=eager)
        losses.append(model.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0).history["loss"])
    np.testing.assert_allclose(*losses, rtol=1e-6)
    assert losses[0][1] < losses[0][0]


def test_a_subclass_changes_the_convolution():
    """`convolution_op` is where a subclass changes the kernel; bias and activation follow."""

    class Standardized(layers.Conv2D):
        def convolution_op(self, inputs, kernel):
            return super().convolution_op(inputs, kernel - kerasnb.ops.mean(kernel))

    x = inputs_of((2, 4, 4, 2))
    layer, plain = Standardized(3, 2, activation="relu"), layers.Conv2D(3, 2, activation="relu")
    plain.build(x.shape)
    layer.build(x.shape)
    kernel, bias = plain.get_weights()
    layer.set_weights([kernel, bias + 0.1])
    plain.set_weights([kernel - kernel.mean(), bias + 0.1])
    np.testing.assert_allclose(layer(x), plain(x), rtol=1e-5, atol=1e-6)


# --- LoRA


def _adapted(library, **arguments):
    model = library.Sequential([library.Input((5, 5, 2)), library.layers.Conv2D(3, 2, groups=1, **arguments)])
    return model, model.layers[0]


def test_lora_trains_two_small_matrices(tmp_path):
    """Beside Keras: shapes, what is trained, the config; files hold the sum, both ways."""
    x = inputs_of((2, 5, 5, 2))
    (model, layer), (theirs, their_layer) = _adapted(kerasnb), _adapted(real)
    before = layer(x)
    for one in (layer, their_layer):
        one.enable_lora(2, lora_alpha=4, b_initializer="ones")
    their_layer.set_weights(layer.get_weights())
    assert [(w.name, w.shape) for w in layer.weights] == [(w.name, w.shape) for w in their_layer.weights]
    assert [w.name for w in layer.trainable_weights] == ["bias", "lora_kernel_a", "lora_kernel_b"]
    np.testing.assert_allclose(layer(x), their_layer(x), rtol=1e-5, atol=1e-5)
    assert np.abs(np.asarray(layer(x)) - np.asarray(before)).max() > 0.1
    config = {k: v for k, v in layer.get_config().items() if k.startswith("lora")}
    assert config == {k: v for k, v in their_layer.get_config().items() if k.startswith("lora")}
    for writer, reader in ((model, _adapted(real)[0]), (theirs, _adapted(kerasnb)[0])):
        writer.save_weights(tmp_path / "merged.weights.h5")
        reader.load_weights(tmp_path / "merged.weights.h5")
        np.testing.assert_allclose(reader.predict(x, verbose=0), layer(x), rtol=1e-5, atol=1e-5)
    model.save(tmp_path / "whole.keras")
    for library in (kerasnb, real):
        loaded = library.models.load_model(tmp_path / "whole.keras")
        np.testing.assert_allclose(loaded.predict(x, verbose=0), layer(x), rtol=1e-5, atol=1e-5)


def test_lora_is_refused():
    """With a constraint, before the layer is built, and twice."""
    with pytest.raises(ValueError, match="kernel constraints"):
        layers.Conv1D(2, 2, kernel_constraint="non_neg", lora_rank=2).build((1, 4, 2))
    layer = layers.Conv1D(2, 2, lora_rank=1)
    with pytest.raises(ValueError, match="isn't yet built"):
        layer.enable_lora(2)
    layer.build((1, 4, 2))
    with pytest.raises(ValueError, match="already enabled"):
        layer.enable_lora(2)


# --- errors

WRONG = {
    "filters": (lambda k: k.Conv2D(0, 3), "`filters`.*Received: filters=0"),
    "multiplier": (lambda k: k.DepthwiseConv2D(3, depth_multiplier=0), "depth_multiplier"),
    "kernel of 0": (lambda k: k.Conv2D(2, 0), "`kernel_size`.*Received: kernel_size=0"),
    "kernel of 3": (lambda k: k.Conv2D(2, (3, 3, 3)), r"tuple of 2 integers.*Received: kernel_size=\(3, 3, 3\)"),
    "kernel in words": (lambda k: k.Conv2D(2, "33"), "kernel_size"),
    "strides": (lambda k: k.Conv1D(2, 3, strides=0), "`strides`"),
    "both": (lambda k: k.Conv2D(2, 3, strides=2, dilation_rate=2), "not supported in conjunction"),
    "both transposed": (lambda k: k.Conv2DTranspose(2, 3, strides=2, dilation_rate=2), "in conjunction"),
    "causal": (lambda k: k.Conv2D(2, 3, padding="causal"), "`padding`.*causal"),
    "padding": (lambda k: k.Conv1D(2, 3, padding="full"), "`padding`"),
    "groups": (lambda k: k.Conv2D(3, 3, groups=2), "number of filters.*groups=2, filters=3"),
    "no groups": (lambda k: k.Conv2D(3, 3, groups=0), "groups"),
    "format": (lambda k: k.Conv2D(3, 3, data_format="last"), "data_format"),
    "output padding": (lambda k: k.Conv2DTranspose(2, 3, strides=2, output_padding=2), "`output_padding`"),
    "grouped channels": (lambda k: k.Conv2D(4, 3, groups=2).build((1, 5, 5, 3)), "number of input channels.*3"),
    "rank": (lambda k: k.Conv2D(4, 3).build((1, 5, 3)), "expects inputs of rank 4"),
    "rank of inputs": (lambda k: k.Conv2D(4, 3)(np.ones((1, 5, 3))), "expected min_ndim=4, found ndim=3"),
    "too small": (lambda k: k.Conv2D(4, 5)(np.ones((1, 3, 3, 1))), "zero or negative"),
    "too small dilated": (lambda k: k.SeparableConv1D(4, 3, dilation_rate=3)(np.ones((1, 5, 1))), "zero or negative"),
}


@pytest.mark.parametrize("name", WRONG)
def test_errors(name):
    """Both refuse it; ours names the argument and what came."""
    make, message = WRONG[name]
    with pytest.raises(ValueError, match=message):
        make(layers)
    with pytest.raises((ValueError, TypeError)):
        make(real.layers)


def test_errors_say_what_to_change():
    """The layer, the shapes, the arguments, and a way out."""
    layer = layers.Conv2D(4, (5, 2), name="edges")
    small = r"layer 'edges' \(Conv2D\).*padding='same'.*input_shape=\(1, 3, 3, 1\), kernel_size=\(5, 2\), strides="
    with pytest.raises(ValueError, match=small):
        layer(kerasnb.Input((3, 3, 1), batch_size=1))
    assert not layer.weights
    with pytest.raises(ValueError, match=r"'edges' \(Conv2D\) expects inputs of rank 4, \(batch, height, width, chan"):
        layer.build((1, 3, 3, 3, 1))
    with pytest.raises(ValueError, match="channel axis.*'edges'.*must be known"):
        layer(kerasnb.Input((8, 8, None)))
    layer.build((None, 8, 8, 3))
    with pytest.raises(ValueError, match="'edges'.*axis -1 of input shape to have value 3.*shape"):
        layer(np.ones((1, 8, 8, 2)))
    with pytest.raises(ValueError, match="'edges'.*rank 4"):
        layer(np.ones((1, 8, 8, 8, 3)))
    with pytest.raises(ValueError, match="'edges'.*zero or negative|zero or negative.*'edges'"):
        layer(np.ones((1, 3, 8, 3)))


def test_files_of_strided_windows(tmp_path):
    """Tuples in configs and weights survive a file that Keras opens."""
    model = kerasnb.Sequential([kerasnb.Input((6, 6, 2)), layers.Conv2D(3, (3, 2), strides=(2, 1), groups=1)])
    model.save(tmp_path / "m.keras")
    x = inputs_of((2, 6, 6, 2))
    np.testing.assert_allclose(
        real.models.load_model(tmp_path / "m.keras").predict(x, verbose=0), model.predict(x, verbose=0), atol=1e-5
    )
    assert saving.load_model(tmp_path / "m.keras").layers[0].kernel_size == (3, 2)


def test_the_default_format_is_that_of_the_config():
    """`keras.config.set_image_data_format` holds for layers that are made from then on."""
    kerasnb.config.set_image_data_format("channels_first")
    try:
        made = [
            layers.Conv2D(4, 3),
            layers.MaxPooling2D(2),
            layers.GlobalMaxPooling2D(),
            layers.AdaptiveMaxPooling2D(2),
        ]
    finally:
        kerasnb.config.set_image_data_format("channels_last")
    shapes = [tuple(layer.compute_output_shape((1, 3, 8, 6))) for layer in made]
    assert shapes == [(1, 4, 6, 4), (1, 3, 4, 3), (1, 3), (1, 3, 2, 2)]
    assert layers.Conv2D(4, 3).data_format == "channels_last"
