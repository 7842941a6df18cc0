"""The graph of a model as a card: boxes and arrows, volumes, a table; `model.plot()` shows it."""

from __future__ import annotations

import html
from typing import Any, ClassVar

from kerasnb.widgets.graphs.nodes import Net, Node, facts, nets_of, shortened
from kerasnb.widgets.graphs.place import Placed, placed
from kerasnb.widgets.graphs.svg import dash, drawing
from kerasnb.widgets.graphs.volumes import MOST, tiles, volumes_of
from kerasnb.widgets.kit.card import address, card, headline, picture
from kerasnb.widgets.kit.data import a_model
from kerasnb.widgets.kit.few import ends, fitted, left_out
from kerasnb.widgets.kit.tool import Tool
from kerasnb.widgets.kit.words import count as counted
from kerasnb.widgets.summaries.rows import sizes

STYLES = ("graph", "volume")


def graph(model: Any, style: str = "graph") -> Graph:
    """Shows the graph of a model.

    Args:
        model: A Sequential or a functional model; the layers of a subclassed one stand side by side.
        style: `"graph"` for boxes and arrows, `"volume"` for the volumes that pass through. Defaults to `"graph"`.

    Returns:
        The `Graph`, which a notebook displays.

    Raises:
        ValueError: If `model` is not a model, or the style is unknown.

    Example:

    >>> import kerasnb.widgets as kw
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, name="out")], name="net")
    >>> print(kw.graph(model).text())
    net: Sequential · 1 input, 1 output · 10 parameters · 40 B
    ...
    out (Dense · 10 parameters) from input_layer...
    """
    return Graph(model, style)


class Graph(Tool):
    """What `model.plot()` shows.

    Args:
        model: A model.
        style: `"graph"` or `"volume"`.
    """

    name: ClassVar[str] = "Graph"
    scripts: ClassVar[tuple[str, ...]] = ("graphs/js/graph.js",)
    sheets: ClassVar[tuple[str, ...]] = ("graphs/js/graph.css",)

    def __init__(self, model: Any, style: str = "graph") -> None:
        super().__init__()
        a_model(model)
        if not isinstance(style, str) or style not in STYLES:
            raise ValueError(
                f"Argument `style` must be one of {', '.join(map(repr, STYLES))}. Received: style={style!r}"
            )
        self.model, self.style = model, style
        self.nets = nets_of(model)
        self.places = {path: placed(net) for path, net in self.nets.items()}

    @property
    def svg(self) -> str:
        """The graph as an SVG document."""
        return drawing(self.places[""])

    def words(self) -> str:
        """The model in one line."""
        inputs = len([n for n in self.nets[""].nodes if n.kind == "Input"])
        ends = len(self.nets[""].ends)
        around = [counted(n, noun) for n, noun in ((inputs, "input"), (ends, "output")) if n]
        return " · ".join([type(self.model).__name__, *([", ".join(around)] if around else []), sizes(self.model)])

    def state(self) -> dict:
        """All graphs with their places, and the volumes of the outer one."""
        return {
            "name": self.model.name,
            "words": self.words(),
            "style": self.style,
            "graphs": {path: _values(self.nets[path], place) for path, place in self.places.items()},
            "volumes": [
                {"name": v.name, "shape": v.shape, "params": v.params, "src": address(v.svg), "width": v.width,
                 "follows": v.follows, "sources": v.sources}
                for v in volumes_of(self.nets[""])
            ],
        }  # fmt: skip

    def on_svg(self, message: dict, buffers: list) -> dict:
        """The picture of one graph, to save."""
        path = str(message.get("path", ""))
        if path not in self.places:
            raise ValueError(f"There is no graph {path}")
        return {"svg": drawing(self.places[path])}

    def html(self) -> str:
        """The picture, and what it says in words."""
        return fitted(self._page, len(self.nets[""].nodes))

    def _page(self, most: int | None) -> str:
        """The picture of at most so many layers."""
        if self.style == "volume":
            body = tiles(volumes_of(self.nets[""]), MOST if most is None else min(most, MOST))
        else:
            place = self.places[""] if most is None else placed(shortened(self.nets[""], most))
            body = f'<div style="margin-top:8px">{picture(drawing(place), self._alt(), round(place.width))}</div>'
        lines = "".join(f"<li>{html.escape(line)}</li>" for line in self._lines(most))
        summary = '<summary style="cursor:pointer">Layers</summary>'
        listed = f'<details style="font-size:12px">{summary}<ol>{lines}</ol></details>'
        return card(headline(self.model.name, self.words()) + body + listed, self.text(most))

    def _alt(self) -> str:
        names = [node.name for node in self.nets[""].nodes]
        shown = names if len(names) <= 12 else [*names[:8], f"{len(names) - 11} more", *names[-3:]]
        return f"Graph of {self.model.name}: {', '.join(shown)}"

    def text(self, most: int | None = None) -> str:
        """Each layer with its sources; at most so many layers."""
        return "\n".join([f"{self.model.name}: {self.words()}", *self._lines(most)])

    def _lines(self, most: int | None = None) -> list[str]:
        first, left, last = ends(self.nets[""].nodes, most)
        gap = [left_out(left, "kw.graph(model)")] if left else []
        return [*map(self._line, first), *gap, *map(self._line, last)]

    def _line(self, node: Node) -> str:
        sources = list(dict.fromkeys(e.source for e in self.nets[""].edges if e.target == node.key))
        came = f" from {', '.join(sources)}" if sources else ""
        return f"{node.name} ({'; '.join(node.lines())}){came}"


def _values(net: Net, place: Placed) -> dict:
    """A placed graph as JSON values."""
    nodes = []
    for node in net.nodes:
        box = place.boxes[node.key]
        after = [e.target for e in net.edges if e.source == node.key]
        before = [e.source for e in net.edges if e.target == node.key]
        nodes.append({
            "key": node.key, "name": node.name, "kind": node.kind, "family": node.family, "lines": node.lines(),
            "shape": node.shape, "params": node.params, "calls": node.calls, "inner": node.inner,
            "box": [round(v, 1) for v in (box.x, box.y, box.width, box.height)], "facts": facts(net, node),
            "before": list(dict.fromkeys(before)), "after": list(dict.fromkeys(after)),
            "end": node.shape if node.key in net.ends and node.params else "",
        })  # fmt: skip
    edges = [
        {"path": a.path, "dash": dash(a.edge.call), "label": a.label, "at": [round(v, 1) for v in a.at],
         "anchor": a.anchor}
        for a in place.arrows
    ]  # fmt: skip
    return {
        "name": net.name, "nodes": nodes, "edges": edges, "width": round(place.width, 1),
        "height": round(place.height, 1), "known": net.known,
    }  # fmt: skip
