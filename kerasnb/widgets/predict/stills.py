"""Static pictures of the tools that judge predictions."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import Any

from kerasnb.widgets.kit.card import card, headline
from kerasnb.widgets.kit.words import aligned

SAMPLES = 8
STYLE = "font-size:13px;border-collapse:collapse"


def share(value: float) -> str:
    """A share as the page writes it."""
    if not math.isfinite(value):
        return "NaN"
    return "<.1 %" if 0 < value < 0.001 else f"{100 * value:.1f} %"


def whole(value: float) -> str:
    """A share in whole percent; what is nearly all is not called all."""
    if not math.isfinite(value):
        return "NaN"
    return f"{100 * value:.0f} %" if value < 0.995 or value == 1 else "> 99 %"


def judged(tool: Any) -> str:
    """The matrix, where there is one, and the samples in the list."""
    parts = [headline(tool.name, tool.headline())]
    if hasattr(tool, "matrix"):
        parts.append(_matrix(tool))
        parts.append(f'<div style="font-size:12px;margin:6px 0 4px"><b>{html.escape(tool.title())}</b></div>')
    parts.append(f'<div style="display:flex;flex-wrap:wrap;gap:8px;font-size:12px">{"".join(_samples(tool))}</div>')
    if tool.changed:
        rows = "; ".join(f"sample {i:,}: {old} → {new}" for i, (old, new) in list(tool.changes.items())[:50])
        parts.append(f'<div style="font-size:13px;margin-top:6px"><b>Corrected</b> {html.escape(rows)}</div>')
    return card("".join(parts), judged_text(tool))


def _samples(tool: Any) -> list[str]:
    made = []
    for sample in tool.listed()[:SAMPLES]:
        meant, said = tool.names[tool.y_of(sample)], tool.names[tool.said[sample]]
        sure = whole(float(tool.shares[sample, tool.said[sample]]))
        words = f"meant <b>{html.escape(meant)}</b><br>said <b>{html.escape(said)}</b> {sure.replace(' ', '&nbsp;')}"
        thing = tool.things.still(int(sample), f"sample {sample}: meant {meant}, said {said}")
        wide = 84 if tool.things.kind == "image" else 200
        made.append(f'<div style="width:{wide}px;overflow-wrap:anywhere">{thing}<div>{words}</div></div>')
    return made or ["<div>No samples here.</div>"]


def _matrix(tool: Any) -> str:
    names = [html.escape(tool.names[i]) for i in tool.shown]
    head = "".join(f'<th scope="col" style="padding:2px 5px;text-align:center">{n}</th>' for n in names)
    wrong = [tool.matrix[i, j] for i in tool.shown for j in tool.shown if i != j]
    top = max(wrong, default=0) or 1
    rows = "".join(
        f'<tr><th scope="row" style="text-align:right;padding:2px 6px">{name}</th>'
        + "".join(_cell(int(tool.matrix[i, j]), i == j, top, (i, j) == tool.cell) for j in tool.shown)
        + "</tr>"
        for name, i in zip(names, tool.shown, strict=True)
    )
    caption = '<div style="font-size:12px">meant (rows), predicted (columns)</div>'
    table = f'<table style="{STYLE};text-align:center" cellpadding="4"><tr><th></th>{head}</tr>{rows}</table>'
    return f'{caption}<div style="overflow-x:auto">{table}</div>'


def _cell(value: int, right: bool, top: int, chosen: bool) -> str:
    styles = ["text-align:center"] if value else []  # JupyterLab's own style would put it to the right
    if right or value:
        part = 0.12 + 0.4 * min(1.0, value / top)
        styles.append("background:" + ("rgba(128,128,128,.25)" if right else f"rgba(212,98,15,{part:.2f})"))
    if chosen:
        styles.append("outline:2px solid #2f7fe0")
    style = f' style="{";".join(styles)}"' if styles else ""
    return f"<td{style}>{value or ''}</td>"


def judged_text(tool: Any) -> str:
    """The same as lines of text."""
    made = [f"{tool.name}: {tool.headline()}"]
    if hasattr(tool, "matrix"):
        made += ["meant (rows), predicted (columns)", *_text_matrix(tool), tool.title()]
    for sample in tool.listed()[:SAMPLES]:
        meant, said = tool.names[tool.y_of(sample)], tool.names[tool.said[sample]]
        sure = whole(float(tool.shares[sample, tool.said[sample]]))
        shown = "" if tool.things.kind == "image" else f": {tool.things.words(int(sample))}"
        made.append(f"  sample {sample}{shown}  meant {meant}, said {said} {sure}")
    made += [f"corrected: sample {i}: {old} to {new}" for i, (old, new) in tool.changes.items()]
    return "\n".join(made)


def _text_matrix(tool: Any) -> list[str]:
    names = [tool.names[i] for i in tool.shown]
    rows = [[name, *(str(tool.matrix[i, j]) for j in tool.shown)] for name, i in zip(names, tool.shown, strict=True)]
    return aligned([["", *names], *rows])


def bars(names: Sequence[str], values: Sequence[str]) -> str:
    """Names and numbers as a table."""
    cells = "".join(
        f'<tr><td style="padding:2px 10px 2px 0;text-align:left"><b>{html.escape(n)}</b></td>'
        f'<td style="padding:2px 0;text-align:right">{html.escape(v)}</td></tr>'
        for n, v in zip(names, values, strict=True)
    )
    return f'<table style="{STYLE}"><tbody>{cells}</tbody></table>'
