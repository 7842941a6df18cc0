"""A graph as an SVG picture, legible on light and on dark pages."""

from __future__ import annotations

import html

from kerasnb.utils.model_visualization.graph import Box, Graph
from kerasnb.utils.model_visualization.layout import LOOP, Layout, Line, Rectangle, lay_out

FONT = "Helvetica,Arial,'Liberation Sans',sans-serif"
HEADER, ROW, PAD = 30.0, 27.0, 11.0
TITLE, TEXT = 14.0, 12.5
GREY = "#808080"
FILLS = {"input": "#0b6e5f", "weights": "#1d4f9e", "plain": "#4b5563", "trainable": "#1f7a33", "frozen": "#a82a2a"}
SPLINES = ("ortho", "curved", "spline", "polyline", "line")
DIRECTIONS = ("TB", "LR", "BT", "RL")
_NARROW, _WIDE = set("iljtf.,:;'|!()[]/\\I r"), set("mwMW@%")


def text_width(text: str, size: float, bold: bool = False) -> float:
    """About how wide a text is in the font of the pictures."""
    wide = sum(0.37 if c in _NARROW else 0.95 if c in _WIDE else 0.72 if c.isupper() else 0.63 for c in text)
    return size * wide * (1.07 if bold else 1.0)


def box_size(box: Box) -> tuple[float, float]:
    """The width and height of a box."""
    title = text_width(box.name, TITLE, True) + text_width(_class_text(box), TITLE, not box.name)
    rows = [sum(_cell_width(cell.label, cell.value) for cell in row) for row in box.rows]
    return max([title + 2 * PAD, 90.0, *rows]), HEADER + ROW * len(box.rows)


def _class_text(box: Box) -> str:
    return f" ({box.class_name})" if box.name else box.class_name


def _cell_width(label: str, value: str) -> float:
    return text_width(f"{label}: " if label else "", TEXT) + text_width(value, TEXT, True) + 2 * PAD


def drawing(graph: Graph, rankdir: str, splines: str, scale: float) -> str:
    """A graph as a whole SVG document.

    Args:
        graph: The graph.
        rankdir: `"TB"`, `"LR"`, `"BT"` or `"RL"`.
        splines: The form of the lines.
        scale: Float, how large the picture is, 1 for letters of 14 pixels.
    """
    layout = lay_out(graph, box_size, rankdir in ("LR", "RL"))
    page = _Page(layout, rankdir)
    parts = [page.cluster(*cluster) for cluster in layout.clusters.values()]
    parts += [page.line(line, splines) for line in layout.lines]
    parts += [page.loop(layout.boxes[key]) for key in layout.loops]
    parts += [_box(box, page.rectangle(layout.boxes[box.key])) for box in graph.cluster.boxes()]
    width, height = page.width, page.height
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * scale:.0f}" height="{height * scale:.0f}" '
        f'viewBox="0 0 {width:.1f} {height:.1f}" font-family="{FONT}">'
        f'<title>{html.escape(graph.cluster.label)}</title>{"".join(parts)}</svg>'
    )  # fmt: skip


class _Page:
    """The page of a picture, which goes in one of four directions.

    Args:
        layout: The places, from top to bottom.
        rankdir: The direction.
    """

    def __init__(self, layout: Layout, rankdir: str) -> None:
        self.sideways, self.backwards = rankdir in ("LR", "RL"), rankdir in ("BT", "RL")
        self.length = layout.height
        size = (layout.width, layout.height)
        self.width, self.height = size[::-1] if self.sideways else size

    def point(self, x: float, y: float) -> tuple[float, float]:
        """A place on the page."""
        y = self.length - y if self.backwards else y
        return (y, x) if self.sideways else (x, y)

    def rectangle(self, r: Rectangle) -> Rectangle:
        """A rectangle on the page."""
        (x1, y1), (x2, y2) = self.point(r.x, r.y), self.point(r.x + r.width, r.y + r.height)
        return Rectangle(min(x1, x2), min(y1, y2), abs(x2 - x1), abs(y2 - y1))

    def cluster(self, r: Rectangle, label: str) -> str:
        """A dashed frame with the name of a model."""
        r = self.rectangle(r)
        return (
            f'<rect x="{r.x:.1f}" y="{r.y:.1f}" width="{r.width:.1f}" height="{r.height:.1f}" rx="8" '
            f'fill="{GREY}" fill-opacity=".10" stroke="{GREY}" stroke-width="1.5" stroke-dasharray="6 4"/>'
            f'<text x="{r.x + 10:.1f}" y="{r.y + 17:.1f}" font-size="13" font-style="italic" fill="{GREY}">'
            f"{html.escape(label)}</text>"
        )

    def line(self, line: Line, splines: str) -> str:
        """An edge with the head of an arrow at its end."""
        if splines in ("curved", "spline"):
            path, before = self._curve(line)
        else:
            points = self._corners(line, splines == "ortho")
            path, before = _rounded(points, 7.0 if splines == "ortho" else 0.0), points[-2]
        end = self.point(*line.end)
        return f'<path d="{path}" fill="none" stroke="{GREY}" stroke-width="1.8"/>{_head(before, end)}'

    def _corners(self, line: Line, right_angles: bool) -> list[tuple[float, float]]:
        points = [line.start]
        for c in line.crossings:
            across = [(c.x, c.track), (c.end_x, c.track)] if right_angles else []
            points += [(c.x, c.y), *across, (c.end_x, c.end_y)]
        return _without_repeats([self.point(*p) for p in [*points, line.end]])

    def _curve(self, line: Line) -> tuple[str, tuple[float, float]]:
        path = "M" + _at(self.point(*line.start))
        for c in line.crossings:
            path += "L" + _at(self.point(c.x, c.y))
            path += "C" + " ".join(
                _at(self.point(*p)) for p in ((c.x, c.track), (c.end_x, c.track), (c.end_x, c.end_y))
            )
        last = line.crossings[-1]
        return path + "L" + _at(self.point(*line.end)), self.point(last.end_x, last.track)

    def loop(self, r: Rectangle) -> str:
        """The line of a layer that takes its own output."""
        r = self.rectangle(r)
        if self.sideways:  # below the box, where the place for it is
            x1, x2, y = r.x + r.width * 0.7, r.x + r.width * 0.3, r.y + r.height
            points = [(x1, y), (x1, y + LOOP * 0.7), (x2, y + LOOP * 0.7), (x2, y)]
        else:
            y1, y2, x = r.y + r.height * 0.75, r.y + r.height * 0.25, r.x + r.width
            points = [(x, y1), (x + LOOP * 0.7, y1), (x + LOOP * 0.7, y2), (x, y2)]
        path = _rounded(points, 5.0)
        return f'<path d="{path}" fill="none" stroke="{GREY}" stroke-width="1.8"/>{_head(points[-2], points[-1])}'


