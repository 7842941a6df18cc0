"""Images of another size: `resize`, `scale_and_translate`.

Both are one small matrix product along each axis. A column of the matrix holds the weights of the image's pixels in
one pixel of the result: a kernel around its centre.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Sequence

import numpy as np

from kerasnb.backend.tensor.dtypes import INTEGERS
from kerasnb.backend.tensor.tensor import Tensor, from_host
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import gather
from kerasnb.ops.arguments import floating, one_axis
from kerasnb.ops.core import cast, saturate_cast
from kerasnb.ops.image.common import axes_in, mixed, ranked
from kerasnb.ops.numpy.elementwise import rounding
from kerasnb.ops.numpy.elementwise.arithmetic import absolute
from kerasnb.ops.numpy.elementwise.extremes import maximum
from kerasnb.ops.numpy.elementwise.logic import logical_and
from kerasnb.ops.numpy.elementwise.selection import where
from kerasnb.ops.numpy.elementwise.trigonometry import sin
from kerasnb.ops.numpy.rearranging import pad
from kerasnb.ops.numpy.reductions import sum as total
from kerasnb.ops.operation import operation
from kerasnb.ops.spatial import format_of

__all__ = ["resize", "scale_and_translate"]

# --- kernels: written once, for arrays and for tensors -----------------------------------------------

ARRAYS = types.SimpleNamespace(
    abs=np.abs, maximum=np.maximum, sin=np.sin, sum=np.sum, where=np.where, both=np.logical_and
)
TENSORS = types.SimpleNamespace(
    abs=absolute, maximum=maximum, sin=sin, sum=total, where=where, both=logical_and
)  # fmt: skip


def _triangle(m, x):
    return m.maximum(1.0 - x, 0.0)


def _keys(m, x):
    """Keys, "Cubic convolution interpolation for digital image processing", 1981, with a = -0.5."""
    near = ((1.5 * x - 2.5) * x) * x + 1.0
    far = ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    return m.where(x >= 2.0, 0.0, m.where(x >= 1.0, far, near))


def _lanczos(radius: float):
    def kernel(m, x):
        wave = radius * m.sin(np.pi * x) * m.sin(np.pi * x / radius)
        inside = m.where(x > 1e-3, wave / m.where(x != 0, np.pi**2 * x * x, 1.0), 1.0)
        return m.where(x > radius, 0.0, inside)

    return kernel


KERNELS = {
    **dict.fromkeys(("linear", "bilinear", "trilinear", "triangle"), _triangle),
    **dict.fromkeys(("cubic", "bicubic", "tricubic"), _keys),
    "lanczos3": _lanczos(3.0), "lanczos5": _lanczos(5.0),
}  # fmt: skip
ENOUGH = 1000.0 * float(np.finfo("float32").eps)  # a column with a smaller sum lies outside the image


def _weights(m, centres, places, wide, extent: int, kernel):
    """The matrix of an axis.

    Args:
        m: The functions for arrays or for tensors.
        centres: The centres of the new pixels, a row.
        places: The positions of the old pixels, a column.
        wide: The width of the kernel, in pixels.
        extent: Integer, the number of old pixels.
        kernel: Function of distances.
    """
    weights = kernel(m, m.abs(centres - places) / wide)
    sums = m.sum(weights, axis=0, keepdims=True)
    weights = m.where(m.abs(sums) > ENOUGH, weights / m.where(sums != 0, sums, 1.0), 0.0)
    return m.where(m.both(centres >= -0.5, centres <= extent - 0.5), weights, 0.0)


@functools.lru_cache(maxsize=64)
def _resizing(old: int, new: int, method: str, antialias: bool) -> np.ndarray:
    """The matrix from `old` pixels to `new` ones."""
    step = old / new
    centres = (np.arange(new, dtype="float32") + 0.5) * step - 0.5
    places = np.arange(old, dtype="float32")[:, None]
    wide = max(step, 1.0) if antialias else 1.0
    return _weights(ARRAYS, centres[None], places, wide, old, KERNELS[method])


# --- resize ------------------------------------------------------------------------------------------

INTERPOLATIONS = ("bilinear", "nearest", "lanczos3", "lanczos5", "bicubic")


def _check_resize(size, interpolation, fill_mode, crop, padded) -> None:
    if len(size) != 2:
        raise ValueError(f"Expected `size` to be a tuple of 2 integers. Received: size={size}")
    if size[0] <= 0 or size[1] <= 0:
        raise ValueError(f"`size` must have positive height and width. Received: size={size}")
    if padded and crop:
        raise ValueError("Only one of `pad_to_aspect_ratio` & `crop_to_aspect_ratio` can be `True`.")
    if interpolation not in INTERPOLATIONS:
        raise ValueError(
            f"Invalid value for argument `interpolation`. Expected of one {INTERPOLATIONS}. "
            f"Received: interpolation={interpolation}"
        )
    if fill_mode != "constant":
        raise ValueError(
            f"Invalid value for argument `fill_mode`. Only `'constant'` is supported. Received: fill_mode={fill_mode}"
        )


def _cropped(x, axes, size):
    """The largest centered window that has the aspect ratio of `size`."""
    height, width = (x.shape[a] for a in axes)
    sides = int(float(width * size[0]) / size[1]), int(float(height * size[1]) / size[0])
    keys = [slice(None)] * x.ndim
    for axis, side in zip(axes, sides, strict=True):
        extent = max(min(x.shape[axis], side), 1)
        start = int(float(x.shape[axis] - extent) / 2)
        keys[axis] = slice(start, start + extent)
    return x[tuple(keys)]


def _padded(x, axes, size, value):
    """The image in the middle of the smallest frame that has the aspect ratio of `size`."""
    height, width = (x.shape[a] for a in axes)
    sides = int(float(width * size[0]) / size[1]), int(float(height * size[1]) / size[0])
    widths = [(0, 0)] * x.ndim
    for axis, side in zip(axes, sides, strict=True):
        border = int(float(max(x.shape[axis], side) - x.shape[axis]) / 2)
        if border > 0:  # a frame is wider or higher, never both
            widths[axis] = (border, border)
            return pad(floating(x), widths, constant_values=value)
    return x


def _nearest(x, axis: int, new: int):
    old = x.shape[axis]
    at = np.floor((np.arange(new, dtype="float32") + np.float32(0.5)) * np.float32(old) / np.float32(new))
    return gather.take(x, from_host(at, "int32"), axis=axis)


def _resized(x, axis: int, new: int, method: str, antialias: bool):
    if x.shape[axis] == new:
        return x
    if method == "nearest":
        return _nearest(x, axis, new)
    return mixed(floating(x), axis, _resizing(x.shape[axis], new, method, bool(antialias)))


def _returned(y, dtype: str):
    """The result in the dtype of the images, rounded and clipped if that is an integer."""
    if y.dtype == dtype:
        return y
    return saturate_cast(rounding.round(y) if dtype in INTEGERS else y, dtype)


@operation(
    "Resize",
    "size",
    "interpolation",
    "antialias",
    "crop_to_aspect_ratio",
    "pad_to_aspect_ratio",
    "fill_mode",
    "fill_value",
    "data_format",
    trials=True,
)
def resize(
    images: TensorLike,
    size: Sequence[int],
    interpolation: str = "bilinear",
    antialias: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> Tensor:
    """Resizes images.

    Args:
        images: Tensor of rank 3 (one image) or 4 (a batch).
        size: (height, width) of the result.
        interpolation: `"bilinear"` (default), `"nearest"`, `"bicubic"`, `"lanczos3"` or `"lanczos5"`.
        antialias: Boolean, whether to widen the kernel where the image shrinks. Defaults to `False`.
        crop_to_aspect_ratio: Boolean, whether to resize the largest centered window with the aspect ratio of `size`
            instead of distorting the image. Defaults to `False`.
        pad_to_aspect_ratio: Boolean, whether to pad the image to the aspect ratio of `size`. Defaults to `False`.
        fill_mode: Only `"constant"`.
        fill_value: Float, the value of the padding. Defaults to `0.0`.
        data_format: `"channels_last"` (default) or `"channels_first"`.

    Returns:
        Tensor with the new height and width, of the dtype of `images`.

    Raises:
        ValueError: If arguments are not valid.

    Example:

    >>> keras.ops.image.resize(np.ones((2, 4, 4, 3)), (2, 2)).shape
    (2, 2, 2, 3)
    """
    _check_resize(size, interpolation, fill_mode, crop_to_aspect_ratio, pad_to_aspect_ratio)
    x, size = ranked(images), tuple(size)
    dtype, axes = x.dtype, axes_in(x, format_of(data_format))[:2]
    if crop_to_aspect_ratio:
        x = _cropped(x, axes, size)
    elif pad_to_aspect_ratio:
        x = _padded(x, axes, size, fill_value)
    for axis, new in zip(axes, size, strict=True):
        x = _resized(x, axis, int(new), interpolation, antialias)
    return _returned(x, dtype)


# --- scale and translate -----------------------------------------------------------------------------


def _axis_of(x, axis: int, new: int, scale, translation, kernel, antialias: bool):
    """One axis of `scale_and_translate`."""
    old, back = x.shape[axis], 1.0 / scale
    centres = (from_host(np.arange(new)[None] + 0.5, scale.dtype) * back) - translation * back - 0.5
    places = from_host(np.arange(old)[:, None], scale.dtype)
    wide = maximum(back, 1.0) if antialias else 1.0
    return mixed(x, axis, cast(_weights(TENSORS, centres, places, wide, old, kernel), x.dtype))


@operation("ScaleAndTranslate", "spatial_dims", "method", "antialias", trials=True)
def scale_and_translate(
    images: TensorLike,
    output_shape: Sequence[int],
    scale: TensorLike,
    translation: TensorLike,
    spatial_dims: Sequence[int],
    method: str,
    antialias: bool = True,
) -> Tensor:
    """Scales and moves images: the coordinate `p` of an axis becomes `p * scale + translation`.

    The centre of a pixel lies half a pixel behind its index. The outside of the image is zero.

    Args:
        images: Tensor.
        output_shape: Tuple of integers, the shape of the result.
        scale: Tensor of one axis, the factor for each of `spatial_dims`.
        translation: Tensor of one axis, the distance for each of `spatial_dims`.
        spatial_dims: Tuple of integers, the axes that are scaled and moved.
        method: `"linear"`, `"bilinear"`, `"trilinear"`, `"cubic"`, `"bicubic"`, `"tricubic"`, `"lanczos3"` or
            `"lanczos5"`.
        antialias: Boolean, whether to widen the kernel where the image shrinks. Defaults to `True`.

    Returns:
        Tensor of `output_shape`.

    Raises:
        ValueError: If arguments are not valid.

    Example:

    >>> x = np.arange(4, dtype="float32").reshape(2, 2)
    >>> keras.ops.image.scale_and_translate(x, (2, 2), [1.0, 1.0], [0.0, 1.0], (0, 1), "linear").tolist()
    [[0.0, 0.0], [0.0, 2.0]]
    """
    if method not in KERNELS or method == "triangle":
        allowed = sorted(set(KERNELS) - {"triangle"})
        raise ValueError(f"Invalid value for argument `method`. Expected of one {allowed}. Received: method={method}")
    x, scale, translation = floating(images), floating(scale), floating(translation)
    if len(output_shape) != x.ndim:
        raise ValueError(
            "Argument `output_shape` must have as many entries as `images` has axes. "
            f"Received: output_shape={output_shape}, images.shape={x.shape}"
        )
    for i, d in enumerate(spatial_dims):
        axis = one_axis(d, x.ndim, "spatial_dims")
        x = _axis_of(x, axis, output_shape[axis], scale[i], translation[i], KERNELS[method], antialias)
    return x
