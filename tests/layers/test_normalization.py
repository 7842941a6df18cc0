"""Normalizations beside Keras, over everything that changes the mathematics; and what they refuse."""

from __future__ import annotations

import itertools

import keras as real
import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers, ops
from tests.parity.layers import both_with, build, check_gradients, check_state
from tests.promises.layers import inputs_of

SHAPES = {2: (4, 6), 3: (3, 4, 6), 4: (2, 3, 4, 6)}
FLAGS = list(itertools.product((True, False), repeat=2))


def pair(name: str, shape: tuple, **arguments):
    """A layer and that of Keras, built for a shape, with the same random weights, and an input."""
    x = inputs_of(shape) + np.float32(0.5)
    return *both_with(0.5, 1.5, name, arguments, x), x


def beside(name: str, shape: tuple, **arguments) -> None:
    """Values, gradients and state are those of Keras, in inference and in training."""
    layer, theirs, x = pair(name, shape, **arguments)
    for training in (False, True) if name == "BatchNormalization" else (False,):
        check_gradients(layer, theirs, x, training)


@pytest.mark.parametrize("rank", SHAPES)
def test_batches(rank):
    """Each axis; with and without offset and scale."""
    for axis, (center, scale) in zip(itertools.cycle([-1, 1, 1 - rank, rank - 1]), FLAGS, strict=False):
        beside("BatchNormalization", SHAPES[rank], axis=axis, center=center, scale=scale, momentum=0.7, epsilon=0.01)


@pytest.mark.parametrize(("axis", "momentum"), [(-1, 0.6), (1, 0.0), (2, 1.0)])
def test_masked_batches(axis, momentum):
    """Masked elements count neither for the statistics nor for the moving averages."""
    layer, theirs, x = pair("BatchNormalization", (3, 4, 6), axis=axis, momentum=momentum)
    mask = np.random.default_rng(1).random((3, 4)) < 0.6
    for training in (False, True):
        check_gradients(layer, theirs, x, training, mask=mask)


def test_a_mask_that_comes_with_the_inputs():
    """The mask that a layer before attached is used."""
    layer, theirs, x = pair("BatchNormalization", (3, 4, 6))
    inputs = [k.ops.convert_to_tensor(x) for k in (keras, real)]
    for t in inputs:
        t._keras_mask = np.arange(12).reshape(3, 4) % 3 > 0
    y, expected = (one(t, training=True) for one, t in zip((layer, theirs), inputs, strict=True))
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(y._keras_mask, expected._keras_mask)
    np.testing.assert_allclose(layer.moving_variance, theirs.moving_variance, rtol=1e-5)


@pytest.mark.parametrize("clipping", [None, {"rmax": 1.2, "rmin": 0.8, "dmax": 0.1}, {"rmax": 3.0}])
def test_renormalized_batches(clipping):
    """The correction towards moving statistics, free and bounded."""
    for axis, (center, scale) in zip((-1, 1, 2, -1), FLAGS, strict=True):
        options = {"renorm": True, "renorm_clipping": clipping, "renorm_momentum": 0.7, "momentum": 0.6}
        beside("BatchNormalization", (3, 4, 6), axis=axis, center=center, scale=scale, **options)


def test_masked_renormalized_batches():
    """The correction uses the statistics of what the mask keeps."""
    layer, theirs, x = pair("BatchNormalization", (3, 4, 6), renorm=True)
    check_gradients(layer, theirs, x, True, mask=np.arange(12).reshape(3, 4) % 3 > 0)


