"""A placed graph as an SVG document, legible on light and on dark pages."""

from __future__ import annotations

import html

from kerasnb.widgets.graphs.nodes import Node
from kerasnb.widgets.graphs.place import PAD, Placed
from kerasnb.widgets.summaries.kinds import COLOURS

FONT = "system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif"
GREY = "#808080"
DASHES = ("", "5 3", "1 3", "9 3 2 3")
MARGIN = 4.0
STYLE = (  # classes keep pictures of large models small
    f".e,.k{{fill:none;stroke:{GREY};stroke-width:1.5}}.e{{marker-end:url(#h)}}.k{{stroke-width:1}}"
    f".b{{fill:{GREY};fill-opacity:.1;stroke:{GREY}}}.n{{font-size:13px;font-weight:600}}"
    + "".join(f".{family}{{stroke:{colour};stroke-width:3}}" for family, colour in COLOURS.items())
)


def drawing(place: Placed) -> str:
    """A graph as a whole SVG document.

    Args:
        place: `Placed`.
    """
    width, height = place.width + 2 * MARGIN, place.height + 2 * MARGIN
    shapes = {node.key: node for node in place.net.nodes}
    parts = [_arrow(arrow.path, arrow.edge.call) for arrow in place.arrows]
    parts += [_words(arrow.at, arrow.label, arrow.anchor) for arrow in place.arrows if arrow.label]
    parts += [_box(shapes[key], place) for key in place.boxes]
    parts += [_end(shapes[key], place) for key in place.net.ends]
    head = (
        f'<marker id="h" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0L8 4L0 8z" fill="{GREY}"/></marker><style>{STYLE}</style>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="{-MARGIN} {-MARGIN} {width:.1f} {height:.1f}" font-family="{FONT}" font-size="12" fill="{GREY}">'
        f"<title>{html.escape(place.net.name)}</title><defs>{head}</defs>{''.join(parts)}</svg>"
    )


def dash(call: int) -> str:
    """The dashes of a call of a shared layer."""
    return DASHES[(call - 1) % len(DASHES)] if call else ""


def _arrow(path: str, call: int) -> str:
    dashes = f' stroke-dasharray="{dash(call)}"' if dash(call) else ""
    return f'<path class="e" d="{_short(path)}"{dashes}/>'


def _short(path: str) -> str:
    """A path without digits that nobody sees."""
    return path.replace(".0 ", " ").removesuffix(".0")


def _words(at: tuple[float, float], words: str, anchor: str, kind: str = "") -> str:
    side = "" if anchor == "start" else f' text-anchor="{anchor}"'
    look = f' class="{kind}"' if kind else ""
    return f'<text x="{at[0]:.0f}" y="{at[1]:.0f}"{side}{look}>{html.escape(words)}</text>'


def _box(node: Node, place: Placed) -> str:
    r = place.boxes[node.key]
    size = f'width="{r.width:.0f}" height="{r.height:.0f}" rx="4"'
    behind = f"M{r.x + r.width:.1f} {r.y + 4:.1f}h4v{r.height:.1f}h{-r.width:.1f}v-4"
    stack = f'<path class="k" d="{behind}"/>' if node.calls > 1 else ""
    bar = f"M{r.x + 1.5:.1f} {r.y + 2:.1f}v{r.height - 4:.1f}"
    parts = [
        stack,
        f'<rect class="b" x="{r.x:.1f}" y="{r.y:.1f}" {size}/><path class="{node.family}" d="{bar}"/>',
        _words((r.x + PAD, r.y + 18), node.name, "start", "n"),
    ]
    parts += [_words((r.x + PAD, r.y + 34 + 17 * i), line, "start") for i, line in enumerate(node.lines())]
    return "".join(parts)


def _end(node: Node, place: Placed) -> str:
    """The shape of an output below its box, where the box does not say it."""
    r = place.boxes[node.key]
    return _words((r.x + r.width / 2, r.y + r.height + 15), node.shape, "middle") if node.params else ""
