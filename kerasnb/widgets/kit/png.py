"""Arrays as PNG files."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

import numpy as np


def png(pixels: np.ndarray) -> bytes:
    """A PNG file of bytes.

    Args:
        pixels: Array of shape (rows, columns), or with a last axis of 3 (colours) or 4 (colours and opacity).

    Example:

    >>> from kerasnb.widgets.kit.png import png
    >>> png(np.zeros((2, 3), "uint8"))[1:4]
    b'PNG'
    """
    kind = 0 if pixels.ndim == 2 else {3: 2, 4: 6}[pixels.shape[2]]
    return encoded(np.ascontiguousarray(pixels, np.uint8).reshape(len(pixels), -1), pixels.shape[1], 8, kind)


def encoded(lines: np.ndarray, columns: int, depth: int, kind: int, parts: Sequence[tuple[bytes, bytes]] = ()) -> bytes:
    """A PNG file of packed lines.

    Args:
        lines: Array of bytes, a row for each line.
        columns: Integer, the number of pixels in a line.
        depth: Integer, the bits of a channel.
        kind: Integer, the colour type of the format.
        parts: Chunks between head and data, such as a palette: names and bytes.
    """
    head = struct.pack(">IIBBBBB", columns, len(lines), depth, kind, 0, 0, 0)
    data = np.hstack([np.zeros((len(lines), 1), np.uint8), lines]).tobytes()
    chunks = [(b"IHDR", head), *parts, (b"IDAT", zlib.compress(data, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