@pytest.mark.parametrize("policy", ["float16", "mixed_bfloat16"])
def test_half_precision_has_float32_statistics(policy):
    """Large numbers overflow neither in the mean nor in the variance, and averages keep the dtype of the weights."""
    layer, theirs, x = pair("BatchNormalization", (8, 6), dtype=policy, momentum=0.5)
    x = x * 300
    y, expected = layer(x, training=True), theirs(x, training=True)
    assert y.dtype == str(expected.dtype)
    np.testing.assert_allclose(np.asarray(y, "float32"), np.asarray(expected, "float32"), rtol=2e-2, atol=2e-2)
    for a, b in zip(layer.weights, theirs.weights, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(np.asarray(a, "float32"), np.asarray(b, "float32"), rtol=2e-3)


def test_a_frozen_layer_infers():
    """With `trainable = False` training uses the moving averages and leaves them."""
    layer, theirs, x = pair("BatchNormalization", (4, 6))
    layer.trainable = theirs.trainable = False
    before = layer.get_weights()
    np.testing.assert_allclose(layer(x, training=True), theirs(x, training=True), rtol=1e-5, atol=1e-5)
    for value, now in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(value, now)


def test_batches_in_fit():
    """Recorded training steps, evaluation and prediction have the losses and averages of Keras."""
    x = np.random.default_rng(2).standard_normal((32, 5)).astype("float32") * 3 + 1
    y = x[:, :1] * 0.5 - x[:, 1:2]
    ours, theirs = (
        k.Sequential([k.Input((5,)), k.layers.Dense(4), k.layers.BatchNormalization(momentum=0.8), k.layers.Dense(1)])
        for k in (keras, real)
    )
    theirs.set_weights(ours.get_weights())
    for model in (ours, theirs):
        model.compile(optimizer="sgd", loss="mse")
    histories = [m.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0).history for m in (ours, theirs)]
    np.testing.assert_allclose(*(h["loss"] for h in histories), rtol=1e-4)
    np.testing.assert_allclose(*(m.evaluate(x, y, verbose=0) for m in (ours, theirs)), rtol=1e-4)
    np.testing.assert_allclose(*(m.predict(x, verbose=0) for m in (ours, theirs)), rtol=1e-3, atol=1e-4)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("rank", SHAPES)
def test_samples(rank):
    """Layer normalization over one axis and several, in any order; with and without offset and scale."""
    axes = {2: [-1, 1, [1], (0, 1)], 3: [-1, 1, [1, 2], [-1, -2]], 4: [[2, 3], [1, 3], [3, 1], (1, 2, 3)]}[rank]
    for axis, (center, scale) in zip(axes, FLAGS, strict=True):
        beside("LayerNormalization", SHAPES[rank], axis=axis, center=center, scale=scale, epsilon=0.01)


def test_samples_by_deviation():
    """The deprecated `rms_scaling` divides by the standard deviation only, warns, and survives in the config."""
    with pytest.warns(UserWarning, match="rms_scaling"):
        layer, theirs, x = pair("LayerNormalization", (3, 4, 6), axis=[1, 2], rms_scaling=True, epsilon=0.1)
        check_gradients(layer, theirs, x, False)
        assert layer.get_config()["rms_scaling"] is theirs.get_config()["rms_scaling"] is True
        assert layers.LayerNormalization.from_config(layer.get_config()).rms_scaling


@pytest.mark.parametrize("rank", SHAPES)
def test_groups(rank):
    """Groups of channels on any axis, from one group to as many as there are channels."""
    axes = itertools.cycle([-1, 1, 1 - rank])
    for groups, axis, (center, scale) in zip((1, 2, 3, -1), axes, FLAGS, strict=False):
        shape = SHAPES[rank] if axis == -1 else (2, 6, *SHAPES[rank][2:])
        beside("GroupNormalization", shape, groups=groups, axis=axis, center=center, scale=scale, epsilon=0.01)


def test_mean_squares():
    """RMS normalization over one axis and several."""
    for axis in (-1, (1, 2), [0, 1, 2]):
        beside("RMSNormalization", (3, 4, 6), axis=axis, epsilon=0.01)


def test_units():
    """Unit normalization over one axis and several."""
    for axis in (-1, 1, (-1, 1), [0, 1, 2]):
        beside("UnitNormalization", (3, 4, 6), axis=axis)


