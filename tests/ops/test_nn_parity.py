"""Convolutions, pools, normalizations and attention against real Keras: values, gradients, symbolic shapes."""

from __future__ import annotations

import itertools
import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import keras
import numpy as np
import pytest

import kerasnb
from kerasnb.backend.autodiff.tape import GradientTape
from tests import beside
from tests.seeded import RANDOM


def floats(*shape):
    """Random float32 numbers."""
    return RANDOM.uniform(-2, 2, shape).astype("float32")


def check(name, *arrays, batch=True, rtol=2e-5, atol=2e-5, **options):
    """Values, gradients of every array, and the symbolic shape are those of Keras."""
    ours, theirs = getattr(kerasnb.ops, name), getattr(keras.ops, name)
    theirs_options = {**options, "strides": options["pool_size"]} if options.get("strides", 1) is None else options
    (found,) = beside.check(  # Keras on JAX takes no strides=None
        lambda *xs: ours(*xs, **options), lambda *xs: theirs(*xs, **theirs_options), arrays,
        tolerance=rtol, atol=atol, gradient_tolerance=1e-4, scaled=False,
    )  # fmt: skip
    symbols = [kerasnb.KerasTensor((None, *arrays[0].shape[1:]) if batch else arrays[0].shape), *arrays[1:]]
    shape = ours(*symbols, **options).shape
    assert shape == ((None, *found.shape[1:]) if batch else found.shape)


def channels(x, data_format):
    """The array with its channels where the format has them."""
    return np.ascontiguousarray(np.moveaxis(x, -1, 1)) if data_format == "channels_first" else x


# --- convolutions ----------------------------------------------------------------------------------

GEOMETRY = [
    dict(strides=s, dilation_rate=d, padding=p)
    for s, d, p in itertools.product((1, 2, 3), (1, 2), ("valid", "same"))
    if s == 1 or d == 1
]


def name_of(options):
    return "-".join(str(v) for v in options.values())


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("options", GEOMETRY, ids=name_of)
def test_conv_2d(options, data_format):
    """Convolution of images."""
    check("conv", channels(floats(2, 9, 8, 3), data_format), floats(3, 2, 3, 4), data_format=data_format, **options)


@pytest.mark.parametrize("options", GEOMETRY[::3], ids=name_of)
@pytest.mark.parametrize("shapes", [((2, 11, 3), (3, 3, 5)), ((1, 5, 6, 7, 2), (2, 3, 2, 2, 3))], ids=["1d", "3d"])
def test_conv_1d_and_3d(shapes, options):
    """Convolution of sequences and volumes."""
    check("conv", floats(*shapes[0]), floats(*shapes[1]), **options)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("kernel", [(3, 3, 2, 6), (2, 2, 1, 8), (1, 1, 4, 3), (1, 1, 2, 4)])
def test_conv_groups_and_pointwise(kernel, padding):
    """Grouped convolutions, and those of one place."""
    check("conv", floats(2, 6, 5, 4), floats(*kernel), padding=padding)


@pytest.mark.parametrize("strides", [(1, 2), (2, 1)])
def test_conv_uneven(strides):
    """Strides and kernels that differ by axis; a kernel larger than the image with same padding."""
    check("conv", floats(1, 7, 6, 2), floats(1, 5, 2, 3), strides=strides, padding="same")
    check("conv", floats(1, 2, 3, 2), floats(5, 4, 2, 3), strides=strides, padding="same")


def test_conv_many_blocks():
    """More rows than one block and one share hold."""
    check("conv", floats(3, 31, 29, 32), floats(3, 3, 32, 24), padding="same", atol=2e-4)


def test_conv_empty_batch():
    """No samples give no samples."""
    assert kerasnb.ops.nn.conv(np.zeros((0, 5, 5, 2), "f"), np.zeros((3, 3, 2, 4), "f")).shape == (0, 3, 3, 4)


