"""Arrays as small PNG pictures with a palette, within an SVG that keeps their pixels sharp."""

from __future__ import annotations

import base64

import numpy as np

from kerasnb.widgets.kit.png import encoded, png

LEVELS = 7  # shades of each sign: 4 bits for a pixel
BLUE, ORANGE = (0x2F, 0x7F, 0xE0), (0xD4, 0x62, 0x0F)


def grey(values: np.ndarray) -> np.ndarray:
    """Numbers as bytes, from the smallest to the largest."""
    values = np.nan_to_num(np.asarray(values, float))
    low, high = float(values.min()), float(values.max())
    return np.round(255 * (values - low) / ((high - low) or 1.0)).astype(np.uint8)


def palette(values: np.ndarray) -> bytes:
    """Numbers from -1 to 1 as a PNG: blue above zero, orange below, clear at zero and where there is none."""
    levels = np.round(np.clip(np.nan_to_num(values), -1, 1) * LEVELS).astype(int) + LEVELS
    colours = [ORANGE if i < LEVELS else BLUE for i in range(2 * LEVELS + 1)]
    alpha = bytes(round(255 * abs(i - LEVELS) / LEVELS) for i in range(2 * LEVELS + 1))
    columns = levels.shape[1]
    even = np.pad(levels, ((0, 0), (0, columns % 2))).astype(np.uint8)
    packed = (even[:, ::2] << 4) | even[:, 1::2]
    parts = [(b"PLTE", bytes(c for colour in colours for c in colour)), (b"tRNS", alpha)]
    return encoded(packed, columns, 4, 3, parts)


def stacked(pixels: np.ndarray | bytes, width: int, height: int) -> str:
    """An SVG document with a picture in it.

    Args:
        pixels: Bytes of pixels, or a PNG.
        width: Integer, the width on the page.
        height: Integer, the height on the page.
    """
    data = base64.b64encode(pixels if isinstance(pixels, bytes) else png(pixels)).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<image href="data:image/png;base64,{data}" width="{width}" height="{height}" preserveAspectRatio="none" '
        'style="image-rendering:pixelated"/>'
        f'<rect width="{width}" height="{height}" fill="none" stroke="#808080" stroke-opacity=".6"/></svg>'
    )
