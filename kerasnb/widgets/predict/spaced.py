"""The static picture of a map of points."""

from __future__ import annotations

import html as escape_
from typing import Any

import numpy as np

from kerasnb.widgets.kit.card import card, headline, picture
from kerasnb.widgets.kit.words import count, number
from kerasnb.widgets.predict import stills

SIDE, MOST = 360, 600  # pixels of a side, points of the saved picture
# Colours that can be told from light and from dark, and shapes, as in space.js; colour is never the only sign.
COLOURS = ("#2f7fe0", "#d4620f", "#1f9e8c", "#b45fc4", "#8f8500", "#e0468b")
SHAPES = ("circle", "square", "triangle", "diamond")


def mark(place: int) -> tuple[str, str]:
    """The colour and the shape of an entry of the legend."""
    return COLOURS[place % len(COLOURS)], SHAPES[(place + place // len(COLOURS)) % len(SHAPES)]


def html(tool: Any) -> str:
    """The map without scripts."""
    words = f"{tool.model.name} · {tool.words()}"
    rows = [[entry["name"], f"{entry['count']:,}", *_centre(tool, i)] for i, entry in enumerate(tool.legend())]
    legend = _legend(rows) if rows else ""
    alt = f"{count(len(tool.points), 'sample')} as points: {tool.words()}"
    both = f'<div style="display:flex;flex-wrap:wrap;gap:20px">{picture(_svg(tool), alt, SIDE)}{legend}</div>'
    return card(headline("Space", words) + both, text(tool))


def _svg(tool: Any) -> str:
    keep = np.linspace(0, len(tool.points) - 1, min(len(tool.points), MOST)).round().astype(int)
    marks = tool.marks()
    by_mark: dict[int, list[str]] = {}
    for i in keep:
        x, y = (SIDE / 2 + 0.47 * SIDE * v for v in (tool.points[i, 0], -tool.points[i, 1]))
        by_mark.setdefault(marks[i], []).append(path(mark(marks[i])[1], x, y))
    drawn = "".join(
        f'<path d="{"".join(d)}" fill="{mark(m)[0]}" fill-opacity=".8"/>' for m, d in sorted(by_mark.items())
    )
    frame = f'<path d="M.5 .5h{SIDE - 1}v{SIDE - 1}H.5z" fill="none" stroke="#808080" stroke-opacity=".6"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIDE}" height="{SIDE}" viewBox="0 0 {SIDE} {SIDE}">'
        f"{frame}{drawn}</svg>"
    )


def path(shape: str, x: float, y: float, r: float = 3.2) -> str:
    """A mark as the data of an SVG path."""
    at = f"M{x:.0f} {y - r:.0f}" if shape != "circle" else ""
    if shape == "circle":
        return f"M{x - r:.1f} {y:.1f}a{r} {r} 0 1 0 {2 * r:.1f} 0a{r} {r} 0 1 0 {-2 * r:.1f} 0z"
    if shape == "square":
        return f"M{x - 3:.0f} {y - 3:.0f}h6v6h-6z"
    return f"{at}l4 6h-8z" if shape == "triangle" else f"M{x:.0f} {y - 4:.0f}l4 4l-4 4l-4 -4z"


def _legend(rows: list[list[str]]) -> str:
    head = ["label", "samples", "centre"]
    cells = "".join(f'<th style="text-align:left;padding:2px 8px">{h}</th>' for h in head)
    body = ""
    for i, row in enumerate(rows):
        colour, shape = mark(i)
        drawn = (
            '<svg xmlns="http://www.w3.org/2000/svg" width="14" height="14">'
            f'<path d="{path(shape, 7, 7, 4)}" fill="{colour}"/></svg>'
        )
        name = f"{picture(drawn, shape, 14)} {escape_.escape(row[0])}"
        body += "<tr>" + "".join(f'<td style="padding:2px 8px">{v}</td>' for v in [name, *row[1:]]) + "</tr>"
    return f'<table style="{stills.STYLE}"><tr>{cells}</tr>{body}</table>'


def _centre(tool: Any, place: int) -> list[str]:
    """Where the middle of a class is on the map."""
    chosen = np.array(tool.marks()) == place
    return [", ".join(number(round(float(v), 3)) for v in tool.points[chosen].mean(0))] if chosen.any() else ["–"]


def text(tool: Any) -> str:
    """The map in numbers."""
    made = [f"Space of {tool.model.name}: {tool.words()}", f"  {count(len(tool.points), 'sample')} on the map"]
    for i, entry in enumerate(tool.legend()):
        made.append(f"  {entry['name']}: {count(entry['count'], 'sample')}, centre {_centre(tool, i)[0]}")
    return "\n".join(made)