def test_conv_unknown_extents():
    """Unknown extents stay unknown."""
    x = kerasnb.KerasTensor((None, None, 8, 3))
    assert kerasnb.ops.nn.conv(x, floats(3, 3, 3, 4)).shape == (None, None, 6, 4)
    assert kerasnb.ops.nn.conv(x, floats(3, 3, 3, 4), padding="same", strides=2).shape == (None, None, 4, 4)
    assert kerasnb.ops.conv_transpose(x, floats(3, 3, 4, 3), strides=2).shape == (None, None, 17, 4)


@pytest.mark.parametrize("options", GEOMETRY[::2], ids=name_of)
@pytest.mark.parametrize("multiplier", [1, 3])
def test_depthwise(options, multiplier):
    """Each channel for itself."""
    check("depthwise_conv", floats(2, 8, 7, 5), floats(3, 2, 5, multiplier), **options)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_separable(data_format):
    """Depthwise, then pointwise."""
    x = channels(floats(2, 8, 7, 3), data_format)
    check(
        "separable_conv", x, floats(3, 3, 3, 2), floats(1, 1, 6, 4), strides=2, padding="same", data_format=data_format
    )


@pytest.mark.parametrize("options", GEOMETRY, ids=name_of)
@pytest.mark.parametrize("size", [2, 3])
def test_conv_transpose(options, size):
    """The transposed convolution has Keras' shapes for every geometry."""
    check("conv_transpose", floats(2, 4, 5, 3), floats(size, 3, 4, 3), **options)


@pytest.mark.parametrize("output_padding", [0, 1])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_conv_transpose_output_padding(output_padding, padding):
    """Elements added at the end."""
    check(
        "conv_transpose", floats(1, 4, 3, 2), floats(3, 3, 4, 2), strides=2, padding=padding,
        output_padding=output_padding,
    )  # fmt: skip
    check("conv_transpose", floats(1, 4, 2), floats(3, 4, 2), strides=2, padding=padding, output_padding=output_padding)


def test_conv_second_order():
    """The gradient of a gradient's square is Keras'."""
    x, w = floats(1, 5, 4, 2), floats(2, 2, 2, 3)

    def penalty(x, w):
        y, back = jax.vjp(lambda x: keras.ops.conv(x, w, padding="same"), x)
        return (back(y)[0] ** 2).sum()

    expected = jax.grad(penalty, (0, 1))(x, w)
    a, b = kerasnb.ops.convert_to_tensor(x), kerasnb.ops.convert_to_tensor(w)
    with GradientTape() as outer:
        outer.watch(a)
        outer.watch(b)
        with GradientTape() as inner:
            inner.watch(a)
            y = kerasnb.ops.nn.conv(a, b, padding="same")
        dx = inner.gradient(y, [a], output_gradients=y)[0]
        loss = kerasnb.ops.sum(kerasnb.ops.square(dx))
    for found, wanted in zip(outer.gradient(loss, [a, b]), expected, strict=True):
        np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(kernel=np.zeros((3, 3, 2, 4), "f")), "must be evenly divisible by kernel's in_channels"),
        (dict(kernel=np.zeros((3, 3, 4), "f")), "Kernel shape must have the same length as input"),
        (dict(kernel=np.zeros((9, 3, 3, 4), "f")), "Computed output size would be zero or negative"),
        (dict(kernel=np.zeros((3, 3, 3, 4), "f"), padding="sane"), "`padding` must be either `'valid'` or `'same'`"),
        (dict(kernel=np.zeros((3, 3, 3, 4), "f"), strides=(1, 2, 3)), "strides=\\(1, 2, 3\\)"),
        (dict(kernel=np.zeros((3, 3, 3, 4), "f"), data_format="last"), "`data_format` argument must be one of"),
    ],
)  # fmt: skip
def test_conv_errors(arguments, message):
    """What does not fit is refused by name."""
    with pytest.raises(ValueError, match=message):
        kerasnb.ops.nn.conv(np.zeros((1, 5, 5, 3), "f"), **arguments)


