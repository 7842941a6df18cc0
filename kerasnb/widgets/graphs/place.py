"""Where the boxes of a graph stand, and how its arrows go: the layout of `plot_model`, with an arrow for every call."""

from __future__ import annotations

import dataclasses

from kerasnb.utils.model_visualization.graph import Box, Cluster, Graph
from kerasnb.utils.model_visualization.layout import Layout, Line, Rectangle, lay_out
from kerasnb.utils.model_visualization.svg import text_width
from kerasnb.widgets.graphs.nodes import Edge, Net, Node

NARROWEST, PAD, TITLE, LINE = 176.0, 11.0, 13.0, 12.0
HEIGHTS = (26.0, 42.0, 59.0)  # of boxes with the name and no, one or two more lines
BESIDE = 8.0  # between parallel arrows
ROOM = 18.0  # more between ranks, where arrows branch and have words
BELOW = 18.0  # the shapes of outputs below the last boxes


@dataclasses.dataclass
class Arrow:
    """An edge in the picture.

    Args:
        edge: The `Edge`.
        path: String, its path in SVG.
        label: Words beside it, "" for none.
        at: Where the words stand.
        anchor: String, "start" or "end": on which side of `at` they stand.
    """

    edge: Edge
    path: str
    label: str
    at: tuple[float, float]
    anchor: str


@dataclasses.dataclass
class Placed:
    """A graph with the places of everything."""

    net: Net
    boxes: dict[str, Rectangle]
    arrows: list[Arrow]
    width: float
    height: float


def placed(net: Net) -> Placed:
    """Places a graph, from top to bottom.

    Args:
        net: The `Net`.
    """
    pairs = list(dict.fromkeys((e.source, e.target) for e in net.edges))
    branches = len(pairs) < len(net.edges) or any(e.call for e in net.edges) or len(pairs) >= len(net.nodes)
    room = ROOM if branches else 0.0
    sizes = {node.key: _size(node) for node in net.nodes}
    boxes = [Box(node.key, node.kind, node.name, [], "plain") for node in net.nodes]
    layout = lay_out(
        Graph(Cluster("", net.name, list(boxes)), pairs),
        lambda box: (sizes[box.key][0], sizes[box.key][1] + room),
        sideways=False,
    )
    _give(layout, room)
    arrows = _Arrows(net, layout).all()
    words = [a.at[0] + (1 if a.anchor == "start" else -1) * text_width(a.label, LINE) for a in arrows if a.label]
    left, right = min([0.0, *words]), max([layout.width, *words])
    return _shifted(Placed(net, layout.boxes, arrows, right - left, layout.height + BELOW), -left)


def _give(layout: Layout, room: float) -> None:
    """Takes the room below the boxes for the arrows."""
    for key, box in layout.boxes.items():
        layout.boxes[key] = dataclasses.replace(box, height=box.height - room)
    for line in layout.lines:
        if line.start[1] < line.end[1]:
            line.start = line.start[0], line.start[1] - room
            line.crossings = [dataclasses.replace(c, y=c.y - room) for c in line.crossings]
    layout.height -= room


def _size(node: Node) -> tuple[float, float]:
    lines = node.lines()
    width = max([text_width(node.name, TITLE), *(text_width(line, LINE) for line in lines)])
    return max(NARROWEST, width + 2 * PAD), HEIGHTS[len(lines)]


def _shifted(place: Placed, by: float) -> Placed:
    """The whole picture, moved to the right: words may stand left of all boxes."""
    if not by:
        return place
    for key, box in place.boxes.items():
        place.boxes[key] = dataclasses.replace(box, x=box.x + by)
    for arrow in place.arrows:
        arrow.path = _moved(arrow.path, by)
        arrow.at = arrow.at[0] + by, arrow.at[1]
    return place


def _moved(path: str, by: float) -> str:
    """A path of letters and pairs of numbers, moved to the right."""
    is_x, parts = False, []
    for part in path.split(" "):
        is_x = _is_number(part) and not is_x
        parts.append(f"{float(part) + by:.1f}" if is_x else part)
    return " ".join(parts)


def _is_number(part: str) -> bool:
    return part[:1].isdigit() or part[:1] == "-"


