"""The graph of a model in the DOT language of Graphviz, and its pictures, which need no Graphviz."""

from __future__ import annotations

import html
import os
from typing import Any, NamedTuple

from kerasnb.utils.model_visualization import convert
from kerasnb.utils.model_visualization.graph import Box, Cluster, Graph
from kerasnb.utils.model_visualization.svg import FILLS, drawing


class DotNode(NamedTuple):
    """A box in the DOT language."""

    name: str
    label: str

    def get_name(self) -> str:
        """The name that edges refer to."""
        return self.name

    def get_label(self) -> str:
        """The label, a table in the language for HTML labels."""
        return self.label


class DotEdge(NamedTuple):
    """A connection in the DOT language."""

    source: str
    destination: str

    def get_source(self) -> str:
        """The name of the node where it starts."""
        return self.source

    def get_destination(self) -> str:
        """The name of the node where it ends."""
        return self.destination


class Dot:
    """The graph of a model: `to_string()` is its text in the DOT language, `write(path)` makes a file of it.

    Args:
        graph: The graph.
        rankdir: `"TB"`, `"LR"`, `"BT"` or `"RL"`, the direction of the picture.
        dpi: Integer, dots per inch.
        splines: The form of the lines.
        subgraph: Boolean, whether it is a part of a larger graph.
    """

    def __init__(self, graph: Graph, rankdir: str, dpi: int, splines: str, subgraph: bool = False) -> None:
        self.graph, self.rankdir, self.dpi, self.splines, self.subgraph = graph, rankdir, dpi, splines, subgraph
        self._numbers = {box.key: f"n{i}" for i, box in enumerate(graph.cluster.boxes())}

    # --- parts

    def get_nodes(self) -> list[DotNode]:
        """The boxes of the model itself."""
        return [self._node(item) for item in self.graph.cluster.items if isinstance(item, Box)]

    def get_edges(self) -> list[DotEdge]:
        """All connections."""
        return [DotEdge(self._numbers[a], self._numbers[b]) for a, b in self.graph.edges]

    def get_subgraphs(self) -> list[Dot]:
        """The nested models that are drawn as clusters."""
        parts = [item for item in self.graph.cluster.items if isinstance(item, Cluster)]
        return [Dot(_inner(self.graph, part), self.rankdir, self.dpi, self.splines, True) for part in parts]

    def get_name(self) -> str:
        """The name of the model."""
        return self.graph.cluster.label

    # --- text

    def to_string(self) -> str:
        """The graph in the DOT language."""
        head = (
            f"subgraph {_quoted(f'cluster_{self.get_name()}')}"
            if self.subgraph
            else f"digraph {_quoted(self.get_name())}"
        )
        return "\n".join(
            [f"{head} {{", *self._settings(), *self._statements(self.graph.cluster, 1), *self._edges(), "}"]
        )

    @property
    def source(self) -> str:
        """The graph in the DOT language."""
        return self.to_string()

    def _settings(self) -> list[str]:
        if self.subgraph:
            return [f"  {line}" for line in _frame(self.graph.cluster)]
        return [
            f"  rankdir={self.rankdir};", "  concentrate=True;", f"  dpi={self.dpi};", f"  splines={self.splines};",
            '  node [shape=none, fontname="Helvetica", border=0, margin=0];',
        ]  # fmt: skip

    def _statements(self, cluster: Cluster, depth: int) -> list[str]:
        indent, lines = "  " * depth, []
        for item in cluster.items:
            if isinstance(item, Box):
                node = self._node(item)
                lines.append(f"{indent}{node.name} [label={node.label}];")
                continue
            lines.append(f"{indent}subgraph {_quoted(f'cluster_{item.label}')} {{")
            lines += [f"{indent}  {line}" for line in _frame(item)]
            lines += [*self._statements(item, depth + 1), f"{indent}}}"]
        return lines

    def _edges(self) -> list[str]:
        return [f"  {edge.source} -> {edge.destination} [penwidth=2];" for edge in self.get_edges()]

    def _node(self, box: Box) -> DotNode:
        return DotNode(self._numbers[box.key], _label(box))

    # --- files

    def create_svg(self) -> str:
        """The picture as the text of an SVG document."""
        return drawing(self.graph, self.rankdir, self.splines, self.dpi / 200)

    def create(self, format: str = "svg") -> bytes:
        """The bytes of a file.

        Args:
            format: `"svg"`, `"dot"` or `"raw"` (the text), `"png"` or `"pdf"`.

        Raises:
            ValueError: If there is no such format.
            ImportError: If a picture of that kind needs a program that is not there.
        """
        if format in ("dot", "raw", "gv"):
            return self.to_string().encode()
        if format == "svg":
            return self.create_svg().encode()
        if format in ("png", "pdf"):
            return convert.converted(drawing(self.graph, self.rankdir, self.splines, 1.0), format, self.dpi / 96)
        raise ValueError(f"Argument `format` must be svg, dot, raw, png or pdf. Received: format={format}")

    def write(self, path: str | os.PathLike, prog: Any = None, format: str = "raw") -> bool:
        """Writes a file; the arguments are those of `pydot`.

        Args:
            path: `str` or `pathlib.Path`.
            prog: Must be None: no program of Graphviz is used.
            format: `"raw"` for the text in the DOT language, `"svg"`, `"png"` or `"pdf"`.

        Returns:
            True.
        """
        if prog is not None:
            raise ValueError(f"Pictures are drawn without Graphviz: `prog` must be None. Received: prog={prog}")
        content = self.create(format)
        with open(path, "wb") as file:
            file.write(content)
        return True

    def write_svg(self, path: str | os.PathLike) -> bool:
        """Writes the picture as SVG."""
        return self.write(path, format="svg")

    def write_png(self, path: str | os.PathLike) -> bool:
        """Writes the picture as PNG, where a program that converts it is there."""
        return self.write(path, format="png")

    def write_raw(self, path: str | os.PathLike) -> bool:
        """Writes the text in the DOT language."""
        return self.write(path, format="raw")


def _inner(graph: Graph, cluster: Cluster) -> Graph:
    keys = {box.key for box in cluster.boxes()}
    return Graph(cluster, [(a, b) for a, b in graph.edges if a in keys and b in keys])


def _frame(cluster: Cluster) -> list[str]:
    return ["style=dashed;", f"label={_quoted(cluster.label)};", "labeljust=l;"]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _label(box: Box) -> str:
    """A table with a header, and a row for each row of fields."""
    columns = max([len(row) for row in box.rows], default=1)
    name = (
        f"<b>{html.escape(box.name)}</b> ({html.escape(box.class_name)})"
        if box.name
        else f"<b>{html.escape(box.class_name)}</b>"
    )
    rows = [f'<tr><td colspan="{columns}" bgcolor="{FILLS[box.kind]}"><font color="white">{name}</font></td></tr>']
    for row in box.rows:
        span = f' colspan="{columns}"' if len(row) == 1 and columns > 1 else ""
        rows.append(f"<tr>{''.join(_cell(cell, span) for cell in row)}</tr>")
    return f'<<table border="0" cellborder="1" cellspacing="0" cellpadding="8">{"".join(rows)}</table>>'


def _cell(cell: Any, span: str) -> str:
    label = f"{html.escape(cell.label)}: " if cell.label else ""
    value = f"{label}<b>{html.escape(cell.value)}</b>"
    if cell.kind:
        return f'<td{span} bgcolor="{FILLS[cell.kind]}"><font color="white">{value}</font></td>'
    return f'<td{span} bgcolor="white">{value}</td>'