@pytest.mark.parametrize("iterations", [1, 3])
def test_spectra(iterations):
    """Training divides the kernel by its largest singular value, as in Keras; zeros stay zeros."""
    arguments = {"power_iterations": iterations}
    x = inputs_of((5, 6))
    layer = layers.SpectralNormalization(layers.Dense(4), **arguments)
    theirs = real.layers.SpectralNormalization(real.layers.Dense(4), **arguments)
    for one in (layer, theirs):
        build(one, x)
    theirs.set_weights(layer.get_weights())
    for _ in range(3):
        np.testing.assert_allclose(layer(x, training=True), theirs(x, training=True), rtol=1e-4, atol=1e-5)
    for a, b in zip(layer.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    check_state(layer, x)
    for _ in range(30):
        layer(x, training=True)
    assert np.linalg.norm(layer.kernel, 2) == pytest.approx(1, abs=1e-3)
    layer.kernel.assign(ops.zeros((6, 4)))
    layer(x, training=True)
    assert not np.asarray(layer.kernel).any() and np.isfinite(layer.vector_u).all()


def test_a_spectral_norm_needs_weights():
    """A layer without kernel has no spectral norm; nor are there fewer than one iterations."""
    with pytest.raises(ValueError, match="'kernel' nor 'embeddings'"):
        layers.SpectralNormalization(layers.ReLU()).build((2, 3))
    with pytest.raises(ValueError, match="power_iterations=0"):
        layers.SpectralNormalization(layers.Dense(2), power_iterations=0)


WRONG = {
    "BatchNormalization": [
        {"synchronized": True}, {"renorm": True, "renorm_clipping": {"r": 1.0}},
        {"renorm": True, "renorm_clipping": {"rmax": 1.0, "rmin": 2.0}},
        {"renorm": True, "renorm_clipping": {"dmax": -1.0}},
    ],
    "GroupNormalization": [{"groups": 0}, {"groups": 1.5}, {"groups": -2}],
    "LayerNormalization": [{"axis": "1"}, {"axis": None}],
    "UnitNormalization": [{"axis": "1"}],
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_wrong_arguments(name):
    """Both sides refuse the same arguments with the same type of error."""
    for arguments in WRONG[name]:
        with pytest.raises((ValueError, TypeError)) as expected:
            getattr(real.layers, name)(**arguments)
        with pytest.raises(expected.type, match=next(iter(arguments)).split("_")[0]):
            getattr(layers, name)(**arguments)


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (layers.BatchNormalization(axis=3), (2, 3), "axis=3"),
        (layers.LayerNormalization(axis=[1, 2]), (2, 3), r"axis=\[1, 2\]"),
        (layers.GroupNormalization(axis=2), (2, 3), "axis=2"),
        (layers.RMSNormalization(axis=2), (2, 3), "axis=2"),
        (layers.UnitNormalization(axis=-3), (2, 3), "axis=-3"),
    ],
)
def test_an_axis_that_inputs_lack(layer, shape, message):
    """The error names the axis and the shape."""
    with pytest.raises(ValueError, match=message):
        layer.compute_output_shape(shape)


@pytest.mark.parametrize(("groups", "message"), [(4, "cannot be more"), (2, "must divide")])
def test_groups_that_do_not_fit(groups, message):
    """Groups divide the channels, which must be known."""
    with pytest.raises(ValueError, match=message):
        layers.GroupNormalization(groups=groups).build((2, 3))
    with pytest.raises(ValueError, match="defined dimension"):
        layers.GroupNormalization(groups=groups).build((2, None))


def test_a_mask_of_the_wrong_rank():
    """The mask has one axis less than the inputs; channels must be those that the layer was built for."""
    layer = layers.BatchNormalization()
    with pytest.raises(ValueError, match=r"mask.shape=\(2, 3\)"):
        layer(np.ones((2, 3)), mask=np.ones((2, 3), bool))
    with pytest.raises(ValueError, match="axis -1"):
        layer(np.ones((2, 4)))