class _Arrows:
    """The arrows of a layout: those of one box leave and arrive side by side."""

    def __init__(self, net: Net, layout: Layout) -> None:
        self.net, self.layout = net, layout
        self.lines = {(line.source, line.target): line for line in layout.lines}
        self.shared = {node.key for node in net.nodes if node.calls > 1}
        self.counted = {node.key for node in net.nodes if node.params}
        drawn = [e for e in net.edges if e.source != e.target]
        self.starts = self._ports(drawn, "source", "target")
        self.ends = self._ports(drawn, "target", "source")
        self.drawn = drawn

    def _ports(self, edges: list[Edge], here: str, there: str) -> dict[int, float]:
        """Where each edge meets its box, by the edge's id: in the order of where they go."""
        ports: dict[int, float] = {}
        for node in self.net.nodes:
            mine = [e for e in edges if getattr(e, here) == node.key]
            box = self.layout.boxes[node.key]
            mine.sort(key=lambda e: (self._middle(getattr(e, there)), e.call, e.place))
            for number, edge in enumerate(mine, 1):
                ports[id(edge)] = box.x + box.width * number / (len(mine) + 1)
        return ports

    def _middle(self, key: str) -> float:
        box = self.layout.boxes[key]
        return box.x + box.width / 2

    def all(self) -> list[Arrow]:
        """All arrows, those of layers that take their own results last."""
        parallel: dict[tuple, list[Edge]] = {}
        for edge in self.drawn:
            parallel.setdefault((edge.source, edge.target), []).append(edge)
        arrows = []
        for pair, edges in parallel.items():
            for number, edge in enumerate(edges):
                arrows.append(self._arrow(edge, self.lines[pair], BESIDE * (number - (len(edges) - 1) / 2)))
        return arrows + [self._loop(e) for e in self.net.edges if e.source == e.target]

    def _arrow(self, edge: Edge, line: Line, aside: float) -> Arrow:
        start, end = (self.starts[id(edge)], line.start[1]), (self.ends[id(edge)], line.end[1])
        if line.start[1] > line.end[1]:  # against the order of ranks: as the layout has it
            start, end = line.start, line.end
        points = [start]
        for c in line.crossings:
            points += [(c.x + aside, c.y), (c.end_x + aside, c.end_y)]
        if len(points) > 1:
            points[1], points[-1] = (start[0], points[1][1]), (end[0], points[-1][1])
        path = f"M {start[0]:.1f} {start[1]:.1f}" + "".join(
            _part(points[i], points[i + 1]) for i in range(1, len(points) - 1, 2)
        )
        if abs(points[-1][1] - end[1]) > 0.5:
            path += f" L {end[0]:.1f} {end[1]:.1f}"
        before = points[1:3] if len(points) > 2 else [start, end]
        box = self.layout.boxes[edge.source]
        several = sum(e.source == edge.source for e in self.drawn) > 1
        at, anchor = _beside(before[0], before[1], several and start[0] < box.x + box.width / 2)
        return Arrow(edge, path, self._label(edge), at, anchor)

    def _label(self, edge: Edge) -> str:
        if edge.target in self.shared and edge.call:
            return f"call {edge.call}"
        return edge.shape if edge.source in self.counted else ""

    def _loop(self, edge: Edge) -> Arrow:
        box = self.layout.boxes[edge.source]
        x, low, high = box.x + box.width, box.y + box.height * 0.75, box.y + box.height * 0.25
        path = f"M {x:.1f} {low:.1f} C {x + 22:.1f} {low:.1f} {x + 22:.1f} {high:.1f} {x:.1f} {high:.1f}"
        return Arrow(edge, path, "", (x + 20, low), "start")


def _part(a: tuple[float, float], b: tuple[float, float]) -> str:
    """From one rank to the next: down, in a curve where it goes aside."""
    if abs(a[0] - b[0]) < 1:
        return f" L {a[0]:.1f} {a[1]:.1f} L {b[0]:.1f} {b[1]:.1f}"
    middle = (a[1] + b[1]) / 2
    return f" L {a[0]:.1f} {a[1]:.1f} C {a[0]:.1f} {middle:.1f} {b[0]:.1f} {middle:.1f} {b[0]:.1f} {b[1]:.1f}"


def _beside(a: tuple[float, float], b: tuple[float, float], left: bool) -> tuple[tuple[float, float], str]:
    """Where the words of an arrow stand: outside of its curve, near its end."""
    if abs(a[0] - b[0]) < 12:
        y = (a[1] + b[1]) / 2 + 4
        return ((min(a[0], b[0]) - 8, y), "end") if left else ((max(a[0], b[0]) + 8, y), "start")
    return ((b[0] - 9, b[1] - 8), "end") if a[0] < b[0] else ((b[0] + 9, b[1] - 8), "start")
