"""How one sample of the data is shown: as a picture, as a row of numbers, or as text."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasnb.widgets.inspect.pixels import stacked
from kerasnb.widgets.inspect.tap import array
from kerasnb.widgets.kit.card import picture
from kerasnb.widgets.kit.data import columns, first_word, texts
from kerasnb.widgets.kit.words import short

SIDE, NUMBERS, LETTERS = 32, 6, 90  # pixels of a side, numbers of a row, letters of a text that are shown


class Things:
    """Samples as a person sees them.

    Args:
        x: The inputs of the model: an array, or several, of which the first is shown.
        samples: Optional sequence to show instead: images, or texts such as the words of a review.
        names: Optional names of the columns of a table.

    Raises:
        ValueError: If `samples` has another length than `x`.
    """

    def __init__(self, x: Any, samples: Any = None, names: Sequence[str] | None = None) -> None:
        first = next(iter(x.values())) if isinstance(x, dict) else x[0] if _is_several(x) else x
        count = len(first)
        shown = first if samples is None else samples
        if not hasattr(shown, "__len__"):
            raise ValueError(f"Argument `samples` must be a list or an array. Received: {type(shown).__name__}")
        if len(shown) != count:
            raise ValueError(f"Argument `samples` must have {count} values, as x has. Received {len(shown)}")
        self.texts: list[str] | None = None
        names = columns(shown) if names is None else names
        shown = np.asarray(shown) if hasattr(shown, "columns") else shown
        if first_word(shown) is not None:
            shown = [v if isinstance(v, str) else ", ".join(map(str, np.ravel(v))) for v in np.asarray(shown)]
        if isinstance(shown, (list, tuple)) and shown and isinstance(shown[0], str):
            self.texts = list(shown)
        else:
            self.values = array(np.asarray(shown) if isinstance(shown, (list, tuple)) else shown)
            if self.values.dtype.kind not in "iufb":
                self.texts = [str(v) for v in shown]
        self.names = None if names is None else texts(names, "names")
        self.kind = "text" if self.texts is not None else _kind(self.values)
        if self.kind == "image":
            self._fit()

    def _fit(self) -> None:
        """The range of all images, and the axis of the channels."""
        first = self.values.ndim == 4 and self.values.shape[1] in (1, 3) and self.values.shape[-1] not in (1, 3)
        self.values = np.moveaxis(self.values, 1, -1) if first else self.values
        few = self.values[:256]
        self.low, self.high = float(np.nanmin(few)), float(np.nanmax(few))

    def pixels(self, sample: int) -> np.ndarray:
        """An image as bytes (rows, columns) or (rows, columns, 3), at most 32 pixels a side."""
        image = self.values[sample].astype(float)
        step = -(-max(image.shape[:2]) // SIDE)
        image = image[::step, ::step]
        image = image[..., 0] if image.ndim == 3 and image.shape[-1] == 1 else image
        part = (image - self.low) / ((self.high - self.low) or 1.0)
        return np.round(255 * np.clip(np.nan_to_num(part), 0, 1)).astype(np.uint8)

    def one(self, sample: int) -> dict:
        """A sample as the page draws it."""
        if self.kind != "image":
            return {"kind": self.kind, "text": self.words(sample)}
        pixels = self.pixels(sample)
        return {
            "kind": "image", "rows": pixels.shape[0], "columns": pixels.shape[1],
            "channels": 1 if pixels.ndim == 2 else 3, "data": base64.b64encode(pixels.tobytes()).decode(),
        }  # fmt: skip

    def words(self, sample: int) -> str:
        """A sample as text."""
        if self.texts is not None:
            text = self.texts[sample]
            return text if len(text) <= LETTERS else text[: LETTERS - 1] + "…"
        values = np.ravel(self.values[sample])
        named = self.names is not None and len(self.names) == len(values)
        shown = [f"{self.names[i]} {short(float(v))}" if named and self.names else short(float(v))
                 for i, v in enumerate(values[:NUMBERS])]  # fmt: skip
        return ", ".join(shown) + (", …" if len(values) > NUMBERS else "")

    def still(self, sample: int, alt: str, width: int = 56) -> str:
        """A sample as HTML without scripts."""
        if self.kind != "image":
            return f"<div>{html.escape(self.words(sample))}</div>"
        pixels = self.pixels(sample)
        drawn = 255 - pixels if pixels.ndim == 2 else pixels
        return picture(stacked(drawn, width, max(8, round(width * len(pixels) / pixels.shape[1]))), alt, width)


def _is_several(x: Any) -> bool:
    return isinstance(x, (list, tuple)) and len(x) > 0 and hasattr(x[0], "shape") and x[0].ndim > 1


def _kind(values: np.ndarray) -> str:
    if values.ndim == 3 and min(values.shape[1:]) >= 8:
        return "image"
    if values.ndim == 4 and (values.shape[-1] in (1, 3) or values.shape[1] in (1, 3)):
        return "image"
    return "row"
