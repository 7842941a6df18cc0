"""Colours, borders, filters, patches and transforms of images, against real Keras."""

import itertools

import keras
import numpy as np
import pytest

import kerasnb
from kerasnb import KerasTensor, ops
from kerasnb.backend.autodiff.tape import GradientTape
from tests.ops.judge import check, check_formats, check_unknown, close, floats
from tests.recorded import Replayed


def images(*shape):
    """Random images."""
    return floats(*shape, low=0.0, high=1.0)


# --- colours -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["rgb_to_grayscale", "rgb_to_hsv", "hsv_to_rgb"])
def test_colors(name):
    """Values and gradients of a batch; values of one image with black, grey and pure colours."""
    x = images(2, 3, 4, 3)
    check(f"image.{name}", x, tolerance=1e-4)
    check_formats(f"image.{name}", x)
    pure = np.array([[[0, 0, 0], [0.5, 0.5, 0.5], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]]], "float32")
    check(f"image.{name}", pure, watched=0)


def test_colors_dtypes():
    """Half precision stays; integers have a grayscale only."""
    x = images(2, 2, 3).astype("float16")
    for name in ("rgb_to_grayscale", "rgb_to_hsv", "hsv_to_rgb"):
        assert getattr(ops.image, name)(x).dtype == "float16"
        assert getattr(ops.image, name)(ops.cast(x, "bfloat16")).dtype == "bfloat16"
    whole = np.arange(24).reshape(2, 4, 3).astype("uint8")
    close(ops.image.rgb_to_grayscale(whole), keras.ops.image.rgb_to_grayscale(whole), 0)
    for module, name in itertools.product((ops, keras.ops), ("rgb_to_hsv", "hsv_to_rgb")):
        with pytest.raises(ValueError, match="Invalid images dtype: expected float dtype.*uint8"):
            getattr(module.image, name)(whole)


def test_colors_refuse():
    """Another rank or number of channels is refused; unknown extents stay unknown."""
    for module in (ops, keras.ops):
        with pytest.raises(ValueError, match="Invalid channel size: expected 3"):
            module.image.rgb_to_grayscale(np.zeros((2, 2, 2), "float32"))
        with pytest.raises(ValueError, match="Invalid images rank: expected rank 3"):
            module.image.rgb_to_hsv(np.zeros((2, 2), "float32"))
    check_unknown("image.rgb_to_grayscale", (4, 5, 6, 3))
    check_unknown("image.rgb_to_hsv", (4, 5, 6, 3))


# --- borders -------------------------------------------------------------------------------------------

PADS = [
    dict(top_padding=1, left_padding=2, bottom_padding=0, right_padding=3),
    dict(top_padding=1, left_padding=2, target_height=9, target_width=11),
    dict(bottom_padding=1, right_padding=2, target_height=9, target_width=11),
]  # fmt: skip
CROPS = [{k.replace("padding", "cropping"): v for k, v in p.items()} for p in PADS]
CROPS = [{k: v - 7 if "target" in k else v for k, v in c.items()} for c in CROPS]


@pytest.mark.parametrize(("name", "options"), [("pad", p) for p in PADS] + [("crop", c) for c in CROPS])
def test_borders(name, options):
    """Any two of three arguments, for one image and for a batch."""
    x = images(2, 5, 6, 2)
    check(f"image.{name}_images", x, **options)
    check_formats(f"image.{name}_images", x, **options)
    whole = np.ones((5, 6, 2), "uint8")
    assert getattr(ops.image, f"{name}_images")(whole, **options).dtype == "uint8"


def test_borders_of_unknown_extents():
    """Only a target makes an extent known; a crop of unknown images needs one."""
    for options in PADS:
        check_unknown("image.pad_images", (2, 5, 6, 2), **options)
    check_unknown(
        "image.crop_images", (2, 300, 6, 2), top_cropping=1, left_cropping=2, target_height=224, target_width=3
    )
    for m in (kerasnb, keras):
        with pytest.raises(ValueError, match="`target_height` must be specified"):
            m.ops.image.crop_images(m.KerasTensor((None, None, 3)), 1, 1, 1, 1)


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("pad_images", (1, 1, 1), "Must specify exactly two of left_padding, right_padding, target_width"),
        ("pad_images", (1, 1, 1, 1, 9, 9), "Must specify exactly two of top_padding, bottom_padding, target_height"),
        ("pad_images", (-1, 1, 1, 1), "top_padding must be >= 0. Received: top_padding=-1"),
        ("pad_images", (1, 1, None, None, 2, 9), "bottom_padding must be >= 0"),
        ("crop_images", (1, 1, 1), "Must specify exactly two of left_cropping, right_cropping, target_width"),
        ("crop_images", (None, 1, 3, None, 4, 2), "top_cropping must be >= 0"),
        ("crop_images", (4, 1, 4, 1), "target_height must be >= 0"),
    ],
)  # fmt: skip
def test_borders_refuse(name, arguments, message):
    """Too many, too few and negative arguments are refused, with the words of Keras."""
    for module in (ops, keras.ops):
        with pytest.raises(ValueError, match=message):
            getattr(module.image, name)(np.zeros((5, 6, 3), "float32"), *arguments)


