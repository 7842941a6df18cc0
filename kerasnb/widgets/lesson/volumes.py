"""The shapes that pass through a model, as boxes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from kerasnb.widgets.kit.card import address
from kerasnb.widgets.lesson.card import Shown, figure, lines, tile, tiles, twin, words
from kerasnb.widgets.summaries.table import KINDS, PLAIN

SIDE, TALL = 62, 92


def volumes(data: Any, alt: str, title: str = "") -> Shown:
    """Draws each shape as a box: height, width, and channels as its depth; a vector is a bar."""
    steps = _steps(data) if hasattr(data, "layers") else [(name, tuple(shape), "") for name, shape in data]
    if not steps:
        raise ValueError("Argument `data` must be a model with layers or a list of (name, shape). Received no shapes")
    widest = max([max(shape[:2]) for _, shape, _ in steps if len(shape) == 3], default=1)
    parts: list[str] = []
    for i, (name, shape, count) in enumerate(steps):
        if i:
            parts.append('<div style="padding-top:58px;opacity:.7">→</div>')
        caption = f'<b>{words(name)}</b><br><span style="white-space:nowrap">{_text(shape)}</span>'
        caption += f"<br>{count} parameters" if count else ""
        parts.append(tile(*_box(shape, widest, _colour(name)), caption))
    rows = [[name, _text(shape), count or "0"] for name, shape, count in steps]
    head = ["layer", "shape of its output", "parameters"]
    return Shown(f"Figure: {alt}", figure(tiles(parts, 8) + twin(head, rows), alt, lines(head, rows), title))


def _steps(model: Any) -> list[tuple[str, tuple, str]]:
    """Name, output shape and number of parameters of each layer, without the batch axis."""
    first = [("input", tuple(model.inputs[0].shape)[1:], "")]
    layers = [layer for layer in model.layers if type(layer).__name__ != "InputLayer"]
    counts = [f"{n:,}" if (n := layer.count_params()) else "" for layer in layers]
    return first + [(x.name, tuple(x.output.shape)[1:], c) for x, c in zip(layers, counts, strict=True)]


def _colour(name: str) -> str:
    kind = name.replace("_", "").lower()
    return next((colour for part, colour in KINDS.items() if part.lower() in kind), PLAIN)


def _text(shape: Sequence) -> str:
    return " × ".join("?" if n is None else str(n) for n in shape)


def _box(shape: Sequence, widest: int, colour: str) -> tuple[str, str, tuple[int, int]]:
    sizes = [n or 1 for n in shape]
    if len(sizes) == 3:
        height, width = (max(6, SIDE * n / widest) for n in sizes[:2])
        depth = 2 + 3 * math.sqrt(sizes[2])
    else:
        height, width, depth = min(SIDE, 8 + 3 * math.sqrt(sizes[-1])), 10.0, 0.0
    shift = min(depth, 30) * 0.7
    top = TALL - height - 2
    body = _front(1, top, width, height, shift, colour)
    wide = math.ceil(width + shift + 3)
    drawn = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{TALL}" stroke-linejoin="round">{body}</svg>'
    )
    return address(drawn), _text(shape), (wide, TALL)


def _front(x: float, y: float, w: float, h: float, shift: float, colour: str) -> str:
    """A box in three faces."""
    over = f"M{x} {y}l{shift:.1f} {-shift:.1f}h{w:.1f}l{-shift:.1f} {shift:.1f}Z"
    side = f"M{x + w:.1f} {y}l{shift:.1f} {-shift:.1f}v{h:.1f}l{-shift:.1f} {shift:.1f}Z"
    front = f"M{x} {y}h{w:.1f}v{h:.1f}h{-w:.1f}Z"
    faces = [(over, 0.35), (side, 0.55), (front, 0.8)] if shift else [(front, 0.8)]
    return "".join(f'<path d="{d}" fill="{colour}" fill-opacity="{o}" stroke="{colour}"/>' for d, o in faces)
