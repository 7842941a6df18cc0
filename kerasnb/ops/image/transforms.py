"""Transformations of the plane, applied to images: `affine_transform`, `perspective_transform`."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.tensor.tensor import Tensor, from_host
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import gather
from kerasnb.ops.arguments import floating, tensor
from kerasnb.ops.image.common import batched, ranked, unbatched
from kerasnb.ops.image.interpolation import ORDERS, check_interpolation, check_mode, sampled
from kerasnb.ops.numpy.creation import ones
from kerasnb.ops.numpy.joining import concatenate
from kerasnb.ops.numpy.products import cross, matmul
from kerasnb.ops.numpy.reductions import sum as total
from kerasnb.ops.numpy.shapes import expand_dims, reshape, transpose
from kerasnb.ops.operation import operation
from kerasnb.ops.spatial import format_of

__all__ = ["affine_transform", "perspective_transform"]


def grid(height: int, width: int, dtype: str = "float32") -> tuple[Tensor, Tensor]:
    """The coordinates (y, x) of all pixels, of shapes that broadcast to `(1, height, width)`."""
    y, x = np.arange(height).reshape(1, -1, 1), np.arange(width).reshape(1, 1, -1)
    return from_host(y, dtype), from_host(x, dtype)


def warped(x: Tensor, y_in: Tensor, x_in: Tensor, interpolation: str, mode: str, fill: float) -> Tensor:
    """A batch of images (channels last), each pixel read at its coordinates `(y_in, x_in)`."""
    n, height, width, channels = x.shape
    if y_in.shape[0] not in (1, n):
        raise ValueError(f"Expected 1 or {n} transforms for {n} images. Received: {y_in.shape[0]}")
    first = from_host(np.arange(n).reshape(-1, 1, 1), "int32")
    pixels = reshape(x, (n * height * width, channels))
    return sampled(pixels, (height, width), (y_in, x_in), ORDERS[interpolation], mode, fill, first)


def _columns(matrix, count: int) -> list:
    """The columns of `(n, count)`, each of shape `(n, 1, 1)`."""
    return [reshape(matrix[:, i], (-1, 1, 1)) for i in range(count)]


@operation("AffineTransform", "interpolation", "fill_mode", "fill_value", "data_format", trials=True)
def affine_transform(
    images: TensorLike,
    transform: TensorLike,
    interpolation: str = "bilinear",
    fill_mode: str = "constant",
    fill_value: float = 0,
    data_format: str | None = None,
) -> Tensor:
    """Applies affine transformations to images.

    With a row `[a0, a1, a2, b0, b1, b2, c0, c1]`, the pixel `(x, y)` of the result is read at the point
    `(a0 x + a1 y + a2, b0 x + b1 y + b2)` of the image; `c0` and `c1` are ignored.

    Args:
        images: Tensor of rank 3 (one image) or 4 (a batch).
        transform: Tensor of shape `(8,)` or, one for each image, `(batch, 8)`.
        interpolation: `"bilinear"` (default) or `"nearest"`.
        fill_mode: How the outside is filled: `"constant"` (default), `"nearest"`, `"wrap"`, `"mirror"` or `"reflect"`.
        fill_value: The value outside in mode `"constant"`. Defaults to `0`.
        data_format: `"channels_last"` (default) or `"channels_first"`.

    Returns:
        Tensor like `images`.

    Raises:
        ValueError: If arguments are not valid.

    Example:

    >>> image = np.array([[[1.0], [2.0], [3.0]]])
    >>> keras.ops.image.affine_transform(image, [1, 0, 1, 0, 1, 0, 0, 0]).tolist()
    [[[2.0], [3.0], [0.0]]]
    """
    data_format = format_of(data_format)
    check_interpolation(interpolation)
    check_mode(fill_mode)
    images, transform = ranked(images), floating(transform)
    if transform.ndim not in (1, 2):
        raise ValueError(
            "Invalid transform rank: expected rank 1 (single transform) or rank 2 (batch of transforms). "
            f"Received input with shape: transform.shape={transform.shape}"
        )
    x = batched(images, data_format)
    a0, a1, a2, b0, b1, b2 = _columns(reshape(transform, (-1, 8)), 6)
    rows, columns = grid(x.shape[1], x.shape[2], transform.dtype)
    y_in, x_in = b0 * columns + b1 * rows + b2, a0 * columns + a1 * rows + a2
    y = warped(x, y_in, x_in, interpolation, fill_mode, fill_value)
    return unbatched(y, images.ndim == 3, data_format)


# --- perspective -------------------------------------------------------------------------------------


def _taken(x, indices):
    return gather.take(x, from_host(np.asarray(indices), "int32"), axis=1)


def _frame(points):
    """Three rows whose sum is the fourth of four points (each in homogeneous coordinates)."""
    points = concatenate([points, ones((*points.shape[:-1], 1), points.dtype)], axis=-1)
    # Cramer's rule: the determinants with the fourth point in the place of each of three, and the one without it
    a, b, c = (_taken(points, i) for i in ((3, 0, 0, 0), (1, 3, 1, 1), (2, 2, 3, 2)))
    determinants = total(a * cross(b, c), axis=-1, keepdims=True)
    return determinants[:, :3] / determinants[:, 3:] * points[:, :3]


def homography(start: Tensor, end: Tensor) -> Tensor:
    """The matrix that takes four points `end` to `start`, in homogeneous coordinates.

    A projective map is known by what it makes of a frame (three points and their sum), so it is the frame of
    `start` times the inverse of that of `end`. See Heckbert, "Fundamentals of Texture Mapping", 1989, 2.2.3.
    """
    frame = _frame(end)
    adjoint = cross(_taken(frame, (1, 2, 0)), _taken(frame, (2, 0, 1)))
    matrix = matmul(transpose(_frame(start), (0, 2, 1)), adjoint)
    return reshape(matrix / matrix[:, 2:, 2:], (-1, 9))


def _check_points(points, name: str):
    if points.ndim not in (2, 3) or tuple(points.shape[-2:]) != (4, 2):
        raise ValueError(
            f"Invalid {name} shape: expected (4,2) for a single image or (N,4,2) for a batch. "
            f"Received shape: {points.shape}"
        )


@operation("PerspectiveTransform", "interpolation", "fill_value", "data_format", trials=True)
def perspective_transform(
    images: TensorLike,
    start_points: TensorLike,
    end_points: TensorLike,
    interpolation: str = "bilinear",
    fill_value: float = 0,
    data_format: str | None = None,
) -> Tensor:
    """Applies perspective transformations to images.

    Args:
        images: Tensor of rank 3 (one image) or 4 (a batch).
        start_points: Tensor of shape `(4, 2)` or `(batch, 4, 2)`, four points `(x, y)` of the image.
        end_points: Tensor of the same shape, where these points move to.
        interpolation: `"bilinear"` (default) or `"nearest"`.
        fill_value: The value outside of the image. Defaults to `0`.
        data_format: `"channels_last"` (default) or `"channels_first"`.

    Returns:
        Tensor like `images`.

    Raises:
        ValueError: If arguments are not valid.

    Example:

    >>> image = np.array([[[1.0], [2.0]], [[3.0], [4.0]]])
    >>> corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> mirrored = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 0.0], [0.0, 1.0]])
    >>> keras.ops.image.perspective_transform(image, corners, mirrored).tolist()
    [[[2.0], [1.0]], [[4.0], [3.0]]]
    """
    data_format = format_of(data_format)
    check_interpolation(interpolation)
    images, start, end = ranked(images), tensor(start_points, "float32"), tensor(end_points, "float32")
    _check_points(start, "start_points")
    _check_points(end, "end_points")
    if start.shape != end.shape:
        raise ValueError(
            "start_points and end_points must have the same shape. "
            f"Received start_points.shape={start.shape}, end_points.shape={end.shape}"
        )
    x = batched(images, data_format)
    start, end = (expand_dims(p, 0) if p.ndim == 2 else p for p in (start, end))
    a0, a1, a2, b0, b1, b2, c0, c1 = _columns(homography(start, end), 8)
    rows, columns = grid(x.shape[1], x.shape[2])
    depth = c0 * columns + c1 * rows + 1.0
    y_in, x_in = (b0 * columns + b1 * rows + b2) / depth, (a0 * columns + a1 * rows + a2) / depth
    y = warped(x, y_in, x_in, interpolation, "constant", fill_value)
    return unbatched(y, images.ndim == 3, data_format)
