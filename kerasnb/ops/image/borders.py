"""Less or more around images: `crop_images`, `pad_images`."""

from __future__ import annotations

from kerasnb.ops.describe import shaped
from kerasnb.ops.image.common import axes_in, ranked
from kerasnb.ops.numpy.rearranging import pad
from kerasnb.ops.spatial import format_of

__all__ = ["crop_images", "pad_images"]


def _check_side(kind: str, before: str, after: str, target: str, values: tuple) -> None:
    """Refuses other than two of three, and negative ones."""
    names = (f"{before}_{kind}", f"{after}_{kind}", f"target_{target}")
    if values.count(None) != 1:
        told = ", ".join(f"{n}={v}" for n, v in zip(names, values, strict=True))
        raise ValueError(f"Must specify exactly two of {', '.join(names)}. Received: {told}")
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


@shaped
def _padded(images, sides, data_format):
    x = ranked(images)
    widths = [(0, 0)] * x.ndim
    for axis, before, after in _all_borders(x, axes_in(x, data_format)[:2], sides, 1, "padding"):
        widths[axis] = (before, after)
    return pad(x, widths)


def pad_images(
    images, top_padding=None, left_padding=None, bottom_padding=None, right_padding=None, target_height=None,
    target_width=None, data_format=None,
):  # fmt: skip
    """Adds zeros around images; two of three arguments are given for the height, and for the width.

    Args:
        images: Tensor of rank 3 (one image) or 4 (a batch).
        top_padding: Integer, rows of zeros on top.
        left_padding: Integer, columns of zeros on the left.
        bottom_padding: Integer, rows of zeros at the bottom.
        right_padding: Integer, columns of zeros on the right.
        target_height: Integer, the height of the result.
        target_width: Integer, the width of the result.
        data_format: `"channels_last"` (default) or `"channels_first"`.

    Returns:
        Tensor of the dtype of `images`.

    Raises:
        ValueError: If too many or too few arguments are given, or one is or would be negative.

    Example:

    >>> keras.ops.image.pad_images(np.ones((15, 25, 3)), 2, 3, target_height=20, target_width=30).shape
    (20, 30, 3)
    """
    sides = _sides("padding", top_padding, left_padding, bottom_padding, right_padding, target_height, target_width)
    return _padded(ranked(images), sides, format_of(data_format))


@shaped
def _cropped(images, sides, data_format):
    keys = [slice(None)] * images.ndim
    for axis, before, after in _all_borders(images, axes_in(images, data_format)[:2], sides, -1, "cropping"):
        keys[axis] = slice(before, images.shape[axis] - after)
    return images[tuple(keys)]


def crop_images(
    images, top_cropping=None, left_cropping=None, bottom_cropping=None, right_cropping=None, target_height=None,
    target_width=None, data_format=None,
):  # fmt: skip
    """Cuts the borders of images off; two of three arguments are given for the height, and for the width.

    Args:
        images: Tensor of rank 3 (one image) or 4 (a batch).
        top_cropping: Integer, how many rows to cut off on top.
        left_cropping: Integer, how many columns to cut off on the left.
        bottom_cropping: Integer, how many rows to cut off at the bottom.
        right_cropping: Integer, how many columns to cut off on the right.
        target_height: Integer, the height of the result.
        target_width: Integer, the width of the result.
        data_format: `"channels_last"` (default) or `"channels_first"`.

    Returns:
        Tensor of the dtype of `images`.

    Raises:
        ValueError: If too many or too few arguments are given, or one is or would be negative.

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
