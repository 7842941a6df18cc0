"""The graph of a model as a figure."""

from __future__ import annotations

import html
import re
from typing import Any

from kerasnb.utils.model_visualization import model_to_dot
from kerasnb.widgets.kit.card import address
from kerasnb.widgets.lesson.card import Shown, figure, lines, twin
from kerasnb.widgets.summaries.table import output_shape


def graph(data: Any, alt: str, title: str = "", size: int = 620) -> Shown:
    """Draws the layers of a model as boxes, and what goes from one to the next as lines."""
    if not hasattr(data, "layers"):
        raise ValueError(f"Argument `data` must be a model. Received: {type(data).__name__}")
    drawn = model_to_dot(data, show_shapes=True).create_svg()
    width, height = (float(n) for n in re.findall(r'viewBox="\S+ \S+ (\S+) (\S+)"', drawn)[0])
    shown = min(size, round(width))
    size_of = f'width="{shown}" height="{round(height * shown / width)}"'
    picture = (
        f'<div style="overflow-x:auto"><img alt="{html.escape(alt)}" src="{address(drawn)}" {size_of} '
        'style="display:block;max-width:100%;min-width:440px;height:auto"></div>'
    )
    rows = [
        [layer.name, type(layer).__name__, output_shape(layer), f"{layer.count_params():,}"] for layer in data.layers
    ]
    head = ["name", "layer", "shape of its output", "parameters"]
    return Shown(f"Figure: {alt}", figure(picture + twin(head, rows), alt, lines(head, rows), title))
