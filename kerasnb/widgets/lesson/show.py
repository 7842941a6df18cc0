"""Figures of a lesson: pictures with a sentence that says what to see, and a table that says the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasnb.widgets.lesson.bars import attention, bars
from kerasnb.widgets.lesson.card import Shown
from kerasnb.widgets.lesson.graph import graph
from kerasnb.widgets.lesson.lines import lines
from kerasnb.widgets.lesson.pictures import images, kernels, maps, numbers
from kerasnb.widgets.lesson.volumes import volumes

KINDS: dict[str, Callable[..., Shown]] = {
    "attention": attention, "bars": bars, "graph": graph, "images": images, "kernels": kernels, "lines": lines,
    "maps": maps, "numbers": numbers, "volumes": volumes,
}  # fmt: skip


def show(data: Any, kind: str = "images", *, alt: str, title: str = "", **options: Any) -> Shown:
    """Draws a figure that can be read in a live notebook, in a saved one, and by a screen reader.

    Args:
        data: What to draw. It depends on `kind`:
            `"images"`: array of shape `(n, height, width)` or `(n, height, width, channels)`;
            `"maps"`: array of shape `(height, width, channels)`, each channel as a picture, zero dark;
            `"kernels"`: array of shape `(height, width, inputs, outputs)`, the weights of a convolution;
            `"numbers"`: list of small matrices, whose numbers are written into their cells;
            `"bars"`: dict of names and numbers;
            `"lines"`: dict of names and lists of numbers;
            `"attention"`: list of `(sentence, weight)`;
            `"graph"`: a model, its layers as boxes with lines between them;
            `"volumes"`: a model, or a list of `(name, shape)`, each shape as a box.
        kind: String, the kind of figure.
        alt: String, one sentence that says what to see. It is also the text of the figure.
        title: String, what it is.
        **options: `names` (captions of images, maps, kernels and numbers), `size` (width of a picture in pixels),
            `frame` (of images and maps: left, top, width and height of a part to mark), `low` and `high` (of images:
            what is black and what is white; of bars: the ends of the scale), `signs` (of numbers: what stands between
            them), `x` and `x_title` (of lines).

    Returns:
        A figure, whose text is the same in each run.

    Raises:
        ValueError: If `kind` is unknown, or the data are not of that kind.

    Example:

    >>> import kerasnb.widgets as kw
    >>> kw.show({"conv": .97, "dense": .91}, "bars", alt="Conv is more often right than dense.")
    Figure: Conv is more often right than dense.
    """
    if kind not in KINDS:
        raise ValueError(f"Argument `kind` must be one of {sorted(KINDS)}. Received: kind={kind!r}")
    return KINDS[kind](data, alt=alt, title=title, **options)
