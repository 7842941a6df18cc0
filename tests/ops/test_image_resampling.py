"""Images of other sizes, against real Keras."""

import itertools

import keras
import numpy as np
import pytest

from kerasnb import KerasTensor, ops
from tests.ops.judge import check, check_formats, check_unknown, close, floats

WAYS = ["bilinear", "nearest", "lanczos3", "lanczos5", "bicubic"]


@pytest.mark.parametrize(("interpolation", "antialias"), list(itertools.product(WAYS, [False, True])))
def test_resize(interpolation, antialias):
    """Values and gradients of images that grow along one side and shrink along the other."""
    check("image.resize", floats(2, 5, 9, 3), size=(8, 4), interpolation=interpolation, antialias=antialias)


@pytest.mark.parametrize("way", ["crop_to_aspect_ratio", "pad_to_aspect_ratio"])
@pytest.mark.parametrize("size", [(4, 4), (3, 7)])
def test_resize_keeps_the_sides(size, way):
    """Crops and pads in place of distorting; one image, channels anywhere."""
    x, options = floats(2, 6, 9, 3), {way: True, "size": size, "fill_value": 0.5}
    check("image.resize", x, **options)
    check_formats("image.resize", x, **options)


@pytest.mark.parametrize("dtype", ["uint8", "int32", "float16", "int8"])
def test_resize_dtypes(dtype):
    """Integers are rounded and clipped; the dtype stays, padded or not."""
    x = np.random.default_rng(0).integers(0, 100, (1, 5, 4, 3)).astype(dtype)
    for options in ({"interpolation": "bicubic"}, {"pad_to_aspect_ratio": True, "fill_value": 7.0}):
        found, wanted = (np.asarray(m.image.resize(x, (7, 9), **options)) for m in (ops, keras.ops))
        assert found.dtype == wanted.dtype
        if dtype != "float16":  # halves may be rounded to either side
            exact = np.asarray(keras.ops.image.resize(x.astype("float32"), (7, 9), **options))
            limits = np.iinfo(dtype)
            assert np.abs(found - np.clip(exact, limits.min, limits.max)).max() < 0.5001
            clear = np.abs(exact % 1 - 0.5) > 1e-4
            assert clear.mean() > 0.8
            found, wanted = found[clear], wanted[clear]
        close(found, wanted, 2e-2 if dtype == "float16" else 1e-6)


def test_resize_of_unknown_extents():
    """Only the new sides are known."""
    check_unknown("image.resize", (4, 5, 6, 3), (224, 224))
    check_unknown("image.resize", (4, 5, 6, 3), (30, 20), crop_to_aspect_ratio=True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (dict(size=(1, 2, 3)), "Expected `size` to be a tuple of 2 integers"),
        (dict(size=(0, 2)), "`size` must have positive height and width"),
        (dict(size=(2, 2), interpolation="fancy"), "Invalid value for argument `interpolation`.*fancy"),
        (dict(size=(2, 2), fill_mode="wrap"), "Invalid value for argument `fill_mode`.*wrap"),
        (dict(size=(2, 2), crop_to_aspect_ratio=True, pad_to_aspect_ratio=True), "Only one of `pad_to_aspect_ratio`"),
        (dict(images=np.zeros((2, 2)), size=(2, 2)), "Invalid images rank: expected rank 3"),
    ],
)  # fmt: skip
def test_resize_refuses(options, message):
    """What is not valid is refused, with the words of Keras."""
    for module in (ops, keras.ops):
        with pytest.raises(ValueError, match=message):
            module.image.resize(**{"images": np.zeros((4, 4, 3), "float32"), **options})


@pytest.mark.parametrize(
    ("method", "antialias"), [("linear", False), ("cubic", True), ("lanczos3", True), ("lanczos5", False)]
)
def test_scale_and_translate(method, antialias):
    """Values, and gradients of images, scales and translations."""
    scale, distance = np.array([1.7, 0.63], "float32"), np.array([-0.3, 0.8], "float32")

    def call(m):
        return lambda x, s, d: m.image.scale_and_translate(x, (7, 5, 2), s, d, (0, 1), method, antialias)

    check(call, floats(5, 6, 2), scale, distance, tolerance=5e-5)


def test_scale_and_translate_refuses():
    """A method that is not known, and a shape of another rank."""
    x = np.zeros((4, 4), "float32")
    for module in (ops, keras.ops):
        with pytest.raises(ValueError, match="Invalid value for argument `method`.*nearest"):
            module.image.scale_and_translate(x, (2, 2), np.ones(2), np.ones(2), (0, 1), "nearest")
    with pytest.raises(ValueError, match="output_shape"):
        ops.image.scale_and_translate(x, (2,), np.ones(2), np.ones(2), (0, 1), "linear")
    assert ops.image.scale_and_translate(
        KerasTensor((None, 4, 3)), (2, 8, 3), np.ones(2), np.ones(2), (0, 1), "linear"
    ).shape == (2, 8, 3)  # fmt: skip