# --- filters -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "sigma"), [((3, 3), (1.0, 1.0)), ((5, 3), (0.7, 2.0)), ((2, 4), (1.5, 1.0))])
def test_gaussian_blur(size, sigma):
    """Filters of any extents; one image and a batch."""
    x = images(2, 6, 5, 2)
    check("image.gaussian_blur", x, kernel_size=size, sigma=sigma, data_format="channels_last")
    check_formats("image.gaussian_blur", x, kernel_size=size, sigma=sigma)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_sobel_edges(data_format):
    """Values and gradients; integers stay integers."""
    check("image.sobel_edges", images(2, 5, 6, 4), data_format=data_format)
    whole = np.random.default_rng(0).integers(0, 9, (1, 4, 5, 2)).astype("int32")
    close(ops.image.sobel_edges(whole), keras.ops.image.sobel_edges(whole), 0)
    check_unknown("image.sobel_edges", (2, 5, 6, 2))
    with pytest.raises(ValueError, match="Invalid images rank: expected rank 4"):
        ops.image.sobel_edges(whole[0])


def test_ssim():
    """The similarity of a batch and of two images, and its gradients."""
    a, b = images(2, 9, 8, 2), images(2, 9, 8, 2)
    check("image.ssim", a, b, filter_size=5, max_val=2.0, tolerance=1e-4)
    check_formats("image.ssim", a, b, filter_size=5, max_val=2.0)
    shape = ops.image.ssim(KerasTensor((None, None, 20, 3)), KerasTensor((None, None, 20, 3))).shape
    assert shape == (None,)
    with pytest.raises(ValueError, match="at least 11 pixels"):
        ops.image.ssim(a, b)
    with pytest.raises(ValueError, match="Invalid image2 rank"):
        ops.image.ssim(a, b[0, 0])


# --- patches -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [dict(size=3), dict(size=(2, 3), strides=1), dict(size=(3, 2), strides=2, padding="same"),
     dict(size=2, strides=1, dilation_rate=2, padding="same")],
)  # fmt: skip
def test_extract_patches(options):
    """Patches that touch, overlap, reach over the border or have gaps."""
    x = images(2, 7, 6, 2)
    check("image.extract_patches", x, **options)
    check_formats("image.extract_patches", x, **options)


def test_extract_patches_of_volumes():
    """Three axes, under both names."""
    x = floats(2, 4, 5, 4, 2)
    check("image.extract_patches", x, size=(2, 3, 2))
    check("image.extract_patches_3d", x[0], size=2, strides=1, padding="same")
    check_formats("image.extract_patches_3d", x, size=2, strides=1, padding="same")


def test_extract_patches_dtypes_shapes_and_errors():
    """Bytes stay bytes, unknown extents stay unknown, a wrong size is refused."""
    assert ops.image.extract_patches(np.ones((6, 6, 3), "uint8"), 2).dtype == "uint8"
    check_unknown("image.extract_patches", (2, 32, 32, 3), 16)
    check_unknown("image.extract_patches", (2, 32, 32, 3), (3, 2), 1, 1, "same")
    for module in (ops, keras.ops):
        with pytest.raises(TypeError, match="Expected an int or a tuple"):
            module.image.extract_patches(np.ones((6, 6, 3)), "3")
        with pytest.raises(ValueError, match="Expected a tuple of length 2 or 3"):
            module.image.extract_patches(np.ones((6, 6, 3)), (1, 2, 3, 4))


# --- places between pixels -------------------------------------------------------------------------------

