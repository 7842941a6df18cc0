"""Borders of images: `crop_images`, `pad_images`."""

from __future__ import annotations

from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.ops.describe import shaped
from kerasnb.ops.image.common import axes_in, ranked
from kerasnb.ops.numpy.rearranging import pad
from kerasnb.ops.operation import operation
from kerasnb.ops.spatial import format_of

__all__ = ["crop_images", "pad_images"]


def _check_side(kind: str, before: str, after: str, target: str, values: tuple) -> None:
    """Raises an error unless two of three are given and none is negative."""
    names = (f"{before}_{kind}", f"{after}_{kind}", f"target_{target}")
    if values.count(None) != 1:
        received = ", ".join(f"{n}={v}" for n, v in zip(names, values, strict=True))
        raise ValueError(f"Must specify exactly two of {', '.join(names)}. Received: {received}")
    for name, value in zip(names, values, strict=True):
        _check_positive(name, value)


def _check_positive(name: str, value) -> None:
    if value is not None and value < 0:
        raise ValueError(f"{name} must be >= 0. Received: {name}={value}")


def _sides(kind: str, top, left, bottom, right, height, width) -> tuple:
    """(before, after, target) of height and width, checked."""
    sides = (top, bottom, height), (left, right, width)
    _check_side(kind, "top", "bottom", "height", sides[0])
    _check_side(kind, "left", "right", "width", sides[1])
    return sides


def _borders(extent: int, side: tuple, sign: int, kind: str, names: tuple) -> tuple:
    """(before, after), where one of them may follow from the target."""
    before, after, target = side
    if before is None:
        before = (target - extent) * sign - after
    elif after is None:
        after = (target - extent) * sign - before
    elif extent + sign * (before + after) < 0:
        raise ValueError(f"target_{names[2]} must be >= 0. Received: {names[2]}={extent}, {names[:2]}={before, after}")
    for name, value in zip(names, (before, after), strict=False):
        _check_positive(f"{name}_{kind}", value)
    return before, after


def _all_borders(x, axes, sides, sign: int, kind: str) -> list:
    names = ("top", "bottom", "height"), ("left", "right", "width")
    return [
        (axis, *_borders(x.shape[axis], side, sign, kind, name))
        for axis, side, name in zip(axes, sides, names, strict=True)
    ]


@operation(
    "PadImages",
    "top_padding",
    "left_padding",
    "bottom_padding",
    "right_padding",
    "target_height",
    "target_width",
    "data_format",
    trials=True,
)
def pad_images(
    images: TensorLike,
    top_padding: int | None = None,
    left_padding: int | None = None,
    bottom_padding: int | None = None,
    right_padding: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> Tensor:
    """Adds zeros around images, by two of three arguments for the height and two for the width.

    Args:
        images: Tensor of rank 3 (one image) or 4 (a batch).
        top_padding: Integer, rows of zeros at the top.
        left_padding: Integer, columns of zeros on the left.
        bottom_padding: Integer, rows of zeros at the bottom.
        right_padding: Integer, columns of zeros on the right.
        target_height: Integer, the height of the result.
        target_width: Integer, the width of the result.
        data_format: `"channels_last"` (default) or `"channels_first"`.

    Returns:
        Tensor of the dtype of `images`.

    Raises:
        ValueError: If there are too many or too few arguments, or one is or would be negative.

    Example:

    >>> keras.ops.image.pad_images(np.ones((15, 25, 3)), 2, 3, target_height=20, target_width=30).shape
    (20, 30, 3)
    """
    sides = _sides("padding", top_padding, left_padding, bottom_padding, right_padding, target_height, target_width)
    x = ranked(images)
    widths = [(0, 0)] * x.ndim
    for axis, before, after in _all_borders(x, axes_in(x, format_of(data_format))[:2], sides, 1, "padding"):
        widths[axis] = (before, after)
    return pad(x, widths)


@shaped
def _cropped(images, sides, data_format):
    keys = [slice(None)] * images.ndim
    for axis, before, after in _all_borders(images, axes_in(images, data_format)[:2], sides, -1, "cropping"):
        keys[axis] = slice(before, images.shape[axis] - after)
    return images[tuple(keys)]


@operation(
    "CropImages",
    "top_cropping",
    "left_cropping",
    "bottom_cropping",
    "right_cropping",
    "target_height",
    "target_width",
    "data_format",
)
def crop_images(
    images: TensorLike,
    top_cropping: int | None = None,
    left_cropping: int | None = None,
    bottom_cropping: int | None = None,
    right_cropping: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> Tensor:
    """Crops the borders of images, by two of three arguments for the height and two for the width.

    Args:
        images: Tensor of rank 3 (one image) or 4 (a batch).
        top_cropping: Integer, the number of rows cropped at the top.
        left_cropping: Integer, the number of columns cropped on the left.
        bottom_cropping: Integer, the number of rows cropped at the bottom.
        right_cropping: Integer, the number of columns cropped on the right.
        target_height: Integer, the height of the result.
        target_width: Integer, the width of the result.
        data_format: `"channels_last"` (default) or `"channels_first"`.

    Returns:
        Tensor of the dtype of `images`.

    Raises:
        ValueError: If there are too many or too few arguments, or one is or would be negative.

    Example:

    >>> x = np.arange(9, dtype="float32").reshape(3, 3, 1)
    >>> keras.ops.image.crop_images(x, 0, 0, 2, 2).tolist()
    [[[0.0]]]
    """
    x, data_format = ranked(images), format_of(data_format)
    sides = _sides(
        "cropping", top_cropping, left_cropping, bottom_cropping, right_cropping, target_height, target_width
    )
    for axis, name, side in zip(axes_in(x, data_format)[:2], ("height", "width"), sides, strict=True):
        if x.shape[axis] is None and side[2] is None:
            raise ValueError(
                f"When the {name} of the images is unknown, `target_{name}` must be specified. "
                f"Received images.shape={x.shape} and target_{name}={side[2]}"
            )
    return _cropped(x, sides, data_format)
