"""An array as a card: facets in colours, each number on hover, by keyboard and in a table."""

from __future__ import annotations

import base64
import html
from typing import Any, ClassVar

import numpy as np

from kerasnb.widgets.arrays.facets import PAGE, Facet, Facets, checked, encoded, facts, png, scale_of
from kerasnb.widgets.kit.card import card, headline, picture
from kerasnb.widgets.kit.data import whole
from kerasnb.widgets.kit.tool import Tool
from kerasnb.widgets.kit.words import count as counted
from kerasnb.widgets.kit.words import short

SIDE, LARGEST, SMALLEST = 130, 14, 3  # pixels of a facet, and of one number
TABLE, WHOLE = 8, 16  # rows and columns of the table in the static picture
BYTES = 30_000  # of the static picture


def array(a: Any) -> Array:
    """Shows an array of any number of axes: blue above zero, orange below, clear at zero.

    Args:
        a: Array, tensor, variable or nested lists of real numbers.

    Returns:
        The `Array`, which a notebook displays.

    Raises:
        ValueError: If it does not hold real numbers.

    Example:

    >>> import kerasnb.widgets as kw
    >>> print(kw.array(np.array([[1.0, -2.0], [0.0, 4.0]])).text().splitlines()[0])
    Array (2, 2) float64 · min −2, mean 0.750, max 4, zeros 25.0 %
    """
    return Array(checked(a))


class Array(Tool):
    """What `kw.array` shows.

    Args:
        values: Array of real numbers.
    """

    name: ClassVar[str] = "Array"
    scripts: ClassVar[tuple[str, ...]] = ("kit/js/attempt.js", "arrays/js/array.js")
    sheets: ClassVar[tuple[str, ...]] = ("arrays/js/array.css",)

    def __init__(self, values: np.ndarray) -> None:
        super().__init__()
        self.values = checked(values).copy()
        self.scale = scale_of(self.values)
        self.facets, self.page = Facets(self.values), 0

    def words(self) -> str:
        """Shape, dtype and what the numbers are like."""
        known = dict(facts(self.values))
        parts = [f"{name} {short(known[name])}" for name in ("min", "mean", "max") if name in known]
        parts += [f"zeros {known['zeros']:.1%}".replace("%", " %")] if known.get("zeros") else []
        parts += [f"{int(known['not finite']):,} not finite"] if known.get("not finite") else []
        return f"{self.values.shape} {self.values.dtype} · {', '.join(parts) or 'empty'}"

    def state(self) -> dict:
        """One page of facets with their numbers."""
        step = self.facets.step()
        return {
            "words": self.words(),
            "shape": list(self.values.shape),
            "rows": self.facets.rows,
            "columns": self.facets.columns,
            "others": self.facets.others,
            "page": self.page,
            "pages": self.facets.pages,
            "count": self.facets.count,
            "step": step,
            "scale": self.scale,
            "facets": [_values(facet, step) for facet in self._shown()],
        }

    def _shown(self) -> list[Facet]:
        return self.facets.page(self.page) if self.values.size else []

    def on_look(self, message: dict, buffers: list) -> None:
        """Shows another page, or two other axes."""
        rank = self.values.ndim
        rows, columns = message.get("rows", self.facets.rows), message.get("columns", self.facets.columns)
        rows, columns = (axis if axis is None else whole({"axis": axis}, "axis") for axis in (rows, columns))
        for axis in (rows, columns):
            if axis is not None and not 0 <= axis < rank:
                raise ValueError(f"The array has {counted(rank, 'axis', 'axes')}. Received: axis {axis}")
        if rows is not None and rows == columns:
            raise ValueError(f"Rows and columns must be two axes. Received: axis {rows} for both")
        facets = Facets(self.values, rows, columns)
        page = whole({"page": 0, **message}, "page")
        if not 0 <= page < facets.pages:
            raise ValueError(f"There are {counted(facets.pages, 'page')}. Received: page {page + 1}")
        self.facets, self.page = facets, page
        self.refresh()

    # --- the static picture

    def html(self) -> str:
        """Facets as pictures, and the first numbers as a table."""
        tiles = self._tiles()
        shown = len(tiles) + self.page * PAGE
        left = self.facets.count - shown
        more = f'<div style="font-size:12px">{left} more grids</div>' if left > 0 else ""
        grid = f'<div style="display:flex;flex-wrap:wrap;gap:8px 12px;margin-top:8px">{"".join(tiles)}</div>{more}'
        summary = '<summary style="cursor:pointer">Numbers</summary>'
        table = f'<details style="font-size:12px">{summary}{self._table()}</details>'
        return card(headline(self.name, self.words()) + grid + table, self.text())

    def _tiles(self) -> list[str]:
        """As many facets as the picture may hold; a large one is thinned out."""
        tiles: list[str] = []
        size, step = 0, self.facets.step()
        for facet in self._shown():
            tile = _tile(facet, step, self.scale)
            while not tiles and len(tile) > BYTES:
                step += 1
                tile = _tile(facet, step, self.scale)
            size += len(tile)
            if size > BYTES:
                break
            tiles.append(tile)
        return tiles

    def _table(self) -> str:
        if not self.values.size:
            return ""
        rows = "".join(
            "<tr>" + "".join(f'<td style="text-align:right;padding:0 6px">{text}</td>' for text in line) + "</tr>"
            for line in self._lines()
        )
        return f'<div style="overflow-x:auto"><table>{rows}</table></div>'

    def _lines(self) -> list[list[str]]:
        facet = self._shown()[0]
        lines = [[short(float(v)) for v in line[:WHOLE]] for line in facet.values[:TABLE]]
        if facet.values.shape[1] > WHOLE:
            lines = [[*line, "…"] for line in lines]
        return lines + ([["…"]] if facet.values.shape[0] > TABLE else [])

    def text(self) -> str:
        """The facts, and the first numbers."""
        lines = [f"{self.name} {self.words()}"]
        if self.values.size:
            lines += ["  ".join(f"{text:>8}" for text in line) for line in self._lines()]
        return "\n".join(lines)


def _values(facet: Facet, step: int) -> dict:
    shown = facet.values[::step, ::step]
    return {"place": list(facet.place), "rows": shown.shape[0], "columns": shown.shape[1], "data": encoded(shown)}


def _tile(facet: Facet, step: int, scale: float) -> str:
    shown = facet.values[::step, ::step]
    rows, columns = shown.shape
    each = max(SMALLEST, min(LARGEST, SIDE // max(rows, columns)))
    width, height = columns * each, rows * each
    data = base64.b64encode(png(shown, scale)).decode()
    drawn = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {columns} {rows}">'
        f'<image href="data:image/png;base64,{data}" width="{columns}" height="{rows}" '
        'style="image-rendering:pixelated" preserveAspectRatio="none"/>'
        f'<rect width="{columns}" height="{rows}" fill="none" stroke="#808080" '
        'vector-effect="non-scaling-stroke"/></svg>'
    )
    place = f"[{', '.join(map(str, facet.place))}]" if facet.place else ""
    caption = f'<div style="font-size:12px;opacity:.75">{html.escape(place)}</div>' if place else ""
    return f"<div>{picture(drawn, f'Grid {place} of {rows} rows and {columns} columns', width)}{caption}</div>"
