"""Windows of images as columns and back, and blocks of pixels as channels and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasnb.backend.tensor.tensor import Tensor, from_host
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import gather
from kerasnb.kernels.conv.geometry import out_extent
from kerasnb.ops.arguments import symbolic, tensor
from kerasnb.ops.numpy.rearranging import pad
from kerasnb.ops.numpy.shapes import reshape, transpose
from kerasnb.ops.operation import operation
from kerasnb.ops.spatial import check_not_empty, format_of

__all__ = ["depth_to_space", "fold", "space_to_depth", "unfold"]

# --- windows along one axis ------------------------------------------------------------------------


def _places(count: int, size: int, stride: int, dilation: int):
    """Which element each place of each window reads."""
    at = np.arange(count)[:, None] * stride + np.arange(size) * dilation
    return from_host(at, "int32")


def windowed(x: Tensor, axis: int, size: int, stride: int, dilation: int) -> Tensor:
    """The axis replaced by two: which window, and the place in it."""
    count: Any = out_extent(x.shape[axis], size, stride, dilation, "valid")
    check_not_empty((count,), shape=x.shape, size=size, dilation=dilation)
    if stride == size and dilation == 1:  # windows that touch are a reshape
        x = x[(*(slice(None),) * axis, slice(count * size))]
        return reshape(x, (*x.shape[:axis], count, size, *x.shape[axis + 1 :]))
    return gather.take(x, _places(count, size, stride, dilation), axis=axis)


def unwindowed(x: Tensor, axis: int, extent: int, stride: int, dilation: int) -> Tensor:
    """The inverse of `windowed`: elements that windows share are added."""
    at = _places(x.shape[axis], x.shape[axis + 1], stride, dilation)
    return gather.put(x, at, axis=axis, along=extent)


# --- fold and unfold -------------------------------------------------------------------------------


def _pair(value) -> tuple:
    return (value, value) if isinstance(value, int) else tuple(value)


@operation("Unfold", "kernel_size", "dilation", "padding", "stride", trials=True)
def unfold(
    x: TensorLike,
    kernel_size: int | Sequence[int],
    dilation: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    stride: int | Sequence[int] = 1,
) -> Tensor:
    """Extracts sliding blocks of images, known as im2col.

    Args:
        x: Tensor of shape `(batch, channels, height, width)`, channels first.
        kernel_size: Integer or pair, extents of a block.
        dilation: Integer or pair, the distance between elements of a block. Defaults to `1`.
        padding: Integer or pair, the number of zeros added on both sides. Defaults to `0`.
        stride: Integer or pair, the distance between blocks. Defaults to `1`.

    Returns:
        Tensor of shape `(batch, channels * kernel_height * kernel_width, blocks)`.

    Raises:
        ValueError: If `x` has another rank, or no block fits.

    Example:

    >>> keras.ops.unfold(keras.ops.ones((1, 2, 4, 4)), kernel_size=2, stride=2).shape
    (1, 8, 4)
    """
    x = tensor(x)
    if x.ndim != 4:
        raise ValueError(f"Input must be a 4D tensor. Received: input.shape={x.shape}")
    size, gaps, pads, steps = map(_pair, (kernel_size, dilation, padding, stride))
    if any(pads):
        x = pad(x, ((0, 0), (0, 0), (pads[0], pads[0]), (pads[1], pads[1])))
    for i in (1, 0):
        x = windowed(x, 2 + i, size[i], steps[i], gaps[i])
    n, c, rows, high, columns, wide = x.shape
    return reshape(transpose(x, (0, 1, 3, 5, 2, 4)), (n, c * high * wide, rows * columns))


@operation("Fold", "output_size", "kernel_size", "dilation", "padding", "stride")
def fold(
    x: TensorLike,
    output_size: int | Sequence[int],
    kernel_size: int | Sequence[int],
    dilation: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    stride: int | Sequence[int] = 1,
) -> Tensor:
    """Adds sliding blocks up to images, known as col2im: the transpose of `unfold`.

    Args:
        x: Tensor of shape `(batch, channels * kernel_height * kernel_width, blocks)`.
        output_size: Integer or pair, height and width of the images.
        kernel_size: Integer or pair, extents of a block.
        dilation: Integer or pair, the distance between elements of a block. Defaults to `1`.
        padding: Integer or pair, the number of zeros that `unfold` added on both sides. Defaults to `0`.
        stride: Integer or pair, the distance between blocks. Defaults to `1`.

    Returns:
        Tensor of shape `(batch, channels, height, width)`.

    Raises:
        ValueError: If `x` has another rank, or its extents do not fit.

    Example:

    >>> blocks = keras.ops.unfold(keras.ops.ones((1, 2, 4, 4)), kernel_size=2, stride=2)
    >>> keras.ops.fold(blocks, output_size=4, kernel_size=2, stride=2).shape
    (1, 2, 4, 4)
    """
    x = tensor(x)
    if x.ndim != 3:
        raise ValueError(f"Input must be a 3D tensor. Received: input.shape={x.shape}")
    (n, depth, blocks), (high, wide) = x.shape, _pair(kernel_size)
    if None in x.shape:
        channels = None if depth is None else depth // (high * wide)
        return symbolic((n, channels, *_pair(output_size)), x.dtype)
    if depth % (high * wide):
        raise ValueError(
            f"The second dimension of the input ({depth}) must be divisible by kernel_size product ({high * wide})."
        )
    extents, gaps, pads, steps = map(_pair, (output_size, dilation, padding, stride))
    padded = [e + 2 * p for e, p in zip(extents, pads, strict=True)]
    counts: list[Any] = [out_extent(padded[i], (high, wide)[i], steps[i], gaps[i], "valid") for i in (0, 1)]
    rows, columns = counts
    if rows * columns != blocks:
        raise ValueError(
            f"The last dimension of the input must be the number of blocks ({rows * columns}) of "
            f"output_size={output_size}. Received: input.shape={x.shape}"
        )
    y = transpose(reshape(x, (n, depth // (high * wide), high, wide, rows, columns)), (0, 1, 4, 2, 5, 3))
    for i in (0, 1):
        y = unwindowed(y, 2 + i, padded[i], steps[i], gaps[i])
    return y[:, :, pads[0] : pads[0] + extents[0], pads[1] : pads[1] + extents[1]]


# --- depth and space -------------------------------------------------------------------------------


def _images(name: str, x: TensorLike, block_size: int) -> Tensor:
    if block_size < 2:
        raise ValueError(f"`block_size` must be at least 2. Received: block_size={block_size}")
    x = tensor(x)
    if x.ndim != 4:
        raise ValueError(f"`{name}` requires a 4D input tensor. Received: x.shape={x.shape}")
    return x


@operation("DepthToSpace", "block_size", "data_format", trials=True)
def depth_to_space(x: TensorLike, block_size: int, data_format: str | None = "channels_last") -> Tensor:
    """Turns channels into blocks of pixels, known as pixel shuffle.

    Args:
        x: Tensor of rank 4, a batch of images.
        block_size: Integer of at least 2, the extent of a block.
        data_format: `"channels_last"` (default) or `"channels_first"`.

    Returns:
        Tensor with `block_size` times the height and width, and `block_size ** 2` times fewer channels.

    Raises:
        ValueError: If `x` has another rank, or channels that do not fit.

    Example:

    >>> keras.ops.depth_to_space(keras.ops.ones((1, 2, 2, 12)), block_size=2).shape
    (1, 4, 4, 3)
    """
    x, b, last = _images("depth_to_space", x, block_size), block_size, format_of(data_format) == "channels_last"
    n, h, w, c = x.shape if last else (x.shape[0], *x.shape[2:], x.shape[1])
    if c % b**2:
        raise ValueError(f"The number of channels ({c}) must be divisible by block_size**2 ({b**2}).")
    if last:
        return reshape(transpose(reshape(x, (n, h, w, b, b, -1)), (0, 1, 3, 2, 4, 5)), (n, h * b, w * b, c // b**2))
    return reshape(transpose(reshape(x, (n, -1, b, b, h, w)), (0, 1, 4, 2, 5, 3)), (n, c // b**2, h * b, w * b))


@operation("SpaceToDepth", "block_size", "data_format", trials=True)
def space_to_depth(x: TensorLike, block_size: int, data_format: str | None = "channels_last") -> Tensor:
    """Turns blocks of pixels into channels, the inverse of `depth_to_space`.

    Args:
        x: Tensor of rank 4, a batch of images.
        block_size: Integer of at least 2, the extent of a block.
        data_format: `"channels_last"` (default) or `"channels_first"`.

    Returns:
        Tensor with height and width divided by `block_size`, and `block_size ** 2` times the channels.

    Raises:
        ValueError: If `x` has another rank, or height or width do not fit.

    Example:

    >>> keras.ops.space_to_depth(keras.ops.ones((1, 4, 4, 3)), block_size=2).shape
    (1, 2, 2, 12)
    """
    x, b, last = _images("space_to_depth", x, block_size), block_size, format_of(data_format) == "channels_last"
    n, h, w, c = x.shape if last else (x.shape[0], *x.shape[2:], x.shape[1])
    for name, extent in (("Height", h), ("Width", w)):
        if extent % b:
            raise ValueError(f"{name} ({extent}) must be divisible by block_size ({b}).")
    h, w = h // b, w // b
    if last:
        return reshape(transpose(reshape(x, (n, h, b, w, b, c)), (0, 1, 3, 2, 4, 5)), (n, h, w, c * b**2))
    return reshape(transpose(reshape(x, (n, c, h, b, w, b)), (0, 1, 3, 5, 2, 4)), (n, c * b**2, h, w))
