"""Arrays as small pictures: a PNG within an SVG, which scales its pixels without blurring them."""

from __future__ import annotations

import base64

import numpy as np

from kerasnb.widgets.kit.card import address
from kerasnb.widgets.kit.png import png

ZERO, UP, DOWN = np.array([28, 30, 34.0]), np.array([110, 184, 255.0]), np.array([255, 150, 66.0])


def grey(values: np.ndarray, low: float | None = None, high: float | None = None) -> np.ndarray:
    """An image as bytes: `low` is black, `high` is white."""
    values = np.nan_to_num(np.asarray(values, float))
    low, high = _range(values, low, high)
    return np.round(np.clip((values - low) / (high - low), 0, 1) * 255).astype(np.uint8)


def signed(values: np.ndarray, scale: float | None = None) -> np.ndarray:
    """A map as colours: zero is dark, positive is blue, negative is orange."""
    values = np.nan_to_num(np.asarray(values, float))
    scale = scale or float(np.max(np.abs(values), initial=0)) or 1.0
    share = np.clip(values / scale, -1, 1)[..., None]
    end = np.where(share >= 0, UP, DOWN)
    return np.round(ZERO + (end - ZERO) * np.abs(share)).astype(np.uint8)


def _range(values: np.ndarray, low: float | None, high: float | None) -> tuple[float, float]:
    low = float(np.min(values)) if low is None else low
    high = float(np.max(values)) if high is None else high
    return (low, high) if high > low else (low, low + 1)


def picture(pixels: np.ndarray, width: int, marks: str = "") -> tuple[str, tuple[int, int]]:
    """The address of an array as a picture of this width, and its size on the page.

    Args:
        pixels: Array of bytes, as `grey` and `signed` return.
        width: Integer, the width on the page.
        marks: String, SVG drawn on top in units of pixels of the array.
    """
    rows, columns = pixels.shape[:2]
    size = (width, max(1, round(width * rows / columns)))
    data = base64.b64encode(png(pixels)).decode()
    return address(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {columns} {rows}" width="{size[0]}" height="{size[1]}">'
        f'<image href="data:image/png;base64,{data}" width="{columns}" height="{rows}" '
        f'style="image-rendering:pixelated" preserveAspectRatio="none"/>{marks}'
        f'<rect width="{columns}" height="{rows}" fill="none" stroke="#808080" stroke-width="1" '
        'vector-effect="non-scaling-stroke"/></svg>'
    ), size


def box(place: tuple[float, float, float, float], colour: str = "#ff9642") -> str:
    """A frame around a part of a picture: (left, top, width, height) in pixels of the array."""
    left, top, width, height = place
    return (
        f'<rect x="{left}" y="{top}" width="{width}" height="{height}" fill="none" stroke="{colour}" '
        'stroke-width="2" vector-effect="non-scaling-stroke"/>'
    )