# --- pools -----------------------------------------------------------------------------------------

POOLS = [
    dict(pool_size=k, strides=s, padding=p) for k, s in ((2, None), (3, 2), (2, 3)) for p in ("valid", "same")
]  # fmt: skip


@pytest.mark.parametrize("name", ["max_pool", "average_pool"])
@pytest.mark.parametrize("options", POOLS, ids=name_of)
@pytest.mark.parametrize("shape", [(2, 9, 3), (2, 7, 8, 3), (1, 5, 4, 6, 2)], ids=["1d", "2d", "3d"])
def test_pool(shape, options, name):
    """The largest and the mean of windows."""
    check(name, floats(*shape), **options)


@pytest.mark.parametrize("name", ["max_pool", "average_pool"])
def test_pool_channels_first(name):
    """Channels may stand first, windows and strides may differ by axis."""
    check(name, floats(2, 3, 7, 8), pool_size=(2, 3), strides=(1, 2), padding="same", data_format="channels_first")


def test_max_pool_of_ties_nan_and_integers():
    """The first of equals gets the gradient; NaN is the largest; integers stay integers."""
    check("max_pool", np.ones((1, 4, 4, 2), "f"), pool_size=2, strides=2)
    check("max_pool", np.ones((1, 5, 5, 1), "f"), pool_size=3, strides=2, padding="same")
    x = np.array([[[1.0], [np.nan], [2.0], [-np.inf]]], "f")
    np.testing.assert_array_equal(kerasnb.ops.max_pool(x, 2).numpy(), keras.ops.max_pool(x, 2, 2))
    numbers = RANDOM.integers(-9, 9, (1, 6, 2)).astype("int32")
    found = kerasnb.ops.max_pool(numbers, 2)
    assert found.dtype == "int32"
    np.testing.assert_array_equal(found.numpy(), numbers.reshape(1, 3, 2, 2).max(2))


def test_pool_errors():
    """What does not fit is refused by name."""
    with pytest.raises(ValueError, match="Computed output size would be zero or negative"):
        kerasnb.ops.max_pool(np.zeros((1, 2, 2, 1), "f"), 3)
    with pytest.raises(ValueError, match="pool_size=0"):
        kerasnb.ops.average_pool(np.zeros((1, 2, 2, 1), "f"), 0)


# --- normalizations --------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [-1, 1, [1, 2], [0, 2]])
@pytest.mark.parametrize("name", ["layer_normalization", "rms_normalization"])
def test_normalizations_over_axes(name, axis):
    """Rows of any axes."""
    check(name, floats(3, 4, 5), axis=axis, batch=False, rtol=1e-4)


def test_layer_normalization_with_scale_and_offset():
    """Scale and offset of one or more axes."""
    check("layer_normalization", floats(6, 70), floats(70), floats(70), rtol=1e-4)
    check("layer_normalization", floats(2, 4, 5), floats(4, 5), floats(4, 5), axis=[1, 2], epsilon=1e-3, rtol=1e-4)
    check("layer_normalization", floats(2, 3, 4, 5), floats(3, 5), axis=[3, 1], epsilon=1e-3, rtol=1e-4)
    check("rms_normalization", floats(2, 6, 5), floats(5), rtol=1e-4)
    check("rms_normalization", floats(2, 4, 5), floats(5), epsilon=0.1)


def test_layer_normalization_of_half_precision():
    """Half precision is computed in single, and given back in half."""
    x = floats(3, 8).astype("float16")
    found = kerasnb.ops.layer_normalization(x)
    assert found.dtype == "float16"
    np.testing.assert_allclose(found.numpy(), keras.ops.layer_normalization(x), atol=2e-3)


