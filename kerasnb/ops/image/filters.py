"""Neighbours of pixels: `gaussian_blur`, `sobel_edges`, `ssim`."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np

from kerasnb.backend.tensor.dtypes import FLOATS, result_type
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.ops.arguments import tensor
from kerasnb.ops.core import cast
from kerasnb.ops.image.common import axes_in, batched, ranked, unbatched
from kerasnb.ops.numpy.elementwise.arithmetic import add
from kerasnb.ops.numpy.joining import concatenate, stack
from kerasnb.ops.numpy.rearranging import pad
from kerasnb.ops.numpy.statistics import mean
from kerasnb.ops.operation import operation
from kerasnb.ops.spatial import format_of

__all__ = ["gaussian_blur", "sobel_edges", "ssim"]

# --- Gaussian blur -------------------------------------------------------------------------------------


def _gaussian(size: int, sigma: float) -> list[float]:
    """The weights of a Gaussian filter along one axis."""
    distance = np.arange(size) - (size - 1) / 2
    weights = np.exp(-0.5 * (distance / sigma) ** 2)
    return (weights / weights.sum()).tolist()


def _shifted(x, axis: int, start: int, count: int):
    """A run of lines of an axis."""
    return x[(*(slice(None),) * axis, slice(start, start + count))]


def _weighted(x, axis: int, weights: list[float], padding: str):
    """The sum of neighbours along an axis: whole images are added, so that what is not finite stays where it is."""
    size = len(weights)
    if padding == "same":
        x = pad(x, [((size - 1) // 2, size // 2) if a == axis else (0, 0) for a in range(x.ndim)])
    count = x.shape[axis] - size + 1
    if count < 1:
        raise ValueError(f"Expected images with at least {size} pixels a side. Received: {x.shape[axis]}")
    parts = [_shifted(x, axis, i, count) * weight for i, weight in enumerate(weights)]
    return functools.reduce(add, parts)


def filtered(x: Tensor, high: tuple, wide: tuple, padding: str) -> Tensor:
    """A batch of images (channels last) blurred along height and width, each by (size, sigma) of a filter."""
    for axis, (size, sigma) in ((1, high), (2, wide)):
        x = _weighted(x, axis, _gaussian(int(size), float(sigma)), padding)
    return x


@operation("GaussianBlur", "kernel_size", "sigma", "data_format", trials=True)
def gaussian_blur(
    images: TensorLike,
    kernel_size: Sequence[int] = (3, 3),
    sigma: Sequence[float] = (1.0, 1.0),
    data_format: str | None = None,
) -> Tensor:
    """Blurs images with a Gaussian filter; zeros lie around them.

    Args:
        images: Tensor of rank 3 (one image) or 4 (a batch).
        kernel_size: Pair of integers, the extents of the filter along the width and the height.
        sigma: Pair of floats, the standard deviations along the width and the height.
        data_format: `"channels_last"` (default) or `"channels_first"`.

    Returns:
        Tensor like `images`.

    Raises:
        ValueError: If `images` has another rank.

    Example:

    >>> keras.ops.image.gaussian_blur(np.ones((2, 6, 8, 3))).shape
    (2, 6, 8, 3)
    """
    images, data_format = ranked(images), format_of(data_format)
    x = batched(images, data_format)
    x = x if x.dtype in FLOATS else cast(x, "float32")
    wide, high = zip(kernel_size, sigma, strict=True)
    y = unbatched(filtered(x, high, wide, "same"), images.ndim == 3, data_format)
    return cast(y, images.dtype)


# --- edges -----------------------------------------------------------------------------------------------


def _smoothed(x, axis: int):
    first, middle, last = (_shifted(x, axis, i, x.shape[axis] - 2) for i in range(3))
    return first + 2 * middle + last


def _risen(x, axis: int):
    return _shifted(x, axis, 2, x.shape[axis] - 2) - _shifted(x, axis, 0, x.shape[axis] - 2)


@operation("SobelEdges", "data_format", trials=True)
def sobel_edges(images: TensorLike, data_format: str | None = None) -> Tensor:
    """Computes the gradients of images, downwards and to the right, with Sobel's operator.

    Args:
        images: Tensor of rank 4, a batch of images.
        data_format: `"channels_last"` (default) or `"channels_first"`.

    Returns:
        Tensor of rank 5; the last axis holds `[dy, dx]`.

    Raises:
        ValueError: If `images` has another rank.

    Example:

    >>> keras.ops.image.sobel_edges(np.ones((1, 8, 8, 1))).shape
    (1, 8, 8, 1, 2)
    """
    x = tensor(images)
    if x.ndim != 4:
        raise ValueError(f"Invalid images rank: expected rank 4 (batch of images). Received: images.shape={x.shape}")
    high, wide, _ = axes_in(x, format_of(data_format))
    x = pad(x, [(int(i in (high, wide)),) * 2 for i in range(4)])
    edges = stack([_risen(_smoothed(x, wide), high), _risen(_smoothed(x, high), wide)], axis=-1)
    return cast(edges, x.dtype)


# --- similarity ------------------------------------------------------------------------------------------


@operation("SSIM", "max_val", "filter_size", "filter_sigma", "k1", "k2", "data_format", trials=True)
def ssim(
    image1: TensorLike,
    image2: TensorLike,
    max_val: float = 1.0,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
    data_format: str | None = None,
) -> Tensor:
    """Computes the structural similarity of images.

    Reference: [Wang et al., 2004](https://doi.org/10.1109/TIP.2003.819861)

    Args:
        image1: Tensor of rank 3 (one image) or 4 (a batch).
        image2: Tensor of the same shape.
        max_val: The largest value that a pixel may have. Defaults to `1.0`.
        filter_size: Integer, the extent of the Gaussian filter. Defaults to `11`.
        filter_sigma: Float, its standard deviation. Defaults to `1.5`.
        k1: Float, keeps the quotient of brightness stable. Defaults to `0.01`.
        k2: Float, keeps the quotient of contrast stable. Defaults to `0.03`.
        data_format: `"channels_last"` (default) or `"channels_first"`.

    Returns:
        Tensor of the dtype of `image1`: one number for each pair of images, 1 for equal ones.

    Raises:
        ValueError: If an image has another rank, or is smaller than the filter.

    Example:

    >>> image = np.linspace(0, 1, 12 * 12 * 3).reshape(12, 12, 3)
    >>> round(float(keras.ops.image.ssim(image, image)), 4)
    1.0
    """
    data_format, first, second = format_of(data_format), ranked(image1, "image1"), ranked(image2, "image2")
    a, b = (batched(cast(t, result_type(first.dtype, float)), data_format) for t in (first, second))
    n, gaussian = a.shape[0], (filter_size, filter_sigma)
    moments = filtered(concatenate([a, b, a * a, b * b, a * b]), gaussian, gaussian, "valid")
    mean_a, mean_b, square_a, square_b, product = (moments[i * n : (i + 1) * n] for i in range(5))
    c1, c2 = (k1 * max_val) ** 2, (k2 * max_val) ** 2
    apart = mean_a * mean_a + mean_b * mean_b
    similar = (2.0 * mean_a * mean_b + c1) * (2.0 * (product - mean_a * mean_b) + c2)
    index = similar / ((apart + c1) * (square_a + square_b - apart + c2))
    means = mean(index, axis=(1, 2, 3))
    return cast(means[0] if first.ndim == 3 else means, first.dtype)
