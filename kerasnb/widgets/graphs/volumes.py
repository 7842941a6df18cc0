"""The volumes that pass through a model, as boxes with names, shapes and parameters."""

from __future__ import annotations

import dataclasses
import html
import math
from collections.abc import Sequence
from typing import Any

from kerasnb.widgets.graphs.nodes import Net, Node, parameters
from kerasnb.widgets.kit.card import picture
from kerasnb.widgets.summaries.kinds import COLOURS

SIDE, TALL, SLANT = 66, 96, 0.7
THIN, DEEPEST = 9.0, 34.0
MOST, LAST = 36, 8  # volumes in the static picture, and how many of these are the last ones


@dataclasses.dataclass
class Volume:
    """What one layer returns.

    Args:
        name: String.
        kind: String, the class of the layer.
        shape: String, without the batch axis.
        params: String, "" where there are none.
        svg: The box as an SVG document.
        width: Integer, its width in pixels.
        follows: Boolean, whether it is made of the one before it alone.
        sources: Names of the layers that it is made of.
    """

    name: str
    kind: str
    shape: str
    params: str
    svg: str
    width: int
    follows: bool
    sources: list[str]


def volumes_of(net: Net) -> list[Volume]:
    """The volumes of a graph, in the order of its layers.

    Args:
        net: The `Net`.
    """
    shapes = {node.key: _shape(node) for node in net.nodes}
    widest = max((max(s[:2]) for s in shapes.values() if len(s) >= 3), default=1)
    made, before = [], None
    for node in net.nodes:
        sources = list(dict.fromkeys(e.source for e in net.edges if e.target == node.key))
        svg, width = _box(shapes[node.key], widest, COLOURS[node.family])
        text = " × ".join(map(str, shapes[node.key])) or "?"
        words = parameters(node.params) if node.params else ""
        made.append(Volume(node.name, node.kind, text, words, svg, width, sources == [before], sources))
        before = node.key
    return made


def tiles(volumes: list[Volume], most: int = MOST) -> str:
    """The volumes as HTML that wraps, at most so many."""
    parts, last = [], LAST if most >= MOST else 1
    for number, volume in enumerate(volumes):
        if len(volumes) > most and most - last <= number < len(volumes) - last:
            if number == most - last:
                parts.append(f'<div style="padding-top:64px;font-size:12px">… {len(volumes) - most} more …</div>')
            continue
        if number:
            arrow = "→" if volume.follows else " "
            parts.append(f'<div aria-hidden="true" style="padding-top:64px;opacity:.7">{arrow}</div>')
        lines = [f"<b>{html.escape(volume.name)}</b>", html.escape(volume.shape), html.escape(volume.params)]
        if not volume.follows and volume.sources:
            lines.append(html.escape(f"from {', '.join(volume.sources)}"))
        caption = "<br>".join(line for line in lines if line)
        image = picture(volume.svg, f"{volume.name}: {volume.shape}", volume.width)
        parts.append(f'<div style="font-size:12px;line-height:16px">{image}<br>{caption}</div>')
    return f'<div style="display:flex;flex-wrap:wrap;gap:8px 10px;margin-top:8px">{"".join(parts)}</div>'


def _shape(node: Node) -> list[int]:
    """The extents of a layer's first output without the batch; unknown ones count as one."""
    output: Any = None
    try:
        output = node.layer.output
    except Exception:  # not called yet, or more than once
        calls = getattr(node.layer, "_inbound_nodes", [])
        output = calls[-1].output_tensors[0] if calls else None
    while isinstance(output, (list, tuple, dict)):
        output = next(iter(output.values() if isinstance(output, dict) else output), None)
    return [] if output is None else [n or 1 for n in tuple(output.shape)[1:]]


def _box(shape: Sequence[int], widest: int, colour: str) -> tuple[str, int]:
    """Images: height, width, channels as depth. Sequences: steps down, features across. Vectors: a bar."""
    depth = 0.0
    if len(shape) >= 3:
        height, width = (max(6.0, SIDE * n / widest) for n in shape[:2])
        depth = min(DEEPEST, 2 + 3 * math.sqrt(math.prod(shape[2:])))
    elif len(shape) == 2:
        height, width = (min(float(SIDE), 8 + 3 * math.sqrt(n)) for n in shape)
    else:
        height, width = min(float(SIDE), 8 + 3 * math.sqrt(shape[0] if shape else 1)), THIN
    slant = depth * SLANT
    y, wide = TALL - height - 2, math.ceil(width + slant + 3)
    front = f"M1 {y:.1f}h{width:.1f}v{height:.1f}h{-width:.1f}Z"
    over = f"M1 {y:.1f}l{slant:.1f} {-slant:.1f}h{width:.1f}l{-slant:.1f} {slant:.1f}Z"
    side = f"M{width + 1:.1f} {y:.1f}l{slant:.1f} {-slant:.1f}v{height:.1f}l{-slant:.1f} {slant:.1f}Z"
    faces = [(over, 0.35), (side, 0.55), (front, 0.8)] if slant else [(front, 0.8)]
    body = "".join(f'<path d="{d}" fill="{colour}" fill-opacity="{o}" stroke="{colour}"/>' for d, o in faces)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{TALL}" stroke-linejoin="round">'
    return f"{head}{body}</svg>", wide