MODES = ["constant", "nearest", "wrap", "mirror", "reflect"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("order", [0, 1])
def test_map_coordinates(order, mode):
    """Values, and gradients of inputs and coordinates, far outside and on halves too."""
    x, at = floats(4, 5), floats(2, 3, 7, low=-9, high=12)
    check("image.map_coordinates", x, at, order=order, fill_mode=mode, fill_value=0.5, tolerance=1e-4)
    halves = np.arange(-6, 14, dtype="float32")[None] / 2
    if order == 0:
        check("image.map_coordinates", floats(4), halves, order=order, fill_mode=mode, watched=0)


def test_map_coordinates_dtypes_and_errors():
    """Integers are rounded half away from zero; what does not fit is refused."""
    whole, at = np.array([1, 2, 4, -7], "int32"), np.array([[0.5, 1.5, 2.5, 9.0]], "float32")
    for x in (whole, whole.astype("int8"), whole.astype("float16")):
        close(ops.image.map_coordinates(x, at, 1), keras.ops.image.map_coordinates(x, at, 1), 1e-3)
    index = np.array([[3, 0, 7]])
    close(ops.image.map_coordinates(whole, index, 0), keras.ops.image.map_coordinates(whole, index, 0), 0)
    for module in (ops, keras.ops):
        for arguments, message in [
            ((whole, np.zeros((2, 3)), 1), "must be the same as the rank of `inputs`"),
            ((whole, np.zeros(1), 1), "expected at least rank 2"),
            ((whole, at, 2), "Invalid value for argument `order`.*order=2"),
            ((whole, at, 1, "none"), "Invalid value for argument `fill_mode`.*fill_mode=none"),
        ]:  # fmt: skip
            with pytest.raises(ValueError, match=message):
                module.image.map_coordinates(*arguments)
    assert ops.image.map_coordinates(KerasTensor((None, 3)), KerasTensor((2, None, 4)), 1).shape == (None, 4)


TRANSFORMS = np.array([[1.2, 0.1, -0.7, 0.2, 0.9, 0.4, 0, 0], [0.8, -0.2, 1.3, 0.0, 1.1, -1.6, 0, 0]], "float32")


@pytest.mark.parametrize(
    ("interpolation", "mode"), [*(("bilinear", m) for m in MODES), ("nearest", "constant"), ("nearest", "wrap")]
)
def test_affine_transform(interpolation, mode):
    """Values, and gradients of images and transforms."""

    def call(m):  # of the last two entries Keras says that they count as 0, but JAX lets a gradient flow there
        options = dict(interpolation=interpolation, fill_mode=mode, fill_value=0.3)
        return lambda x, t: m.image.affine_transform(x, m.concatenate([t, m.zeros((2, 2))], -1), **options)

    check(call, floats(2, 5, 6, 3), TRANSFORMS[:, :6], tolerance=1e-4)


START = np.array([[[0, 0], [0, 6], [5, 0], [5, 6]], [[1, 0], [0, 5], [5, 1], [4, 6]]], "float32")
END = np.array([[[0.3, 0.5], [-0.7, 6], [4.6, -1], [5.4, 5.1]], [[0, 0], [0, 6], [5, 0], [5, 6]]], "float32")


@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
def test_perspective_transform(interpolation):
    """Values, and gradients of images and points."""
    options = dict(interpolation=interpolation, fill_value=0.3)
    check("image.perspective_transform", floats(2, 7, 6, 3), START, END, **options, tolerance=2e-4)


def test_transforms_of_one_image():
    """One image, channels first, integers, unknown extents."""
    x = np.ascontiguousarray(np.moveaxis(images(5, 6, 2), -1, 0))
    check("image.affine_transform", x, TRANSFORMS[0], watched=1, data_format="channels_first", tolerance=1e-4)
    check("image.perspective_transform", x, START[1], END[1], data_format="channels_first", tolerance=2e-4)
    whole = np.random.default_rng(0).integers(0, 255, (5, 6, 1)).astype("uint8")
    close(ops.image.affine_transform(whole, TRANSFORMS[0]), keras.ops.image.affine_transform(whole, TRANSFORMS[0]), 0)
    assert ops.image.affine_transform(KerasTensor((None, 7, 6, 3)), TRANSFORMS).shape == (None, 7, 6, 3)
    # where sizes are tried, there are as many images as transforms; Keras leaves that open
    assert ops.image.affine_transform(KerasTensor((None, None, None, 3)), TRANSFORMS).shape == (2, None, None, 3)
    check_unknown("image.affine_transform", (2, 7, 6, 3), TRANSFORMS[0])
    check_unknown("image.gaussian_blur", (2, 7, 6, 3))
    assert ops.image.perspective_transform(KerasTensor((2, None, 6, 3)), START, END).shape == (2, None, 6, 3)


def test_transforms_of_another_batch():
    """There is one transform for all images, or one for each."""
    with pytest.raises(ValueError, match="Expected 1 or 3 transforms for 3 images. Received: 2"):
        ops.image.affine_transform(np.zeros((3, 4, 4, 1), "float32"), TRANSFORMS)


def test_transforms_refuse():
    """What is not valid is refused, with the words of Keras."""
    x = np.zeros((1, 4, 4, 3), "float32")
    for image in (ops.image, keras.ops.image):
        for call, message in [
            (lambda i=image: i.affine_transform(x, TRANSFORMS[0], "cubic"), "argument `interpolation`.*cubic"),
            (lambda i=image: i.affine_transform(x, TRANSFORMS[0], fill_mode="?"), "argument `fill_mode`"),
            (lambda i=image: i.affine_transform(x, TRANSFORMS[None]), "Invalid transform rank"),
            (lambda i=image: i.perspective_transform(x, START[:, :3], END), "Invalid start_points shape"),
            (lambda i=image: i.perspective_transform(x, START, END[:, :3]), "Invalid end_points shape"),
            (lambda i=image: i.perspective_transform(x, START, END[0]), "must have the same shape"),
            (lambda i=image: i.elastic_transform(x, interpolation="cubic"), "argument `interpolation`"),
        ]:  # fmt: skip
            with pytest.raises(ValueError, match=message):
                call()


def test_elastic_transform():
    """The seed decides, without motion nothing changes, and all channels move alike by the field's distance."""
    x = images(2, 12, 10, 1)
    a, b = (ops.image.elastic_transform(x, seed=s).numpy() for s in (3, 4))
    np.testing.assert_array_equal(a, ops.image.elastic_transform(x, seed=3).numpy())
    assert np.abs(a - b).max() > 0.01
    np.testing.assert_allclose(ops.image.elastic_transform(x, alpha=0.0).numpy(), x)
    doubled = ops.image.elastic_transform(np.concatenate([x, x], -1), seed=3).numpy()
    np.testing.assert_array_equal(doubled, np.concatenate([a, a], -1))
    first = ops.image.elastic_transform(np.moveaxis(x, -1, 1), seed=3, data_format="channels_first")
    np.testing.assert_array_equal(first.numpy()[:, 0], a[..., 0])
    ramp = np.broadcast_to(np.arange(12, dtype="float32")[:, None, None], (12, 10, 1))
    moved = ops.image.elastic_transform(ramp, alpha=1.0, sigma=2.0, fill_mode="nearest", seed=1).numpy() - ramp
    assert 0.01 < np.abs(moved[3:-3]).mean() < 1.0
    assert ops.image.elastic_transform(np.ones((4, 4, 3), "uint8")).dtype == "uint8"


def test_elastic_transform_in_a_graph():
    """A symbolic image gives one step of a graph, which draws anew at every call."""
    symbol = KerasTensor((None, None, 8, 1))
    y = ops.image.elastic_transform(symbol)
    assert y.shape == (None, None, 8, 1)
    x = images(1, 8, 8, 1)
    function = kerasnb.Function(symbol, y)
    a, b = (function(ops.convert_to_tensor(x)).numpy() for _ in range(2))
    assert a.shape == x.shape
    assert np.abs(a - b).max() > 0


def several(x):
    """Results that read pixels by index, by products and by windows, and the gradient of their sum."""
    image = ops.image
    with GradientTape() as tape:
        tape.watch(x)
        y = image.affine_transform(image.resize(x, (5, 9), "bicubic"), TRANSFORMS, fill_mode="reflect")
        y = image.crop_images(image.pad_images(y, 1, 1, 1, 1), 1, 0, target_height=4, target_width=6)
        parts = [image.extract_patches(y, 2), ops.adaptive_max_pool(y, 3), ops.adaptive_average_pool(y, 3)]
        loss = sum(ops.sum(p) for p in [*parts, ops.space_to_depth(y, 2), ops.unfold(y, 2)])
    return [loss, tape.gradient(loss, [x])[0]]


def test_images_in_a_recorded_step():
    """A recorded step returns the same numbers as the eager one when it is replayed."""
    first, second = (images(2, 6, 7, 3) for _ in range(2))
    replayed = Replayed(several, first)
    for x in (first, second):
        for found, wanted in zip(replayed(x), several(ops.convert_to_tensor(x)), strict=True):
            np.testing.assert_allclose(found, wanted.numpy(), rtol=1e-4, atol=1e-4)
    drawn = Replayed(lambda x: [ops.image.elastic_transform(x)], first)
    assert np.abs(drawn(first)[0] - drawn(first)[0]).max() > 0


def test_what_is_not_finite_stays_near():
    """A NaN spoils the pixels that see it, not the whole image; an empty batch stays empty."""
    x = np.ones((1, 9, 9, 1), "float32")
    x[0, 4, 4] = np.nan
    for name, spoiled in (("gaussian_blur", 9), ("sobel_edges", 16), ("extract_patches", 1)):
        options = {"size": 3} if name == "extract_patches" else {}
        y = getattr(ops.image, name)(x, **options).numpy()
        assert 0 < np.isnan(y).sum() <= spoiled
        assert getattr(ops.image, name)(x[:0], **options).shape == (0, *y.shape[1:])
    assert np.isnan(ops.adaptive_average_pool(x, 2).numpy()).sum() == 4
    assert np.isnan(ops.adaptive_average_pool(x, 3).numpy()).sum() == 1
    assert ops.adaptive_max_pool(x[:0], 2).shape == (0, 2, 2, 1)