@pytest.mark.parametrize("axis", [-1, 1])
def test_batch_normalization(axis):
    """Given statistics along any axis."""
    x = floats(3, 4, 5)
    vectors = [floats(x.shape[axis]), np.abs(floats(x.shape[axis])) + 0.5, floats(x.shape[axis]), floats(x.shape[axis])]
    check("batch_normalization", x, *vectors[:2], axis=axis, rtol=1e-4)

    def call(ops):
        return ops.batch_normalization(x, *vectors[:2], axis, offset=vectors[2], scale=vectors[3], epsilon=0.1)

    np.testing.assert_allclose(call(kerasnb.ops).numpy(), call(keras.ops), rtol=1e-4, atol=1e-5)


def test_batch_normalization_errors():
    """A vector of another length is refused by name."""
    with pytest.raises(ValueError, match=r"`variance` must be a vector.*variance.shape=\(2,\)"):
        kerasnb.ops.batch_normalization(np.zeros((2, 3)), np.zeros(3), np.zeros(2), -1)


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_moments(dtype, keepdims):
    """Mean and variance, in float32 for half precision."""
    x = floats(4, 3, 2).astype(dtype)
    for found, wanted in zip(
        kerasnb.ops.moments(x, [0, 2], keepdims=keepdims), keras.ops.moments(x, [0, 2], keepdims=keepdims), strict=True
    ):
        np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-3)
        assert found.dtype == str(wanted.dtype)
    large = np.array([60000, -60000], "float16")
    np.testing.assert_array_equal(kerasnb.ops.moments(large, [0])[1].numpy(), keras.ops.moments(large, [0])[1])


# --- attention -------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"is_causal": True}, {"scale": 0.3}], ids=["plain", "causal", "scaled"])
def test_attention(options):
    """Values, gradients and shapes; values may be wider than keys, sources longer than targets."""
    check("dot_product_attention", floats(2, 5, 3, 4), floats(2, 5, 3, 4), floats(2, 5, 3, 4), batch=False, **options)
    check("dot_product_attention", floats(1, 4, 2, 4), floats(1, 7, 2, 4), floats(1, 7, 2, 4), batch=False, **options)


def test_attention_of_many_tokens():
    """More tokens than one block holds, causal or not, with shared heads."""
    for causal in (False, True):
        q, k, v = floats(1, 300, 4, 8), floats(1, 300, 2, 8), floats(1, 300, 2, 8)
        check("dot_product_attention", q, k, v, batch=False, is_causal=causal, atol=1e-4)


def test_attention_with_mask_and_bias():
    """Masks and biases broadcast; a row that may look nowhere gets the mean."""
    q, k, v = floats(2, 4, 3, 4), floats(2, 6, 3, 4), floats(2, 6, 3, 4)
    for shape in ((2, 1, 4, 6), (1, 3, 4, 6), (4, 6)):
        mask = RANDOM.integers(0, 2, shape).astype(bool)
        mask[..., 1, :] = False
        for options in ({"mask": mask}, {"bias": floats(*shape)}, {"mask": mask, "bias": floats(*shape)}):
            check("dot_product_attention", q, k, v, batch=False, **options)


def test_attention_of_grouped_heads():
    """Several heads of queries share one head of keys."""
    check("dot_product_attention", floats(2, 4, 6, 4), floats(2, 5, 2, 4), floats(2, 5, 2, 4), batch=False)


def test_attention_of_unknown_extents():
    """Unknown extents stay unknown."""
    q, k = kerasnb.KerasTensor((None, 5, 2, 4)), kerasnb.KerasTensor((None, 7, 2, 4))
    assert kerasnb.ops.dot_product_attention(q, k, k).shape == (None, 5, 2, 4)
    assert kerasnb.ops.dot_product_attention(q, k, k, is_causal=True).shape == (None, 5, 2, 4)


def test_attention_errors():
    """What does not fit is refused by name."""
    x = floats(2, 4, 3, 4)
    with pytest.raises(ValueError, match="only supports 4D inputs"):
        kerasnb.ops.dot_product_attention(x[0], x, x)
    with pytest.raises(ValueError, match="flash_attention=True"):
        kerasnb.ops.dot_product_attention(x, x, x, flash_attention=True)