def _at(point: tuple[float, float]) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"


def _without_repeats(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The corners of a line: points of a straight part are left out."""
    kept: list[tuple[float, float]] = []
    for p in points:
        if kept and abs(p[0] - kept[-1][0]) + abs(p[1] - kept[-1][1]) < 0.5:
            continue
        if len(kept) > 1:
            (ax, ay), (bx, by) = kept[-2], kept[-1]
            if abs((bx - ax) * (p[1] - by) - (by - ay) * (p[0] - bx)) < 0.5:
                kept.pop()
        kept.append(p)
    return kept


def _rounded(points: list[tuple[float, float]], radius: float) -> str:
    """A path along points with rounded corners."""
    path = "M" + _at(points[0])
    for a, b, c in zip(points, points[1:], points[2:], strict=False):
        first, second = _towards(b, a, radius), _towards(b, c, radius)
        path += f"L{_at(first)}Q{_at(b)} {_at(second)}"
    return path + "L" + _at(points[-1])


def _towards(a: tuple[float, float], b: tuple[float, float], distance: float) -> tuple[float, float]:
    """A point at a distance from `a` on the way to `b`, at most half of it."""
    length = max(((b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2) ** 0.5, 1e-9)
    part = min(distance / length, 0.5)
    return a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part


def _head(before: tuple[float, float], end: tuple[float, float]) -> str:
    """The head of an arrow."""
    back = _towards(end, (2 * before[0] - end[0], 2 * before[1] - end[1]), 9.0)
    dx, dy = (end[0] - back[0]) * 0.5, (end[1] - back[1]) * 0.5
    corners = [end, (back[0] - dy, back[1] + dx), (back[0] + dy, back[1] - dx)]
    return f'<path d="M{"L".join(map(_at, corners))}Z" fill="{GREY}"/>'


def _box(box: Box, r: Rectangle) -> str:
    """A layer: its header, and rows of fields on white."""
    frame = f'x="{r.x:.1f}" y="{r.y:.1f}" width="{r.width:.1f}" rx="4"'
    parts = [f'<rect {frame} height="{r.height:.1f}" fill="{FILLS[box.kind]}"/>', _title(box, r)]
    for number, row in enumerate(box.rows):
        parts.append(_row(row, r, r.y + HEADER + number * ROW))
    parts.append(f'<rect {frame} height="{r.height:.1f}" fill="none" stroke="{GREY}" stroke-width="1.2"/>')
    return "".join(parts)


def _title(box: Box, r: Rectangle) -> str:
    name = f'<tspan font-weight="bold">{html.escape(box.name)}</tspan>' if box.name else ""
    weight = "" if box.name else ' font-weight="bold"'
    return (
        f'<text x="{r.x + r.width / 2:.1f}" y="{r.y + HEADER / 2 + 5:.1f}" text-anchor="middle" fill="#fff" '
        f'font-size="{TITLE}" xml:space="preserve"{weight}>{name}{html.escape(_class_text(box))}</text>'
    )


def _row(row: list, r: Rectangle, y: float) -> str:
    """Cells side by side; they share what is left of the width."""
    widths = [_cell_width(cell.label, cell.value) for cell in row]
    extra, x, parts = (r.width - sum(widths)) / len(row), r.x, []
    for cell, width in zip(row, widths, strict=True):
        width += extra
        fill, ink = (FILLS[cell.kind], "#fff") if cell.kind else ("#fff", "#111")
        label = f"{html.escape(cell.label)}: " if cell.label else ""
        parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{ROW}" fill="{fill}" stroke="{GREY}" '
            f'stroke-width=".8"/><text x="{x + width / 2:.1f}" y="{y + ROW / 2 + 4.5:.1f}" text-anchor="middle" '
            f'font-size="{TEXT}" fill="{ink}" xml:space="preserve">{label}<tspan font-weight="bold">'
            f"{html.escape(cell.value)}</tspan></text>"
        )
        x += width
    return "".join(parts)
