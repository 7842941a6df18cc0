"""The Builder without a browser: the layers with their shapes and parameters, and the code."""

from __future__ import annotations

import html as escape

from kerasnb.widgets.builder import view
from kerasnb.widgets.builder.workshop import Workshop
from kerasnb.widgets.kit.card import card, headline

CELL = 'style="text-align:left;padding:2px 10px 2px 0;vertical-align:top;overflow-wrap:anywhere"'
RIGHT = 'style="text-align:right;padding:2px 0"'


def html(shop: Workshop, code: str) -> str:
    """The layers as a table, then the code."""
    rows = "".join(
        f"<tr><td {CELL}><b>{escape.escape(c['key'])}</b> {escape.escape(c['brief'])}{_from(shop, c)}</td>"
        f"<td {CELL}>{escape.escape(c['shape'])}</td><td {RIGHT}>{c['params']:,}</td></tr>"
        for c in view.cards(shop)
    )
    head = f"<tr><th {CELL}>Layer</th><th {CELL}>Output shape</th><th {RIGHT}>Parameters</th></tr>"
    table = f'<table style="border-collapse:collapse;font-size:13px"><thead>{head}</thead><tbody>{rows}</tbody></table>'
    table = f'<div style="overflow-x:auto">{table}</div>'
    source = f'<pre style="font-size:12.5px;overflow-x:auto;margin:8px 0 0">{escape.escape(code)}</pre>'
    return card(headline("Builder", _title(shop)) + table + source, text(shop, code))


def text(shop: Workshop, code: str) -> str:
    """The same as text."""
    cards = view.cards(shop)
    width = max(len(f"{c['key']} {c['brief']}") for c in cards)
    lines = [f"  {c['key'] + ' ' + c['brief']:<{width}}  {c['shape']:<22} {c['params']:>12,}" for c in cards]
    return "\n".join([f"Builder: {_title(shop)}", *lines, "", code])


def _title(shop: Workshop) -> str:
    return f"{shop.model.name} · {view.total(shop):,} parameters"


def _from(shop: Workshop, row: dict) -> str:
    if shop.plan.is_chain() or not row["from"]:
        return ""
    return f" ← {escape.escape(', '.join(row['from']))}"
