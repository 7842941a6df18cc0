"""Colours of images: `rgb_to_grayscale`, `rgb_to_hsv`, `hsv_to_rgb`."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.tensor.dtypes import FLOATS, result_type
from kerasnb.backend.tensor.tensor import Tensor, from_host
from kerasnb.backend.typing import TensorLike
from kerasnb.ops.core import cast
from kerasnb.ops.image.common import axes_in, ranked
from kerasnb.ops.numpy.elementwise.arithmetic import absolute, mod, multiply
from kerasnb.ops.numpy.elementwise.comparison import equal, greater, less
from kerasnb.ops.numpy.elementwise.extremes import clip, maximum, minimum
from kerasnb.ops.numpy.elementwise.selection import where
from kerasnb.ops.numpy.joining import concatenate
from kerasnb.ops.numpy.reductions import sum as total
from kerasnb.ops.operation import operation
from kerasnb.ops.spatial import format_of

__all__ = ["hsv_to_rgb", "rgb_to_grayscale", "rgb_to_hsv"]

STEPS = {"bfloat16": 2**-7, "float16": 2**-10, "float32": 2**-23, "float64": 2**-52}  # from 1 to the next number
LUMA = (0.2989, 0.587, 0.114)  # the shares of red, green and blue in brightness (ITU-R BT.601)


@operation("RGBToGrayscale", "data_format", trials=True)
def rgb_to_grayscale(images: TensorLike, data_format: str | None = None) -> Tensor:
    """Converts RGB images to grayscale.

    Args:
        images: Tensor of rank 3 (one image) or 4 (a batch), with 3 channels; with 1 it is returned unchanged.
        data_format: `"channels_last"` (default) or `"channels_first"`.

    Returns:
        Tensor with 1 channel, of the dtype of `images`.

    Raises:
        ValueError: If the rank or the number of channels does not fit.

    Example:

    >>> keras.ops.image.rgb_to_grayscale(np.ones((2, 4, 4, 3))).shape
    (2, 4, 4, 1)
    """
    x = ranked(images)
    axis = axes_in(x, format_of(data_format))[2]
    if x.shape[axis] not in (1, 3):
        raise ValueError(
            "Invalid channel size: expected 3 (RGB) or 1 (Grayscale). "
            f"Received input with shape: images.shape={x.shape}"
        )
    if x.shape[axis] == 1:
        return x
    wide = cast(x, result_type(x.dtype, float))
    shares = from_host(np.reshape(LUMA, (3, *(1,) * (x.ndim - 1 - axis))), wide.dtype)
    return cast(total(multiply(wide, shares), axis=axis, keepdims=True), x.dtype)


def _planes(images, data_format):
    """(the three planes with their axis of extent 1, that axis)."""
    x = ranked(images)
    axis = axes_in(x, format_of(data_format))[2]
    if x.dtype not in FLOATS:
        raise ValueError(f"Invalid images dtype: expected float dtype. Received: images.dtype={x.dtype}")
    if x.shape[axis] != 3:
        raise ValueError(f"Input images must have 3 channels, but received images with {x.shape[axis]} channels.")
    before = (slice(None),) * axis
    return [x[(*before, slice(i, i + 1))] for i in range(3)], axis


@operation("RGBToHSV", "data_format", trials=True)
def rgb_to_hsv(images: TensorLike, data_format: str | None = None) -> Tensor:
    """Converts RGB images to HSV (hue, saturation, value).

    Args:
        images: Float tensor of rank 3 (one image) or 4 (a batch), values from 0 to 1.
        data_format: `"channels_last"` (default) or `"channels_first"`.

    Returns:
        Tensor like `images`; a hue of 0 is red, 1/3 green, 2/3 blue.

    Raises:
        ValueError: If rank, dtype or the number of channels does not fit.

    Example:

    >>> [round(v, 4) for v in keras.ops.image.rgb_to_hsv([[[0.0, 1.0, 0.0]]]).numpy()[0, 0].tolist()]
    [0.3333, 1.0, 1.0]
    """
    planes, axis = _planes(images, data_format)
    tiny = STEPS[planes[0].dtype]
    r, g, b = (where(less(absolute(p), tiny), 0.0, p) for p in planes)
    value = maximum(maximum(r, g), b)
    span = value - minimum(minimum(r, g), b)
    saturation = where(greater(value, 0), span / where(greater(value, 0), value, 1.0), 0.0)
    step = 1.0 / (6.0 * where(greater(span, 0), span, 1.0))
    hue = where(equal(value, g), step * (b - r) + 2 / 6, step * (r - g) + 4 / 6)
    hue = where(equal(value, r), step * (g - b), hue)
    hue = where(greater(span, 0), hue, 0.0) + cast(less(hue, 0.0), hue.dtype)
    return concatenate([hue, saturation, value], axis=axis)


@operation("HSVToRGB", "data_format", trials=True)
def hsv_to_rgb(images: TensorLike, data_format: str | None = None) -> Tensor:
    """Converts HSV (hue, saturation, value) images to RGB.

    Args:
        images: Float tensor of rank 3 (one image) or 4 (a batch), values from 0 to 1.
        data_format: `"channels_last"` (default) or `"channels_first"`.

    Returns:
        Tensor like `images`.

    Raises:
        ValueError: If rank, dtype or the number of channels does not fit.

    Example:

    >>> keras.ops.image.hsv_to_rgb([[[0.5, 1.0, 1.0]]]).tolist()
    [[[0.0, 1.0, 1.0]]]
    """
    (hue, saturation, value), axis = _planes(images, data_format)
    turn = mod(hue, 1.0) * 6.0
    hues = [absolute(turn - 3.0) - 1.0, 2.0 - absolute(turn - 2.0), 2.0 - absolute(turn - 4.0)]
    pale = 1.0 - saturation
    return concatenate([value * (pale + saturation * clip(h, 0.0, 1.0)) for h in hues], axis=axis)
