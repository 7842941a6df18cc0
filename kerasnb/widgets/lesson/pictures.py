"""Images, feature maps, kernels and small matrices as pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from kerasnb.widgets.kit.card import address
from kerasnb.widgets.lesson.card import SANS, Shown, figure, lines, number, percent, tile, tiles, twin, words
from kerasnb.widgets.lesson.pixels import box, grey, picture, signed

Place = tuple[float, float, float, float]


def _array(data: Any, ranks: tuple[int, ...], shape: str) -> np.ndarray:
    array = np.asarray(data)
    if array.ndim not in ranks or not array.size:
        raise ValueError(f"Argument `data` must have the shape {shape}. Received an array of shape {array.shape}")
    return array


def _captions(names: Sequence | None, count: int, default: str) -> list[str]:
    captions = [f"{default} {i}" for i in range(count)] if names is None else [str(n) for n in names]
    if len(captions) != count:
        raise ValueError(f"Argument `names` must have {count} values. Received {len(captions)}")
    return captions


def one_image(image: np.ndarray, size: int, low: float | None, high: float | None, marks: str = "") -> tuple:
    """The address and the size of an image of shape (height, width), (height, width, 1) or (height, width, 3)."""
    flat = image[..., 0] if image.ndim == 3 and image.shape[-1] == 1 else image
    return picture(grey(flat, low, high), size, marks)


def images(
    data: Any, alt: str, title: str = "", names: Sequence | None = None, size: int = 72,
    low: float | None = None, high: float | None = None, frame: Place | None = None,
) -> Shown:  # fmt: skip
    """Draws images side by side, black for `low` and white for `high`."""
    array = _array(data, (3, 4), "(n, height, width) or (n, height, width, channels)")
    if array.ndim == 4 and array.shape[-1] not in (1, 3):
        raise ValueError(f"Argument `data` must have 1 or 3 channels. Received an array of shape {array.shape}")
    low, high = float(array.min()) if low is None else low, float(array.max()) if high is None else high
    captions, marks = _captions(names, len(array), "image"), box(frame) if frame else ""
    drawn = [one_image(image, size, low, high, marks) for image in array]
    parts = [tile(src, name, wide, words(name)) for (src, wide), name in zip(drawn, captions, strict=True)]
    head, rows = ["image", "darkest", "brightest", "mean"], _extremes(array, captions)
    return _figure(parts, head, rows, alt, title)


def _extremes(arrays: Iterable, captions: Sequence[str]) -> list[list[str]]:
    return [
        [c, *(number(float(f(a))) for f in (np.min, np.max, np.mean))] for a, c in zip(arrays, captions, strict=True)
    ]


def maps(
    data: Any, alt: str, title: str = "", names: Sequence | None = None, size: int = 72, frame: Place | None = None,
    each: bool = False,
) -> Shown:  # fmt: skip
    """Draws each channel of a feature map: zero is dark, positive is blue, negative is orange.

    The colours compare all channels, or with `each` the values of one.
    """
    array = _array(data, (3,), "(height, width, channels)").astype(float)
    captions, marks = _captions(names, array.shape[-1], "map"), box(frame) if frame else ""
    scale = float(np.abs(array).max()) or 1.0
    drawn = [picture(signed(array[..., i], None if each else scale), size, marks) for i in range(array.shape[-1])]
    parts = [tile(src, name, wide, words(name)) for (src, wide), name in zip(drawn, captions, strict=True)]
    rows = _extremes([array[..., i] for i in range(array.shape[-1])], captions)
    zeros = [percent(float(np.mean(array[..., i] == 0))) for i in range(array.shape[-1])]
    rows = [[*row, zero] for row, zero in zip(rows, zeros, strict=True)]
    return _figure(parts, ["map", "lowest", "highest", "mean", "zeros"], rows, alt, title, SIGNED)


def kernels(data: Any, alt: str, title: str = "", names: Sequence | None = None, size: int = 56) -> Shown:
    """Draws the weights of a convolution, those of the first input channel of each output."""
    array = _array(data, (4,), "(height, width, inputs, outputs)").astype(float)[:, :, 0]
    captions, scale = _captions(names, array.shape[-1], "kernel"), float(np.abs(array).max()) or 1.0
    drawn = [picture(signed(array[..., i], scale), size) for i in range(array.shape[-1])]
    parts = [tile(src, name, wide, words(name)) for (src, wide), name in zip(drawn, captions, strict=True)]
    rows = [[c, *map(number, array[..., i].ravel())] for i, c in enumerate(captions)]
    head = ["kernel", *(f"{r},{c}" for r in range(array.shape[0]) for c in range(array.shape[1]))]
    return _figure(parts, head, rows, alt, title, SIGNED)


SIGNED = "blue: positive · dark: zero · orange: negative"


def numbers(
    data: Sequence, alt: str, title: str = "", names: Sequence | None = None, size: int = 132,
    signs: Sequence[str] = (),
) -> Shown:  # fmt: skip
    """Draws small matrices with their numbers, and signs such as × and = between them."""
    matrices = [np.atleast_2d(np.asarray(matrix, float)) for matrix in data]
    captions, scale = _captions(names, len(matrices), "matrix"), max(float(np.abs(m).max()) for m in matrices) or 1.0
    parts = []
    for i, (matrix, caption) in enumerate(zip(matrices, captions, strict=True)):
        parts.append(tile(*_written(matrix, scale, size, caption), words(caption)))
        if i < len(signs):
            parts.append(f'<div style="font-size:22px;align-self:center">{words(signs[i])}</div>')
    rows = [[c, str(r), " ".join(number(v) for v in row)] for m, c in zip(matrices, captions, strict=True)
            for r, row in enumerate(m)]  # fmt: skip
    return _figure(parts, ["matrix", "row", "values"], rows, alt, title, SIGNED)


def _written(matrix: np.ndarray, scale: float, size: int, caption: str) -> tuple[str, str, tuple[int, int]]:
    """A matrix as a picture with its numbers: address, words for it, size."""
    rows, columns = matrix.shape
    side = max(24, min(44, size // columns))
    colours = signed(matrix, scale)
    parts = []
    for r in range(rows):
        for c in range(columns):
            fill = "#" + bytes(colours[r, c]).hex()
            ink = "#111111" if colours[r, c].mean() > 110 else "#f2f2f2"
            parts.append(
                f'<rect x="{c * side}" y="{r * side}" width="{side}" height="{side}" fill="{fill}" stroke="#808080"/>'
                f'<text x="{(c + 0.5) * side}" y="{(r + 0.5) * side + 4}" fill="{ink}" text-anchor="middle">'
                f"{number(round(float(matrix[r, c]), 2))}</text>"
            )
    width, height = columns * side, rows * side
    drawn = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="{SANS}" font-size="{12 if side > 32 else 10}">{"".join(parts)}</svg>'
    )
    return address(drawn), caption, (width, height)


def _figure(parts: Sequence[str], head: Sequence, rows: Sequence, alt: str, title: str, key: str = "") -> Shown:
    legend = f'<div style="font-size:12px;opacity:.75;margin-top:4px">{key}</div>' if key else ""
    content = tiles(parts) + legend + twin(head, rows)
    return Shown(f"Figure: {alt}", figure(content, alt, lines(head, rows), title))
