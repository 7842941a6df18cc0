"""Patches of images and volumes as channels: `extract_patches`, `extract_patches_3d`."""

from __future__ import annotations

from collections.abc import Sequence

from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels.conv.geometry import explicit_pads
from kerasnb.ops.arguments import tensor
from kerasnb.ops.nn.patches import windowed
from kerasnb.ops.numpy.rearranging import pad
from kerasnb.ops.numpy.shapes import expand_dims, moveaxis, reshape, squeeze, transpose
from kerasnb.ops.operation import operation
from kerasnb.ops.spatial import format_of, padding_of, per_axis

__all__ = ["extract_patches", "extract_patches_3d"]


def _patches(x, size, strides, dilation_rate, padding: str):
    """The patches of a batch (channels last): their places as axes, their elements as channels."""
    rank = x.ndim - 2
    pads = explicit_pads(x.shape[1:-1], size, strides, dilation_rate, padding)
    if any(any(p) for p in pads):
        x = pad(x, ((0, 0), *pads, (0, 0)))
    for i in reversed(range(rank)):
        x = windowed(x, 1 + i, size[i], strides[i], dilation_rate[i])
    places, inside = range(1, 2 * rank + 1, 2), range(2, 2 * rank + 2, 2)
    elements = x.shape[-1]
    for axis in inside:
        elements *= x.shape[axis]
    x = transpose(x, (0, *places, *inside, x.ndim - 1))
    return reshape(x, (*x.shape[: rank + 1], elements))


def _extracted(inputs, size, strides, dilation_rate, padding, data_format):
    rank, x = len(size), tensor(inputs)
    steps = per_axis(size if not strides else strides, rank, "strides")
    gaps = per_axis(dilation_rate, rank, "dilation_rate")
    window, padding, first = (
        per_axis(size, rank, "size"),
        padding_of(padding),
        format_of(data_format) == "channels_first",
    )
    if x.ndim not in (rank + 1, rank + 2):
        raise ValueError(
            f"Invalid images rank: expected rank {rank + 1} (single image) or rank {rank + 2} (batch of images). "
            f"Received input with shape: images.shape={x.shape}"
        )
    single = x.ndim == rank + 1
    x = expand_dims(x, 0) if single else x
    x = moveaxis(x, 1, -1) if first else x
    y = _patches(x, window, steps, gaps, padding)
    y = moveaxis(y, -1, 1) if first else y
    return squeeze(y, 0) if single else y


@operation("ExtractPatches", "size", "strides", "dilation_rate", "padding", "data_format", trials=True)
def extract_patches(
    images: TensorLike,
    size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    dilation_rate: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:
    """Extracts patches from images or volumes.

    Args:
        images: Tensor of rank 3 (one image) or 4 (a batch); for patches of three axes of rank 4 or 5.
        size: Integer, pair or triple of integers, the extents of a patch.
        strides: Integer or tuple, the distance between patches. Defaults to `size`.
        dilation_rate: Integer or tuple, the distance between elements of a patch. Defaults to `1`.
        padding: `"valid"` (default) or `"same"`.
        data_format: `"channels_last"` (default) or `"channels_first"`.

    Returns:
        Tensor with one pixel for each patch, whose channels are the elements of the patch.

    Raises:
        TypeError: If `size` is not an integer or tuple.
        ValueError: If arguments do not fit.

    Example:

    >>> keras.ops.image.extract_patches(np.ones((2, 20, 20, 3)), (5, 5)).shape
    (2, 4, 4, 75)
    """
    if not isinstance(size, (int, tuple, list)):
        raise TypeError(
            f"Invalid `size` argument. Expected an int or a tuple. Received: size={size} of type {type(size).__name__}"
        )
    if not isinstance(size, int) and len(size) not in (2, 3):
        raise ValueError(
            f"Invalid `size` argument. Expected a tuple of length 2 or 3. Received: size={size} with length {len(size)}"
        )
    size = (size, size) if isinstance(size, int) else size
    return _extracted(images, size, strides, dilation_rate, padding, data_format)


@operation("ExtractPatches", "size", "strides", "dilation_rate", "padding", "data_format", trials=True)
def extract_patches_3d(
    volumes: TensorLike,
    size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    dilation_rate: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:
    """Extracts patches from volumes.

    Args:
        volumes: Tensor of rank 4 (one volume) or 5 (a batch).
        size: Integer or triple of integers, the extents of a patch.
        strides: Integer or tuple, the distance between patches. Defaults to `size`.
        dilation_rate: Integer or tuple, the distance between elements of a patch. Defaults to `1`.
        padding: `"valid"` (default) or `"same"`.
        data_format: `"channels_last"` (default) or `"channels_first"`.

    Returns:
        Tensor with one pixel for each patch, whose channels are the elements of the patch.

    Raises:
        TypeError: If `size` is not an integer or triple.
        ValueError: If arguments do not fit.

    Example:

    >>> keras.ops.image.extract_patches_3d(np.ones((10, 10, 10, 3)), 3).shape
    (3, 3, 3, 81)
    """
    size = (size,) * 3 if isinstance(size, int) else size
    if len(size) != 3:
        raise TypeError(f"Invalid `size` argument. Expected an int or a tuple of length 3. Received: size={size}")
    return _extracted(volumes, size, strides, dilation_rate, padding, data_format)
