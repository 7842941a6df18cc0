"""Static pictures of Explore."""

from __future__ import annotations

import html as escape_
from typing import Any

import numpy as np

from kerasnb.widgets.inspect.pixels import palette, stacked
from kerasnb.widgets.kit.card import card, headline, picture
from kerasnb.widgets.kit.words import aligned, number, short
from kerasnb.widgets.predict import stills
from kerasnb.widgets.predict.stills import share as share

SHOWN = 12
RIGHT = 'style="text-align:right;padding:2px 10px"'


def html(tool: Any) -> str:
    """What Explore shows, without scripts."""
    body = {"row": _row, "image": _image, "text": _words}[tool.kind](tool)
    bars = stills.bars(*_answer(tool))
    parts = [headline("Explore", _head(tool)), '<div style="display:flex;flex-wrap:wrap;gap:20px;margin-top:6px">']
    return card("".join([*parts, f"<div>{body}</div>", bars, "</div>"]), text(tool))


def _head(tool: Any) -> str:
    answer = tool.labels[tool.best] if tool.of_classes else tool.words(float(tool.scores[0]))
    sure = f" ({tool.words(float(tool.scores[tool.best]))})" if tool.of_classes else ""
    return f"{tool.model.name} · answer {answer}{sure}"


def _answer(tool: Any) -> tuple[list[str], list[str]]:
    shown = tool.state()["shown"]
    return [tool.labels[i] for i in shown], [tool.words(float(tool.scores[i])) for i in shown]


def _cells(tool: Any) -> tuple[list[str], list[list[str]]]:
    """The head and the rows of the table of a tool."""
    of = f"slope of {tool.labels[tool.column]}"
    if tool.kind == "row":
        rows = [
            [tool.features[i], short(float(tool.x[i])), short(float(tool.given[i])), number(float(tool.slopes[i]))]
            for i in range(min(len(tool.x), SHOWN * 2))
        ]
        return ["feature", "value", "as given", of], rows
    order = np.argsort(-np.abs(tool.falls), kind="stable")[:SHOWN]
    rows = [[tool.features[tool.kept[i]], tool.words(float(tool.without[i, tool.column])), number(float(tool.falls[i]))]
            for i in order]  # fmt: skip
    return ["word", f"{tool.labels[tool.column]} without it", "falls by"], rows


def _table(tool: Any) -> str:
    head, rows = _cells(tool)
    made = "".join(f"<th {RIGHT}>{escape_.escape(h)}</th>" for h in head)
    body = "".join("<tr>" + "".join(f"<td {RIGHT}>{escape_.escape(v)}</td>" for v in row) + "</tr>" for row in rows)
    return f'<table style="{stills.STYLE}"><tr>{made}</tr>{body}</table>'


def _row(tool: Any) -> str:
    return _table(tool)


def _words(tool: Any) -> str:
    return _table(tool)


def _image(tool: Any) -> str:
    captions = ["the sample", *_captions(tool)]
    maps = [_map(values, words) for values, words in zip((tool.map, tool.slope), captions[1:], strict=True)]
    drawn = [tool.thing.still(0, "the sample", 140), *maps]
    tiles = "".join(
        f'<div style="width:150px;font-size:12px;line-height:1.3">{one}<div>{escape_.escape(words)}</div></div>'
        for one, words in zip(drawn, captions, strict=True)
    )
    words = f'<div style="font-size:13px;margin-top:6px">{escape_.escape(strongest(tool))}</div>'
    return f'<div style="display:flex;flex-wrap:wrap;gap:12px">{tiles}</div>{words}'


def _captions(tool: Any) -> list[str]:
    name = tool.labels[tool.column]
    side = tool.occlusion.side
    return [f"fall of {name} when a patch of {side} x {side} is covered", f"gradient of {name}"]


def _map(values: np.ndarray, alt: str) -> str:
    step = -(-max(values.shape) // 48)
    small = values[::step, ::step]
    top = float(np.abs(small).max()) or 1.0
    return picture(stacked(palette(small / top), 140, max(8, round(140 * len(small) / small.shape[1]))), alt, 140)


def strongest(tool: Any) -> str:
    """The patch that matters most, in words."""
    row, column, score = tool.strongest()
    side, name = tool.occlusion.side, tool.labels[tool.column]
    whole = float(tool.scores[tool.column])
    return (
        f"{name} goes from {tool.words(whole)} to {tool.words(score)} when rows {row} to {row + side - 1} and columns "
        f"{column} to {column + side - 1} are covered."
    )


def text(tool: Any) -> str:
    """Explore as text."""
    made = [f"Explore: {_head(tool)}", *(f"  {n}: {v}" for n, v in zip(*_answer(tool), strict=True))]
    if tool.kind == "image":
        return "\n".join([*made, strongest(tool), f"largest gradient: {number(float(np.abs(tool.slope).max()))}"])
    head, rows = _cells(tool)
    return "\n".join([*made, *aligned([head, *rows])])
