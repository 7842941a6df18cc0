"""Places of all boxes, clusters and lines of a graph: inner clusters first, then the level around them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from kerasnb.utils.model_visualization.graph import Box, Cluster, Graph
from kerasnb.utils.model_visualization.layers import Arrangement, Crossing, Edge, arrange

LABEL, PADDING, LOOP = 24.0, 14.0, 22.0


@dataclasses.dataclass(frozen=True)
class Rectangle:
    """Where a box or cluster is, from its corner at the top left."""

    x: float
    y: float
    width: float
    height: float


@dataclasses.dataclass
class Line:
    """An edge: the places where it leaves its source, gets from rank to rank, and arrives."""

    source: str
    target: str
    start: tuple[float, float]
    crossings: list[Crossing]
    end: tuple[float, float]


@dataclasses.dataclass
class Layout:
    """The places of everything, by the keys of boxes and clusters."""

    boxes: dict[str, Rectangle]
    clusters: dict[str, tuple[Rectangle, str]]
    lines: list[Line]
    loops: list[str]
    width: float
    height: float


def lay_out(graph: Graph, size: Callable[[Box], tuple[float, float]], sideways: bool) -> Layout:
    """Places a graph, from top to bottom.

    Args:
        graph: The graph.
        size: Function of a box that returns its width and height.
        sideways: Boolean, whether the picture will be turned, so that it goes from left to right.
    """
    return _Nesting(graph, size, sideways).layout()


class _Nesting:
    """The levels of a graph: each cluster is an item of the one around it."""

    def __init__(self, graph: Graph, size: Callable, sideways: bool) -> None:
        self.graph, self.size, self.sideways = graph, size, sideways
        self.parents: dict[str, list[str]] = {}  # the clusters around each box, the outermost first
        self.levels: dict[str, tuple[Arrangement, tuple[float, float, float, float]]] = {}
        self._visit(graph.cluster, [])
        self.loops = [a for a, b in graph.edges if a == b]
        self.edges = [(a, b) for a, b in graph.edges if a != b]

    def _visit(self, cluster: Cluster, around: list[str]) -> None:
        around = [*around, cluster.key]
        for item in cluster.items:
            if isinstance(item, Box):
                self.parents[item.key] = around
            else:
                self._visit(item, around)

    def _padding(self, is_outer: bool) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of a cluster; its label is at the top of the picture."""
        if is_outer:
            return (4.0, 4.0, 4.0, 4.0)
        return (LABEL, PADDING, PADDING, PADDING) if self.sideways else (PADDING, LABEL, PADDING, PADDING)

    def _item(self, box: str, cluster: str) -> str | None:
        """The item of a cluster that is or holds a box, None if the box is outside."""
        around = self.parents[box]
        if cluster not in around:
            return None
        inner = around[around.index(cluster) + 1 :]
        return inner[0] if inner else box

    def _box_size(self, box: Box) -> tuple[float, float]:
        width, height = self.size(box)
        if self.sideways:
            width, height = height, width
        return width + 2 * LOOP * (box.key in self.loops), height

    def arrange(self, cluster: Cluster, is_outer: bool) -> tuple[float, float]:
        """Places the items of a cluster and of those inside, and returns its size."""
        sizes = {
            item.key: self._box_size(item) if isinstance(item, Box) else self.arrange(item, False)
            for item in cluster.items
        }
        edges, tops, bottoms = [], set(), set()
        for a, b in self.edges:
            source, target = self._item(a, cluster.key), self._item(b, cluster.key)
            if source == target:  # inside of one item, or outside
                continue
            if source is None:
                source = f"in_{b}"
                tops.add(source)
            if target is None:
                target = f"out_{a}"
                bottoms.add(target)
            edges.append(Edge(source, target, self._port(source, f"out_{a}"), self._port(target, f"in_{b}")))
        sizes |= dict.fromkeys([*sorted(tops), *sorted(bottoms)], (2.0, 0.0))
        level, padding = arrange(sizes, edges, tops, bottoms), self._padding(is_outer)
        self.levels[cluster.key] = level, padding
        return level.width + padding[0] + padding[2], level.height + padding[1] + padding[3]

    def _port(self, item: str, port: str) -> float:
        """Where a line gets into or out of an inner cluster, from its middle; 0 for boxes."""
        if item not in self.levels:
            return 0.0
        level, padding = self.levels[item]
        return level.places[port][0] + padding[0] - (level.width + padding[0] + padding[2]) / 2

    def layout(self) -> Layout:
        """The places of everything."""
        width, height = self.arrange(self.graph.cluster, True)
        corners, boxes, clusters = {self.graph.cluster.key: (0.0, 0.0)}, {}, {}
        waiting = [self.graph.cluster]
        while waiting:
            cluster = waiting.pop()
            (x, y), (level, padding) = corners[cluster.key], self.levels[cluster.key]
            for item in cluster.items:
                middle_x, middle_y = level.places[item.key]
                middle_x, middle_y = middle_x + x + padding[0], middle_y + y + padding[1]
                w, h = self._plain_size(item)
                corner = middle_x - w / 2, middle_y - h / 2
                if isinstance(item, Box):
                    boxes[item.key] = Rectangle(*corner, w, h)
                else:
                    corners[item.key] = corner
                    clusters[item.key] = Rectangle(*corner, w, h), item.label
                    waiting.append(item)
        lines = [self._line(a, b, corners, boxes) for a, b in self.edges]
        return Layout(boxes, clusters, lines, self.loops, width, height)

    def _plain_size(self, item: Box | Cluster) -> tuple[float, float]:
        if isinstance(item, Box):
            width, height = self.size(item)
            return (height, width) if self.sideways else (width, height)
        level, padding = self.levels[item.key]
        return level.width + padding[0] + padding[2], level.height + padding[1] + padding[3]

    def _line(self, a: str, b: str, corners: dict, boxes: dict[str, Rectangle]) -> Line:
        """The line of an edge: out of the clusters of its source, across, and into those of its target."""
        shared = [key for key in self.parents[a] if key in self.parents[b]]
        crossings: list[Crossing] = []
        steps = [(key, f"out_{a}", True) for key in reversed(self.parents[a][len(shared) :])]
        steps += [(shared[-1], "", False)]
        steps += [(key, f"in_{b}", False) for key in self.parents[b][len(shared) :]]
        upwards = False
        for cluster, port, leaves in steps:
            edge = self._edge(cluster, a, b, port, leaves)
            level, padding = self.levels[cluster]
            x, y = corners[cluster]
            route = level.routes[edge]
            upwards = upwards or bool(
                cluster == shared[-1] and level.places[edge.source][1] > level.places[edge.target][1]
            )
            crossings += [c.moved(x + padding[0], y + padding[1]) for c in route]
        source, target = boxes[a], boxes[b]
        middle, end = source.x + source.width / 2, target.x + target.width / 2
        if upwards:  # against the order of the ranks: from the top of the source to the bottom of the target
            turned = [Crossing(c.end_x, c.end_y, c.track, c.x, c.y) for c in reversed(crossings)]
            return Line(a, b, (middle, source.y), turned, (end, target.y + target.height))
        return Line(a, b, (middle, source.y + source.height), crossings, (end, target.y))

    def _edge(self, cluster: str, a: str, b: str, port: str, leaves: bool) -> Edge:
        """The part of an edge at one level."""
        source, target = self._item(a, cluster), self._item(b, cluster)
        source, target = source or port, target or port
        if leaves:
            target = port
        return Edge(source, target, self._port(source, f"out_{a}"), self._port(target, f"in_{b}"))
